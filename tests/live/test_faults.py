"""Tests that a command ends with a documented code and clear lines, whatever a server answers.

`make test-long` replaces each answer by each fault; other runs replace one answer, another for each fault.
"""

import gzip
import os
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.decode.servers import openshift_release
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.live import Live, read_cluster
from rbacpsp.sources.refusals import ConnectError
from rbacpsp.sources.watch import watch
from tests.live.fake import Asked, Fake, Reply, role_list, run_fake, status
from tests.live.test_watch import QUICK, ROLES, events, role_at_version

DEEP = b'{"items":' * 100_000
HUGE = gzip.compress(b"[" + b'"x",' * 8_000_000 + b'""]')
HTML = {"Content-Type": "text/html"}
FAULTS: dict[str, Reply] = {
    "an empty body": Reply(b""),
    "blanks": Reply(b" \n" * 500),
    "not JSON": Reply(b"<html>Please log in</html>", headers=HTML),
    "not UTF-8": Reply(b'{"kind": "\xff\xfe"}'),
    "half of an answer": Reply({"kind": "List", "items": [{"metadata": {"name": "x"}}] * 50}, cut=True),
    "JSON that ends early": Reply(b'{"kind": "RoleList", "items": [{"metadata": {"na'),
    "deep JSON": Reply(DEEP + b"1" + b"}" * 100_000),
    "deep JSON without an end": Reply(DEEP),
    "null": Reply(b"null"),
    "a number": Reply(b"1e999"),
    "a list": Reply([1, "x", None]),
    "a text": Reply("items"),
    "an empty object": Reply({}),
    "items of null": Reply({"kind": "RoleList", "apiVersion": "v1", "metadata": {}, "items": None}),
    "items of a text": Reply({"kind": "RoleList", "apiVersion": "v1", "metadata": {}, "items": "all"}),
    "items that are no objects": Reply({"kind": "RoleList", "metadata": {}, "items": [None, 5, "x", [], {}]}),
    "objects without names": Reply({"kind": "RoleList", "metadata": {}, "items": [{"metadata": {}}] * 3}),
    "fields of other types": Reply(
        {"kind": "RoleList", "metadata": {"continue": 5}, "items": [{"metadata": [], "rules": "all"}]}
    ),
    "a Table": Reply({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "rows": [{"cells": ["x"]}]}),
    "a Status with 200": Reply(status(403, "no")),
    "a Status of other types": Reply({"kind": "Status", "message": {"a": 1}, "code": "x"}, 403),
    "a Status without an end": Reply({"kind": "Status", "message": "m" * 3_000_000, "code": 500}, 500),
    "another object": Reply({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x"}, "spec": {}}),
    "a text for versions": Reply({"gitVersion": 5, "versions": "v1", "groups": {"a": []}, "resources": 1}),
    "versions that are null": Reply(
        {"gitVersion": None, "versions": [None], "groups": [None, {"name": None}]}
    ),
    "not gzip": Reply(b"plain", headers={"Content-Encoding": "gzip"}),
    "half of gzip": Reply(gzip.compress(b'{"items": []}')[:-9], headers={"Content-Encoding": "gzip"}),
    "a bomb": Reply(HUGE, headers={"Content-Encoding": "gzip"}),
    "an unknown encoding": Reply(b"{}", headers={"Content-Encoding": "br"}),
    "another charset": Reply(
        "{}".encode("utf-16"), headers={"Content-Type": "application/json; charset=utf-16"}
    ),
    "a redirect": Reply(b"", 302, headers={"Location": "http://127.0.0.1:9/"}),
    "a redirect to itself": Reply(b"", 307, headers={"Location": "/version"}),
    "a redirect to a file": Reply(b"", 302, headers={"Location": "file:///etc/passwd"}),
    "no content": Reply(b"", 204),
    "not modified": Reply(b"", 304),
    "a bad request": Reply(status(400, "the server said \x1b[31mred\nand more"), 400),
    "not logged in": Reply(status(401, "Unauthorized"), 401),
    "forbidden": Reply(status(403, "forbidden: secret-token is no good"), 403),
    "forbidden in words": Reply(b"no", 403),
    "not found": Reply(status(404, "not found"), 404),
    "not allowed": Reply(status(405, "the method is not allowed"), 405),
    "gone": Reply(status(410, "too old"), 410),
    "too many requests": Reply(status(429), 429, headers={"Retry-After": "0"}),
    "come again in a century": Reply(status(429), 429, headers={"Retry-After": "3153600000"}),
    "come again, who knows when": Reply(status(429), 429, headers={"Retry-After": "soon"}),
    "an error": Reply(status(500, "etcd is down"), 500),
    "unavailable": Reply(b"upstream connect error", 503),
    "a code of its own": Reply(b"", 599),
}
COMMANDS = {
    "audit": "audit -o json",
    "who-can": "who-can get pods --strict",
    "verify": "verify --requests 4 --pods 2",
}
LONG = bool(os.environ.get("RBACPSP_LONG"))
LONGEST = 2000
"""Characters of a line on stderr."""
WRONG_USE = 2
LIMITS = ["attempts=2", "retry-seconds=1", "list-bytes=20000000"]


def usual(asked: Asked) -> Reply | None:
    """The unchanged answers of a small cluster."""
    if asked.path == ROLES:
        return Reply(role_list(["r"]))
    if asked.path.endswith("/selfsubjectreviews"):
        return Reply({"kind": "SelfSubjectReview", "status": {"userInfo": {"username": "someone"}}}, 201)
    if asked.path.endswith("subjectaccessreviews"):
        return Reply({"kind": "SubjectAccessReview", "status": {"allowed": False}}, 201)
    return None


def run(fake: Fake, folder: Path, command: str) -> Result:
    limits = [word for limit in LIMITS for word in ("--live-limit", limit)]
    return CliRunner().invoke(
        main, [*COMMANDS[command].split(), "--kubeconfig", fake.kubeconfig(folder), *limits]
    )


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The distinct request paths of each command."""
    folder, found = tmp_path_factory.mktemp("usual"), {}
    for command in COMMANDS:
        with run_fake(lambda asked, _: usual(asked)) as fake:
            assert run(fake, folder, command).exit_code in {0, 1}
            found[command] = sorted({asked.path for asked in fake.asked})
    return found


def judge(result: Result) -> None:
    words = result.stdout + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code in {0, 1, 2, 3}
    assert "secret-token" not in words
    assert "\x1b" not in words
    for text in result.stderr.splitlines():
        assert len(text) < LONGEST
    if result.exit_code == WRONG_USE:
        assert "error: " in result.stderr
        assert result.stdout == ""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_of_a_server_is_replaced(
    tmp_path: Path, fault: str, command: str, paths: dict[str, list[str]]
) -> None:
    asked_for = paths[command]
    for path in asked_for if LONG else [asked_for[list(FAULTS).index(fault) % len(asked_for)]]:

        def answer(asked: Asked, _: int, path: str = path) -> Reply | None:
            return FAULTS[fault] if asked.path == path else usual(asked)

        with run_fake(answer) as fake:
            judge(run(fake, tmp_path, command))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_watch_goes_on_after_an_answer_that_is_replaced_or_says_why_not(tmp_path: Path, fault: str) -> None:
    watches = iter([FAULTS[fault], events(("ADDED", role_at_version("new", "9")))])

    def answer(asked: Asked, _: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        return next(watches, Reply(b"")) if "watch" in asked.query else Reply(role_list(["r"]))

    with run_fake(answer) as fake:
        connection = Connection(kubeconfig=fake.kubeconfig(tmp_path), patience=QUICK)
        result: list[str] = []
        following = watch(connection, partial(listed, connection), result.append)
        try:
            assert [name for _, name in next(following).roles] == ["r"]
            assert sorted(name for _, name in next(following).roles) in (["new", "r"], ["r"])
        except ConnectError as error:
            result.append(str(error))
        for text in result:
            assert "secret-token" not in text
            assert "\n" not in text
            assert len(text) < LONGEST


def listed(connection: Connection) -> Live:
    return read_cluster(connection, kinds={"Role"}, discovery=False)


def test_a_deep_answer_about_the_release_of_openshift_is_skipped() -> None:
    assert openshift_release(DEEP) == openshift_release(b"{}")
