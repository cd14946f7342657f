"""Compares conclusions from the audit log of a real server with its behavior, at random.

`make test-long` sends 5,000 requests to each server and takes every grant away; `.ci/run` a share of it.
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp.auditlog.authorizations import AuthorizationRequest
from rbacpsp.auditlog.removable import Needs, identity
from rbacpsp.auditlog.usage import Usage
from rbacpsp.auditlog.verification import verification_record, verify_record
from rbacpsp.cli.grants import request_json
from rbacpsp.cluster import Cluster
from rbacpsp.logs import read_logs
from tests.live.audited import GROUP, JSONObject, RandomAccess, Reviewer, send
from tests.live.server import ApiServer, NotBuiltError, collection, run_server

LONG = bool(os.environ.get("RBACPSP_LONG"))
REQUESTS = 5000 if LONG else 500
ITEMS = 1000 if LONG else 12
"""How many items of each sort are taken away."""
SEED = 27


@dataclass(frozen=True)
class Audited:
    """A server, its requests, and the conclusions from its audit log."""

    server: ApiServer
    log: Path
    cluster: Cluster
    usage: Usage
    objects: dict[tuple[str, str, str], JSONObject]
    answered: int


@pytest.fixture(scope="module", params=["v1.24", "current"])
def audited(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp("audited")
    try:
        with run_server(request.param, folder / "server", audited=True) as server:
            drawn = RandomAccess(SEED)
            objects = list(drawn.objects())
            server.create(*objects, *Settled.objects())
            with closing(Settled(server)) as settled:
                for kind in Settled.KINDS:
                    settled.wait(kind)
            before = server.audit_log.stat().st_size
            answered = send(server, drawn.calls(REQUESTS))
            log = folder / "audit.log"
            log.write_bytes(server.audit_log.read_bytes()[before:])
            cluster = rbacpsp.connect(kubeconfig=str(server.kubeconfig()))
            named = {
                (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]): each
                for each in objects
            }
            yield Audited(server, log, cluster, rbacpsp.usage(log, cluster), named, answered)
    except NotBuiltError as missing:
        if os.environ.get("RBACPSP_LIVE"):
            raise
        pytest.skip(f"not run: {missing}")


class Settled:
    """Waits until the server has seen a change: it sees the objects of a kind in order."""

    KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
    _number = 0

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._ask = Reviewer(server)

    def close(self) -> None:
        self._ask.close()

    @staticmethod
    def objects() -> Iterator[JSONObject]:
        for kind in Settled.KINDS:
            yield Settled._object(kind, "first")

    @staticmethod
    def _object(kind: str, word: str) -> JSONObject:
        """A canary: a role that names a resource, or a binding that names a user."""
        place = {"namespace": "shop"} if not kind.startswith("Cluster") else {}
        result: JSONObject = {
            "apiVersion": f"{GROUP}/v1",
            "kind": kind,
            "metadata": {"name": "canary" if kind.startswith("Cluster") else "canary-of-shop", **place},
        }
        if kind.endswith("Binding"):
            role = kind.removesuffix("Binding")
            result["roleRef"] = {
                "apiGroup": GROUP,
                "kind": role,
                "name": "canary" if role == "ClusterRole" else "canary-of-shop",
            }
            users = ("canary", f"canary-{kind}-{word}")
            result["subjects"] = [{"apiGroup": GROUP, "kind": "User", "name": name} for name in users]
        else:
            words = ["canary", f"{kind}-{word}"]
            result["rules"] = [
                {"apiGroups": ["canary"], "resources": ["canary"], "resourceNames": words, "verbs": ["get"]}
            ]
        return result

    def wait(self, kind: str) -> None:
        """Return when the server has seen all changes to objects of a kind."""
        Settled._number += 1
        word = str(Settled._number)
        obj = self._object(kind, word)
        self._server.request("PUT", f"{collection(obj)}/{obj['metadata']['name']}", obj)
        user, name = (
            (f"canary-{kind}-{word}", "canary") if kind.endswith("Binding") else ("canary", f"{kind}-{word}")
        )
        where = {"namespace": "shop"} if not kind.startswith("Cluster") else {}
        asked = {"verb": "get", "group": "canary", "resource": "canary", "name": name, **where}
        end = time.monotonic() + 60
        while not self._ask({"user": user, "resourceAttributes": asked}):
            assert time.monotonic() < end, f"the server does not hear of {kind}"
            time.sleep(0.02)


def spec_of(asked: AuthorizationRequest) -> JSONObject:
    return {"user": asked.user, "groups": list(asked.groups), **request_json(asked.request)}


@contextmanager
def replaced(server: ApiServer, obj: JSONObject, changed: JSONObject | None) -> Iterator[None]:
    """Replace or remove an object within the block, and wait until the server has seen it."""
    path = f"{collection(obj)}/{obj['metadata']['name']}"
    with closing(Settled(server)) as settled:
        if changed is None:
            server.request("DELETE", path)
        else:
            server.request("PUT", path, changed)
        settled.wait(obj["kind"])
        try:
            yield
        finally:
            if changed is None:
                server.create(obj)
            else:
                server.request("PUT", path, obj)
            settled.wait(obj["kind"])


@pytest.mark.live
def test_every_recorded_decision_and_reason_equals_ours(audited: Audited) -> None:
    """The server names one of several granting bindings: its reason is among ours."""
    record = verification_record(audited.cluster.authorizer.authorize)
    read_logs([audited.log], record)
    result = verify_record(record, audited.cluster.authorizer.authorize)
    assert (result.different, result.impersonations) == ((), ())
    assert result.requests > 0.9 * REQUESTS
    window = audited.usage.window
    assert window.allowed > 0.15 * REQUESTS
    assert (window.damaged, window.duplicates, window.unexplained) == (0, 0, 0)


@pytest.mark.live
@pytest.mark.parametrize("by", ["binding", "subject", "rule", "verb", "resource", "name"])
def test_removable_grants_break_nothing_on_the_server_and_needed_ones_do(audited: Audited, by: Any) -> None:
    """Each item is removed there, and the recorded requests that it allows are sent again."""
    result = audited.usage.unused_by(by, min_days=0)
    removable = {item.key for item in result.items}
    needs = Needs(audited.cluster.authorizer, audited.cluster.objects, audited.usage.requests.allowed)
    request_key: dict[tuple[object, ...], list[AuthorizationRequest]] = {}
    for asked, supports in needs.supports.items():
        for support in supports:
            for key in needs._keys(by, support, asked.request):
                request_key.setdefault(key, []).append(asked)
    items = [part for part in parts(audited, by) if part[0] in request_key]
    draw = random.Random(SEED)  # noqa: S311 - the same items each time
    assert len(items) > 5
    assert any(key not in removable for key, *_ in items)
    with closing(Reviewer(audited.server)) as ask:
        for key, obj, changed in draw.sample(items, min(ITEMS, len(items))):
            with replaced(audited.server, obj, changed):
                flipped = [
                    requested for requested in dict.fromkeys(request_key[key]) if not ask(spec_of(requested))
                ]
            assert bool(flipped) != (key in removable), (key, flipped)


FIELDS = {"verb": "verbs", "resource": "resources", "name": "resourceNames"}


def parts(audited: Audited, by: str) -> Iterator[tuple[tuple[object, ...], JSONObject, JSONObject | None]]:
    """Every item of a unit: its key, its object, and the object without it."""
    for name, obj in audited.objects.items():
        if "roleRef" in obj:
            if by == "binding":
                yield name, obj, None
            elif by == "subject":
                binding = audited.cluster.objects.cluster_role_bindings.get(name[2])
                bound = audited.cluster.objects.role_bindings.get((name[1], name[2])) if name[1] else binding
                assert bound is not None
                assert identity(bound) == name
                for subject, written in zip(bound.subjects, obj["subjects"], strict=True):
                    left = [each for each in obj["subjects"] if each != written]
                    yield (*name, subject), obj, obj | {"subjects": left}
        elif "rules" in obj:
            for index, rule in enumerate(obj["rules"]):
                for word, left in without(rule, by):
                    rules = [*obj["rules"][:index], *left, *obj["rules"][index + 1 :]]
                    yield (*name, index, *word), obj, obj | {"rules": rules}


def without(rule: JSONObject, by: str) -> Iterator[tuple[tuple[str, ...], list[JSONObject]]]:
    if by == "rule":
        yield (), []
    elif by in FIELDS:
        for word in rule.get(FIELDS[by], ()):
            left = [each for each in rule[FIELDS[by]] if each != word]
            yield (word,), [rule | {FIELDS[by]: left}] if left else []


@pytest.mark.live
def test_synthesised_roles_alone_allow_what_was_recorded_and_nothing_else(audited: Audited) -> None:
    """All bindings are removed, then each user's roles are applied, exactly as `usage role` prints them."""
    server, usage = audited.server, audited.usage
    bindings = [obj for obj in audited.objects.values() if "roleRef" in obj]
    for obj in bindings:
        server.request("DELETE", f"{collection(obj)}/{obj['metadata']['name']}")
    made: list[JSONObject] = []
    users = {each.user for each in usage.requests.allowed if not each.user.startswith("system:apiserver")} - {
        "admin"
    }
    for user in sorted(users):
        result = usage.role(user)
        assert (result.widened, result.left_out) == ((), ())
        made += result.objects
    server.create(*made)
    others = sampled(usage)
    with closing(Settled(server)) as settled, closing(Reviewer(server)) as ask:
        for kind in Settled.KINDS:
            settled.wait(kind)
        refused = [each for each in usage.requests.allowed if each.user in users and not ask(spec_of(each))]
        allowed = [other for other in others if ask(spec_of(other))]
    for obj in reversed(made):
        server.request("DELETE", f"{collection(obj)}/{obj['metadata']['name']}")
    server.create(*bindings)
    assert refused == []
    assert allowed == []
    assert len(others) > 20


def sampled(usage: Usage) -> list[AuthorizationRequest]:
    """Requests that nobody made and that resemble recorded ones: another user, verb, name or namespace."""
    draw = random.Random(SEED)  # noqa: S311 - the same requests each time
    there = list(usage.requests.allowed)
    seen = {(each.user, each.request) for each in there}
    result = []
    for choice in draw.choices(there, k=2000 if LONG else 300):
        field = draw.choice(("verb", "name", "namespace", "resource", "user"))
        other = choice._replace(groups=(), **{field: getattr(draw.choice(there), field)})
        if (other.path is None) != bool(other.resource) or other.user == "admin":
            continue
        if not any(stands_for(one, other) for one in there if one.user == other.user):
            result.append(other)
    return [each for each in result if (each.user, each.request) not in seen]


def stands_for(recorded: AuthorizationRequest, other: AuthorizationRequest) -> bool:
    """Whether a recorded request includes another: one without a name or namespace includes all of them."""
    return (
        (recorded.verb, recorded.group, recorded.resource, recorded.subresource, recorded.path)
        == (other.verb, other.group, other.resource, other.subresource, other.path)
        and recorded.name in {"", other.name}
        and recorded.namespace in {"", other.namespace}
    )


@pytest.mark.live
def test_verify_reports_no_difference_to_the_audit_log(audited: Audited, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from rbacpsp.cli import main

    state = tmp_path / "cluster.json"
    audited.cluster.snapshot(state)
    run: Callable[..., Any] = CliRunner().invoke
    result = run(main, ["verify", "--audit-log", str(audited.log), "-f", str(state), "-o", "json"])
    assert result.exit_code == 0
    data = json.loads(result.stdout)
    assert (data["same"], data["different"]) == (data["requests"], [])
