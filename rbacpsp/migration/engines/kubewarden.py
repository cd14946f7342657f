"""`migrate kubewarden`: the policies as a ClusterAdmissionPolicyGroup of Kubewarden.

Source: github.com/kubewarden/policies and kubewarden-controller, policies.kubewarden.io/v1.
"""

from collections.abc import Iterator

from rbacpsp.migration.common_gaps import common_gaps, fixed_grants_gap, missing_default_gaps
from rbacpsp.migration.gap import EVERY_POLICY, Gap
from rbacpsp.migration.kubewarden.groups import MOST_ASKED, common_spec, groups, rules
from rbacpsp.migration.kubewarden.modules import filling
from rbacpsp.migration.labels import NAME, object_metadata
from rbacpsp.migration.task import EngineOutput, MigrationTask, PolicyEngine
from rbacpsp.model.json import JSONObject

API_VERSION = "policies.kubewarden.io/v1"


def write(task: MigrationTask) -> EngineOutput:
    """The mutating policies that all policies have in common, and the groups that validate.

    Raises:
        ValueError: There are more policies than the conditions of a webhook can check.
    """
    if task.scope == "rbac":
        _refuse_too_many(task)
    gaps = tuple(sorted(_gaps(task)))
    objects = [*_mutating(task)]
    for number, group in enumerate(groups(task)):
        name = f"{group.word}.{NAME}" if group.word else NAME
        objects.append(
            {
                "apiVersion": API_VERSION,
                "kind": "ClusterAdmissionPolicyGroup",
                "metadata": object_metadata(name, group.policies, () if number else gaps),
                "spec": group.spec,
            }
        )
    return EngineOutput(tuple(objects), gaps)


def _refuse_too_many(task: MigrationTask) -> None:
    old = [name for name, access in task.accesses.items() if len(access.groups) > 1]
    if len(task.policies) > MOST_ASKED or old:
        why = (
            f"a role grants {old[0]} only in the API group extensions"
            if old
            else f"there are {len(task.policies)} policies"
        )
        raise ValueError(
            f"the conditions of a webhook can ask about {MOST_ASKED} policies at most, in one API group, and "
            f"{why}: use the scope namespaces"
        )


def _mutating(task: MigrationTask) -> Iterator[JSONObject]:
    """A mutating policy for each field that all policies fill in alike, if a module can do it."""
    names = [policy.name for policy in task.policies]
    for control in task.policies[0].controls:
        module = filling(control)
        if module is not None and control.fills in common_mutations(task):
            yield {
                "apiVersion": API_VERSION,
                "kind": "ClusterAdmissionPolicy",
                "metadata": object_metadata(f"{control.fills.lower()}.{NAME}", names, ()),
                "spec": {
                    **common_spec(task),
                    "rules": rules(task, creating=True),
                    "mutating": True,
                    **module.member,
                },
            }


def common_mutations(task: MigrationTask) -> set[str]:
    """The fields that a module fills in, whichever policy wins."""
    first, *others = task.policies
    return {
        control.fills
        for control in first.controls
        if filling(control) is not None and all(control in policy.controls for policy in others)
    }


def _gaps(task: MigrationTask) -> Iterator[Gap]:
    yield from common_gaps(task)
    yield from fixed_grants_gap(task)
    yield from missing_default_gaps(
        task,
        common_mutations(task),
        "no module of Kubewarden can fill it in only for the pods of this policy: the pod template has to "
        "set it",
    )
    yield Gap(
        EVERY_POLICY,
        "metadata.namespace",
        "weaker",
        "Kubewarden does not judge pods in the namespace in which it is installed",
        lambda: task.workloads.refused_in(("kubewarden",)),
    )


KUBEWARDEN = PolicyEngine("kubewarden", "Kubewarden", ("namespaces", "rbac", "all"), write)
