"""Tests the strictest policy for some pods: each field, its grant and its proof."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.model import PodSecurityPolicy, Version
from rbacpsp.model.version import V1_24
from rbacpsp.psp.compare import Relation, compare_fields
from rbacpsp.simulate import Advice, advise
from rbacpsp.testing import ClusterBuilder
from tests.simulate.build import JSON, builder, owner, stored, workload


def advice(*objects: JSON, account: str | None = None, version: Version = V1_24) -> Advice:
    cluster = builder(*objects).build()
    result = advise(cluster.objects, version, "shop", account)
    assert result is not None
    return result


def spec(*objects: JSON) -> JSON:
    found = advice(*objects)
    assert found.proved
    result: JSON = found.policy["spec"]
    return result


def container(name: str = "p", **fields: Any) -> JSON:
    """A pod whose container has a securityContext of these fields."""
    return stored(name, container={"securityContext": fields})


def with_spec(name: str = "p", **fields: Any) -> JSON:
    return stored(name, automountServiceAccountToken=False, **fields)


def test_a_policy_for_a_pod_without_settings_forbids_everything_possible() -> None:
    assert spec(with_spec()) == {
        "allowPrivilegeEscalation": True,
        "forbiddenSysctls": ["*"],
        "fsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 65535}]},
        "hostIPC": False,
        "hostNetwork": False,
        "hostPID": False,
        "privileged": False,
        "readOnlyRootFilesystem": False,
        "runAsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 65535}]},
        "runAsUser": {"rule": "RunAsAny"},
        "runtimeClass": {"allowedRuntimeClassNames": []},
        "seLinux": {"rule": "RunAsAny"},
        "supplementalGroups": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 65535}]},
    }


def test_a_container_port_without_a_host_port_needs_no_host_port() -> None:
    # kube-psp-advisor adds hostPorts 0-0 for every containerPort.
    assert "hostPorts" not in spec(with_spec(container={"ports": [{"containerPort": 80}]}))


def test_host_ports_become_the_fewest_ranges() -> None:
    ports = [{"containerPort": 80, "hostPort": number} for number in (81, 80, 443)]
    assert spec(with_spec(container={"ports": ports}))["hostPorts"] == [
        {"min": 80, "max": 81},
        {"min": 443, "max": 443},
    ]


def test_with_host_network_every_port_is_a_host_port() -> None:
    result = spec(with_spec(hostNetwork=True, container={"ports": [{"containerPort": 80}]}))
    assert (result["hostNetwork"], result["hostPorts"]) == (True, [{"min": 80, "max": 80}])


def mounted(name: str, path: str, *, read_only: bool) -> JSON:
    mounts = [{"name": "v", "mountPath": "/v", "readOnly": read_only}]
    volumes = [{"name": "v", "hostPath": {"path": path}}]
    return with_spec(name, volumes=volumes, container={"volumeMounts": mounts})


def test_a_host_path_is_read_only_if_every_mount_is() -> None:
    # kube-psp-advisor makes all of them read-only for servers after 1.11, and so refuses the very workload.
    assert spec(mounted("p", "/srv", read_only=False))["allowedHostPaths"] == [{"pathPrefix": "/srv"}]
    assert spec(mounted("p", "/srv", read_only=True))["allowedHostPaths"] == [
        {"pathPrefix": "/srv", "readOnly": True}
    ]
    both = spec(mounted("p", "/srv", read_only=True), mounted("q", "/srv", read_only=False))
    assert both["allowedHostPaths"] == [{"pathPrefix": "/srv"}]


def test_a_path_below_a_read_only_one_stays_writable_and_one_below_a_writable_one_is_not_repeated() -> None:
    pods = [mounted("p", "/srv", read_only=True), mounted("q", "/srv/log", read_only=False)]
    assert spec(*pods, mounted("r", "/srv/log/old", read_only=False))["allowedHostPaths"] == [
        {"pathPrefix": "/srv", "readOnly": True},
        {"pathPrefix": "/srv/log"},
    ]


def test_a_container_inherits_fields_that_it_leaves_out_from_its_pod() -> None:
    # kube-psp-advisor ignores the pod's user if a container has any securityContext.
    result = spec(
        stored("p", securityContext={"runAsUser": 1000, "runAsGroup": 7}, container={"securityContext": {}})
    )
    assert result["runAsUser"] == {"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 1000}]}
    assert result["runAsGroup"] == {"rule": "MustRunAs", "ranges": [{"min": 7, "max": 7}]}


def test_the_user_strategy_is_a_range_or_non_root_if_all_pods_set_it_or_else_any() -> None:
    assert spec(container("a", runAsUser=5), container("b", runAsUser=6))["runAsUser"] == {
        "rule": "MustRunAs",
        "ranges": [{"min": 5, "max": 6}],
    }
    assert spec(container("a", runAsUser=5), container("b", runAsNonRoot=True))["runAsUser"] == {
        "rule": "MustRunAsNonRoot"
    }
    assert spec(container("a", runAsUser=5), container("b"))["runAsUser"] == {"rule": "RunAsAny"}
    assert spec(container("a", runAsUser=0), container("b", runAsNonRoot=True))["runAsUser"] == {
        "rule": "RunAsAny"
    }


def test_an_ephemeral_container_counts() -> None:
    # kube-psp-advisor does not see it.
    late = {"name": "debug", "image": "sh", "securityContext": {"privileged": True}}
    assert spec(stored("p", ephemeralContainers=[late]))["privileged"] is True


def test_a_sidecar_that_only_the_stored_pod_has_counts() -> None:
    # kube-psp-advisor reads only the workload and misses what a webhook injected into its pods.
    pod = stored("web-1", owner("ReplicaSet", "web"))
    pod["spec"]["containers"].append(
        {"name": "proxy", "image": "p", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}
    )
    assert spec(workload("ReplicaSet", "web"), pod)["allowedCapabilities"] == ["NET_ADMIN"]


def test_seccomp_and_apparmor_profiles_count() -> None:
    # kube-psp-advisor knows neither.
    seccomp, apparmor = "seccomp.security.alpha.kubernetes.io/", "apparmor.security.beta.kubernetes.io/"
    notes = {f"{seccomp}pod": "runtime/default", f"container.{apparmor}app": "localhost/strict"}
    one = advice(stored("p", annotations=notes))
    assert one.proved
    assert one.policy["metadata"]["annotations"] == {
        f"{seccomp}allowedProfileNames": "runtime/default",
        f"{apparmor}allowedProfileNames": "localhost/strict",
    }
    two = advice(stored("p", annotations=notes), stored("q"))
    assert two.proved
    assert two.policy["metadata"]["annotations"] == {f"{seccomp}allowedProfileNames": "*"}


def test_a_seccomp_field_without_its_annotation_counts_and_is_proved() -> None:
    field = {"seccompProfile": {"type": "RuntimeDefault"}}
    result = advice(stored("p", securityContext=field))
    assert result.proved
    assert result.policy["metadata"]["annotations"] == {
        "seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default"
    }


def test_capabilities_are_those_that_any_adds_and_those_that_all_drop() -> None:
    result = spec(
        container("a", capabilities={"add": ["CHOWN"], "drop": ["ALL", "KILL"]}),
        container("b", capabilities={"add": ["KILL"], "drop": ["ALL", "KILL"]}),
    )
    assert result["allowedCapabilities"] == ["CHOWN", "KILL"]
    assert result["requiredDropCapabilities"] == ["ALL"]
    assert "requiredDropCapabilities" not in spec(
        container("a", capabilities={"drop": ["ALL"]}), container("b")
    )


def test_the_token_needs_projected_volumes_and_secrets_already_admit_it() -> None:
    assert spec(stored("p"))["volumes"] == ["projected"]
    secret = [{"name": "s", "secret": {"secretName": "s"}}]
    assert spec(stored("p", volumes=secret))["volumes"] == ["secret"]
    other = [*secret, {"name": "c", "projected": {"sources": [{"configMap": {"name": "x"}}]}}]
    assert spec(stored("p", volumes=other))["volumes"] == ["projected", "secret"]


def test_drivers_are_listed() -> None:
    volumes = [
        {"name": "a", "flexVolume": {"driver": "example.com/flex"}},
        {"name": "b", "csi": {"driver": "csi.example.com"}},
    ]
    result = spec(with_spec(volumes=volumes))
    assert result["volumes"] == ["csi", "flexVolume"]
    assert result["allowedFlexVolumes"] == [{"driver": "example.com/flex"}]
    assert result["allowedCSIDrivers"] == [{"name": "csi.example.com"}]


def test_safe_sysctls_that_are_not_used_are_forbidden_and_unsafe_ones_allowed_by_name() -> None:
    sysctls = [{"name": "kernel.shm_rmid_forced", "value": "1"}, {"name": "net.core.somaxconn", "value": "9"}]
    result = spec(with_spec(securityContext={"sysctls": sysctls}))
    assert result["allowedUnsafeSysctls"] == ["net.core.somaxconn"]
    assert result["forbiddenSysctls"] == [
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_syncookies",
    ]


def test_labels_of_selinux_are_required_where_all_have_the_same() -> None:
    labels = {"level": "s0:c1,c2", "type": "app_t"}
    one = stored("a", securityContext={"seLinuxOptions": labels})
    two = stored("b", securityContext={"seLinuxOptions": labels | {"level": "s0:c2,c1"}})
    assert spec(one, two)["seLinux"] == {"rule": "MustRunAs", "seLinuxOptions": labels}
    assert spec(one, stored("c"))["seLinux"] == {"rule": "RunAsAny"}
    other = stored("d", securityContext={"seLinuxOptions": {"type": "other_t"}})
    assert spec(one, other)["seLinux"] == {"rule": "RunAsAny"}


def test_groups_are_required_where_all_name_one() -> None:
    one = stored("a", securityContext={"fsGroup": 5, "supplementalGroups": [6, 7]})
    result = spec(one)
    assert result["fsGroup"] == {"rule": "MustRunAs", "ranges": [{"min": 5, "max": 5}]}
    assert result["supplementalGroups"] == {"rule": "MustRunAs", "ranges": [{"min": 6, "max": 7}]}
    result = spec(one, stored("b"))
    assert result["fsGroup"] == {"rule": "MayRunAs", "ranges": [{"min": 5, "max": 5}]}


def test_runtime_classes_and_proc_mounts_are_listed() -> None:
    result = spec(with_spec("a", runtimeClassName="gvisor"), container("b", procMount="Unmasked"))
    assert result["runtimeClass"] == {"allowedRuntimeClassNames": ["gvisor"]}
    assert result["allowedProcMountTypes"] == ["Default", "Unmasked"]
    assert spec(container("p", procMount="Unmasked"))["allowedProcMountTypes"] == ["Default", "Unmasked"]


def test_fields_that_an_old_server_does_not_know_are_left_out() -> None:
    found = advice(stored("p"), version=Version(1, 13)).policy["spec"]
    assert "runAsGroup" not in found
    assert "runtimeClass" not in found


def test_the_grant_is_to_the_accounts_of_the_pods_and_in_their_namespace_only() -> None:
    result = advice(stored("a", serviceAccountName="web"), stored("b"))
    assert result.role["metadata"] == {"name": "psp:shop", "namespace": "shop"}
    assert result.role["rules"][0]["resourceNames"] == ["shop"]
    assert result.role_binding["metadata"] == {"name": "psp:shop", "namespace": "shop"}
    assert result.role_binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "default", "namespace": "shop"},
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
    ]


def test_one_account_has_a_policy_of_its_own_pods() -> None:
    result = advice(stored("a", serviceAccountName="web"), stored("b", hostPID=True), account="web")
    assert result.policy["metadata"]["name"] == "shop.web"
    assert result.policy["spec"]["hostPID"] is False
    assert result.accounts == ("web",)


def test_a_policy_of_that_name_is_not_replaced() -> None:
    cluster = builder(stored("p")).policy("shop").build()
    result = advise(cluster.objects, V1_24, "shop")
    assert result is not None
    assert result.policy["metadata"]["name"] == "shop-2"


def test_a_workload_counts_by_its_pods_where_it_has_some_and_else_by_its_template() -> None:
    running = stored("web-1", owner("ReplicaSet", "web"), container={"securityContext": {"runAsUser": 9}})
    result = advice(workload("ReplicaSet", "web"), running)
    assert result.policy["spec"]["runAsUser"]["rule"] == "MustRunAs"
    assert [(proof.source.title, proof.holds) for proof in result.proofs] == [
        ("pod/web-1", True),
        ("replicaset/web", True),
    ]
    assert spec(workload("ReplicaSet", "web"))["runAsUser"] == {"rule": "RunAsAny"}


def test_a_template_that_asks_for_more_than_the_pods_that_run_counts_as_well() -> None:
    result = advice(workload("ReplicaSet", "web", hostPID=True), stored("web-1", owner("ReplicaSet", "web")))
    assert result.policy["spec"]["hostPID"] is True
    assert result.proved


def test_mirror_pods_and_pods_that_are_refused_before_policies_are_skipped_and_named() -> None:
    mirror = stored("etcd", annotations={"kubernetes.io/config.mirror": "1"}, nodeName="n")
    account = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "shop"}}
    result = advice(
        mirror, account | {"apiVersion": "v1"}, stored("p"), stored("q", serviceAccountName="gone")
    )
    assert [proof.source.title for proof in result.proofs] == ["pod/p"]
    reason = 'error looking up service account shop/gone: serviceaccount "gone" not found'
    assert result.passed_over == (
        "pod/etcd: its kubelet creates it, and its own grants may let it use a policy",
        f'pod/q: pods "q" is forbidden: {reason}',
    )


def test_without_pods_no_policy_is_advised() -> None:
    assert advise(builder().build().objects, V1_24, "shop") is None


@pytest.mark.parametrize("profiles", ["localhost/a,b"])
def test_a_profile_that_no_list_can_name_is_admitted(profiles: str) -> None:
    notes = {
        "seccomp.security.alpha.kubernetes.io/pod": profiles,
        "container.apparmor.security.beta.kubernetes.io/app": profiles,
    }
    assert advice(stored("p", annotations=notes)).proved


contexts = st.fixed_dictionaries(
    {},
    optional={
        "privileged": st.booleans(),
        "allowPrivilegeEscalation": st.booleans(),
        "runAsUser": st.sampled_from([0, 5, 1000]),
        "runAsGroup": st.sampled_from([0, 5, 6]),
        "runAsNonRoot": st.booleans(),
        "readOnlyRootFilesystem": st.booleans(),
        "procMount": st.sampled_from(["Default", "Unmasked"]),
        "capabilities": st.fixed_dictionaries(
            {},
            optional={
                "add": st.lists(st.sampled_from(["CHOWN", "KILL"]), unique=True),
                "drop": st.lists(st.sampled_from(["ALL", "KILL"]), unique=True),
            },
        ),
        "seLinuxOptions": st.sampled_from([{"type": "a_t"}, {"level": "s0:c1"}]),
        "seccompProfile": st.sampled_from([{"type": "RuntimeDefault"}, {"type": "Unconfined"}]),
    },
)
pod_contexts = st.fixed_dictionaries(
    {},
    optional={
        "runAsUser": st.sampled_from([0, 5]),
        "runAsGroup": st.sampled_from([0, 5]),
        "runAsNonRoot": st.booleans(),
        "fsGroup": st.sampled_from([0, 5]),
        "supplementalGroups": st.sampled_from([[], [0], [5, 6]]),
        "seLinuxOptions": st.sampled_from([{"type": "a_t"}, {"level": "s0:c1"}]),
        "seccompProfile": st.sampled_from([{"type": "RuntimeDefault"}, {"type": "Unconfined"}]),
        "sysctls": st.sampled_from([[], [{"name": "kernel.msgmax", "value": "1"}]]),
    },
)
volumes = st.lists(
    st.sampled_from(
        [
            {"hostPath": {"path": "/srv"}},
            {"hostPath": {"path": "/srv/log"}},
            {"emptyDir": {}},
            {"secret": {"secretName": "s"}},
            {"projected": {"sources": [{"secret": {"name": "x"}}]}},
            {"csi": {"driver": "d"}},
        ]
    ),
    max_size=3,
)
drawn_pods = st.tuples(
    st.lists(st.tuples(contexts, st.booleans()), min_size=1, max_size=2),
    st.fixed_dictionaries(
        {},
        optional={
            "securityContext": pod_contexts,
            "hostNetwork": st.booleans(),
            "hostIPC": st.booleans(),
            "runtimeClassName": st.sampled_from(["gvisor"]),
            "automountServiceAccountToken": st.booleans(),
        },
    ),
    volumes,
    st.dictionaries(
        st.sampled_from(
            [
                "seccomp.security.alpha.kubernetes.io/pod",
                "container.seccomp.security.alpha.kubernetes.io/c0",
                "container.apparmor.security.beta.kubernetes.io/c0",
            ]
        ),
        st.sampled_from(["runtime/default", "unconfined", "localhost/x"]),
    ),
)


def drawn(number: int, parts: Any) -> JSON:
    containers, fields, sources, notes = parts
    pod = stored(f"p{number}", annotations=notes, **fields)
    pod["spec"]["volumes"] = [{"name": f"v{place}", **source} for place, source in enumerate(sources)]
    pod["spec"]["containers"] = [
        {
            "name": f"c{place}",
            "image": "app:1",
            "securityContext": context,
            "ports": [{"containerPort": 80 + place}],
            "volumeMounts": [
                {"name": volume["name"], "mountPath": f"/{volume['name']}", "readOnly": read_only}
                for volume in pod["spec"]["volumes"]
            ],
        }
        for place, (context, read_only) in enumerate(containers)
    ]
    # A stored pod is a valid one: one seccomp profile in each place, and privileged containers may escalate.
    annotations = pod["metadata"]["annotations"] = dict(notes)
    if "seccompProfile" in pod["spec"].get("securityContext", {}):
        annotations.pop("seccomp.security.alpha.kubernetes.io/pod", None)
    for container in pod["spec"]["containers"]:
        context = container["securityContext"]
        if "seccompProfile" in context:
            annotations.pop(f"container.seccomp.security.alpha.kubernetes.io/{container['name']}", None)
        if context.get("privileged") and context.get("allowPrivilegeEscalation") is False:
            container["securityContext"] = {**context, "allowPrivilegeEscalation": True}
    return pod


@settings(max_examples=120, deadline=None)
@given(st.lists(drawn_pods, min_size=1, max_size=3), st.sampled_from([V1_24, Version(1, 20)]))
def test_every_advised_policy_admits_the_pods_that_it_was_made_of_unchanged(
    pods: list[Any], version: Version
) -> None:
    objects = [drawn(number, each) for number, each in enumerate(pods)]
    cluster: Cluster = ClusterBuilder().add(*objects).build()
    result = advise(cluster.objects, version, "shop")
    assert result is not None
    assert [proof.source.title for proof in result.proofs] == [f"pod/p{n}" for n in range(len(pods))]
    assert result.proved, [proof.admission.message for proof in result.proofs]


@settings(max_examples=40, deadline=None)
@given(drawn_pods, drawn_pods)
def test_the_policy_of_fewer_pods_is_never_laxer(one: Any, other: Any) -> None:
    """Except for groups that no pod sets: then the policy allows all groups except root's."""
    alone = advice(drawn(0, one)).policy
    both = advice(drawn(0, one), drawn(1, other)).policy
    first, second = (msgspec.convert(each, PodSecurityPolicy) for each in (alone, both))
    laxer = {row.field: row.first for row in compare_fields(first, second) if row.relation is Relation.LAXER}
    assert laxer.keys() <= {"runAsGroup", "supplementalGroups", "fsGroup"}
    assert set(laxer.values()) <= {"1-65535 or unset"}
