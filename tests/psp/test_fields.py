"""Tests each field of a policy with an accepted and a refused pod, and the server's message."""

from typing import Any

import pytest

from tests.psp.build import JSON, admit, pod_without_token, policy_struct

MUST = {"rule": "MustRunAs", "ranges": [{"min": 100, "max": 200}]}
LABELS = {"level": "s0:c123,c456", "role": "object_r", "type": "svirt_sandbox_file_t", "user": "system_u"}
SECCOMP = {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default,docker/default"}
APPARMOR = {"apparmor.security.beta.kubernetes.io/allowedProfileNames": "runtime/default"}
APPARMOR_OF_C = "container.apparmor.security.beta.kubernetes.io/c"
CONTEXT = "spec.containers[0].securityContext"


def context(**fields: Any) -> JSON:
    return pod_without_token({"securityContext": fields})


def sysctl(name: str) -> JSON:
    return pod_without_token(securityContext={"sysctls": [{"name": name, "value": "1"}]})


def volume(read_only: bool | None = None, **source: Any) -> JSON:
    mounts = [] if read_only is None else [{"name": "v", "mountPath": "/m", "readOnly": read_only}]
    return pod_without_token({"volumeMounts": mounts}, volumes=[{"name": "v"} | source])


TABLE: dict[str, tuple[JSON, JSON, JSON, str]] = {
    "privileged": (
        {"privileged": False},
        context(privileged=False),
        context(privileged=True),
        f"{CONTEXT}.privileged: Invalid value: true: Privileged containers are not allowed",
    ),
    "hostPID": (
        {},
        pod_without_token(hostPID=False),
        pod_without_token(hostPID=True),
        "spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used",
    ),
    "hostIPC": (
        {},
        pod_without_token(hostIPC=False),
        pod_without_token(hostIPC=True),
        "spec.securityContext.hostIPC: Invalid value: true: Host IPC is not allowed to be used",
    ),
    "hostNetwork": (
        {},
        pod_without_token(hostNetwork=False),
        pod_without_token(hostNetwork=True),
        "spec.securityContext.hostNetwork: Invalid value: true: Host network is not allowed to be used",
    ),
    "hostPorts": (
        {"hostPorts": [{"min": 80, "max": 9000}, {"min": 9443, "max": 9443}]},
        pod_without_token(
            {"ports": [{"containerPort": 1, "hostPort": 90}, {"containerPort": 2, "hostPort": 9443}]}
        ),
        pod_without_token({"ports": [{"containerPort": 1, "hostPort": 9001}]}),
        (
            "spec.containers[0].hostPort: Invalid value: 9001: Host port 9001 is not allowed to be used."
            " Allowed ports: [80-9000,9443]"
        ),
    ),
    "hostPorts by hostNetwork": (
        {"hostNetwork": True, "hostPorts": [{"min": 80, "max": 80}]},
        pod_without_token({"ports": [{"containerPort": 80}]}, hostNetwork=True),
        pod_without_token({"ports": [{"containerPort": 81}]}, hostNetwork=True),
        (
            "spec.containers[0].hostPort: Invalid value: 81: Host port 81 is not allowed to be used."
            " Allowed ports: [80]"
        ),
    ),
    "volumes": (
        {"volumes": ["projected", "emptyDir"]},
        volume(),
        volume(hostPath={"path": "/"}),
        'spec.volumes[0]: Invalid value: "hostPath": hostPath volumes are not allowed to be used',
    ),
    "cephfs volumes": (
        {"volumes": ["cephFS"]},
        volume(cephfs={"monitors": ["m"]}),
        volume(rbd={"monitors": ["m"], "image": "i"}),
        'spec.volumes[0]: Invalid value: "rbd": rbd volumes are not allowed to be used',
    ),
    "allowedHostPaths": (
        {"allowedHostPaths": [{"pathPrefix": "/foo/"}]},
        volume(hostPath={"path": "/foo/bar"}),
        volume(hostPath={"path": "/foobar"}),
        'spec.volumes[0].hostPath.pathPrefix: Invalid value: "/foobar": is not allowed to be used',
    ),
    "allowedHostPaths readOnly": (
        {"allowedHostPaths": [{"pathPrefix": "/foo", "readOnly": True}]},
        volume(read_only=True, hostPath={"path": "/foo"}),
        volume(read_only=False, hostPath={"path": "/foo"}),
        "spec.containers[0].volumeMounts[0].readOnly: Invalid value: false: must be read-only",
    ),
    "allowedHostPaths readOnly beside a writable one": (
        {"allowedHostPaths": [{"pathPrefix": "/foo", "readOnly": True}, {"pathPrefix": "/foo/rw"}]},
        volume(read_only=False, hostPath={"path": "/foo/rw/x"}),
        volume(read_only=False, hostPath={"path": "/foo/ro"}),
        "spec.containers[0].volumeMounts[0].readOnly: Invalid value: false: must be read-only",
    ),
    "allowedFlexVolumes": (
        {"allowedFlexVolumes": [{"driver": "example/lvm"}]},
        volume(flexVolume={"driver": "example/lvm"}),
        volume(flexVolume={"driver": "example/cifs"}),
        'spec.volumes[0].driver: Invalid value: "example/cifs": Flexvolume driver is not allowed to be used',
    ),
    "allowedCSIDrivers": (
        {"allowedCSIDrivers": [{"name": "good"}]},
        volume(csi={"driver": "good"}),
        volume(csi={"driver": "bad"}),
        'spec.volumes[0].csi.driver: Invalid value: "bad": Inline CSI driver is not allowed to be used',
    ),
    "readOnlyRootFilesystem": (
        {"readOnlyRootFilesystem": True},
        context(),
        context(readOnlyRootFilesystem=False),
        (
            f"{CONTEXT}.readOnlyRootFilesystem: Invalid value: false:"
            " ReadOnlyRootFilesystem must be set to true"
        ),
    ),
    "runAsUser": (
        {"runAsUser": MUST},
        context(runAsUser=150),
        context(runAsUser=250),
        f"{CONTEXT}.runAsUser: Invalid value: 250: must be in the ranges: [{{100 200}}]",
    ),
    "runAsUser MustRunAsNonRoot": (
        {"runAsUser": {"rule": "MustRunAsNonRoot"}},
        context(),
        context(runAsUser=0),
        f"{CONTEXT}.runAsUser: Invalid value: 0: running with the root UID is forbidden",
    ),
    "runAsGroup": (
        {"runAsGroup": MUST},
        context(runAsGroup=150),
        context(runAsGroup=250),
        f"{CONTEXT}: Invalid value: []int64{{250}}: group 250 must be in the ranges: [{{100 200}}]",
    ),
    "fsGroup": (
        {"fsGroup": MUST},
        pod_without_token(securityContext={"fsGroup": 150}),
        pod_without_token(securityContext={"fsGroup": 250}),
        (
            "spec.securityContext.fsGroup: Invalid value: []int64{250}:"
            " group 250 must be in the ranges: [{100 200}]"
        ),
    ),
    "supplementalGroups": (
        {"supplementalGroups": MUST | {"rule": "MayRunAs"}},
        pod_without_token(),
        pod_without_token(securityContext={"supplementalGroups": [150, 250]}),
        (
            "spec.securityContext.supplementalGroups: Invalid value: []int64{150, 250}:"
            " group 250 must be in the ranges: [{100 200}]"
        ),
    ),
    "allowPrivilegeEscalation": (
        {"allowPrivilegeEscalation": False},
        context(),
        context(allowPrivilegeEscalation=True),
        (
            f"{CONTEXT}.allowPrivilegeEscalation: Invalid value: true:"
            " Allowing privilege escalation for containers is not allowed"
        ),
    ),
    "allowedCapabilities": (
        {"allowedCapabilities": ["something"]},
        context(capabilities={"add": ["something"]}),
        context(capabilities={"add": ["Something"]}),
        f'{CONTEXT}.capabilities.add: Invalid value: "Something": capability may not be added',
    ),
    "defaultAddCapabilities": (
        {"defaultAddCapabilities": ["something"]},
        context(),
        context(capabilities={"add": ["other"]}),
        f'{CONTEXT}.capabilities.add: Invalid value: "other": capability may not be added',
    ),
    "requiredDropCapabilities": (
        {"requiredDropCapabilities": ["something"]},
        context(capabilities={"drop": ["something"]}),
        context(capabilities={"add": ["something"]}),
        f'{CONTEXT}.capabilities.add: Invalid value: "something": capability may not be added',
    ),
    "seLinux": (
        {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": LABELS}},
        context(seLinuxOptions=LABELS | {"level": "s0:c456,c123"}),
        context(seLinuxOptions=LABELS | {"type": "x"}),
        f'{CONTEXT}.seLinuxOptions.type: Invalid value: "x": must be svirt_sandbox_file_t',
    ),
    "allowedProcMountTypes": (
        {"allowedProcMountTypes": ["Default"]},
        context(),
        context(procMount="Unmasked"),
        f'{CONTEXT}.procMount: Invalid value: "Unmasked": ProcMountType is not allowed',
    ),
    "apparmor": (
        {"annotations": APPARMOR},
        pod_without_token(annotations={APPARMOR_OF_C: "runtime/default"}),
        pod_without_token(annotations={APPARMOR_OF_C: "unconfined"}),
        (
            f"pod.metadata.annotations[{APPARMOR_OF_C}]: Forbidden: unconfined is not an allowed profile."
            ' Allowed values: "runtime/default"'
        ),
    ),
    "seccomp": (
        {"annotations": SECCOMP},
        pod_without_token(securityContext={"seccompProfile": {"type": "RuntimeDefault"}}),
        pod_without_token(
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            annotations={"seccomp.security.alpha.kubernetes.io/pod": "docker/default"},
        ),
        (
            "pod.metadata.annotations[container.seccomp.security.alpha.kubernetes.io/c]: Forbidden:"
            " unconfined is not an allowed seccomp profile. Valid values are runtime/default,docker/default"
        ),
    ),
    "forbiddenSysctls": (
        {"forbiddenSysctls": ["kernel.m*"], "allowedUnsafeSysctls": ["*"]},
        sysctl("net.ipv4.tcp_syncookies"),
        sysctl("kernel.msgmax"),
        'pod.spec.securityContext.sysctls[0]: Forbidden: sysctl "kernel.msgmax" is not allowed',
    ),
    "allowedUnsafeSysctls": (
        {"allowedUnsafeSysctls": ["kernel.msgmax"]},
        sysctl("kernel.msgmax"),
        sysctl("net.ff"),
        'pod.spec.securityContext.sysctls[0]: Forbidden: unsafe sysctl "net.ff" is not allowed',
    ),
    "runtimeClass": (
        {"runtimeClass": {"allowedRuntimeClassNames": ["kata"]}},
        pod_without_token(runtimeClassName="kata"),
        pod_without_token(runtimeClassName="runc"),
        'spec.runtimeClassName: Invalid value: "runc"',
    ),
}


@pytest.mark.parametrize("field", TABLE)
def test_each_field_admits_one_pod_and_refuses_another(field: str) -> None:
    spec, allowed, refused, words = TABLE[field]
    result = policy_struct(**spec)
    assert admit(allowed, result).message is None
    assert [str(error) for error in admit(refused, result).considered["p"].errors] == [words]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("awsElasticBlockStore", ""),
        ("azureDisk", ""),
        ("azureFile", ""),
        ("cephfs", "cephFS"),
        ("cinder", ""),
        ("configMap", ""),
        ("csi", ""),
        ("downwardAPI", ""),
        ("emptyDir", ""),
        ("ephemeral", ""),
        ("fc", ""),
        ("flexVolume", ""),
        ("flocker", ""),
        ("gcePersistentDisk", ""),
        ("gitRepo", ""),
        ("glusterfs", ""),
        ("hostPath", ""),
        ("iscsi", ""),
        ("nfs", ""),
        ("persistentVolumeClaim", ""),
        ("photonPersistentDisk", ""),
        ("portworxVolume", ""),
        ("projected", ""),
        ("quobyte", ""),
        ("rbd", ""),
        ("scaleIO", ""),
        ("secret", ""),
        ("storageos", ""),
        ("vsphereVolume", ""),
    ],
)
def test_every_volume_source_is_allowed_by_its_name_by_a_star_and_by_nothing_else(
    source: str, kind: str
) -> None:
    name = kind or source
    result = pod_without_token(volumes=[{"name": "v", source: {}}])
    assert admit(result, policy_struct(volumes=[name]))
    assert admit(result, policy_struct(volumes=["*"]))
    (error,) = admit(result, policy_struct(volumes=["none"])).considered["p"].errors
    assert str(error) == (
        f'spec.volumes[0]: Invalid value: "{name}": {name} volumes are not allowed to be used'
    )


def test_policies_ignore_a_host_port_below_zero() -> None:
    """Only the API server's validation, which runs after policies, refuses it (provider.go, 1.24)."""
    submitted = pod_without_token({"ports": [{"containerPort": 1, "hostPort": -1}]})
    assert admit(submitted, policy_struct()).considered["p"].errors == ()


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("flexVolume", {"allowedFlexVolumes": [{"driver": "good"}]}),
        ("csi", {"allowedCSIDrivers": [{"name": "good"}]}),
    ],
)
def test_the_driver_of_a_volume_counts_only_where_it_is_of_that_type(source: str, allowed: JSON) -> None:
    """Policies judge a volume of two types by the first, before the API server refuses it as invalid."""
    bad: JSON = {source: {"driver": "bad"}}
    policy = policy_struct(volumes=["emptyDir", source], **allowed)
    (error,) = admit(volume(**bad), policy).considered["p"].errors
    assert "driver" in str(error)
    two = admit(volume(emptyDir={}, **bad), policy)
    assert two.considered["p"].errors == ()


def test_a_volume_without_a_source_that_the_version_knows_is_an_empty_dir() -> None:
    assert admit(volume(image={"reference": "x"}), policy_struct(volumes=["emptyDir"]))
    assert admit(volume(), policy_struct(volumes=["emptyDir"]))


def test_of_several_sources_the_server_looks_at_the_first_in_its_own_order() -> None:
    result = volume(csi={"driver": "d"}, hostPath={"path": "/"})
    (error,) = admit(result, policy_struct(volumes=["csi"])).considered["p"].errors
    assert error.value == '"hostPath"'
