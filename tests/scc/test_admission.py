"""Tests security context constraints through `Cluster.scc_admit`."""

import copy
from typing import Any

import pytest

from rbacpsp import Cluster, LoadError, User

JSON = dict[str, Any]
BOB = User("bob", groups=("system:authenticated",))
STANDARD = (
    *("anyuid", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2", "nonroot", "nonroot-v2"),
    *("privileged", "restricted", "restricted-v2"),
)
POD: JSON = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p", "namespace": "shop"},
    "spec": {"containers": [{"name": "c", "image": "img"}]},
}


def constraint(name: str, **fields: Any) -> JSON:
    return {
        "apiVersion": "security.openshift.io/v1",
        "kind": "SecurityContextConstraints",
        "metadata": {"name": name},
        "runAsUser": {"type": "MustRunAsRange"},
        "seLinuxContext": {"type": "MustRunAs"},
        "volumes": ["configMap", "emptyDir", "projected", "secret"],
        **fields,
    }


def namespace_with_ranges(
    name: str = "shop", labels: dict[str, str] | None = None, **annotations: str
) -> JSON:
    given = {"uid-range": "1000/10", "mcs": "s0:c1,c2", **annotations}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": labels or {},
            "annotations": {f"openshift.io/sa.scc.{key}": value for key, value in given.items()},
        },
    }


def objects(*more: JSON, where: JSON | None = None, **restricted: Any) -> list[JSON]:
    fields = {"groups": ["system:authenticated"], **restricted}
    standard = [constraint(name, **(fields if name == "restricted-v2" else {})) for name in STANDARD]
    return [where or namespace_with_ranges(), *standard, *more]


def test_an_everyday_pod_is_filled_in_through_its_user() -> None:
    answer = Cluster.from_objects(objects()).scc_admit(POD, user=BOB)
    assert (answer.allowed, answer.scc, answer.subject_type) == (True, "restricted-v2", "user")
    assert answer.pod is not None
    assert answer.pod["spec"]["securityContext"] == {"seLinuxOptions": {"level": "s0:c1,c2"}}
    assert answer.pod["spec"]["containers"][0]["securityContext"] == {"runAsUser": 1000, "runAsNonRoot": True}
    assert answer.considered["restricted-v2"].listed == ("groups: system:authenticated",)
    assert answer.considered["restricted-v2"].verdict == "changed"
    assert not answer.considered["restricted"].usable


def test_the_passed_pod_is_not_changed() -> None:
    pod = copy.deepcopy(POD)
    Cluster.from_objects(objects()).scc_admit(pod, user=BOB)
    assert pod == POD


def test_the_account_is_checked_before_the_user() -> None:
    mine = constraint("mine", users=["system:serviceaccount:shop:default"], priority=1)
    answer = Cluster.from_objects(objects(mine)).scc_admit(POD, user=BOB)
    assert (answer.scc, answer.subject_type) == ("mine", "serviceaccount")


def test_the_account_alone_is_not_in_system_authenticated() -> None:
    answer = Cluster.from_objects(objects()).scc_admit(POD, user=None)
    assert answer.message is not None
    assert 'provider "restricted-v2": Forbidden: not usable by user or serviceaccount' in answer.message


def test_constraints_that_cannot_be_used_refuse_every_pod() -> None:
    broken = constraint("broken", runAsUser={"type": "MustRunAs"})
    answer = Cluster.from_objects(objects(broken)).scc_admit(POD, user=BOB)
    assert answer.message == (
        'pods "p" is forbidden: error creating provider for SCC broken in namespace shop: '
        "MustRunAs requires a UID"
    )


def test_without_constraints_the_server_refuses_every_pod() -> None:
    answer = Cluster.from_objects([namespace_with_ranges()]).scc_admit(POD, user=BOB)
    assert answer.message == (
        'pods "p" is forbidden: securitycontextconstraints.security.openshift.io cache is missing anyuid, '
        "hostaccess, hostmount-anyuid, hostnetwork, hostnetwork-v2, nonroot, nonroot-v2, privileged, "
        "restricted, restricted-v2"
    )


def test_a_namespace_without_annotations_admits_no_pod() -> None:
    where = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    answer = Cluster.from_objects(objects(where=where)).scc_admit(POD, user=BOB)
    assert answer.message == (
        'pods "p" is forbidden: error fetching namespace "shop": '
        "unable to find annotation openshift.io/sa.scc.uid-range"
    )


@pytest.mark.parametrize(
    ("place", "labels"),
    [
        ("default", {}),
        ("shop", {"openshift.io/run-level": "0"}),
        ("shop", {"security.openshift.io/disable-securitycontextconstraints": "true"}),
    ],
)
def test_exempt_namespaces_are_not_judged(place: str, labels: dict[str, str]) -> None:
    result = Cluster.from_objects(objects(where=namespace_with_ranges(place, labels)))
    answer = result.scc_admit(POD, user=BOB, namespace=place)
    assert (answer.allowed, answer.scc, bool(answer.not_judged)) == (True, None, True)


def test_a_refused_validation_is_final() -> None:
    pod = copy.deepcopy(POD)
    pod["spec"]["containers"][0]["securityContext"] = {"capabilities": {"add": ["CAP_SYS_ADMIN"]}}
    result = Cluster.from_objects(
        objects(allowedCapabilities=["CAP_SYS_ADMIN"], allowPrivilegeEscalation=False)
    )
    answer = result.scc_admit(pod, user=BOB)
    assert (answer.allowed, answer.stage) == (False, "validation")


def test_a_command_is_judged_as_if_its_user_created_the_pod() -> None:
    result = Cluster.from_objects(objects())
    stored = result.scc_admit(POD, user=BOB).pod
    assert stored is not None
    assert result.scc_admit(stored, user=BOB, operation="CONNECT", subresource="exec")
    refused = result.scc_admit(stored, user=User("eve"), operation="CONNECT", subresource="attach")
    assert refused.message is not None
    assert refused.message.startswith(
        'pods "p" is forbidden: attach operation is not allowed because the pod\'s security context exceeds '
        'your permissions: pods "p" is forbidden: '
        "unable to validate against any security context constraint: "
    )


def test_another_operation_is_wrong_use() -> None:
    with pytest.raises(ValueError, match=r'^"DELETE" is not an operation that constraints judge: '):
        Cluster.from_objects(objects()).scc_admit(POD, user=BOB, operation="DELETE")


def test_constraints_with_a_field_of_a_wrong_type_are_not_read() -> None:
    wrong = constraint("wrong", priority="high")
    words = r'SecurityContextConstraints wrong: priority must be a whole number and is the string "high"'
    with pytest.raises(LoadError, match=words):
        Cluster.from_objects(objects(wrong))


def test_an_answer_and_its_cluster_are_copied() -> None:
    result = copy.deepcopy(Cluster.from_objects(objects()))
    answer = result.scc_admit(POD, user=BOB)
    copied = copy.deepcopy(answer)
    assert (copied.scc, copied.pod, copied.audit) == (answer.scc, answer.pod, answer.audit)
    assert dict(copied.considered) == dict(answer.considered)


def test_constraints_of_the_older_api_are_the_same() -> None:
    older = {**constraint("mine", users=["bob"], priority=1), "apiVersion": "v1"}
    newer = {**older, "apiVersion": "security.openshift.io/v1"}
    assert Cluster.from_objects(objects(older, newer)).scc_admit(POD, user=BOB).scc == "mine"
