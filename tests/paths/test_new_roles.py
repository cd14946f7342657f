"""Tests who may create a role with every permission, and bind it."""

import pytest

from rbacpsp.testing import rule
from tests.paths.clusters import RBAC
from tests.paths.test_conditions import Rule, reasons, three

BINDINGS = rule("create", "rolebindings", RBAC)
MAKES = rule("create escalate", "roles", RBAC)
BIND = rule("bind", "roles", RBAC)
EVERYTHING = ("any service account of namespace b", "any pod of namespace b", "secrets:b", "node")


def of_roles(*rules: Rule, version: str = "1.30") -> set[tuple[str, str]]:
    """The steps with some rules everywhere; namespace b has a Role old."""
    start = three().role("old", rule("get", "pods"), namespace="b")
    return reasons("create-role-in-namespace", *rules, start=start, version=version)


def named(verbs: str, resource: str = "roles", name: str = "new") -> Rule:
    return rule(verbs, resource, RBAC, name)


@pytest.mark.parametrize(
    ("rules", "version", "is_open"),
    [
        ((MAKES, BIND, BINDINGS), "1.30", True),
        ((rule("create", "roles", RBAC), BIND, BINDINGS), "1.30", False),
        ((rule("escalate", "roles", RBAC), BIND, BINDINGS), "1.30", False),
        ((MAKES, BINDINGS), "1.30", False),
        ((MAKES, BIND), "1.30", False),
        ((MAKES, named("bind"), BINDINGS), "1.30", True),
        ((named("create"), rule("escalate bind", "roles", RBAC), BINDINGS), "1.30", False),
        ((named("create patch"), rule("escalate bind", "roles", RBAC), BINDINGS), "1.30", True),
        ((named("create patch"), rule("escalate bind", "roles", RBAC), BINDINGS), "1.15", False),
        ((named("create update"), rule("escalate bind", "roles", RBAC), BINDINGS), "1.15", True),
        ((rule("create bind", "roles", RBAC), named("escalate"), BINDINGS), "1.30", False),
        ((named("create patch escalate bind"), BINDINGS), "1.30", True),
        ((named("create patch escalate"), named("bind", name="other"), BINDINGS), "1.30", False),
        ((MAKES, BIND, named("create", "rolebindings")), "1.30", False),
        ((MAKES, BIND, named("create patch", "rolebindings")), "1.30", True),
        ((MAKES, BIND, rule("patch", "rolebindings", RBAC)), "1.30", False),
    ],
)
def test_a_new_role_is_created_with_escalate_and_bound(
    rules: tuple[Rule, ...], version: str, *, is_open: bool
) -> None:
    assert bool(of_roles(*rules, version=version)) == is_open


def test_only_names_that_no_role_has_are_new() -> None:
    targets = {target for target, _ in of_roles(MAKES, named("bind", name="old"), BINDINGS)}
    assert "secrets:a" in targets
    assert "secrets:b" not in targets


def test_a_role_gives_every_permission_where_all_conditions_hold() -> None:
    reason = "creates a Role with every permission and binds it in namespace b"
    for everywhere, in_b in (((MAKES, BIND), BINDINGS), ((BINDINGS, BIND), MAKES), ((MAKES, BINDINGS), BIND)):
        found = reasons("create-role-in-namespace", *everywhere, local=("b", in_b), start=three())
        assert found == {(words, reason) for words in EVERYTHING}


def test_a_role_that_may_bind_itself_only_creates_no_other() -> None:
    builder = three().role("own", MAKES, named("bind", name="own"), BINDINGS, namespace="b")
    builder.bind("own", "User/eve", namespace="b")
    graph = builder.build(kubernetes_version="1.30").paths().graph
    names = {edge.technique.name for edge in graph.edges() if edge.technique is not None}
    assert "create-role-in-namespace" not in names


MAKES_CLUSTER_ROLES = rule("create escalate", "clusterroles", RBAC)


@pytest.mark.parametrize(
    ("bind", "in_b", "reached"),
    [
        (named("bind", "clusterroles"), rule("get", "pods"), {"cluster-admin"}),
        (named("bind", "clusterroles", "r"), rule("get", "pods"), set()),
        (rule("get", "pods"), named("bind", "clusterroles"), set()),
    ],
)
def test_a_new_cluster_role_is_bound_in_the_cluster(bind: Rule, in_b: Rule, reached: set[str]) -> None:
    bindings = rule("create", "clusterrolebindings", RBAC)
    found = reasons("create-role-in-cluster", MAKES_CLUSTER_ROLES, bindings, bind, local=("b", in_b))
    assert {target for target, _ in found} == reached


def test_a_new_cluster_role_is_bound_in_a_namespace() -> None:
    bind = named("bind", "clusterroles")
    reason = "creates ClusterRole new with every permission and binds it in namespace b"
    for everywhere, in_b in ((bind, BINDINGS), (BINDINGS, bind)):
        found = reasons("create-role-in-cluster", MAKES_CLUSTER_ROLES, everywhere, local=("b", in_b))
        assert found == {(words, reason) for words in EVERYTHING}
