"""Tests that steps through pods exist only if OpenShift's security context constraints admit the pods."""

from collections import Counter
from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.audit.view import View
from rbacpsp.model.scc import GROUP, RESOURCE
from rbacpsp.paths import parse_place
from rbacpsp.paths.admitted_pods import ClusterAdmits, account_of_pod
from rbacpsp.paths.plugins import Wanted
from rbacpsp.testing import ClusterBuilder, rule
from tests.conformance.test_scc import CREATES, cluster
from tests.paths.clusters import (
    CREATE_PODS,
    EVE,
    NODE_POD_CONSTRAINTS,
    RESTRICTED_CONSTRAINTS,
    Case,
    base,
    constraints,
    holds,
    on_openshift,
    way,
)

JSON = dict[str, Any]
RELABEL = rule("patch", "namespaces")
EPHEMERAL = rule("patch", "pods/ephemeralcontainers")
DEPLOY = rule("create", "deployments", "apps")
CLAIMS = (rule("create", "persistentvolumes"), rule("create", "pods persistentvolumeclaims"))


def use(name: str) -> dict[str, list[str]]:
    return rule("use", RESOURCE, GROUP, name)


def strong(*users: str, **fields: Any) -> ClusterBuilder:
    """Constraints for everybody, and others for a few users that allow a node takeover."""
    return on_openshift(constraints("strong", users=list(users), **{**NODE_POD_CONSTRAINTS, **fields}))


def claims(**fields: Any) -> ClusterBuilder:
    return on_openshift(constraints("claims", users=["eve"], volumes=["persistentVolumeClaim"], **fields))


NODE_CASES: list[tuple[Case, bool]] = [
    (holds("node", CREATE_PODS, namespace="b", start=on_openshift()), False),
    (holds("node", CREATE_PODS, namespace="b", start=strong("eve")), True),
    (holds("node", CREATE_PODS, namespace="b", start=strong("other")), False),
    (holds("node", CREATE_PODS, use("strong"), namespace="b", start=strong()), True),
    (holds("node", CREATE_PODS, use("another"), namespace="b", start=strong()), False),
    (holds("node", CREATE_PODS, namespace="b", start=strong("system:serviceaccount:b:weak")), True),
    (holds("node", CREATE_PODS, namespace="b", start=strong("system:serviceaccount:a:strong")), False),
    (holds("node", DEPLOY, use("strong"), namespace="b", start=strong()), False),
    (
        holds("node", DEPLOY, namespace="b", start=strong(groups=["system:authenticated"])),
        True,
    ),
    (holds("node", CREATE_PODS, namespace="default", start=on_openshift().namespace("default")), True),
    (
        holds(
            "node",
            CREATE_PODS,
            namespace="n",
            start=on_openshift().namespace("n", {"openshift.io/run-level": "1"}),
        ),
        True,
    ),
    (
        holds(
            "node",
            CREATE_PODS,
            namespace="n",
            start=strong("eve").namespace("n", {"pod-security.kubernetes.io/enforce": "baseline"}),
            version="1.30",
        ),
        False,
    ),
    (holds("node", CREATE_PODS, RELABEL, namespace="b", start=on_openshift()), True),
    (holds("node", RELABEL, namespace="b", start=on_openshift()), False),
    (holds("node", EPHEMERAL, namespace="b", start=on_openshift()), False),
    (holds("node", EPHEMERAL, namespace="b", start=strong("eve")), True),
    (holds("node", EPHEMERAL, namespace="b", start=strong("system:serviceaccount:b:weak")), True),
    (
        holds(
            "node",
            CREATE_PODS,
            namespace="b",
            start=strong("eve", userNamespaceLevel="RequirePodLevel"),
        ),
        False,
    ),
    (holds("node", *CLAIMS, start=claims(runAsUser={"type": "RunAsAny"})), True),
    (holds("node", *CLAIMS, start=claims(allowPrivilegeEscalation=False)), False),
    (holds("node", *CLAIMS, start=on_openshift()), False),
]


@pytest.mark.parametrize(("case", "open_"), NODE_CASES)
def test_a_node_is_taken_over_where_usable_constraints_allow_it(case: Case, *, open_: bool) -> None:
    assert (way(case) is not None) == open_


@pytest.mark.parametrize(
    ("fields", "taken_by"),
    [
        ({"allowPrivilegedContainer": True}, "privileged"),
        ({"allowedCapabilities": ["SYS_ADMIN", "CHOWN"]}, "capability SYS_ADMIN"),
        ({"defaultAddCapabilities": ["BPF"]}, "capability BPF"),
        ({"allowHostPID": True, "allowedCapabilities": ["SYS_PTRACE"]}, "hostPID with SYS_PTRACE"),
        ({"allowHostPID": True}, None),
        ({"allowHostDirVolumePlugin": True, "runAsUser": {"type": "RunAsAny"}}, "hostPath of any folder"),
        ({"allowHostDirVolumePlugin": True}, "hostPath of any folder"),
        ({"allowHostDirVolumePlugin": True, "allowPrivilegeEscalation": False}, None),
        (
            {
                "allowHostDirVolumePlugin": True,
                "allowPrivilegeEscalation": False,
                "runAsUser": {"type": "MustRunAs", "uid": 0},
            },
            "hostPath of any folder",
        ),
    ],
)
def test_the_constraints_that_give_access_to_the_node_are_named(fields: JSON, taken_by: str | None) -> None:
    start = on_openshift(constraints("strong", users=["eve"], **fields))
    result = way(holds("node", CREATE_PODS, namespace="b", start=start))
    because = f"in namespace b, admitted by constraints strong ({taken_by})"
    assert [step.because for step in result.steps] == [because] if result else taken_by is None


def test_a_pod_of_everybody_runs_as_every_account_of_the_namespace() -> None:
    result = way(holds("ServiceAccount/b:weak", CREATE_PODS, namespace="b", start=on_openshift()))
    assert result is not None
    assert result.steps[0].because == "admitted by constraints restricted-v2"


def test_a_pod_runs_only_as_accounts_that_may_use_constraints() -> None:
    own = constraints("own", users=["system:serviceaccount:b:listed"])
    start = base().add(own).service_account("b", "listed")
    result = way(holds("ServiceAccount/b:listed", CREATE_PODS, namespace="b", start=start))
    assert result is not None
    assert result.steps[0].because == "admitted by constraints own, which it may use"
    assert way(holds("ServiceAccount/b:weak", CREATE_PODS, namespace="b", start=start)) is None


def test_constraints_of_accounts_count_for_the_account_of_the_pod() -> None:
    for_accounts = {**RESTRICTED_CONSTRAINTS, "groups": ["system:serviceaccounts"]}
    start = base().add(constraints("restricted-v2", **for_accounts))
    result = way(holds("ServiceAccount/b:weak", CREATE_PODS, namespace="b", start=start))
    assert result is not None
    assert result.steps[0].because == "admitted by constraints restricted-v2, which it may use"


def test_policies_do_not_count_on_openshift() -> None:
    start = strong("eve").policy("p", volumes=["projected"])
    assert way(holds("node", CREATE_PODS, namespace="b", start=start)) is not None


def test_constraints_that_the_server_cannot_prepare_admit_no_pod() -> None:
    start = strong("eve", runAsUser={"type": "MustRunAs"})
    assert way(holds("node", CREATE_PODS, namespace="b", start=start)) is None


@pytest.mark.parametrize(
    ("rules", "open_"),
    [
        ((rule("patch", RESOURCE, GROUP, "restricted-v2"), CREATE_PODS), True),
        ((rule("patch", RESOURCE, GROUP, "gone"), CREATE_PODS), False),
        ((rule("create patch", RESOURCE, GROUP, "gone"), CREATE_PODS), True),
        ((rule("create", RESOURCE, GROUP, "gone"), rule("patch", RESOURCE, GROUP, "x"), CREATE_PODS), False),
        ((rule("create", RESOURCE, GROUP, "gone"), rule("patch", "*", "*", "gone"), CREATE_PODS), True),
        ((rule("create", RESOURCE, GROUP), CREATE_PODS), True),
        ((rule("get", RESOURCE, GROUP), CREATE_PODS), False),
        ((rule("create", RESOURCE, GROUP),), False),
    ],
)
def test_a_subject_that_writes_constraints_and_creates_pods_takes_over_a_node(
    rules: tuple[dict[str, list[str]], ...], *, open_: bool
) -> None:
    assert (way(holds("node", *rules, start=on_openshift())) is not None) == open_


def test_writing_constraints_is_useless_where_there_are_none() -> None:
    case = holds(
        "node",
        rule("create", RESOURCE, GROUP),
        CREATE_PODS,
        start=ClusterBuilder()
        .service_account("a", "x")
        .namespace("a", {"pod-security.kubernetes.io/enforce": "baseline"}),
        version="1.30",
    )
    assert way(case) is None


def test_members_of_a_listed_group_take_the_node() -> None:
    start = (
        strong(groups=["devs"])
        .role("r", CREATE_PODS)
        .bind("r", "Group/devs", namespace="b", kind="ClusterRole")
    )
    paths = start.build(kubernetes_version="1.30").paths()
    assert paths.between(parse_place("Group/devs"), parse_place("node")) is not None
    assert paths.between(parse_place(EVE), parse_place("node")) is None


def admitted(there: Cluster, user: User, namespace: str, account: str, spec: JSON) -> bool | None:
    """Whether a pod is admitted with its own user namespace or without; None if no pod is checked."""
    answers = []
    for more in ({}, {"hostUsers": False}):
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p", "namespace": namespace},
            "spec": {"serviceAccountName": account, "automountServiceAccountToken": False, **spec, **more},
        }
        answer = there.scc_admit(pod, user=user)
        if answer.stage == "serviceaccount" or (answer.stage == "scc-mutate" and not answer.considered):
            return None
        answers.append(answer.allowed)
    return any(answers)


@pytest.mark.parametrize("batch", ["s1c0", "s2c4", "s3c4", "s4c2", "s5c5", "s6c0", "s7c5", "s8c4"])
def test_kinds_of_pods_are_admitted_where_the_plugin_admits_one_of_them(batch: str) -> None:
    there = cluster(batch)
    admits = ClusterAdmits(View(there.objects, there.authorizer, there.kubernetes_version))
    seen = Counter[tuple[str, bool]]()
    for case in CREATES[batch]["cases"][:60]:
        user, namespace = User(case["user"], groups=tuple(case["groups"])), case["namespace"]
        account = case["pod"]["spec"].get("serviceAccountName", "default")
        context = {"privileged": True, "allowPrivilegeEscalation": True}
        kinds: dict[Wanted, JSON] = {
            "plain": {"containers": [{"name": "c", "image": "i"}]},
            "takes-node": {"containers": [{"name": "c", "image": "i", "securityContext": context}]},
        }
        for wanted, spec in kinds.items():
            right = admitted(there, user, namespace, account, spec)
            if right is None:
                continue
            users = (user, account_of_pod(namespace, account))
            result = [by for each in users if (by := admits.pod(wanted, each, namespace)) is not None]
            if wanted == "plain":
                assert bool(result) == right
            elif right:
                assert result
            else:
                assert not any("(privileged" in by or "not asked" in by for by in result)
            seen[wanted, right] += 1
    assert seen["plain", True] > 5


def test_what_is_privileged_escalates_privileges() -> None:
    start = strong("eve", allowPrivilegeEscalation=False)
    assert way(holds("node", CREATE_PODS, namespace="b", start=start)) is None


@pytest.mark.parametrize(("volumes", "open_"), [(["ephemeral"], True), (["persistentVolumeClaim"], False)])
@pytest.mark.parametrize("root", ["RunAsAny", "MustRunAsNonRoot"])
def test_constraints_that_allow_ephemeral_volumes_and_root_allow_any_claim(
    volumes: list[str], root: str, *, open_: bool
) -> None:
    rooted = constraints("rooted", volumes=volumes, runAsUser={"type": root}, users=["eve"])
    start = on_openshift({**rooted, "allowPrivilegeEscalation": False})
    rules = (rule("create", "persistentvolumes"), CREATE_PODS)
    assert (way(holds("node", *rules, start=start)) is not None) == (open_ and root == "RunAsAny")


def test_constraints_that_admit_an_ephemeral_container_are_named() -> None:
    result = way(holds("node", EPHEMERAL, namespace="b", start=strong("eve")))
    assert result is not None
    assert result.steps[0].because == (
        "a privileged container in a pod of namespace b, admitted by constraints strong (privileged)"
    )
    result = way(holds("node", EPHEMERAL, namespace="b", start=base(), version="1.30"))
    assert result is not None
    assert result.steps[0].because == "a privileged container in a pod of namespace b"


LISTED = {
    "ServiceAccount/b:weak": {"users": ["system:serviceaccount:b:weak"]},
    "Group/system:serviceaccounts:b": {"groups": ["system:serviceaccounts:b"]},
    "User/root": {"users": ["root"]},
    "Group/devs": {"groups": ["devs"]},
}


@pytest.mark.parametrize("name", LISTED)
def test_who_only_is_listed_by_constraints_uses_them_with_a_permission_of_its_groups(name: str) -> None:
    """No binding names these subjects: everybody may create pods in namespace c."""
    start = on_openshift(constraints("strong", **NODE_POD_CONSTRAINTS, **LISTED[name])).namespace("c")
    start.role("r", CREATE_PODS).bind("r", "Group/system:authenticated", namespace="c", kind="ClusterRole")
    paths = start.build(kubernetes_version="1.30").paths()
    path = paths.between(parse_place(name), parse_place("node"))
    assert path is not None
    assert path.length == 1
    assert paths.between(parse_place("Group/system:authenticated"), parse_place("node")) is None
    is_member = name in {"ServiceAccount/b:weak", "Group/system:serviceaccounts:b"}
    weak = paths.between(parse_place("ServiceAccount/b:weak"), parse_place("node"))
    assert (weak is not None) == is_member


def test_an_account_that_constraints_list_and_that_does_not_exist_starts_no_path() -> None:
    lists = {"users": ["system:serviceaccount:b:gone"]}
    start = on_openshift(constraints("strong", **NODE_POD_CONSTRAINTS, **lists)).namespace("c")
    start.role("r", CREATE_PODS).bind("r", "Group/system:authenticated", namespace="c", kind="ClusterRole")
    assert start.build(kubernetes_version="1.30").paths().to(parse_place("node")) == ()
