"""One row for each field of PodSecurityPolicy: a policy that restricts it, accepted and refused pods."""

from typing import Any, NamedTuple

from tests.migration.build import APPARMOR, SECCOMP, annotated, pod_without_token

JSON = dict[str, Any]


class Row(NamedTuple):
    field: str
    spec: JSON
    accepted: tuple[JSON, ...]
    refused: tuple[JSON, ...]
    annotations: dict[str, str] | None = None


def _volume(**source: Any) -> JSON:
    return pod_without_token(volumes=[{"name": "v", **source}])


def _mounted(path: str, *, read_only: bool) -> JSON:
    made = _volume(hostPath={"path": path})
    made["spec"]["containers"][0]["volumeMounts"] = [{"name": "v", "mountPath": "/m", "readOnly": read_only}]
    return made


def _port(number: int) -> JSON:
    made = pod_without_token()
    made["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": number}]
    return made


def _init(context: JSON) -> JSON:
    made = pod_without_token()
    made["spec"]["initContainers"] = [{"name": "i", "image": "app", "securityContext": context}]
    return made


def _sysctl(name: str) -> JSON:
    return pod_without_token(securityContext={"sysctls": [{"name": name, "value": "1"}]})


RANGE = [{"min": 100, "max": 200}, {"min": 1000, "max": 1000}]
_TOKEN = {
    "sources": [
        {"serviceAccountToken": {"path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt"}},
        {
            "downwardAPI": {
                "items": [
                    {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
                ]
            }
        },
    ]
}
_APPARMOR_KEY = "container.apparmor.security.beta.kubernetes.io__c"
_SECCOMP_KEY = "seccomp.security.alpha.kubernetes.io__pod"
_LABELS = {"level": "s0:c1,c2", "type": "t"}

ROWS = (
    Row(
        "privileged",
        {"privileged": False},
        (pod_without_token(), pod_without_token("web", {"privileged": False})),
        (pod_without_token("web", {"privileged": True}), _init({"privileged": True})),
    ),
    Row(
        "hostNetwork", {"hostNetwork": False}, (pod_without_token(),), (pod_without_token(hostNetwork=True),)
    ),
    Row(
        "hostPID", {"hostPID": False}, (pod_without_token(hostPID=False),), (pod_without_token(hostPID=True),)
    ),
    Row(
        "hostIPC",
        {"hostIPC": False},
        (pod_without_token(hostNetwork=True),),
        (pod_without_token(hostIPC=True),),
    ),
    Row(
        "hostPorts",
        {"hostPorts": [{"min": 80, "max": 90}]},
        (pod_without_token(), _port(80), _port(90)),
        (_port(91),),
    ),
    Row("hostPorts", {"hostPorts": []}, (pod_without_token(),), (_port(80),)),
    Row(
        "volumes",
        {"volumes": ["secret", "emptyDir"]},
        (pod_without_token(), _volume(secret={"secretName": "s"}), _volume(), _volume(projected=_TOKEN)),
        (
            _volume(hostPath={"path": "/"}),
            _volume(projected={"sources": [{"secret": {"name": "s"}}]}),
            _volume(projected={"sources": [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]}),
        ),
    ),
    Row("volumes", {"volumes": []}, (pod_without_token(),), (_volume(),)),
    Row(
        "allowedHostPaths",
        {"allowedHostPaths": [{"pathPrefix": "/foo/"}, {"pathPrefix": "/var/log", "readOnly": True}]},
        (
            pod_without_token(),
            _mounted("/foo", read_only=False),
            _mounted("/foo/bar", read_only=False),
            _mounted("/var/log/", read_only=True),
        ),
        (_mounted("/foolish", read_only=True), _mounted("/var/log/x", read_only=False)),
    ),
    Row(
        "allowedHostPaths",
        {"allowedHostPaths": [{"pathPrefix": "/", "readOnly": True}]},
        (_mounted("/etc", read_only=True), _mounted("/", read_only=True)),
        (_mounted("/etc", read_only=False),),
    ),
    Row(
        "allowedFlexVolumes",
        {"allowedFlexVolumes": [{"driver": "a/b"}, {"driver": "c/d"}]},
        (_volume(flexVolume={"driver": "c/d"}), _volume()),
        (_volume(flexVolume={"driver": "e/f"}),),
    ),
    Row(
        "allowedCSIDrivers",
        {"allowedCSIDrivers": [{"name": "x"}]},
        (_volume(csi={"driver": "x"}),),
        (_volume(csi={"driver": "y"}),),
    ),
    Row(
        "runAsUser",
        {"runAsUser": {"rule": "MustRunAs", "ranges": RANGE}},
        (
            pod_without_token(),
            pod_without_token("web", {"runAsUser": 1000}),
            pod_without_token(securityContext={"runAsUser": 150}),
        ),
        (
            pod_without_token("web", {"runAsUser": 201}),
            pod_without_token("web", {"runAsUser": 0}, securityContext={"runAsUser": 100}),
        ),
    ),
    Row(
        "runAsUser",
        {"runAsUser": {"rule": "MustRunAsNonRoot"}},
        (
            pod_without_token(),
            pod_without_token("web", {"runAsUser": 1}),
            pod_without_token("web", {"runAsNonRoot": True}),
        ),
        (
            pod_without_token("web", {"runAsUser": 0}),
            pod_without_token("web", {"runAsNonRoot": False}),
            _init({"runAsNonRoot": False}),
        ),
    ),
    Row(
        "runAsGroup",
        {"runAsGroup": {"rule": "MustRunAs", "ranges": RANGE}},
        (pod_without_token(), pod_without_token("web", {"runAsGroup": 100})),
        (pod_without_token("web", {"runAsGroup": 0}),),
    ),
    Row(
        "runAsGroup",
        {"runAsGroup": {"rule": "MayRunAs", "ranges": RANGE}},
        (pod_without_token(), pod_without_token(securityContext={"runAsGroup": 200})),
        (pod_without_token(securityContext={"runAsGroup": 99}),),
    ),
    Row(
        "supplementalGroups",
        {"supplementalGroups": {"rule": "MustRunAs", "ranges": RANGE}},
        (pod_without_token(), pod_without_token(securityContext={"supplementalGroups": [100, 1000]})),
        (pod_without_token(securityContext={"supplementalGroups": [100, 1001]}),),
    ),
    Row(
        "supplementalGroups",
        {"supplementalGroups": {"rule": "MayRunAs", "ranges": RANGE}},
        (pod_without_token(), pod_without_token(securityContext={"supplementalGroups": [100]})),
        (pod_without_token(securityContext={"supplementalGroups": [1]}),),
    ),
    Row(
        "fsGroup",
        {"fsGroup": {"rule": "MustRunAs", "ranges": RANGE}},
        (pod_without_token(), pod_without_token(securityContext={"fsGroup": 1000})),
        (pod_without_token(securityContext={"fsGroup": 1001}),),
    ),
    Row(
        "fsGroup",
        {"fsGroup": {"rule": "MayRunAs", "ranges": RANGE}},
        (pod_without_token(), pod_without_token(securityContext={"fsGroup": 100})),
        (pod_without_token(securityContext={"fsGroup": 0}),),
    ),
    Row(
        "seLinux",
        {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": _LABELS}},
        (
            pod_without_token(),
            pod_without_token("web", {"seLinuxOptions": _LABELS}),
            pod_without_token(securityContext={"seLinuxOptions": {"level": "s0:c2,c1", "type": "t"}}),
        ),
        (
            pod_without_token("web", {"seLinuxOptions": {"level": "s0:c1", "type": "t"}}),
            pod_without_token(securityContext={"seLinuxOptions": {"level": "s0:c1,c2", "type": "spc_t"}}),
            pod_without_token(
                securityContext={"seLinuxOptions": {"level": "s0:c1,c2", "type": "t", "user": "u"}}
            ),
        ),
    ),
    Row(
        "readOnlyRootFilesystem",
        {"readOnlyRootFilesystem": True},
        (pod_without_token(), pod_without_token("web", {"readOnlyRootFilesystem": True})),
        (pod_without_token("web", {"readOnlyRootFilesystem": False}),),
    ),
    Row(
        "allowPrivilegeEscalation",
        {"privileged": False, "allowPrivilegeEscalation": False},
        (pod_without_token(), pod_without_token("web", {"allowPrivilegeEscalation": False})),
        (pod_without_token("web", {"allowPrivilegeEscalation": True}),),
    ),
    Row(
        "allowedCapabilities",
        {"allowedCapabilities": ["CHOWN"], "defaultAddCapabilities": ["KILL"], "privileged": False},
        (pod_without_token(), pod_without_token("web", {"capabilities": {"add": ["CHOWN", "KILL"]}})),
        (pod_without_token("web", {"capabilities": {"add": ["SYS_ADMIN"]}}),),
    ),
    Row(
        "requiredDropCapabilities",
        {"allowedCapabilities": [], "requiredDropCapabilities": ["ALL", "KILL"]},
        (pod_without_token(), pod_without_token("web", {"capabilities": {"drop": ["ALL"]}})),
        (pod_without_token("web", {"capabilities": {"add": ["CHOWN"]}}),),
    ),
    Row(
        "allowedProcMountTypes",
        {"allowedProcMountTypes": []},
        (pod_without_token(), pod_without_token("web", {"procMount": "Default"})),
        (pod_without_token("web", {"procMount": "Unmasked"}),),
    ),
    Row(
        f"{APPARMOR}/allowedProfileNames",
        {},
        (annotated(pod_without_token(), **{_APPARMOR_KEY: "localhost/a"}),),
        (pod_without_token(), annotated(pod_without_token(), **{_APPARMOR_KEY: "unconfined"})),
        {
            f"{APPARMOR}/allowedProfileNames": "runtime/default,localhost/a",
            f"{SECCOMP}/allowedProfileNames": "*",
        },
    ),
    Row(
        f"{APPARMOR}/defaultProfileName",
        {},
        (pod_without_token(), annotated(pod_without_token(), **{_APPARMOR_KEY: "runtime/default"})),
        (annotated(pod_without_token(), **{_APPARMOR_KEY: "localhost/a"}),),
        {
            f"{APPARMOR}/allowedProfileNames": "runtime/default",
            f"{APPARMOR}/defaultProfileName": "runtime/default",
            f"{SECCOMP}/allowedProfileNames": "*",
        },
    ),
    Row(
        f"{SECCOMP}/allowedProfileNames",
        {},
        (
            pod_without_token(securityContext={"seccompProfile": {"type": "RuntimeDefault"}}),
            annotated(pod_without_token(), **{_SECCOMP_KEY: "localhost/a"}),
        ),
        (
            pod_without_token(),
            pod_without_token(securityContext={"seccompProfile": {"type": "Unconfined"}}),
            pod_without_token(
                "web",
                {"seccompProfile": {"type": "Localhost", "localhostProfile": "b"}},
                securityContext={"seccompProfile": {"type": "RuntimeDefault"}},
            ),
        ),
        {f"{SECCOMP}/allowedProfileNames": "docker/default,localhost/a"},
    ),
    Row(
        f"{SECCOMP}/allowedProfileNames",
        {},
        (pod_without_token(),),
        (pod_without_token(securityContext={"seccompProfile": {"type": "RuntimeDefault"}}),),
        {},
    ),
    Row(
        f"{SECCOMP}/defaultProfileName",
        {},
        (
            pod_without_token(),
            pod_without_token(securityContext={"seccompProfile": {"type": "RuntimeDefault"}}),
        ),
        (pod_without_token(securityContext={"seccompProfile": {"type": "Unconfined"}}),),
        {
            f"{SECCOMP}/allowedProfileNames": "runtime/default",
            f"{SECCOMP}/defaultProfileName": "runtime/default",
        },
    ),
    Row(
        "forbiddenSysctls",
        {"forbiddenSysctls": ["kernel.*"], "allowedUnsafeSysctls": []},
        (pod_without_token(), _sysctl("net.ipv4.tcp_syncookies")),
        (_sysctl("kernel.shm_rmid_forced"), _sysctl("net.core.somaxconn")),
    ),
    Row(
        "allowedUnsafeSysctls",
        {"allowedUnsafeSysctls": ["kernel.msg*"]},
        (_sysctl("kernel.msgmax"), _sysctl("kernel.shm_rmid_forced")),
        (_sysctl("kernel.sem"),),
    ),
    Row(
        "runtimeClass",
        {"runtimeClass": {"allowedRuntimeClassNames": ["gvisor"]}},
        (pod_without_token(), pod_without_token(runtimeClassName="gvisor")),
        (pod_without_token(runtimeClassName="kata"),),
    ),
    Row(
        "runtimeClass.defaultRuntimeClassName",
        {"runtimeClass": {"allowedRuntimeClassNames": ["gvisor"], "defaultRuntimeClassName": "gvisor"}},
        (pod_without_token(),),
        (pod_without_token(runtimeClassName="kata"),),
    ),
    Row(
        "defaultAllowPrivilegeEscalation",
        {"privileged": False, "defaultAllowPrivilegeEscalation": False},
        (pod_without_token(), pod_without_token("web", {"allowPrivilegeEscalation": True})),
        (),
    ),
)
