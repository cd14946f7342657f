"""Permissions to write custom resources whose controllers create pods.

The controller creates a pod with the service account and the volumes that the resource names. Kinds that are
only referred to by others create no pods. Changing a run that has started has no effect.
"""

from rbacpsp.audit.permission import WRITE, Permission, by_apply
from rbacpsp.audit.severity import Severity
from rbacpsp.model.pod_templates import TemplateKind, known_kinds

_RUNS = frozenset(
    {
        *("AnalysisRun.argoproj.io", "Experiment.argoproj.io", "Workflow.argoproj.io"),
        *("PipelineRun.tekton.dev", "TaskRun.tekton.dev"),
        *("EphemeralRunner.actions.github.com", "GameServer.agones.dev", "Job.batch.volcano.sh"),
        *("RayJob.ray.io", "VirtualMachineInstance.kubevirt.io"),
    }
)
"""Kinds that run once: pods are created only when the resource is created."""
_MACHINES = "kubevirt.io"
"""The group of virtual machines, which can mount a service account token or any secret as a disk."""


def _plural(kind: str) -> str:
    """The resource name of a kind; the plurals of all these kinds are regular."""
    word = kind.lower()
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _makes_pods(kind: TemplateKind) -> bool:
    return not kind.inert and (not kind.none or kind.group == _MACHINES)


def _permission(kind: TemplateKind) -> Permission:
    once = kind.qualified in _RUNS or (kind.group == "kubeflow.org" and kind.kind.endswith("Job"))
    return Permission(
        ("create",) if once else WRITE,
        _plural(kind.kind),
        kind.group,
        implied=True,
        at_most=Severity.HIGH,
        gives="If its controller runs in the cluster, it creates the pods of the custom resource.",
    )


_KINDS = {_permission(kind): kind for kind in known_kinds() if _makes_pods(kind)}
CUSTOM_WORKLOADS = tuple(_KINDS)
"""The permissions that make a controller create a pod."""
_APPLIED = {
    by_apply(permission): kind for permission, kind in _KINDS.items() if permission.verbs == ("create",)
}
APPLIED_RUNS = tuple(_APPLIED)
"""The permissions that create a named resource of a kind that runs once."""


def custom_workload(permission: Permission) -> TemplateKind | None:
    """The kind of custom resource that a permission writes, or None."""
    if not permission.group:
        return None
    return (_APPLIED if permission.applied else _KINDS).get(permission)
