"""What leads out of a running pod: what gives up its node, and what only reaches into it.

A shell in the pod takes over the node where the pod is privileged, where a container has a capability that
does it and runs as root - to others Kubernetes gives no ambient capability - and where it has a folder of the
node that does it. A host namespace alone, or a folder that can only be read, does not.
Source: capabilities(7) and the controls of the baseline Pod Security Standard.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.audit.host_paths import host_paths
from rbacpsp.audit.pod_specs import JSON, PodIn, containers, part
from rbacpsp.audit.view import View

_BY_CAPABILITY = frozenset(
    {"ALL", "BPF", "DAC_OVERRIDE", "DAC_READ_SEARCH", "MKNOD", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"}
)
"""Those that take over a node by themselves, where a container may use them."""
_NEEDS_HOST_PID = "SYS_PTRACE"
_SHOWN = _BY_CAPABILITY | {_NEEDS_HOST_PID}


class Escape(NamedTuple):
    """What leads out of a pod, in words."""

    takes: tuple[str, ...]
    """What gives up the node to whoever is in the pod."""
    reaches: tuple[str, ...]
    """What reaches into the node, and does not give it up."""
    keys: tuple[str, ...] = ()
    """The folders that hold the keys of the cluster, where the node runs the control plane."""
    own_keys: tuple[str, ...] = ()
    """Those of them that only a node of the control plane has."""

    @property
    def all(self) -> tuple[str, ...]:
        """Everything, the worst first."""
        return tuple(dict.fromkeys((*self.takes, *self.reaches)))


def escape(view: View, pod: PodIn) -> Escape:
    """What leads from a pod to its node."""
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
        tuple(takes), tuple(each for each in reaches if each not in takes), tuple(keys), tuple(own_keys)
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
    return {str(each).upper().removeprefix("CAP_") for each in added} if isinstance(added, list) else set()


def _may_be_root(spec: JSON, container: JSON) -> bool:
    """Whether a container runs as root, as far as its manifest says: else its image decides."""
    own, pods = part(container, "securityContext"), part(spec, "securityContext")
    user = own.get("runAsUser", pods.get("runAsUser"))
    if user is not None:
        return bool(user == 0)
    return own.get("runAsNonRoot", pods.get("runAsNonRoot")) is not True
