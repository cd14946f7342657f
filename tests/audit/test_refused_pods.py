"""Tests which loaded workloads a change of grants of `use` makes refused; `simulate` says the same."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.audit.by_change import changes
from rbacpsp.audit.edits import Drop, GrantEdit, narrow_role, remove_subjects
from rbacpsp.audit.refused_pods import RefusedPods
from rbacpsp.audit.token_holders import TokenHolders
from rbacpsp.model import AnyObject, ClusterRole, Document, Objects, Role, Subject
from rbacpsp.simulate import Effect, differences
from rbacpsp.testing import ClusterBuilder, deployment, pod, role, rule
from tests.audit.test_rules import STANDARD

EVERYBODY = Subject("Group", "system:authenticated")
ALL = "Group/system:authenticated"
NO_TOKEN: dict[str, Any] = {"automountServiceAccountToken": False}
LAX: dict[str, Any] = {
    "privileged": True,
    "hostPID": True,
    "allowPrivilegeEscalation": True,
    "volumes": ["*"],
}
BOTH = {"DaemonSet kube-system/agent", "Deployment app/web"}


def lax_for(holder: str) -> ClusterBuilder:
    builder = ClusterBuilder().namespace("app").namespace("kube-system").policy("lax", **LAX)
    builder.service_account("app", "default").service_account("kube-system", "default")
    agent = deployment("agent", namespace="kube-system", hostPID=True, **NO_TOKEN) | {"kind": "DaemonSet"}
    return builder.add(agent, deployment("web", namespace="app", **NO_TOKEN)).may_use("lax", holder)


def refused(cluster: Cluster, *edits: GrantEdit) -> set[str]:
    """What becomes refused by some edits of one object, as `simulate` confirms."""
    target = edits[0].target
    edited: AnyObject | None
    if isinstance(target, Role | ClusterRole):
        edited = narrow_role(target, edits[0].drops)
    else:
        edited = remove_subjects(target, frozenset(each.leaves for each in edits if each.leaves))
    added, removed = Objects(), [(target.kind, target.namespace, target.name)]
    if edited is not None:
        added.add(edited, Document("edited"))
        removed = []
    after = cluster.changed(added, removed)
    result = set(RefusedPods(cluster.paths().view).after(edits))
    by_constraints = bool(cluster.objects.constraints)
    before, later = (each.scc_simulate() if by_constraints else each.simulate() for each in (cluster, after))
    assert result == {
        f"{each.row.kind} {each.row.namespace}/{each.row.name}"
        for each in differences(before, later)
        if each.effect is Effect.REFUSED
    }
    return result


def leaving(cluster: Cluster, binding: str = "psp:lax", subject: Subject = EVERYBODY) -> set[str]:
    return refused(cluster, GrantEdit(cluster.objects.cluster_role_bindings[binding], subject))


def narrowing(cluster: Cluster, name: str, index: int = 0) -> set[str]:
    drop = Drop(index, "podsecuritypolicies", frozenset({"use"}))
    return refused(cluster, GrantEdit(cluster.objects.cluster_roles[name], drops=(drop,)))


def test_a_change_names_the_workloads_that_only_its_policy_admits() -> None:
    cluster = lax_for(ALL).build(kubernetes_version="1.24")
    found = changes(cluster.audit().findings, TokenHolders(cluster.paths().view))
    (change,) = [each for each in found if each.edits]
    assert change.words == "delete ClusterRoleBinding psp:lax"
    assert set(change.breaks) == BOTH == leaving(cluster)


@pytest.mark.parametrize("version", ["1.25", "1.30"])
def test_nothing_is_refused_where_the_server_has_no_policies(version: str) -> None:
    cluster = lax_for(ALL).build(kubernetes_version=version)
    edit = GrantEdit(cluster.objects.cluster_role_bindings["psp:lax"], EVERYBODY)
    assert RefusedPods(cluster.paths().view).after([edit]) == frozenset()


def test_what_another_policy_admits_is_not_refused() -> None:
    builder = lax_for(ALL).policy("other", volumes=["*"]).may_use("other", ALL)
    assert leaving(builder.build(kubernetes_version="1.24")) == {"DaemonSet kube-system/agent"}


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        ("ServiceAccount/app:default", {"DaemonSet kube-system/agent"}),
        ("ServiceAccount/kube-system:replicaset-controller", {"DaemonSet kube-system/agent"}),
        ("Group/system:serviceaccounts:kube-system", set()),
        ("User/ann", BOTH),
        ("ServiceAccount/app:other", BOTH),
    ],
)
def test_what_another_binding_admits_is_not_refused(holder: str, expected: set[str]) -> None:
    builder = lax_for(ALL).bind("psp:lax", holder, name="second")
    assert leaving(builder.build(kubernetes_version="1.24")) == expected


def test_what_another_subject_of_the_binding_keeps_is_not_refused() -> None:
    builder = lax_for("User/ann").bind("psp:lax", "Group/system:serviceaccounts", ALL, name="both")
    cluster = builder.build(kubernetes_version="1.24")
    assert leaving(cluster, "both") == set()
    both = cluster.objects.cluster_role_bindings["both"]
    accounts = Subject("Group", "system:serviceaccounts")
    assert refused(cluster, GrantEdit(both, EVERYBODY), GrantEdit(both, accounts)) == BOTH


def test_a_narrowed_role_refuses_what_no_other_rule_admits() -> None:
    use = rule("use", "podsecuritypolicies", "policy")
    builder = lax_for("User/ann").role("use", use, rule("get", "pods"))
    builder.bind("use", ALL)
    cluster = builder.build(kubernetes_version="1.24")
    assert narrowing(cluster, "use") == BOTH
    twice = lax_for("User/ann").role("twice", use, use).bind("twice", ALL).build(kubernetes_version="1.24")
    assert narrowing(twice, "twice") == set()


@pytest.mark.parametrize(("elsewhere", "expected"), [(False, BOTH), (True, set())])
def test_a_narrowed_role_refuses_what_an_aggregated_role_copied_from_it(
    *, elsewhere: bool, expected: set[str]
) -> None:
    use = rule("use", "podsecuritypolicies", "policy")
    builder = lax_for("User/ann")
    for name in ("part", "same") if elsewhere else ("part",):
        part = role(name, use)
        part["metadata"]["labels"] = {"part": "x"}
        builder.add(part)
    whole = {**role("all"), "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"part": "x"}}]}}
    builder.add(whole).bind("all", ALL)
    assert narrowing(builder.build(kubernetes_version="1.24"), "part") == expected


def test_an_edit_of_other_permissions_simulates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = lax_for(ALL).role("r", rule("get", "secrets")).bind("r", ALL)
    cluster = builder.build(kubernetes_version="1.24")
    monkeypatch.setattr(RefusedPods, "_needs", property(lambda _: pytest.fail("it simulates")))
    edit = GrantEdit(cluster.objects.cluster_role_bindings["r"], EVERYBODY)
    assert RefusedPods(cluster.paths().view).after([edit]) == frozenset()


def test_a_static_pod_runs_even_if_its_mirror_is_refused() -> None:
    mirror = pod("static", namespace="app", **NO_TOKEN)
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    mirror["spec"]["nodeName"] = "n"
    cluster = lax_for(ALL).add(mirror).build(kubernetes_version="1.24")
    edit = GrantEdit(cluster.objects.cluster_role_bindings["psp:lax"], EVERYBODY)
    assert RefusedPods(cluster.paths().view).after([edit]) == BOTH


@pytest.mark.parametrize(("listed", "expected"), [(False, {"Pod app/p"}), (True, set())])
def test_security_context_constraints_count_as_policies_do(*, listed: bool, expected: set[str]) -> None:
    def constraint(name: str, **fields: object) -> dict[str, object]:
        head = {"apiVersion": "security.openshift.io/v1", "kind": "SecurityContextConstraints"}
        rest = {"runAsUser": {"type": "RunAsAny"}, "seLinuxContext": {"type": "RunAsAny"}, "volumes": ["*"]}
        return {**head, "metadata": {"name": name}, **rest, **fields}

    groups = ["system:serviceaccounts:app"] if listed else []
    every = [constraint("mine", allowHostPID=True, groups=groups), *map(constraint, STANDARD)]
    use = rule("use", "securitycontextconstraints", "security.openshift.io") | {"resourceNames": ["mine"]}
    builder = ClusterBuilder().service_account("app", "a").role("use", use)
    ranges = {"openshift.io/sa.scc.uid-range": "1/9", "openshift.io/sa.scc.mcs": "s0:c1,c0"}
    metadata = {"name": "app", "annotations": ranges}
    builder.add({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    builder.bind("use", "ServiceAccount/app:a").add(*every)
    builder.add(pod("p", namespace="app", serviceAccountName="a", hostPID=True, **NO_TOKEN))
    assert leaving(builder.build(), "use", Subject("ServiceAccount", "a", "app")) == expected
