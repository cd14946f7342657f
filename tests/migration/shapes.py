"""Policies as real clusters have them: the official ones, those of articles, those of charts."""

from typing import Any

JSON = dict[str, Any]

SECCOMP = "seccomp.security.alpha.kubernetes.io"
APPARMOR = "apparmor.security.beta.kubernetes.io"
ANY: JSON = {"rule": "RunAsAny"}
NOT_ROOT_GROUP: JSON = {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]}
CORE = ["configMap", "emptyDir", "projected", "secret", "downwardAPI", "persistentVolumeClaim"]
OPEN_IDS: JSON = {"runAsUser": ANY, "seLinux": ANY, "supplementalGroups": ANY, "fsGroup": ANY}
HARDENED: JSON = {
    "privileged": False,
    "allowPrivilegeEscalation": False,
    "requiredDropCapabilities": ["ALL"],
    "hostNetwork": False,
    "hostIPC": False,
    "hostPID": False,
    "runAsUser": {"rule": "MustRunAsNonRoot"},
    "seLinux": ANY,
    "supplementalGroups": NOT_ROOT_GROUP,
    "fsGroup": NOT_ROOT_GROUP,
}
DOCKER_DEFAULT = {f"{SECCOMP}/allowedProfileNames": "*", f"{SECCOMP}/defaultProfileName": "docker/default"}
PROFILED = {
    f"{SECCOMP}/allowedProfileNames": "docker/default,runtime/default",
    f"{SECCOMP}/defaultProfileName": "runtime/default",
    f"{APPARMOR}/allowedProfileNames": "runtime/default",
    f"{APPARMOR}/defaultProfileName": "runtime/default",
}


def made(name: str, spec: JSON, annotations: dict[str, str] | None = None) -> JSON:
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": {"name": name, "annotations": annotations or {}},
        "spec": spec,
    }


_EVERYTHING: JSON = {
    "privileged": True,
    "allowPrivilegeEscalation": True,
    "allowedCapabilities": ["*"],
    "volumes": ["*"],
    "hostNetwork": True,
    "hostPorts": [{"min": 0, "max": 65535}],
    "hostIPC": True,
    "hostPID": True,
    **OPEN_IDS,
}
_ON_THE_NODE: JSON = {
    "hostNetwork": True,
    "hostPID": True,
    "volumes": ["configMap", "secret", "emptyDir", "hostPath", "projected"],
    **OPEN_IDS,
}

OFFICIAL = (
    made("privileged", _EVERYTHING, {f"{SECCOMP}/allowedProfileNames": "*"}),
    made(
        "baseline",
        {
            "privileged": False,
            "allowedCapabilities": [
                *("CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "SETGID", "SETUID", "SETFCAP"),
                *("SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"),
            ],
            "volumes": [
                *CORE,
                *("awsElasticBlockStore", "azureDisk", "azureFile", "cephFS", "cinder", "csi", "fc"),
                *("flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "iscsi", "nfs"),
                *("photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos"),
                *("vsphereVolume", "ephemeral"),
            ],
            "hostNetwork": False,
            "hostIPC": False,
            "hostPID": False,
            "readOnlyRootFilesystem": False,
            "runAsUser": ANY,
            "seLinux": ANY,
            "supplementalGroups": ANY,
            "fsGroup": ANY,
        },
        {f"{SECCOMP}/allowedProfileNames": "*"},
    ),
    made("restricted", {**HARDENED, "volumes": [*CORE, "csi", "ephemeral"]}, PROFILED),
)
ARTICLES = (
    made("example", {"privileged": False, "volumes": ["*"], **OPEN_IDS}),
    made(
        "eks.privileged",
        _EVERYTHING,
        {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*"},
    ),
    made("eks-restrictive", {**HARDENED, "volumes": CORE, "readOnlyRootFilesystem": False}, DOCKER_DEFAULT),
    made(
        "100-psp",
        {**HARDENED, "hostNetwork": True, "hostPorts": [{"min": 8080, "max": 8080}], "volumes": ["*"]},
    ),
    made("200-psp", {**_EVERYTHING, "hostPID": False, "defaultAddCapabilities": ["NET_ADMIN"]}),
)
CHARTS = (
    made("prometheus-operator", {**HARDENED, "runAsUser": ANY, "volumes": CORE}),
    made(
        "node-exporter",
        {
            **_ON_THE_NODE,
            "privileged": False,
            "allowedHostPaths": [{"pathPrefix": path, "readOnly": True} for path in ("/proc", "/sys", "/")],
            "hostPorts": [{"min": 0, "max": 65535}],
            "readOnlyRootFilesystem": False,
        },
    ),
    made(
        "grafana",
        {
            **HARDENED,
            "requiredDropCapabilities": ["FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "NET_RAW"],
            "volumes": [*CORE, "csi"],
            "runAsUser": ANY,
        },
        {
            f"{SECCOMP}/allowedProfileNames": "docker/default,runtime/default",
            f"{SECCOMP}/defaultProfileName": "docker/default",
            f"{APPARMOR}/allowedProfileNames": "runtime/default",
            f"{APPARMOR}/defaultProfileName": "runtime/default",
        },
    ),
    made(
        "ingress-nginx",
        {
            "allowedCapabilities": ["NET_BIND_SERVICE"],
            "allowPrivilegeEscalation": True,
            "volumes": CORE,
            "hostPorts": [{"min": 80, "max": 80}, {"min": 443, "max": 443}],
            "hostNetwork": True,
            "runAsUser": {"rule": "MustRunAsNonRoot"},
            "fsGroup": NOT_ROOT_GROUP,
            "supplementalGroups": NOT_ROOT_GROUP,
            "seLinux": ANY,
        },
    ),
    made(
        "cert-manager",
        {
            **HARDENED,
            "allowedCapabilities": [],
            "requiredDropCapabilities": [],
            "volumes": ["configMap", "emptyDir", "projected", "secret", "downwardAPI"],
            "runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 1000}]},
            "supplementalGroups": {"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 1000}]},
            "fsGroup": {"rule": "MustRunAs", "ranges": [{"min": 1000, "max": 1000}]},
        },
        DOCKER_DEFAULT,
    ),
    made(
        "metrics-server",
        {**HARDENED, "hostNetwork": True, "hostPorts": [{"min": 4443, "max": 4443}], "volumes": CORE},
    ),
    made(
        "metallb-speaker",
        {
            "privileged": True,
            "allowPrivilegeEscalation": False,
            "allowedCapabilities": ["NET_RAW"],
            "hostNetwork": True,
            "hostPorts": [{"min": 7472, "max": 7472}, {"min": 7946, "max": 7946}],
            "readOnlyRootFilesystem": True,
            "requiredDropCapabilities": ["ALL"],
            "volumes": ["configMap", "secret", "emptyDir", "projected"],
            **OPEN_IDS,
        },
    ),
    made(
        "metallb-controller",
        {
            **HARDENED,
            "readOnlyRootFilesystem": True,
            "runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 1, "max": 65535}]},
            "volumes": ["configMap", "secret", "emptyDir", "projected"],
        },
    ),
    made("calico-node", {**_ON_THE_NODE, "privileged": True, "hostIPC": True, "allowedCapabilities": ["*"]}),
    made(
        "flannel",
        {
            "privileged": False,
            "volumes": ["configMap", "secret", "emptyDir", "hostPath", "projected"],
            "allowedHostPaths": [{"pathPrefix": path} for path in ("/etc/cni/net.d", "/run/flannel")],
            "allowedCapabilities": ["NET_ADMIN", "NET_RAW"],
            "hostNetwork": True,
            "hostPorts": [{"min": 0, "max": 65535}],
            **OPEN_IDS,
        },
        {
            f"{SECCOMP}/allowedProfileNames": "docker/default",
            f"{SECCOMP}/defaultProfileName": "docker/default",
            f"{APPARMOR}/allowedProfileNames": "runtime/default",
            f"{APPARMOR}/defaultProfileName": "runtime/default",
        },
    ),
    made(
        "fluent-bit",
        {
            **_ON_THE_NODE,
            "hostPID": False,
            "hostNetwork": False,
            "allowedHostPaths": [
                {"pathPrefix": "/var/log", "readOnly": True},
                {"pathPrefix": "/var/lib/docker/containers", "readOnly": True},
            ],
        },
    ),
    made(
        "promtail",
        {
            **HARDENED,
            "runAsUser": ANY,
            "supplementalGroups": ANY,
            "fsGroup": ANY,
            "readOnlyRootFilesystem": True,
            "volumes": ["secret", "configMap", "hostPath", "projected", "downwardAPI", "emptyDir"],
        },
    ),
    made("external-dns", {**HARDENED, "readOnlyRootFilesystem": True, "volumes": CORE}),
    made(
        "aws-node-termination-handler",
        {
            **HARDENED,
            "hostNetwork": True,
            "hostPorts": [{"min": 1, "max": 65536 - 1}],
            "runAsUser": ANY,
            "volumes": ["*"],
        },
    ),
    made(
        "ebs-csi-node",
        {
            **_EVERYTHING,
            "hostIPC": False,
            "hostPID": False,
            "allowedHostPaths": [{"pathPrefix": "/var/lib/kubelet"}],
        },
    ),
    made(
        "elasticsearch",
        {
            "privileged": True,
            "fsGroup": {"rule": "MayRunAs", "ranges": [{"min": 1, "max": 65535}]},
            "runAsUser": ANY,
            "seLinux": ANY,
            "supplementalGroups": ANY,
            "volumes": ["secret", "configMap", "persistentVolumeClaim", "emptyDir"],
            "allowedUnsafeSysctls": ["vm.*"],
        },
    ),
    made("velero-restic", {**_ON_THE_NODE, "hostNetwork": False, "hostPID": False, "privileged": True}),
    made(
        "istio-cni",
        {
            "allowPrivilegeEscalation": True,
            "allowedCapabilities": ["NET_ADMIN", "NET_RAW"],
            "defaultAddCapabilities": ["NET_ADMIN"],
            "volumes": ["*"],
            **OPEN_IDS,
        },
    ),
    made(
        "openebs",
        {
            "privileged": True,
            "allowedFlexVolumes": [{"driver": "openebs.io/lvm"}],
            "allowedCSIDrivers": [{"name": "cstor.csi.openebs.io"}],
            "allowedProcMountTypes": ["Default", "Unmasked"],
            "volumes": ["*"],
            **OPEN_IDS,
        },
    ),
    made(
        "gvisor-sandbox",
        {
            **HARDENED,
            "volumes": CORE,
            "seLinux": {
                "rule": "MustRunAs",
                "seLinuxOptions": {"level": "s0:c123,c456", "type": "container_t"},
            },
            "runtimeClass": {"allowedRuntimeClassNames": ["gvisor"], "defaultRuntimeClassName": "gvisor"},
            "forbiddenSysctls": ["*"],
        },
    ),
)
POLICIES = (*OFFICIAL, *ARTICLES, *CHARTS)
