"""How a process can escape from a pod: settings that give control of its node, or only access to parts of it.

A shell in the pod controls the node if the container is privileged, runs as root with a powerful capability
(Kubernetes gives no ambient capabilities to other users), or mounts a sensitive folder of the node. A host
namespace alone, or most folders if they are mounted read-only, do not give control.
Source: capabilities(7) and the controls of the baseline Pod Security Standard.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.audit.host_paths import host_paths
from rbacpsp.audit.pod_specs import JSON, LoadedPod, containers, part
from rbacpsp.audit.view import View

_BY_CAPABILITY = frozenset(
    {"ALL", "BPF", "DAC_OVERRIDE", "DAC_READ_SEARCH", "MKNOD", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"}
)
"""Capabilities that are enough to take over a node, if a process of the container may use them."""
_NEEDS_HOST_PID = "SYS_PTRACE"
_SHOWN = _BY_CAPABILITY | {_NEEDS_HOST_PID}


class Escape(NamedTuple):
    """The settings of a pod that give access to its node, in words."""

    takes: tuple[str, ...]
    """Those that give control of the node to anyone in the pod."""
    reaches: tuple[str, ...]
    """Those that give access to parts of the node, but not control of it."""
    keys: tuple[str, ...] = ()
    """Mounted folders that contain the keys of the cluster if the node runs the control plane."""
    own_keys: tuple[str, ...] = ()
    """Mounted folders that only exist on nodes of the control plane."""

    @property
    def all(self) -> tuple[str, ...]:
        """All of them, those that give control first."""
        return tuple(dict.fromkeys((*self.takes, *self.reaches)))


def escape(view: View, pod: LoadedPod) -> Escape:
    """The settings of a pod that give access to its node."""
    return view.lasting_of(_escape, pod)


def _escape(view: View, pod: LoadedPod) -> Escape:
    takes: dict[str, None] = {}
    reaches: dict[str, None] = {}
    spec = pod.spec
    for container in containers(spec):
        takes.update(dict.fromkeys(_takes(spec, container)))
        for name in sorted(_added(container) & _SHOWN):
            reaches[f"capability {name}"] = None
    for name in ("hostPID", "hostIPC", "hostNetwork"):
        if spec.get(name) is True:
            reaches[name] = None
    keys, own_keys = [], []
    for path in host_paths(view, pod):
        if path.is_of_keys:
            own_keys.append(path.words)
        (takes if path.takes_node else reaches)[path.words] = None
        if path.holds_keys:
            keys.append(path.words)
    return Escape(
        tuple(takes), tuple(danger for danger in reaches if danger not in takes), tuple(keys), tuple(own_keys)
    )


def _takes(spec: JSON, container: JSON) -> Iterator[str]:
    context = part(container, "securityContext")
    if context.get("privileged") is True:
        yield f"privileged container {container.get('name', '')}"
        return
    added = _added(container)
    if not _may_be_root(spec, container):
        return
    yield from (f"capability {name}" for name in sorted(added & _BY_CAPABILITY))
    if spec.get("hostPID") is True and _NEEDS_HOST_PID in added:
        yield f"capability {_NEEDS_HOST_PID} with hostPID"


def _added(container: JSON) -> set[str]:
    added = part(part(container, "securityContext"), "capabilities").get("add")
    return (
        {str(capability).upper().removeprefix("CAP_") for capability in added}
        if isinstance(added, list)
        else set()
    )


def _may_be_root(spec: JSON, container: JSON) -> bool:
    """Whether a container may run as root according to its manifest; unless it says, the image decides."""
    own, pods = part(container, "securityContext"), part(spec, "securityContext")
    user = own.get("runAsUser", pods.get("runAsUser"))
    if user is not None:
        return bool(user == 0)
    return own.get("runAsNonRoot", pods.get("runAsNonRoot")) is not True
