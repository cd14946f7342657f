"""Tests watches, with a fake server that simulates rare behavior."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rbacpsp.model import Objects
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.limits import Patience
from rbacpsp.sources.live import Live, read_cluster
from rbacpsp.sources.refusals import ConnectError
from rbacpsp.sources.watch import watch
from tests.live.fake import Asked, Fake, Reply, role_list, run_fake, status

ROLES = "/apis/rbac.authorization.k8s.io/v1/roles"
QUICK = Patience(connect=60, read=60, attempts=2, first_delay=0.01)


def role_at_version(name: str, version: str) -> dict[str, Any]:
    return {
        "kind": "Role",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": name, "namespace": "x", "resourceVersion": version},
        "rules": [],
    }


def events(*pairs: tuple[str, dict[str, Any]]) -> Reply:
    lines = "".join(json.dumps({"type": kind, "object": obj}) + "\n" for kind, obj in pairs)
    return Reply(lines.encode())


class Script:
    """Answers the lists in their order, then the watches in theirs; the last watch sends nothing more."""

    def __init__(self, lists: list[list[str]], watches: list[Reply]) -> None:
        self._lists = iter(lists)
        self._watches = iter(watches)
        self.versions: list[str] = []

    def __call__(self, asked: Asked, _: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        if "watch" not in asked.query:
            return Reply(role_list(next(self._lists)))
        self.versions.append(asked.query["resourceVersion"])
        time.sleep(0.2)  # changes that come together are one
        return next(self._watches, Reply(b""))


def follow(fake: Fake, folder: Path, told: list[str] | None = None) -> Iterator[Objects]:
    connection = Connection(kubeconfig=fake.kubeconfig(folder), patience=QUICK)

    def read() -> Live:
        return read_cluster(connection, kinds={"Role"}, discovery=False)

    said: list[str] = [] if told is None else told
    yield from watch(connection, read, said.append)


def names(objects: Objects) -> list[str]:
    return sorted(name for _, name in objects.roles)


def test_added_modified_and_deleted_objects_are_followed(tmp_path: Path) -> None:
    changed = role_at_version("a", "9") | {
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
    }
    script = Script(
        [["a"]],
        [
            events(("ADDED", role_at_version("b", "8"))),
            events(("MODIFIED", changed)),
            events(("DELETED", role_at_version("b", "10"))),
        ],
    )
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        assert names(next(result)) == ["a"]
        assert names(next(result)) == ["a", "b"]
        assert next(result).roles["x", "a"].rules[0].verbs == ("get",)
        assert names(next(result)) == ["a"]
    assert script.versions[:3] == ["7", "8", "9"]


def test_changes_without_an_end_are_followed_too(tmp_path: Path) -> None:
    def endless(asked: Asked, _: int) -> Reply | None:
        if asked.path != ROLES:
            return None
        if "watch" not in asked.query:
            return Reply(role_list([]))
        number = int(asked.query["resourceVersion"]) + 1
        return events(("ADDED", role_at_version(f"r{number}", str(number))))

    with run_fake(endless) as fake:
        result = follow(fake, tmp_path)
        next(result)
        began = time.monotonic()
        assert "r8" in names(next(result))
        assert time.monotonic() - began < 10


def test_a_login_that_may_list_nothing_has_nothing_to_watch(tmp_path: Path) -> None:
    def refuses(asked: Asked, _: int) -> Reply | None:
        return Reply(status(403, "no"), 403) if "rbac" in asked.path else None

    with run_fake(refuses) as fake:
        result = follow(fake, tmp_path)
        assert names(next(result)) == []
        with pytest.raises(ConnectError) as refusal:
            next(result)
    assert str(refusal.value) == f"{fake.url} shows this login no list that could be watched"


def test_a_bookmark_advances_the_version_from_which_a_watch_restarts(tmp_path: Path) -> None:
    bookmark = {"kind": "Role", "metadata": {"resourceVersion": "50"}}
    script = Script([["a"]], [events(("BOOKMARK", bookmark)), events(("ADDED", role_at_version("b", "51")))])
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        next(result)
        assert names(next(result)) == ["a", "b"]
    assert script.versions[:2] == ["7", "50"]


@pytest.mark.parametrize(
    "expired",
    [
        Reply(status(410, "too old"), 410),
        events(("ERROR", status(410, "too old"))),
        events(("REPLACED", role_at_version("b", "8"))),
        Reply(b"no JSON\n"),
    ],
)
def test_an_expired_resource_version_leads_to_new_lists(tmp_path: Path, expired: Reply) -> None:
    script = Script([["a"], ["c"]], [expired, events(("ADDED", role_at_version("d", "9")))])
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        assert [names(next(result)) for _ in range(3)] == [["a"], ["c"], ["c", "d"]]


def test_a_broken_watch_is_reported_and_restarted(tmp_path: Path) -> None:
    broken = Reply(json.dumps({"type": "ADDED", "object": role_at_version("b", "8")}).encode(), cut=True)
    script = Script([["a"]], [broken, events(("ADDED", role_at_version("b", "8")))])
    told: list[str] = []
    with run_fake(script) as fake:
        result = follow(fake, tmp_path, told)
        next(result)
        assert names(next(result)) == ["a", "b"]
        (line,) = told
        assert line.startswith(f"the connection to {fake.url} broke: try again (")
        assert line.endswith("; it is tried again")


def test_permission_to_list_without_watch_is_reported(tmp_path: Path) -> None:
    script = Script([["a"]], [Reply(status(403, "roles is forbidden: cannot watch"), 403)])
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        next(result)
        with pytest.raises(ConnectError) as caught:
            next(result)
    assert str(caught.value) == "the list may not be watched: roles is forbidden: cannot watch"


def test_a_list_that_cannot_be_watched_is_reported(tmp_path: Path) -> None:
    script = Script([["a"]], [Reply(status(405, "watch is not supported"), 405)])
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        next(result)
        with pytest.raises(ConnectError, match="the list may not be watched: watch is not supported"):
            next(result)


def test_lists_and_watches_that_end_immediately_are_repeated_with_a_delay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    module = sys.modules["rbacpsp.sources.watch"]
    monkeypatch.setattr(module, "_SHORTEST_SECONDS", 1000.0)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=time.monotonic, sleep=waited.append))
    gone = Reply(status(410, "too old"), 410)
    script = Script([["a"], ["b"], ["c"]], [Reply(b""), gone, gone])
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        assert [names(next(result)) for _ in range(3)] == [["a"], ["b"], ["c"]]
    assert len(waited) == 2
    assert min(waited) > 900


def test_lists_are_read_less_and_less_often_while_their_watches_end_immediately(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: 0.0, sleep=waited.append)
    monkeypatch.setattr(sys.modules["rbacpsp.sources.watch"], "time", clock)
    script = Script([["a"]] * 8, [Reply(b"<html>Log in</html>\n")] * 8)
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        assert [names(next(result)) for _ in range(8)] == [["a"]] * 8
    assert waited == [1, 2, 4, 8, 16, 30, 30]


def test_a_change_that_cannot_be_read_is_reported_without_the_token(tmp_path: Path) -> None:
    odd = role_at_version("b", "8") | {"rules": "secret-token"}
    script = Script([["a"]], [events(("ADDED", odd)), events(("ADDED", role_at_version("c", "9")))])
    told: list[str] = []
    with run_fake(script) as fake:
        result = follow(fake, tmp_path, told)
        assert [names(next(result)) for _ in range(2)] == [["a"], ["a", "c"]]
    assert len(told) == 1
    assert "a change cannot be read: " in told[0]
    assert 'rules must be a list of objects and is the string "<hidden>"' in told[0]


@pytest.mark.parametrize(
    "odd", [{"kind": "Secret", "apiVersion": "v1"}, {"apiVersion": "secret-token"}, {"kind": "x"}]
)
def test_a_change_of_another_kind_is_reported(tmp_path: Path, odd: dict[str, Any]) -> None:
    other = events(("ADDED", role_at_version("b", "8") | odd))
    script = Script([["a"]], [other, events(("ADDED", role_at_version("c", "9")))])
    told: list[str] = []
    with run_fake(script) as fake:
        result = follow(fake, tmp_path, told)
        assert [names(next(result)) for _ in range(2)] == [["a"], ["a", "c"]]
    assert told == [f"a change cannot be read: {ROLES} has a change of another kind"]


def test_an_event_without_a_difference_is_not_a_change(tmp_path: Path) -> None:
    same = {"metadata": {"name": "a", "namespace": "x"}, "rules": None}
    known = {"kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1", **same}
    script = Script([["a"]], [events(("MODIFIED", known)), events(("ADDED", role_at_version("b", "8")))])
    with run_fake(script) as fake:
        result = follow(fake, tmp_path)
        assert [names(next(result)) for _ in range(2)] == [["a"], ["a", "b"]]
