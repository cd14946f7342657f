"""Tests that a cluster and its results are immutable, and can be pickled and copied."""

import copy
import json
import operator
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from rbacpsp import Cluster, Request, User, load
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.paths import parse_place
from rbacpsp.testing import pod

ALICE = User.impersonate("alice")
ROOT = User("root", ("system:masters",))
USE = Request("use", group="policy", resource="podsecuritypolicies", name="100-psp", namespace="default")
GET = Request("get", resource="pods", namespace="default")
WEB = pod("web")

Seen = Callable[[Any], Any]


@cache
def cluster() -> Cluster:
    return load("sample_clusters/psp-by-example", kubernetes_version="1.24")


@cache
def migrated() -> Cluster:
    return load("sample_clusters/psp-migration")


def accesses(found: Any) -> list[Any]:
    return [(each.subject, each.grants, each.controls) for each in found]


# the question, and the visible parts of the answer
QUESTIONS: dict[str, tuple[Callable[[], Any], Seen]] = {
    "cluster": (cluster, lambda it: (list(it.objects), it.kubernetes_version, it.warnings)),
    "objects": (lambda: cluster().objects, lambda it: [(each, it.origin(each)) for each in it]),
    "catalog": (lambda: cluster().catalog, lambda it: (it.resources, it.controllers, it.find("psp"))),
    "authorizer": (lambda: cluster().authorizer, lambda it: it.authorize(ALICE, GET).reason),
    "authorize": (lambda: cluster().authorize(ALICE, GET), lambda it: (it.allowed, it.message, it.reasons)),
    "allowed": (lambda: cluster().authorize(ROOT, GET), lambda it: (it.allowed, it.user, it.reasons)),
    "who_can": (lambda: cluster().who_can(USE), lambda it: (accesses(it), accesses(it.expand()))),
    "who_can_anywhere": (lambda: cluster().who_can_anywhere(USE), accesses),
    "access": (lambda: list(cluster().who_can(USE))[-1], lambda it: (it, it.grants, it.namespaces)),
    "policy_users": (lambda: cluster().policy_users("100-psp", "default"), accesses),
    "rules_for": (lambda: cluster().rules_for(ALICE, "default"), lambda it: (it.rules, it.status())),
    "expansion": (lambda: cluster().rules_for(ROOT).expand(), list),
    "admitted": (
        lambda: cluster().admit(WEB, user=ROOT),
        lambda it: (it.pod, dict(it.considered), it.errors),
    ),
    "refused": (lambda: cluster().admit(WEB, user=ALICE), lambda it: (it.message, dict(it.considered))),
    "simulation": (lambda: migrated().simulate(), lambda it: [(row.key, row.refused) for row in it]),
    "row": (lambda: migrated().simulate().rows[0], lambda it: (it.key, it.title, it.refused)),
    "enforcement": (lambda: migrated().psp_enforcement, lambda it: it),
    "pss_admit": (lambda: migrated().pss_admit(WEB), lambda it: (it.allowed, dict(it.audit), it.enforced)),
    "submission": (lambda: migrated().submit(WEB), lambda it: (it.verdict, it.message, it.steps)),
    "mending": (lambda: cluster().grant(GET, ALICE), lambda it: (it.objects, it.existing)),
    "preflight": (lambda: cluster().preflight([WEB], ALICE), lambda it: (it.user, it.rows)),
    "audit": (lambda: cluster().audit(), lambda it: [each.fingerprint for each in it.findings]),
    "paths": (lambda: cluster().paths(), lambda it: it.from_(parse_place("Group/system:masters")).total),
    "frames": (lambda: cluster().frames, lambda it: it.grants.to_dict("list")),
    "graph": (lambda: cluster().graph(), lambda it: sorted(it.edges(keys=True))),
    "changed": (
        lambda: cluster().changed(removed=[("PodSecurityPolicy", "", "100-psp")]),
        lambda it: list(it.objects),
    ),
    "redacted": (lambda: cluster().redacted(), lambda it: list(it.objects)),
}
LEFT_TO_OTHERS = {"objects", "catalog", "authorizer", "graph", "expansion"}
"""Objects are filled while they are loaded, graphs are new ones, and the others are no results."""


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
def test_an_answer_says_the_same_after_it_was_pickled_or_copied(name: str, used: bool) -> None:
    ask, seen = QUESTIONS[name]
    answer = ask()
    before = seen(answer) if used else None
    document = pickle.loads(pickle.dumps(answer))  # noqa: S301 - our own bytes
    copied = copy.deepcopy(answer)
    assert seen(document) == seen(copied) == (before if used else seen(answer))


EQUAL = [
    *(
        "authorize",
        "allowed",
        "who_can",
        "who_can_anywhere",
        "access",
        "policy_users",
        "rules_for",
        "expansion",
    ),
    *("admitted", "refused", "enforcement", "pss_admit", "submission", "mending", "preflight"),
]


@pytest.mark.parametrize("name", EQUAL)
def test_the_same_question_has_equal_answers_also_after_it_was_pickled(name: str) -> None:
    ask, _ = QUESTIONS[name]
    answer, again = ask(), ask()
    assert answer == again == pickle.loads(pickle.dumps(answer))  # noqa: S301 - our own bytes
    assert not operator.ne(answer, again)
    assert answer not in (None, "", (), 1)


@pytest.mark.parametrize("name", ["authorize", "allowed", "who_can", "policy_users", "rules_for"])
def test_equal_answers_about_access_have_equal_hashes(name: str) -> None:
    ask, _ = QUESTIONS[name]
    assert hash(ask()) == hash(pickle.loads(pickle.dumps(ask())))  # noqa: S301 - our own bytes
    assert len({ask(), ask()}) == 1


def test_answers_differ_with_the_user_the_namespace_and_the_grants() -> None:
    assert cluster().authorize(ALICE, GET) != cluster().authorize(User("bob"), GET)
    assert cluster().rules_for(ALICE, "default") != cluster().rules_for(ALICE, "other")
    assert cluster().who_can(USE) != cluster().who_can(GET)


@pytest.mark.parametrize("name", sorted(set(QUESTIONS) - LEFT_TO_OTHERS))
def test_an_answer_never_changes(name: str) -> None:
    answer = QUESTIONS[name][0]()
    for attribute in [each for each in dir(answer) if not each.startswith("_")]:
        with pytest.raises((AttributeError, TypeError)):
            setattr(answer, attribute, None)


def test_what_is_pickled_of_an_answer_does_not_hold_the_cluster() -> None:
    assert len(pickle.dumps(cluster().authorize(ALICE, GET))) < 2_000
    assert len(pickle.dumps(cluster().admit(WEB, user=ALICE))) < len(pickle.dumps(cluster())) / 4


def test_a_frozen_dict_is_read_as_a_dict_and_refuses_every_change() -> None:
    frozen = FrozenDict({"a": 1})
    assert frozen == {"a": 1}
    assert dict(frozen | {"b": 2}) == {"a": 1, "b": 2}
    changes: tuple[Callable[[Any], Any], ...] = (
        lambda it: it.__setitem__("a", 2),
        lambda it: it.__delitem__("a"),
        lambda it: it.update(a=2),
        lambda it: it.setdefault("b", 2),
        lambda it: it.pop("a"),
        lambda it: it.popitem(),
        lambda it: it.clear(),
        lambda it: it.__ior__({"a": 2}),
    )
    for change in changes:
        with pytest.raises(TypeError, match=r"a FrozenDict cannot be changed: copy it with dict\(\)"):
            change(frozen)
    assert copy.deepcopy(frozen) == pickle.loads(pickle.dumps(frozen)) == {"a": 1}  # noqa: S301 - as above
    assert type(copy.deepcopy(frozen)) is FrozenDict


def test_a_cluster_of_a_json_file_keeps_the_lines_of_its_objects(tmp_path: Path) -> None:
    file = tmp_path / "dump.json"
    items = [WEB, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}]
    file.write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=1), encoding="utf-8"
    )
    read = load(file)
    document = pickle.loads(pickle.dumps(read))  # noqa: S301 - as above

    def lines(cluster: Cluster) -> list[int]:
        origins = (cluster.objects.origin(each) for each in cluster.objects)
        return [origin.line for origin in origins if origin.document.file == str(file)]

    assert lines(document) == lines(read)
    assert len(set(lines(read))) == 2
