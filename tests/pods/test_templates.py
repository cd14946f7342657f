"""Tests the pods of workloads, and their creators."""

import copy
from typing import Any

import pytest

from rbacpsp.catalog.controllers import CONTROLLERS, Account
from rbacpsp.model import User
from rbacpsp.pods.templates import ControllerPod, pods_of

TEMPLATE = {
    "metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}},
    "spec": {"serviceAccountName": "builder", "containers": [{"name": "c", "image": "nginx"}]},
}
SYSTEM = "system:serviceaccount:kube-system:"


def workload_of_template(kind: str, **spec: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"spec": {"template": TEMPLATE, **spec}}
    if kind == "CronJob":
        body = {"spec": {"jobTemplate": body}}
    if kind == "PodTemplate":
        body = {"template": TEMPLATE}
    return {"kind": kind, "metadata": {"name": "web", "namespace": "shop"}, **body}


def made(manifest: dict[str, Any]) -> ControllerPod:
    (one,) = pods_of(manifest)
    return one


@pytest.mark.parametrize(
    ("kind", "generate_name", "creator"),
    [
        ("Deployment", "web-xxxxxxxxxx-", "replicaset-controller"),
        ("ReplicaSet", "web-", "replicaset-controller"),
        ("DaemonSet", "web-", "daemon-set-controller"),
        ("StatefulSet", "web-", "statefulset-controller"),
        ("ReplicationController", "web-", "replication-controller"),
        ("Job", "web-", "job-controller"),
        ("CronJob", "web-xxxxxxxx-", "job-controller"),
        ("PodTemplate", "web-", None),
    ],
)
def test_a_workloads_pod_is_submitted_by_its_controller_under_a_made_up_name(
    kind: str, generate_name: str, creator: str | None
) -> None:
    one = made(workload_of_template(kind))
    assert one.pod["metadata"]["generateName"] == generate_name
    assert one.pod["metadata"]["namespace"] == "shop"
    assert one.pod["metadata"]["labels"]["app"] == "web"
    assert one.pod["spec"]["serviceAccountName"] == "builder"
    assert (one.creator.name if one.creator else None) == (f"{SYSTEM}{creator}" if creator else None)


def test_a_pod_without_a_controller_is_submitted_by_a_user() -> None:
    pod = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": []}}
    assert made(pod) == ControllerPod("Pod", "p", "", pod, None)


def test_a_controller_is_an_authenticated_service_account() -> None:
    assert made(workload_of_template("Job")).creator == User(
        "system:serviceaccount:kube-system:job-controller",
        ("system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"),
    )


def test_the_creator_of_an_operators_pods_can_be_configured() -> None:
    (one,) = pods_of(
        workload_of_template("Job"), controllers={**CONTROLLERS, "Job": Account("batch", "queue")}
    )
    assert one.creator == User.service_account("batch", "queue")


def test_claims_of_a_stateful_set_become_volumes_that_a_policy_must_allow() -> None:
    claims = [{"metadata": {"name": "data"}, "spec": {}}]
    stateful = workload_of_template("StatefulSet", serviceName="web", volumeClaimTemplates=claims)
    stateful["spec"]["template"] = copy.deepcopy(TEMPLATE)
    stateful["spec"]["template"]["spec"]["volumes"] = [
        {"name": "data", "emptyDir": {}},
        {"name": "tmp", "emptyDir": {}},
    ]
    pod = made(stateful).pod
    assert pod["metadata"]["name"] == "web-0"
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("web-0", "web")
    assert pod["spec"]["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "data-web-0"}},
        {"name": "tmp", "emptyDir": {}},
    ]


def test_the_pods_of_an_indexed_job_carry_their_index() -> None:
    pod = made(workload_of_template("Job", completionMode="Indexed")).pod
    assert pod["metadata"]["generateName"] == "web-0-"
    assert pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] == "0"
    assert pod["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"


def test_the_template_is_taken_as_the_server_stores_it() -> None:
    job = workload_of_template("Job")
    container = {"securityContext": {"procMount": "Unmasked"}}
    job["spec"]["template"] = {
        "spec": {"containers": [container], "securityContext": {"supplementalGroups": []}}
    }
    pod = made(job).pod
    assert pod["spec"]["securityContext"] == {}
    assert pod["spec"]["containers"][0]["securityContext"] == {"procMount": "Default"}
    assert pod["spec"]["dnsPolicy"] == "ClusterFirst"


def test_events_have_the_wording_of_each_controller() -> None:
    assert made(workload_of_template("Deployment")).event("no") == "Error creating: no"
    assert (
        made(workload_of_template("StatefulSet")).event("no")
        == "create Pod web-0 in StatefulSet web failed error: no"
    )


def test_manifests_are_never_modified() -> None:
    for kind in (*CONTROLLERS, "PodTemplate"):
        manifest = workload_of_template(kind)
        before = copy.deepcopy(manifest)
        made(manifest)
        assert manifest == before


def test_a_kind_without_a_pod_is_refused() -> None:
    with pytest.raises(ValueError, match="Service contains no pod"):
        pods_of({"kind": "Service"})


def test_a_wrong_name_is_named_with_its_path() -> None:
    with pytest.raises(ValueError, match=r"^metadata\.name must be a string, not a whole number$"):
        pods_of({"kind": "Job", "metadata": {"name": 3}})


def test_nulls_in_a_manifest_count_as_absent() -> None:
    manifest = workload_of_template("Job") | {"metadata": {"name": "web", "labels": None, "namespace": None}}
    assert made(manifest).pod["metadata"]["generateName"] == "web-"
