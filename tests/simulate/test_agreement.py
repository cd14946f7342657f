"""Tests that a simulation gives each pod the answer of `Cluster.admit`."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster, User
from rbacpsp.pods.templates import pods_of
from rbacpsp.simulate import Verdict
from rbacpsp.simulate.rulings import normalized
from rbacpsp.testing import ClusterBuilder, policy
from tests.simulate.build import JSON, RECORD, owner, stored, workload

NAMES = ("a", "b", "c")

contexts = st.fixed_dictionaries(
    {},
    optional={
        "privileged": st.booleans(),
        "allowPrivilegeEscalation": st.booleans(),
        "runAsUser": st.sampled_from([0, 1000]),
        "capabilities": st.sampled_from([{"drop": ["ALL"]}, {"add": ["NET_ADMIN"]}]),
    },
)
specs = st.fixed_dictionaries(
    {"container": st.fixed_dictionaries({}, optional={"securityContext": contexts})},
    optional={
        "hostPID": st.booleans(),
        "serviceAccountName": st.sampled_from(["default", "runner"]),
        "volumes": st.sampled_from(
            [
                [{"name": "v", "emptyDir": {}}],
                [{"name": "v", "hostPath": {"path": "/x"}}],
                [{"name": "kube-api-access-abcde", "projected": {"sources": []}}],
                [{"name": "v", "persistentVolumeClaim": {"claimName": "data-0"}}],
            ]
        ),
        "nodeName": st.sampled_from(["n1", "n2"]),
        "hostname": st.sampled_from(["h1", "h2"]),
    },
)
annotations = st.dictionaries(
    st.sampled_from(
        [
            "example.com/note",
            "seccomp.security.alpha.kubernetes.io/pod",
            "container.apparmor.security.beta.kubernetes.io/app",
        ]
    ),
    st.sampled_from(["runtime/default", "unconfined"]),
)
owners = st.sampled_from(
    [(), (owner("ReplicaSet", "absent"),), (owner("Deployment", "web"),), (owner("Workflow", "w"),)]
)
pod_lists = st.lists(
    st.tuples(specs, annotations, owners, st.sampled_from(["", *NAMES])), min_size=1, max_size=6
)
policy_specs = st.fixed_dictionaries(
    {},
    optional={
        "privileged": st.booleans(),
        "hostPID": st.booleans(),
        "allowPrivilegeEscalation": st.booleans(),
        "requiredDropCapabilities": st.just(["ALL"]),
        "runAsUser": st.sampled_from([{"rule": "MustRunAsNonRoot"}, {"rule": "RunAsAny"}]),
        "volumes": st.sampled_from([["*"], ["emptyDir", "projected", "secret"]]),
    },
)
users = st.sampled_from(
    ["Group/system:authenticated", "Group/system:serviceaccounts", "ServiceAccount/shop:runner"]
)
policies = st.lists(st.tuples(policy_specs, users), max_size=3)


def build(pods: list[Any], rules: list[Any], template: JSON) -> Cluster:
    builder = ClusterBuilder().add(workload("Deployment", "web", **template))
    for name, (spec, user) in zip(NAMES, rules, strict=False):
        builder.add(policy(name, **spec)).may_use(name, user)
    for number, (spec, notes, above, record) in enumerate(pods):
        builder.add(stored(f"p{number}", *above, annotations=notes, record=record, **spec))
    return builder.build(kubernetes_version="1.24")


@settings(max_examples=60, deadline=None)
@given(pod_lists, policies, specs)
def test_a_row_agrees_with_the_admission_of_its_pod(
    pods: list[Any], rules: list[Any], template: JSON
) -> None:
    cluster = build(pods, rules, template)
    for row in cluster.simulate():
        if row.kind == "Deployment":
            (made,) = pods_of(cluster.objects.workloads["Deployment", "shop", "web"].body)
            alone = [cluster.admit(made.pod, user=row.creator, namespace="shop")]
        else:
            alone = [cluster.admit(pod.body, user=row.creator) for pod in row.pods]
        assert row.policies == tuple(sorted({each.policy for each in alone if each.policy}))
        assert row.refused == any(not each.allowed for each in alone)
        assert row.message in {each.message for each in alone}
        if row.kind == "Pod":
            (one,) = alone
            assert (row.policy, row.message) == (one.policy, one.message)
            assert row.admission.pod == one.pod
            assert dict(row.admission.considered) == dict(one.considered)


@settings(max_examples=60, deadline=None)
@given(pod_lists, policies, specs)
def test_drift_is_reported_exactly_where_a_recorded_policy_differs(
    pods: list[Any], rules: list[Any], template: JSON
) -> None:
    cluster = build(pods, rules, template)
    for row in cluster.simulate():
        if row.refused or row.kind not in {"Deployment", "Pod"}:
            continue
        records = {pod.metadata.annotations.get(RECORD) for pod in row.pods} - {None}
        assert (row.verdict is Verdict.DRIFT) == bool(records - {row.policy})
        assert (row.verdict is Verdict.SAME) == (records == {row.policy})


@settings(max_examples=60, deadline=None)
@given(pod_lists, policies)
def test_a_pod_is_stuck_exactly_when_its_update_is_refused(pods: list[Any], rules: list[Any]) -> None:
    cluster = build(pods, rules, {})
    eve = User("eve", ("system:authenticated",))
    alone = {
        pod.name: cluster.admit(pod.body, user=eve, operation="UPDATE").message
        for pod in cluster.objects.pods.values()
    }
    stuck = {each.pod.name: each.message for each in cluster.simulate().stuck(eve)}
    assert stuck == {name: message for name, message in alone.items() if message is not None}


@settings(max_examples=100, deadline=None)
@given(specs, annotations, specs, annotations)
def test_pods_that_are_evaluated_once_differ_only_in_fields_that_are_not_read(
    one: JSON, notes: dict[str, str], other: JSON, other_notes: dict[str, str]
) -> None:
    first = stored("one", annotations=notes, **one)
    second = stored("two", annotations=other_notes, **other)
    if normalized(first) == normalized(second):
        cluster = build([], [({"allowPrivilegeEscalation": False}, "Group/system:serviceaccounts")], {})
        answers = [cluster.admit(pod, user=None) for pod in (first, second)]
        assert len({answer.allowed for answer in answers}) == 1
        assert len({answer.considered["a"].errors for answer in answers}) == 1


def test_pods_of_one_template_are_equal_but_for_their_names() -> None:
    def made(letter: str) -> JSON:
        token = f"kube-api-access-{letter * 5}"
        mounts = [{"name": token, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]
        return stored(
            f"web-{letter}",
            annotations={"cni.example.com/address": letter},
            nodeName=f"node-{letter}",
            hostname=f"web-{letter}",
            container={"volumeMounts": mounts},
            volumes=[
                {"name": token, "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}},
                {"name": "data", "persistentVolumeClaim": {"claimName": f"data-web-{letter}"}},
            ],
        )

    assert normalized(made("b")) == normalized(made("c"))
