"""Tests which kinds of pods a cluster admits, for the search of paths."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.model import Subject
from rbacpsp.model.subjects import member_of
from rbacpsp.paths.admitted_pods import ClusterAdmits, account_of_pod
from rbacpsp.paths.plugins import Wanted
from rbacpsp.pss.config import Configuration, Exemptions
from rbacpsp.testing import ClusterBuilder
from tests.paths.clusters import LEVEL, NO_NODE, NODE_POD, base

EVE = User("eve", ())
NO_POLICY = "because no policy applies"


def admits(
    builder: ClusterBuilder, version: str, configuration: Configuration | None = None
) -> ClusterAdmits:
    """The answers for the cluster of a builder."""
    cluster: Cluster = builder.build(kubernetes_version=version)
    return ClusterAdmits(cluster.paths().view, configuration)


@pytest.mark.parametrize(
    ("group", "groups"),
    [
        ("devs", ("devs", "system:authenticated")),
        ("zebras", ("zebras", "system:authenticated")),
        ("system:authenticated", ("system:authenticated",)),
        ("system:unauthenticated", ("system:unauthenticated",)),
    ],
)
def test_a_member_of_a_group_is_authenticated_unless_nobody_in_it_is(
    group: str, groups: tuple[str, ...]
) -> None:
    assert member_of(Subject("Group", group)).groups == groups


def test_users_and_accounts_are_their_own_requesters() -> None:
    assert member_of(Subject("User", "system:anonymous")).groups == ("system:unauthenticated",)
    assert (member_of(Subject("User", "eve")).name, account_of_pod("b", "x").name) == (
        "eve",
        "system:serviceaccount:b:x",
    )
    assert account_of_pod("b", "x").groups == ("system:serviceaccounts", "system:serviceaccounts:b")


@pytest.mark.parametrize(
    ("version", "decide"), [("1.21", True), ("1.24", True), ("1.25", False), ("1.26", False)]
)
def test_policies_decide_until_the_server_no_longer_knows_them(version: str, *, decide: bool) -> None:
    there = admits(base().policy("p", **NO_NODE), version)
    assert (there.by_policies, there.by_constraints, there.asks_who) == (decide, False, decide)
    assert there.everywhere("plain") == (None if decide else "")
    assert there.pod("plain", EVE, "a") == (None if decide else NO_POLICY)
    assert not there.judged("a")


@pytest.mark.parametrize(("version", "level"), [("1.22", False), ("1.23", True), ("1.24", True)])
def test_levels_decide_from_1_23_on(version: str, *, level: bool) -> None:
    there = admits(ClusterBuilder().namespace("a").namespace("b", {LEVEL: "restricted"}), version)
    privileged = "because no policy applies and the Pod Security level is privileged"
    assert there.pod("takes-node", EVE, "a") == (privileged if level else NO_POLICY)
    assert there.pod("takes-node", EVE, "b") == (None if level else NO_POLICY)
    assert there.pod("container-takes-node", EVE, "b") == (None if level else NO_POLICY)
    assert there.pod("root-with-claim", EVE, "b") == (None if level else NO_POLICY)
    assert there.pod("with-token", EVE, "b") == NO_POLICY
    assert (there.level_allows("a"), there.level_allows("b")) == (True, not level)


def test_a_pod_with_a_claim_may_be_root_at_every_level_but_restricted() -> None:
    start = ClusterBuilder()
    for level in ("baseline", "privileged", "restricted"):
        start.namespace(level, {LEVEL: level})
    there = admits(start, "1.30")
    admitted = [
        there.pod("root-with-claim", EVE, level) for level in ("baseline", "privileged", "restricted")
    ]
    assert admitted == [NO_POLICY, NO_POLICY, None]


def test_an_exempt_namespace_is_privileged_whatever_its_label_says() -> None:
    exempt = Configuration(exemptions=Exemptions(namespaces=("a",)))
    start = ClusterBuilder().namespace("a", {LEVEL: "restricted"}).namespace("b", {LEVEL: "restricted"})
    there = admits(start, "1.30", exempt)
    assert (there.level_allows("a"), there.level_allows("b")) == (True, False)


BY_P = "by policy p (privileged, hostPath of any folder)"


def test_system_masters_use_every_policy() -> None:
    there = admits(base().policy("p", **NODE_POD), "1.24")
    assert there.pod("takes-node", User("root", ("system:masters",)), "a") == BY_P
    assert there.pod("takes-node", EVE, "a") is None


def test_a_policy_is_used_where_its_grant_is() -> None:
    start = base().policy("p", **NO_NODE).policy("q", **NO_NODE)
    start.may_use("p", "User/eve", "Group/devs", namespace="b")
    start.may_use("q", "Group/ops")
    there = admits(start, "1.24")
    devs, ops = User("dev", ("others", "devs")), User("op", ("others", "ops"))
    answers = {
        user.name: [there.pod("plain", user, namespace) for namespace in ("a", "b")]
        for user in (EVE, devs, ops)
    }
    assert answers == {
        "eve": [None, "by policy p"],
        "dev": [None, "by policy p"],
        "op": ["by policy q", "by policy q"],
    }
    assert there.everywhere("plain") is None


@pytest.mark.parametrize(
    ("kind", "spec", "admitted"),
    [
        ("with-token", {"volumes": ["*"]}, True),
        ("with-token", {"volumes": ["emptyDir", "secret"]}, True),
        ("with-token", {"volumes": ["emptyDir"]}, False),
        ("plain", {"volumes": []}, True),
        ("root-with-claim", {"volumes": ["persistentVolumeClaim"]}, True),
        ("root-with-claim", {"volumes": ["secret"]}, False),
        (
            "root-with-claim",
            {"volumes": ["persistentVolumeClaim"], "runAsUser": {"rule": "MustRunAsNonRoot"}},
            False,
        ),
        ("root-with-ephemeral", {"volumes": ["ephemeral"]}, True),
        ("root-with-ephemeral", {"volumes": ["persistentVolumeClaim"]}, False),
        (
            "root-with-ephemeral",
            {"volumes": ["ephemeral"], "runAsUser": {"rule": "MustRunAsNonRoot"}},
            False,
        ),
        ("takes-node", {"volumes": ["secret"]}, False),
    ],
)
def test_a_policy_that_everybody_uses_admits_the_kinds_of_pods_that_it_allows(
    kind: Wanted, spec: dict[str, Any], *, admitted: bool
) -> None:
    start = base().policy("p", **spec).may_use("p", "Group/system:authenticated")
    assert (admits(start, "1.24").everywhere(kind) == "by policy p") == admitted
