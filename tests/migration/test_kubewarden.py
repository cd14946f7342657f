"""Tests the output of `migrate kubewarden`: a group of alternatives whose members are modules."""

from typing import Any

import pytest

from rbacpsp import migrate
from rbacpsp.migration import Migration
from rbacpsp.testing import binding, role, rule
from tests.migration.build import cluster, open_policy
from tests.migration.test_vap import GRANTED, SCOPED, many

JSON = dict[str, Any]


def written(*objects: JSON, **options: Any) -> Migration:
    return migrate(cluster(*objects), "kubewarden", **options)


def test_a_group_joins_policies_by_or_and_the_members_of_one_by_and() -> None:
    [group] = written(*SCOPED).objects
    assert (group["apiVersion"], group["kind"]) == (
        "policies.kubewarden.io/v1",
        "ClusterAdmissionPolicyGroup",
    )
    assert group["spec"]["expression"] == (
        "(p_open_rest() && p_open_use()) || (p_restricted_privileged() && p_restricted_host()"
        " && p_restricted_rest() && p_restricted_use())"
    )
    modules = {name: each["module"] for name, each in group["spec"]["policies"].items()}
    registry = "registry://ghcr.io/kubewarden/policies"
    assert modules == {
        "p_open_rest": f"{registry}/cel-policy:v1.6.3",
        "p_open_use": f"{registry}/cel-policy:v1.6.3",
        "p_restricted_privileged": f"{registry}/pod-privileged:v1.0.13",
        "p_restricted_host": f"{registry}/host-namespaces-psp:v1.1.11",
        "p_restricted_rest": f"{registry}/cel-policy:v1.6.3",
        "p_restricted_use": f"{registry}/cel-policy:v1.6.3",
    }
    assert group["spec"]["policies"]["p_restricted_host"]["settings"] == {
        "allow_host_ipc": False,
        "allow_host_network": False,
        "allow_host_pid": True,
        "allow_host_ports": [{"min": 0, "max": 65535}],
    }


def test_the_expression_names_every_member_and_nothing_else() -> None:
    for objects in (SCOPED, many(5), (*many(3), *GRANTED)):
        for group in written(*objects).objects:
            names = group["spec"]["policies"]
            words = group["spec"]["expression"].replace("(", " ").replace(")", " ").split()
            assert {word for word in words if word not in {"&&", "||"}} == set(names)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_set_of_policies_has_its_own_group_in_rbac(count: int) -> None:
    made = written(*many(count), *GRANTED, scope="rbac")
    assert len(made.objects) == 2**count
    for group in made.objects:
        conditions = [condition["expression"] for condition in group["spec"]["matchConditions"]]
        assert sum(condition.count(".check(") for condition in conditions) == 2 * count <= 7
        wanted = [condition for condition in conditions[1:] if not condition.startswith("!")]
        named = group["metadata"]["annotations"]["rbacpsp.io/policies"]
        assert len(wanted) == len([name for name in named.split(",") if name])
    [nobody, *_] = made.objects
    assert nobody["spec"]["expression"] == "no_policy()"
    [never] = nobody["spec"]["policies"]["no_policy"]["settings"]["validations"]
    assert never["expression"] == "false"


def test_more_policies_than_a_webhook_can_ask_about_are_refused() -> None:
    with pytest.raises(ValueError, match=r"can ask about 3 policies at most, .* there are 4 policies"):
        written(*many(4), *GRANTED, scope="rbac")
    old = (
        open_policy("open"),
        role("old", rule("use", "podsecuritypolicies", "extensions", names="open")),
        binding("old", "User/alice", name="b"),
    )
    with pytest.raises(ValueError, match="a role grants open only in the API group extensions"):
        written(*old, scope="rbac")


def test_a_module_fills_in_where_every_policy_fills_in_alike_and_nothing_else() -> None:
    made = written(open_policy("only", allowPrivilegeEscalation=False, readOnlyRootFilesystem=True))
    mutating, group = made.objects
    assert mutating["kind"] == "ClusterAdmissionPolicy"
    assert mutating["spec"]["mutating"] is True
    assert mutating["spec"]["settings"] == {"default_allow_privilege_escalation": False}
    assert group["kind"] == "ClusterAdmissionPolicyGroup"
    assert {(gap.kind, gap.field) for gap in made.gaps if gap.policy == "only"} >= {
        ("mutation lost", "readOnlyRootFilesystem"),
        ("weaker", "readOnlyRootFilesystem"),
    }
    assert not [gap for gap in made.gaps if gap.field == "allowPrivilegeEscalation"]


def test_volumes_are_left_to_cel_where_the_module_says_something_else() -> None:
    for volumes, expected in ((["secret"], False), ([], False), (["secret", "projected"], True)):
        [group] = written(open_policy("only", volumes=volumes)).objects
        assert ("p_only_volumes" in group["spec"]["policies"]) == expected


def test_nothing_is_refused_in_monitor_mode() -> None:
    [group] = written(*SCOPED, actions=("Audit",)).objects
    assert group["spec"]["mode"] == "monitor"
