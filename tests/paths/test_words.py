"""Tests how places, paths and families are written, and which texts name a place."""

from dataclasses import replace

import pytest

from rbacpsp.audit.severity import Severity
from rbacpsp.catalog import Catalog
from rbacpsp.model import Version
from rbacpsp.paths import parse_place
from rbacpsp.paths.edges import BY_NAME
from rbacpsp.paths.findings import GOALS, as_audit
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import Place, user_place
from rbacpsp.paths.raised_severity import Goal
from rbacpsp.rbac.match import ALL
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.clusters import RBAC, base


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place("ServiceAccount", "a", "x"), "ServiceAccount/a:x"),
        (Place("User", "", "x"), "User/x"),
        (Place("Group", "", "x"), "Group/x"),
        (Place("accounts", "a"), "any service account of namespace a"),
        (Place("accounts"), "any service account"),
        (Place("pods", "a"), "any pod of namespace a"),
        (Place("pods"), "any pod"),
        (Place("secrets", "a"), "secrets:a"),
        (Place("secrets"), "the secrets of every namespace"),
        (Place("control-plane"), "root on a node of the control plane"),
        (Place("kubelet"), "the certificate of any node"),
        (Place("cloud", "", "arn"), "cloud:arn"),
        (Place("users"), "any of the users"),
        (Place("groups"), "any of the groups"),
        (Place("role", "a", "Role/r"), "Role/r in namespace a"),
        (Place("role", "", "ClusterRole/r"), "ClusterRole/r"),
        (Place("node"), "node"),
        (Place("cluster-admin"), "cluster-admin"),
    ],
)
def test_a_place_is_written_in_words(place: Place, words: str) -> None:
    assert place.words == words


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("cluster-admin", Place("cluster-admin")),
        ("node", Place("node")),
        ("secrets", Place("secrets")),
        ("secrets:a", Place("secrets", "a")),
        ("cloud:arn:aws:x/y", Place("cloud", "", "arn:aws:x/y")),
        ("User/x", Place("User", "", "x")),
        ("User/system:serviceaccount:a:x", Place("ServiceAccount", "a", "x")),
        ("Group/x/y", Place("Group", "", "x/y")),
        ("ServiceAccount/a:x", Place("ServiceAccount", "a", "x")),
        ("system:serviceaccount:a:x", Place("ServiceAccount", "a", "x")),
        ("someone", Place("User", "", "someone")),
        ("team/someone", Place("User", "", "team/someone")),
        ("secretsx", Place("User", "", "secretsx")),
        ("Group", Place("User", "", "Group")),
    ],
)
def test_a_text_names_a_place(text: str, place: Place) -> None:
    assert parse_place(text) == place


def test_a_value_that_is_not_text_is_not_a_place() -> None:
    with pytest.raises(TypeError, match="text must be a string"):
        parse_place(7)  # type: ignore[arg-type]


def test_a_user_with_the_name_of_an_account_is_that_account() -> None:
    assert user_place("system:serviceaccount:a:x") == Place("ServiceAccount", "a", "x")
    assert user_place("x") == Place("User", "", "x")


def test_a_path_is_written_step_by_step() -> None:
    builder = base().role("tokens", rule("create", "serviceaccounts/token"))
    paths = builder.bind("tokens", "User/eve", namespace="a", kind="ClusterRole").build().paths()
    path = paths.between(parse_place("User/eve"), parse_place("cluster-admin"))
    assert path is not None
    assert repr(path) == "<Path from User/eve to cluster-admin: 2 actions>"
    assert repr(Path(path.start, path.goal, (), False)) == "<Path from User/eve to cluster-admin: 0 actions>"
    assert path.words == (
        "1. User/eve requests a token: any service account of namespace a "
        "(RoleBinding a/tokens, rule 1 of ClusterRole tokens). "
        "2. any service account of namespace a is one of them: ServiceAccount/a:strong. "
        "3. ServiceAccount/a:strong holds full control: cluster-admin "
        "(ClusterRoleBinding cluster-admin, rule 1 of ClusterRole cluster-admin)."
    )
    assert [step.permission for step in path.steps] == ["create serviceaccounts/token", "", "* *.*"]
    assert [step.grant is None for step in path.steps] == [False, True, False]
    assert [step.evidence is None for step in path.steps] == [False, True, False]
    assert [grant.binding.name for grant in path.grants] == ["tokens", "cluster-admin"]
    assert [subject.name for _, subject in path.used] == ["eve", "strong"]
    assert path.first == path.used[0]
    assert path.order == (2, path.start, path.goal)
    short = paths.between(parse_place("ServiceAccount/a:strong"), parse_place("cluster-admin"))
    assert repr(short) == "<Path from ServiceAccount/a:strong to cluster-admin: 1 action>"
    assert repr(paths.from_(parse_place("User/eve"))).startswith("<Ways: ")
    assert repr(paths) == f"<Paths of {paths.view.objects!r}>"


def test_a_step_by_a_role_that_the_path_binds_has_a_permission_and_no_grant() -> None:
    binds = (rule("bind", "roles", RBAC), rule("create", "rolebindings", RBAC))
    builder = base().role("tokens", rule("create", "serviceaccounts/token"), namespace="a")
    paths = builder.role("binds", *binds).bind("binds", "User/eve").build().paths()
    path = paths.between(parse_place("User/eve"), parse_place("ServiceAccount/a:strong"))
    assert path is not None
    assert [(step.permission, step.grant is None, step.evidence is None) for step in path.steps] == [
        ("bind roles.rbac.authorization.k8s.io", False, False),
        ("create serviceaccounts/token", True, True),
        ("", True, True),
    ]
    assert [grant.binding.name for grant in path.grants] == ["binds"]
    assert [subject.name for _, subject in path.used] == ["eve"]
    assert path.evidence == path.steps[0].evidence


def test_a_technique_without_words_or_edges_is_invalid() -> None:
    family = BY_NAME["request-token"]
    assert family.problems() == []
    assert replace(family, title="", references=()).problems() == [
        "request-token: title is empty",
        "request-token: references is empty",
    ]
    missing = ["request-token: it needs permissions with targets, or links"]
    assert replace(family, targets=None).problems() == missing
    assert replace(family, permissions=()).problems() == missing
    assert replace(family, permissions=(), targets=None).problems() == missing
    assert replace(family, permissions=(), targets=None, links=lambda _: ()).problems() == []
    assert replace(family, permissions=(), links=lambda _: ()).problems() == missing
    assert replace(family, targets=None, links=lambda _: ()).problems() == missing


@pytest.mark.parametrize(
    ("goal", "few", "near", "far"),
    [
        (GOALS[0], 5, Severity.CRITICAL, Severity.HIGH),
        (GOALS[1], 3, Severity.HIGH, Severity.MEDIUM),
        (GOALS[2], 3, Severity.HIGH, Severity.MEDIUM),
    ],
)
def test_a_goal_that_takes_more_actions_is_less_severe(
    goal: Goal, few: int, near: Severity, far: Severity
) -> None:
    assert [goal.severity(length) for length in (1, few, few + 1)] == [near, near, far]


@pytest.mark.parametrize(("length", "severities"), [(5, {"critical"}), (6, {"high"})])
def test_a_path_is_as_severe_as_its_length_says(length: int, severities: set[str]) -> None:
    """Each user of a chain impersonates the next; the last holds full control."""
    builder = ClusterBuilder().role("all", rule("*", "*", "*"))
    for number in range(length - 1):
        builder.role(f"r{number}", rule("impersonate", "users", names=f"u{number + 1}"))
        builder.bind(f"r{number}", f"User/u{number}")
    cluster = builder.bind("all", f"User/u{length - 1}").build(kubernetes_version="1.30")
    findings = [finding for finding in cluster.audit().findings if finding.rule.id == "RBP150"]
    by_subject = {each.subject.name: str(each.severity) for each in findings if each.subject}
    assert by_subject["u0"] in severities
    assert by_subject["u1"] == "critical"
    path = cluster.paths().between(parse_place("u0"), parse_place("cluster-admin"))
    assert path is not None
    assert path.length == length
    (raised,) = [
        finding
        for finding in cluster.audit().findings
        if finding.subject and finding.subject.name == "u0" and finding.rule.permissions
    ]
    assert raised.detail.endswith(f"It leads to cluster-admin in {length} actions.")
    assert str(raised.severity) in severities


ASKED_IN_NAMESPACES = {("bind", "clusterroles"), ("patch", "namespaces"), ("update", "namespaces")}
"""Verbs on resources of the whole cluster that count in a namespace: for its bindings, and for itself."""
OF_THE_CLUSTER = {"users", "groups", "signers", "securitycontextconstraints"}
"""What is of no namespace, among what the API of Kubernetes does not serve."""


@pytest.mark.parametrize("name", BY_NAME)
def test_permissions_of_a_technique_count_in_a_namespace_if_their_resource_is_namespaced(name: str) -> None:
    catalog = Catalog.for_version(Version(1, 24))
    family = BY_NAME[name]
    for permission in (*family.permissions, *(each for one_of in family.also for each in one_of)):
        plural = permission.resource.partition("/")[0]
        served = catalog.by_group_resource.get((permission.group, plural))
        if ALL in permission.resource or {(verb, plural) for verb in permission.verbs} <= ASKED_IN_NAMESPACES:
            assert permission.namespaced
        elif served is not None:
            assert permission.namespaced == served.namespaced, permission
        else:
            assert permission.namespaced == (plural not in OF_THE_CLUSTER), permission


def test_only_memberships_take_no_action() -> None:
    free = {name for name, family in BY_NAME.items() if family.cost == 0}
    assert free == {"masters", "membership", "one-of", "is-any-node", "aws-auth"}


def test_a_version_of_paths_counts_as_known_unless_it_is_marked_as_assumed() -> None:
    assert not as_audit((), Version(1, 30)).version_is_assumed
    assert as_audit((), Version(1, 30), version_is_assumed=True).version_is_assumed
