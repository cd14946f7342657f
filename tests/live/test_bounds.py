"""Tests that every wait for a server and every answer has a limit with its own message."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from rbacpsp.sources.connection import Connection
from rbacpsp.sources.limits import LIMITS, Patience
from rbacpsp.sources.live import Live, read_live
from rbacpsp.sources.refusals import ConnectError
from tests.live.fake import Asked, Fake, Reply, role_list, run_fake, status
from tests.live.raw import VERSION, Write, answer, run_raw

ROLES = "/apis/rbac.authorization.k8s.io/v1/roles"
QUICK = Patience(connect=60, read=60, attempts=2, first_delay=0.01, longest_delay=2)


def read(url: str, folder: Path, patience: Patience = QUICK) -> Live:
    return read_live(
        kubeconfig=Fake(url).kubeconfig(folder), kinds={"Role"}, discovery=False, patience=patience
    )


def error_line(url: str, folder: Path, patience: Patience = QUICK) -> str:
    """The line of the error that ends reading."""
    with pytest.raises(ConnectError) as caught:
        read(url, folder, patience)
    line = str(caught.value)
    assert "\n" not in line
    return line.replace(url, "URL")


def roles(reply: Reply) -> Callable[[Asked, int], Reply | None]:
    return lambda asked, _: reply if asked.path == ROLES else None


def test_the_same_continue_token_twice_is_an_error(tmp_path: Path) -> None:
    with run_fake(roles(Reply(role_list(["a"], "same")))) as fake:
        assert error_line(fake.url, tmp_path) == (
            f"URL cannot list roles now ({ROLES} has no end: a continue token was repeated): try again"
        )
        assert [asked.path for asked in fake.asked].count(ROLES) == 2


def test_pages_without_end_are_given_up(tmp_path: Path) -> None:
    def more(asked: Asked, before: int) -> Reply | None:
        return Reply(role_list([f"r{before}"], str(before))) if asked.path == ROLES else None

    with run_fake(more) as fake:
        assert error_line(fake.url, tmp_path, replace(QUICK, pages=5)) == (
            f"URL lists more than 5 pages at {ROLES};"
            " raise the limit with --live-limit pages=N if that is expected"
        )


def test_a_list_that_is_too_large_is_given_up_whether_in_one_page_or_in_many(tmp_path: Path) -> None:
    small = replace(QUICK, list_bytes=2000)
    with run_fake(roles(Reply(role_list(["r" * 3000])))) as fake:
        assert error_line(fake.url, tmp_path, small) == (
            "URL sent an answer of more than 2000 bytes;"
            " raise the limit with --live-limit list-bytes=N if that is expected"
        )

    def more(asked: Asked, before: int) -> Reply | None:
        return Reply(role_list([f"r{before}"], str(before))) if asked.path == ROLES else None

    with run_fake(more) as fake:
        assert error_line(fake.url, tmp_path, small).startswith(f"URL lists more than 2000 bytes at {ROLES};")


def test_a_small_answer_that_unpacks_to_a_large_one_is_given_up(tmp_path: Path) -> None:
    body = gzip.compress(json.dumps(role_list(["r" * 20_000_000])).encode())
    reply = Reply(body, headers={"Content-Encoding": "gzip"})
    with run_fake(roles(reply)) as fake:
        line = error_line(fake.url, tmp_path, replace(QUICK, list_bytes=1_000_000))
        assert line.startswith("URL sent an answer of more than 1000000 bytes;")


def test_a_cluster_with_more_bytes_than_the_limit_is_given_up(tmp_path: Path) -> None:
    with run_fake(roles(Reply(role_list(["r" * 3000])))) as fake:
        assert error_line(fake.url, tmp_path, replace(QUICK, total_bytes=2000)) == (
            "URL sent more than 2000 bytes in all;"
            " raise the limit with --live-limit total-bytes=N if that is expected"
        )


def drip(piece: bytes) -> Callable[[str, Write, Event], None]:
    """Answers /version, and any other request with an endless response."""

    def behave(path: str, write: Write, over: Event) -> None:
        if path == "/version":
            write(VERSION)
            return
        write(b"HTTP/1.1 " if piece == b"x" else b"")
        while not over.wait(0.02):
            write(piece)

    return behave


SLOW_BODY = answer(b"")[:-2].replace(b"Content-Length: 0", b"Content-Length: 99999")


def slow_body(path: str, write: Write, over: Event) -> None:
    if path == "/version":
        write(VERSION)
        return
    write(SLOW_BODY + b"\r\n")
    while not over.wait(0.02):
        write(b" ")


def slow_chunks(path: str, write: Write, over: Event) -> None:
    if path == "/version":
        write(VERSION)
        return
    write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not over.wait(0.02):
        write(b"1\r\n \r\n")


@pytest.mark.parametrize(
    "behave",
    [drip(b"HTTP/1.1 100 Continue\r\n\r\n"), drip(b"x"), slow_body, slow_chunks],
    ids=[
        "100 Continue for ever",
        "a status line without end",
        "a body, byte by byte",
        "chunks, byte by byte",
    ],
)
def test_an_answer_that_does_not_end_is_given_up(
    tmp_path: Path, behave: Callable[[str, Write, Event], None]
) -> None:
    with run_raw(behave) as url:
        assert error_line(url, tmp_path, replace(QUICK, request=0.5)) == (
            "URL did not end an answer within 0.5 seconds;"
            " raise the limit with --live-limit request-seconds=N if that is expected"
        )


def test_a_cluster_that_takes_too_long_as_a_whole_is_given_up(tmp_path: Path) -> None:
    with run_raw(slow_body) as url:
        assert error_line(url, tmp_path, replace(QUICK, total=0.5)) == (
            "URL was not read within 0.5 seconds;"
            " raise the limit with --live-limit total-seconds=N if that is expected"
        )


def test_a_server_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    def silent(path: str, write: Write, over: Event) -> None:
        write(VERSION if path == "/version" else SLOW_BODY)
        if path != "/version":
            over.wait(30)

    with run_raw(silent) as url:
        assert error_line(url, tmp_path, replace(QUICK, read=0.2)).startswith("URL did not answer in time")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            {"kind": "Status", "metadata": {}, "status": "Success", "items": None},
            "answers with the kind Status",
        ),
        ({"kind": "Table", "metadata": {}, "rows": [], "items": []}, "answers with the kind Table"),
        ({"kind": "PodList", "metadata": {}, "items": []}, "answers with the kind PodList, not RoleList"),
        (status(200), "does not answer with a list"),
        ([], "does not answer with a list"),
        (b'{"kind":"RoleList","x":' + b'{"a":' * 150_000 + b"1" + b"}" * 150_000 + b',"items":[]}', "a list"),
    ],
    ids=["Status", "Table", "another list", "a Status without items", "no object", "deep"],
)
def test_an_answer_that_is_not_the_list_is_an_error(tmp_path: Path, body: Any, why: str) -> None:
    with run_fake(roles(Reply(body))) as fake:
        line = error_line(fake.url, tmp_path)
    assert line.startswith("URL cannot list roles now (")
    assert why in line


def test_a_deep_message_and_a_deep_version_are_one_line_errors(tmp_path: Path) -> None:
    deep = b"[" * 200_000 + b"]" * 200_000
    with run_fake(roles(Reply(deep, 500))) as fake:
        assert error_line(fake.url, tmp_path) == "URL cannot list roles now (HTTP 500): try again"
    with run_fake(lambda *_: Reply(deep)) as fake:
        assert "does not answer as an API server of Kubernetes" in error_line(fake.url, tmp_path)


@pytest.mark.parametrize(
    "info",
    [
        {"major": "0", "minor": "0", "gitVersion": "v0.0.0-master+$Format:%H$"},
        {"major": "2", "minor": "0", "gitVersion": "v2.0.1"},
        {"major": "1", "minor": "24+", "gitVersion": "unknown\u001b[31m"},
        {"major": "", "minor": "", "gitVersion": "", "platform": "linux/amd64"},
        {"goVersion": "go1.26"},
    ],
    ids=["a development version", "another major", "a text", "empty", "none"],
)
def test_a_server_of_an_unknown_version_is_read_with_a_warning(tmp_path: Path, info: dict[str, str]) -> None:
    def reply(asked: Asked, _: int) -> Reply | None:
        if asked.path == "/version":
            return Reply(info)
        return Reply(role_list(["a"])) if asked.path == ROLES else None

    with run_fake(reply) as fake:
        objects = read(fake.url, tmp_path).objects
    assert [name for _, name in objects.roles] == ["a"]
    assert objects.kubernetes_version is None
    (warning,) = objects.warnings
    assert warning.endswith(
        "which is not a release of Kubernetes: each kind is requested in every API version that some release"
        " serves; give the version with --kubernetes-version"
    )
    assert warning.isprintable()


def test_every_bound_can_be_set_by_its_name() -> None:
    changed = Patience().with_limits(dict.fromkeys(LIMITS, 7))
    assert {name for name in Patience.__slots__ if getattr(changed, name) != getattr(Patience(), name)} == {
        *("connect", "read", "request", "total", "longest_delay", "attempts", "pages"),
        *("list_bytes", "total_bytes"),
    }


@pytest.mark.parametrize(
    ("name", "value"), [("page", 1), ("pages", 0), ("pages", -1), ("pages", float("nan"))]
)
def test_an_invalid_bound_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match="limit"):
        Patience().with_limits({name: value})


@pytest.mark.parametrize(
    "path", ["/api", "/apis", "/api/v1", "/apis/rbac.authorization.k8s.io/v1", "/openapi/v2"]
)
@pytest.mark.parametrize(
    "deep", [b"[" * 200_000 + b"]" * 200_000, b'{"a":' * 200_000 + b"1" + b"}" * 200_000]
)
def test_a_deeply_nested_discovery_document_is_a_one_line_error(
    tmp_path: Path, path: str, deep: bytes
) -> None:
    with run_fake(lambda asked, _: Reply(deep) if asked.path == path else None) as fake:
        config = fake.kubeconfig(tmp_path)
        try:
            live = read_live(kubeconfig=config, patience=QUICK)
        except ConnectError as error:
            lines = [str(error)]
        else:
            lines = list(live.objects.server.unread(None, None)) if live.objects.server else []
    assert all(line.isprintable() for line in lines)


def connection(url: str, folder: Path, patience: Patience = QUICK) -> Connection:
    return Connection(kubeconfig=Fake(url).kubeconfig(folder), patience=patience)


def test_each_line_of_an_answer_without_a_length_is_read_when_it_comes(tmp_path: Path) -> None:
    def behave(_: str, write: Write, over: Event) -> None:
        write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\none\ntw")
        for letter in (b"o", b"\n"):
            write(letter)
        over.wait(30)

    with run_raw(behave) as url:
        lines = connection(url, tmp_path).lines("/api/v1/pods", {"watch": 1})
        assert [next(lines), next(lines)] == [b"one", b"two"]


def test_a_line_without_an_end_is_given_up(tmp_path: Path) -> None:
    def behave(_: str, write: Write, over: Event) -> None:
        write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not over.is_set():
            write(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")

    with run_raw(behave) as url:
        lines = connection(url, tmp_path, replace(QUICK, list_bytes=1_000_000)).lines("/api/v1/pods", {})
        with pytest.raises(ConnectError, match="sent an answer of more than 1000000 bytes"):
            next(lines)
