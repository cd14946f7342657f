"""Compares the section about admission of a diff with the verdict on each pod in both states."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import rbacpsp
from rbacpsp import Cluster, User
from rbacpsp.testing import ClusterBuilder

LABEL = "pod-security.kubernetes.io/enforce"
MAKER = User.service_account("kube-system", "replicaset-controller")
SUBJECTS = ("ServiceAccount/kube-system:replicaset-controller", "ServiceAccount/shop:default", "User/nobody")

policies = st.fixed_dictionaries(
    {
        "privileged": st.booleans(),
        "hostNetwork": st.booleans(),
        "readOnlyRootFilesystem": st.booleans(),
        "runAsUser": st.sampled_from(
            [{"rule": "RunAsAny"}, {"rule": "MustRunAs", "ranges": [{"min": 7, "max": 9}]}]
        ),
        "defaultAddCapabilities": st.sampled_from([[], ["NET_ADMIN"]]),
        "users": st.sets(st.sampled_from(SUBJECTS)),
    }
)
states = st.fixed_dictionaries(
    {
        "policies": st.dictionaries(st.sampled_from(["a", "b", "c"]), policies, max_size=3),
        "level": st.sampled_from(["", "privileged", "baseline", "restricted"]),
    }
)
containers = st.fixed_dictionaries(
    {},
    optional={
        "privileged": st.booleans(),
        "runAsUser": st.sampled_from([0, 8, 1000]),
        "readOnlyRootFilesystem": st.booleans(),
    },
)
workloads = st.dictionaries(
    st.sampled_from(["web", "db"]), st.tuples(containers, st.booleans()), min_size=1, max_size=2
)


def template(container: dict[str, Any], host_network: bool) -> dict[str, Any]:
    spec = {
        "containers": [{"name": "app", "image": "example/app:1", "securityContext": container}],
        "automountServiceAccountToken": False,
    }
    return {
        "metadata": {"labels": {"app": "x"}},
        "spec": spec | ({"hostNetwork": True} if host_network else {}),
    }


def state(given_state: dict[str, Any], templates: dict[str, dict[str, Any]]) -> Cluster:
    level = given_state["level"]
    builder = (
        ClusterBuilder().namespace("shop", {LABEL: level} if level else {}).service_account("shop", "default")
    )
    for name, there in given_state["policies"].items():
        users = sorted(there["users"])
        builder = builder.policy(name, **{key: value for key, value in there.items() if key != "users"})
        builder = builder.may_use(name, *users) if users else builder
    for name, pod in templates.items():
        spec = {"selector": {"matchLabels": {"app": "x"}}, "template": pod}
        metadata = {"name": name, "namespace": "shop"}
        builder = builder.add(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
        )
    return builder.build(kubernetes_version="1.24")


def policy_effect(old: Cluster, new: Cluster, pod: dict[str, Any]) -> str | None:
    before, after = (each.admit(pod, user=MAKER, namespace="shop") for each in (old, new))
    if not after.allowed:
        if before.allowed:
            return "becomes refused"
        return None if before.message == after.message else "is refused for another reason"
    if not before.allowed:
        return "becomes admitted"
    if before.policy != after.policy:
        return "gets another policy"
    stored = [each.pod["spec"] for each in (before, after) if each.pod]
    return None if stored[0] == stored[1] else "gets other fields"


def level_effect(old: Cluster, new: Cluster, pod: dict[str, Any]) -> str | None:
    before, after = (each.pss_admit(pod, namespace="shop") for each in (old, new))
    if after.allowed:
        return None if before.allowed else "becomes admitted"
    if before.allowed:
        return "becomes refused"
    return None if before.message == after.message else "is refused for another reason"


@given(states, states, workloads)
@settings(max_examples=80, deadline=None)
def test_changes_of_admission_equal_the_changed_answers_for_the_pods(
    old: dict[str, Any], new: dict[str, Any], made: dict[str, tuple[dict[str, Any], bool]]
) -> None:
    templates = {name: template(*parts) for name, parts in made.items()}
    before, after = state(old, templates), state(new, templates)
    expected = set()
    for name, there in templates.items():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {"app": "x"}}} | {
            "spec": there["spec"]
        }
        asks = {"PodSecurity": level_effect}
        if old["policies"] or new["policies"]:
            asks["PodSecurityPolicy"] = policy_effect
        for plugin, effect_of in asks.items():
            if effect := effect_of(before, after, pod):
                expected.add((plugin, "shop", "Deployment", name, effect))
    admission = rbacpsp.diff(before, after).admission
    assert {(change.plugin, *change.key, str(change.effect)) for change in admission.changes} == expected
