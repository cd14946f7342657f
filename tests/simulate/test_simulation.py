"""Tests the rows of a simulation, the creators of their pods, and their verdicts."""

import pytest

from rbacpsp import Cluster, User
from rbacpsp.catalog import Account
from rbacpsp.simulate import Row, Verdict
from rbacpsp.testing import policy
from tests.simulate.build import API, RECORD, builder, lax, owner, stored, workload


def rows(cluster: Cluster) -> dict[str, Row]:
    return {row.title: row for row in cluster.simulate()}


@pytest.mark.parametrize(
    ("kind", "creator"),
    [
        ("CronJob", "job-controller"),
        ("DaemonSet", "daemon-set-controller"),
        ("Deployment", "replicaset-controller"),
        ("Job", "job-controller"),
        ("ReplicaSet", "replicaset-controller"),
        ("ReplicationController", "replication-controller"),
        ("StatefulSet", "statefulset-controller"),
    ],
)
def test_the_pods_of_every_kind_are_created_by_its_controller(kind: str, creator: str) -> None:
    (row,) = lax(workload(kind, "w")).simulate()
    assert (row.kind, row.name, row.namespace) == (kind, "w", "shop")
    assert row.creator == User.service_account("kube-system", creator)
    assert row.verdict is Verdict.NO_PODS
    assert row.policy == "lax"


def test_a_row_is_the_highest_workload_above_a_pod() -> None:
    result = rows(
        lax(
            workload("Deployment", "web"),
            workload("ReplicaSet", "web-5d89b", owner("Deployment", "web")),
            stored("web-5d89b-1", owner("ReplicaSet", "web-5d89b"), record="lax"),
            workload("CronJob", "night"),
            workload("Job", "night-27785460", owner("CronJob", "night")),
            stored("night-27785460-x", owner("Job", "night-27785460"), record="lax"),
        )
    )
    assert {title: [pod.name for pod in row.pods] for title, row in result.items()} == {
        "cronjob/night": ["night-27785460-x"],
        "deployment/web": ["web-5d89b-1"],
    }
    assert {row.verdict for row in result.values()} == {Verdict.SAME}


def test_an_owner_that_was_not_loaded_is_bridged_by_the_names_that_controllers_make() -> None:
    result = rows(
        lax(
            workload("Deployment", "web"),
            stored("web-5d89b-1", owner("ReplicaSet", "web-5d89b"), labels={"pod-template-hash": "5d89b"}),
            workload("CronJob", "night"),
            stored("night-27785460-x", owner("Job", "night-27785460")),
        )
    )
    assert {title: len(row.pods) for title, row in result.items()} == {
        "cronjob/night": 1,
        "deployment/web": 1,
    }


def test_an_owner_is_found_by_its_uid_whatever_its_name() -> None:
    result = rows(lax(workload("ReplicaSet", "a", uid="1"), stored("p", owner("ReplicaSet", "b", "1"))))
    assert {title: len(row.pods) for title, row in result.items()} == {"replicaset/a": 1}


def test_an_owner_without_a_uid_is_found_by_its_name() -> None:
    result = rows(lax(workload("ReplicaSet", "a", uid=""), stored("p", owner("ReplicaSet", "a", "1"))))
    assert {title: len(row.pods) for title, row in result.items()} == {"replicaset/a": 1}


def test_a_pod_whose_owner_was_created_again_is_an_orphan_with_a_note() -> None:
    result = rows(lax(workload("ReplicaSet", "a", uid="2"), stored("p", owner("ReplicaSet", "a", "1"))))
    assert result["replicaset/a"].pods == ()
    assert result["pod/p"].notes == ("its ReplicaSet a no longer exists: there is another one of that name",)


def test_an_orphaned_pod_is_a_row_of_its_own_and_nobody_is_known_to_create_it() -> None:
    (row,) = lax(stored("web-5d89b-1", labels={"pod-template-hash": "5d89b"})).simulate()
    assert row.key == ("shop", "Pod", "web-5d89b-1")
    assert row.creator is None
    assert row.notes == ("its creator is unknown: only what its service account may use counts",)


def test_an_adopted_pod_counts_with_the_workload_that_would_replace_it() -> None:
    adopted = stored("by-hand", owner("ReplicaSet", "web"), record="other", hostNetwork=True)
    (row,) = lax(workload("ReplicaSet", "web"), adopted).simulate()
    assert [pod.name for pod in row.pods] == ["by-hand"]
    assert row.verdict is Verdict.DRIFT


def test_an_owner_that_is_not_the_controller_of_a_pod_is_not_its_workload() -> None:
    reference = owner("ReplicaSet", "web", controller=False)
    assert set(rows(lax(workload("ReplicaSet", "web"), stored("p", reference)))) == {
        "pod/p",
        "replicaset/web",
    }


def test_owners_that_own_each_other_end_the_search() -> None:
    one = workload("ReplicaSet", "a", owner("ReplicaSet", "b"))
    other = workload("ReplicaSet", "b", owner("ReplicaSet", "a"))
    assert (
        sum(len(row.pods) for row in lax(one, other, stored("p", owner("ReplicaSet", "a"))).simulate()) == 1
    )


def test_pods_of_a_workload_that_was_not_loaded_are_one_row_judged_as_they_are_stored() -> None:
    (row,) = lax(*(stored(f"web-{n}", owner("ReplicaSet", "web"), record="lax") for n in "ab")).simulate()
    assert (row.title, len(row.pods), row.verdict) == ("replicaset/web", 2, Verdict.SAME)
    assert row.creator == User.service_account("kube-system", "replicaset-controller")
    assert row.notes == ("its ReplicaSet was not loaded: its pods are judged as they are stored",)


def test_of_different_pods_of_one_unloaded_workload_the_worst_counts() -> None:
    pods = [
        stored("good", owner("ReplicaSet", "web"), record="lax"),
        stored("wide", owner("ReplicaSet", "web"), record="lax", hostPID=True),
    ]
    (row,) = lax(*pods).simulate()
    assert row.verdict is Verdict.REFUSED
    assert row.policies == ("lax",)
    assert row.message is not None
    assert row.message.startswith('pods "wide" is forbidden')


def test_a_kind_of_an_operator_is_unknown_until_it_is_named() -> None:
    step = stored("step", owner("Workflow", "report"))
    cluster = builder(step).policy("p").may_use("p", "ServiceAccount/argo:runner").build()
    (row,) = cluster.simulate()
    assert row.verdict is Verdict.UNBOUND
    assert (
        row.notes[-1]
        == "the creator of the pods of a Workflow is unknown: only what their service account may use counts"
    )
    (row,) = cluster.simulate(controllers={"Workflow": Account("argo", "runner")})
    assert (row.policy, row.creator) == ("p", User.service_account("argo", "runner"))


def test_a_kind_of_another_api_group_is_not_the_kubernetes_kind_of_its_name() -> None:
    volcano = owner("Job", "train", api="batch.volcano.sh/v1alpha1")
    (row,) = lax(workload("CronJob", "x"), stored("train-0", volcano)).simulate().rows[1:]
    assert (row.kind, row.creator) == ("Job.batch.volcano.sh", None)


@pytest.mark.parametrize(
    "annotations", [{"kubernetes.io/config.mirror": "1f"}, {"kubernetes.io/config.source": "file"}]
)
def test_a_static_pod_is_created_by_its_node(annotations: dict[str, str]) -> None:
    static = stored(
        "etcd-n1", namespace="kube-system", annotations=annotations, nodeName="n1", hostNetwork=True
    )
    (row,) = lax(static).simulate()
    assert row.creator == User("system:node:n1", ("system:nodes", "system:authenticated"))
    assert row.notes == (
        "it is the mirror of a static pod, which its kubelet runs whether or not the mirror is admitted",
    )


def test_a_pod_that_a_node_owns_is_created_by_that_node() -> None:
    (row,) = lax(stored("etcd-n1", owner("Node", "n1", api="v1"))).simulate()
    assert (row.kind, row.creator and row.creator.name) == ("Pod", "system:node:n1")


def test_a_mirror_pod_is_requested_only_by_its_node() -> None:
    mirror = stored("etcd-n1", annotations={"kubernetes.io/config.mirror": "1f"}, nodeName="n1")
    (row,) = lax(mirror).simulate()
    assert [user.name for user in row.admission.asked] == ["system:node:n1"]
    assert row.account == ""


def test_each_verdict_has_its_condition() -> None:
    cluster = (
        builder(
            workload("Deployment", "same"),
            stored("same-1", owner("Deployment", "same"), record="mild"),
            workload("Deployment", "drift"),
            stored("drift-1", owner("Deployment", "drift"), record="gone"),
            stored("drift-2", owner("Deployment", "drift"), record="mild"),
            workload("Deployment", "refused", hostPID=True),
            stored("refused-1", owner("Deployment", "refused"), record="mild"),
            workload("Deployment", "unrecorded"),
            stored("unrecorded-1", owner("Deployment", "unrecorded")),
            workload("Deployment", "none"),
            workload("Deployment", "unbound", namespace="other"),
        )
        .policy("mild")
        .may_use("mild", "Group/system:serviceaccounts:shop", namespace="shop")
        .build()
    )
    simulation = cluster.simulate()
    assert {row.name: row.verdict.value for row in simulation} == {
        "same": "same",
        "drift": "drift",
        "refused": "refused",
        "unrecorded": "unrecorded",
        "none": "no pods",
        "unbound": "unbound",
    }
    assert {row.name: dict(row.recorded) for row in simulation if row.recorded} == {
        "same": {"mild": 1},
        "drift": {"gone": 1, "mild": 1},
        "refused": {"mild": 1},
        "unrecorded": {"": 1},
    }
    assert simulation.summary.verdicts == {
        Verdict.REFUSED: 1,
        Verdict.UNBOUND: 1,
        Verdict.DRIFT: 1,
        Verdict.UNRECORDED: 1,
        Verdict.SAME: 1,
        Verdict.NO_PODS: 1,
    }


def test_a_cluster_without_policies_refuses_every_pod() -> None:
    (row,) = builder(workload("Deployment", "web")).build(kubernetes_version="1.24").simulate()
    assert row.verdict is Verdict.REFUSED
    assert row.message == (
        'pods "web-xxxxxxxxxx-" is forbidden: '
        "PodSecurityPolicy: no providers available to validate pod request"
    )


def test_a_missing_service_account_refuses_a_row() -> None:
    cluster = lax(
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "shop"}},
        workload("Deployment", "web", serviceAccountName="gone"),
    )
    (row,) = cluster.simulate()
    assert (row.verdict, row.account) == (Verdict.REFUSED, "gone")
    assert row.message is not None
    assert 'serviceaccount "gone" not found' in row.message


def test_the_given_user_is_the_creator_of_pods_without_a_controller() -> None:
    cluster = builder(stored("p"), workload("Deployment", "web")).policy("p").may_use("p", "User/eve").build()
    by_title = {row.title: row for row in cluster.simulate(user=User("eve"))}
    assert (by_title["pod/p"].policy, by_title["pod/p"].notes) == ("p", ())
    assert by_title["deployment/web"].verdict is Verdict.UNBOUND


KCM = "system:kube-controller-manager"
CREATE_PODS = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}


def test_controllers_that_share_one_user_are_known_by_the_binding_that_lets_it_create_pods() -> None:
    shared = builder(workload("Deployment", "web")).policy("p").may_use("p", f"User/{KCM}")
    (row,) = shared.build().simulate()
    assert row.verdict is Verdict.UNBOUND
    simulation = shared.role("pods", CREATE_PODS).bind("pods", f"User/{KCM}").build().simulate()
    (row,) = simulation
    assert (row.policy, row.creator) == ("p", User(KCM, ("system:authenticated",)))
    assert simulation.sharing is not None
    assert simulation.sharing.binding.name == "pods"


def test_a_right_of_everyone_does_not_show_that_controllers_share_one_user() -> None:
    cluster = lax(workload("Deployment", "web"))
    everyone = builder().role("pods", CREATE_PODS).bind("pods", "Group/system:authenticated").build()
    assert cluster.changed(everyone.objects).simulate().sharing is None


def test_the_option_about_shared_users_overrides_the_bindings() -> None:
    cluster = builder(workload("Deployment", "web")).policy("p").may_use("p", f"User/{KCM}").build()
    assert [row.policy for row in cluster.simulate(shared_controllers=True)] == ["p"]
    assert [row.policy for row in cluster.simulate(shared_controllers=False)] == [None]


def test_the_controller_of_an_operator_keeps_its_own_account_where_the_others_share_a_user() -> None:
    cluster = lax(stored("step", owner("Workflow", "w")))
    (row,) = cluster.simulate(shared_controllers=True, controllers={"Workflow": Account("argo", "runner")})
    assert row.creator == User.service_account("argo", "runner")


def test_pods_that_are_equal_but_for_names_are_judged_once_and_refused_by_their_own_names() -> None:
    pods = [
        stored(f"p{n}", annotations={"example.com/address": str(n)}, nodeName=f"n{n}", hostPID=True)
        for n in range(3)
    ]
    simulation = lax(*pods).simulate()
    assert len({id(row.ruling) for row in simulation}) == 1
    assert [row.message for row in simulation] == [row.admission.message for row in simulation]
    assert [(row.message or "")[:12] for row in simulation] == [
        'pods "p0" is',
        'pods "p1" is',
        'pods "p2" is',
    ]


def test_a_pod_template_has_no_row() -> None:
    template = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t", "namespace": "shop"}}
    assert len(lax(template | {"template": {"spec": {"containers": []}}}).simulate()) == 0


def test_a_stored_pod_that_lacks_what_its_policy_fills_in_can_be_created_but_not_updated() -> None:
    cluster = (
        builder(
            stored("p", record="strict"),
            stored(
                "fine", record="strict", container={"securityContext": {"allowPrivilegeEscalation": False}}
            ),
        )
        .add(policy("strict", allowPrivilegeEscalation=False))
        .may_use("strict", "Group/system:serviceaccounts")
        .build()
    )
    simulation = cluster.simulate()
    assert [row.verdict for row in simulation] == [Verdict.SAME, Verdict.SAME]
    (stuck,) = simulation.stuck()
    assert (stuck.pod.name, stuck.recorded) == ("p", "strict")
    assert stuck.message == 'pods "p" is forbidden: PodSecurityPolicy: unable to validate pod: []'
    assert stuck.why == (
        "strict would have to fill in spec.containers[0].securityContext.allowPrivilegeEscalation"
    )


def test_why_a_pod_cannot_be_updated_says_when_no_policy_may_be_used_or_what_it_refuses() -> None:
    cluster = builder(stored("p", hostPID=True)).policy("p").build()
    assert [stuck.why for stuck in cluster.simulate().stuck()] == [
        "no account that was checked may use any policy"
    ]
    refused = [stuck.why for stuck in lax(stored("p", hostPID=True)).simulate().stuck()]
    path = "spec.securityContext.hostPID"
    assert refused == [f"lax refuses it: {path}: Invalid value: true: Host PID is not allowed to be used"]


def test_every_kind_that_the_builder_knows_is_a_workload() -> None:
    assert len(lax(*(workload(kind, kind.lower()) for kind in API)).simulate()) == len(API)
    assert RECORD == "kubernetes.io/psp"
