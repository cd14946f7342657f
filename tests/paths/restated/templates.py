"""The policies and pods of random clusters, each with what is known about it.

Random clusters are made of these, so that the restatement need not judge settings: what each of them gives is
written beside it.
"""

from typing import Any, NamedTuple

JSON = dict[str, Any]


class PolicyTemplate(NamedTuple):
    """A PodSecurityPolicy or security context constraints, and the kinds of pods that it admits."""

    spec: JSON
    admits: frozenset[str]


_ROOT = {"rule": "RunAsAny"}
_NOT_ROOT = {"rule": "MustRunAsNonRoot"}
POLICIES = {
    "nothing": PolicyTemplate({"volumes": ["configMap"]}, frozenset({"plain"})),
    "tokens": PolicyTemplate({"volumes": ["projected"]}, frozenset({"plain", "token"})),
    "claims-of-root": PolicyTemplate(
        {"volumes": ["persistentVolumeClaim", "secret"], "runAsUser": _ROOT},
        frozenset({"plain", "token", "root with claim"}),
    ),
    "ephemeral-claims": PolicyTemplate(
        {"volumes": ["ephemeral", "projected"], "runAsUser": _ROOT},
        frozenset({"plain", "token", "root with ephemeral"}),
    ),
    "claims-of-others": PolicyTemplate(
        {"volumes": ["persistentVolumeClaim", "secret"], "runAsUser": _NOT_ROOT},
        frozenset({"plain", "token"}),
    ),
    "folders-of-others": PolicyTemplate(
        {"volumes": ["hostPath"], "runAsUser": _NOT_ROOT}, frozenset({"plain"})
    ),
    "folders": PolicyTemplate(
        {"volumes": ["hostPath"], "runAsUser": _ROOT}, frozenset({"plain", "takes node"})
    ),
    "powerful": PolicyTemplate(
        {"volumes": ["emptyDir"], "allowedCapabilities": ["SYS_ADMIN"]}, frozenset({"plain", "takes node"})
    ),
    "privileged": PolicyTemplate(
        {"volumes": ["*"], "privileged": True},
        frozenset({"plain", "token", "takes node", "root with claim", "root with ephemeral"}),
    ),
}


_RANGE = {"type": "MustRunAsRange"}
_UNKNOWN_USER = {"type": "MustRunAs"}
CONSTRAINTS = {
    "harmless": PolicyTemplate(
        {"volumes": ["projected"], "runAsUser": _RANGE, "allowPrivilegeEscalation": False},
        frozenset({"plain", "token"}),
    ),
    "nothing": PolicyTemplate({"volumes": ["configMap"], "runAsUser": _RANGE}, frozenset({"plain"})),
    "claims-of-root": PolicyTemplate(
        {
            "volumes": ["persistentVolumeClaim", "secret"],
            "runAsUser": {"type": "RunAsAny"},
            "allowPrivilegeEscalation": False,
        },
        frozenset({"plain", "token", "root with claim"}),
    ),
    "claims-of-others": PolicyTemplate(
        {
            "volumes": ["persistentVolumeClaim", "ephemeral"],
            "runAsUser": {"type": "MustRunAsNonRoot"},
            "allowPrivilegeEscalation": False,
        },
        frozenset({"plain"}),
    ),
    "becomes-root": PolicyTemplate(
        {"volumes": ["ephemeral"], "runAsUser": {"type": "MustRunAsNonRoot"}},
        frozenset({"plain", "root with ephemeral"}),
    ),
    "folders": PolicyTemplate(
        {"volumes": ["hostPath"], "allowHostDirVolumePlugin": True, "runAsUser": {"type": "RunAsAny"}},
        frozenset({"plain", "takes node"}),
    ),
    "powerful": PolicyTemplate(
        {"volumes": ["configMap"], "runAsUser": _RANGE, "allowedCapabilities": ["SYS_ADMIN"]},
        frozenset({"plain", "takes node", "container takes node"}),
    ),
    "confined": PolicyTemplate(
        {
            "volumes": ["configMap"],
            "runAsUser": _RANGE,
            "allowPrivilegedContainer": True,
            "userNamespaceLevel": "RequirePodLevel",
        },
        frozenset({"plain"}),
    ),
    "unready": PolicyTemplate(
        {"volumes": ["*"], "runAsUser": _UNKNOWN_USER, "allowPrivilegedContainer": True}, frozenset()
    ),
    "privileged": PolicyTemplate(
        {
            "volumes": ["*"],
            "runAsUser": {"type": "RunAsAny"},
            "allowPrivilegedContainer": True,
            "allowHostDirVolumePlugin": True,
        },
        frozenset(
            {"plain", "token", "takes node", "container takes node"}
            | {"root with claim", "root with ephemeral"}
        ),
    ),
}


class PodTemplate(NamedTuple):
    """The settings of a pod, and what they give to somebody in the pod."""

    spec: JSON
    takes_node: bool = False
    keys: bool = False
    """Whether the keys of the cluster are in it, if its node runs the control plane."""
    own_keys: bool = False
    """Whether it mounts a folder that only nodes of the control plane have."""


def _mounts(path: str, *, read_only: bool, sub_path: str = "") -> JSON:
    mount = {"name": "host", "mountPath": "/host", "readOnly": read_only} | (
        {"subPath": sub_path} if sub_path else {}
    )
    return {
        "volumes": [{"name": "host", "hostPath": {"path": path}}],
        "containers": [{"name": "app", "image": "app", "volumeMounts": [mount]}],
    }


def _context(**context: Any) -> JSON:
    return {"containers": [{"name": "app", "image": "app", "securityContext": context}]}


_PTRACE = {"add": ["SYS_PTRACE"]}
PODS = {
    "plain": PodTemplate({}),
    "host-network": PodTemplate({"hostNetwork": True, "hostPID": True, "hostIPC": True}),
    "privileged": PodTemplate(_context(privileged=True), takes_node=True),
    "powerful": PodTemplate(_context(capabilities={"add": ["SYS_ADMIN"]}), takes_node=True),
    "powerful-user": PodTemplate(_context(capabilities={"add": ["SYS_ADMIN"]}, runAsUser=1000)),
    "traces": PodTemplate({"hostPID": True, **_context(capabilities=_PTRACE)}, takes_node=True),
    "traces-itself": PodTemplate(_context(capabilities=_PTRACE)),
    "logs": PodTemplate(_mounts("/var/log", read_only=True)),
    "writes-logs": PodTemplate(_mounts("/var/log", read_only=False), takes_node=True),
    "keys": PodTemplate(
        _mounts("/etc/kubernetes/pki", read_only=True), takes_node=True, keys=True, own_keys=True
    ),
    "whole-disk": PodTemplate(_mounts("/", read_only=True), takes_node=True, keys=True),
    "data": PodTemplate(_mounts("/", read_only=False, sub_path="data")),
}


class VolumeTemplate(NamedTuple):
    """A persistent volume, and what it gives to somebody who mounts all of it."""

    spec: JSON
    takes_node: bool = False
    on_some_nodes: bool = False
    """Whether the author of a pod cannot choose its node."""


_OF_ONE_NODE: JSON = {"nodeAffinity": {"required": {"nodeSelectorTerms": []}}}
VOLUMES = {
    "disk": VolumeTemplate({"hostPath": {"path": "/"}}, takes_node=True),
    "logs": VolumeTemplate({"hostPath": {"path": "/var/log"}}, takes_node=True),
    "logs-of-one-node": VolumeTemplate(
        {"hostPath": {"path": "/var/log"}, **_OF_ONE_NODE}, takes_node=True, on_some_nodes=True
    ),
    "local-logs": VolumeTemplate(
        {"local": {"path": "/var/log"}, **_OF_ONE_NODE}, takes_node=True, on_some_nodes=True
    ),
    "read-only-logs": VolumeTemplate(
        {"local": {"path": "/var/log"}, "mountOptions": ["ro"], **_OF_ONE_NODE}, on_some_nodes=True
    ),
    "never-mounted": VolumeTemplate({"hostPath": {"path": "/"}, "mountOptions": ["ro"]}),
    "data": VolumeTemplate({"hostPath": {"path": "/data"}}),
    "network": VolumeTemplate({"nfs": {"path": "/", "server": "x"}}),
}
