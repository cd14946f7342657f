"""`migrate vap`: the policies as ValidatingAdmissionPolicy and MutatingAdmissionPolicy.

Source: k8s.io/apiserver/pkg/admission/plugin/policy, 1.37.
"""

from collections.abc import Iterator

from rbacpsp.migration.common_gaps import common_gaps, lost_mutation_gaps
from rbacpsp.migration.gap import EVERY_POLICY, Gap
from rbacpsp.migration.task import EngineOutput, MigrationTask, PolicyEngine
from rbacpsp.migration.vap.manifests import binding_spec, manifest
from rbacpsp.migration.vap.mutating import mutating_spec
from rbacpsp.migration.vap.use import CHECKS_PER_EVALUATION, checks
from rbacpsp.migration.vap.validating import validating_spec
from rbacpsp.model.version import Version

VALIDATING_SINCE = Version(1, 30)
"""The first release that serves ValidatingAdmissionPolicy in v1."""
MUTATING_SINCE = {"v1": Version(1, 36), "v1beta1": Version(1, 34)}
"""The first release that serves MutatingAdmissionPolicy in each of its versions."""


def write(task: MigrationTask) -> EngineOutput:
    """The mutating policy and its binding, then the validating one and its.

    Raises:
        ValueError: The target does not serve ValidatingAdmissionPolicy.
    """
    target, options = task.options.target_version, task.options
    if target < VALIDATING_SINCE:
        raise ValueError(
            f"Kubernetes {target} does not serve ValidatingAdmissionPolicy in v1: "
            f"name a target of {VALIDATING_SINCE} or later"
        )
    mutates = target >= MUTATING_SINCE[options.map_api]
    gaps = tuple(sorted(_gaps(task, mutates=mutates)))
    names = [policy.name for policy in task.policies]
    version = options.map_api
    objects = []
    if mutates:
        objects += [
            manifest(version, "MutatingAdmissionPolicy", mutating_spec(task), names, gaps),
            manifest(version, "MutatingAdmissionPolicyBinding", binding_spec(options), names, ()),
        ]
    spec_of_binding = binding_spec(options)
    spec_of_binding["validationActions"] = list(options.actions)
    objects += [
        manifest("v1", "ValidatingAdmissionPolicy", validating_spec(task), names, gaps),
        manifest("v1", "ValidatingAdmissionPolicyBinding", spec_of_binding, names, ()),
    ]
    return EngineOutput(tuple(objects), gaps)


def _gaps(task: MigrationTask, *, mutates: bool) -> Iterator[Gap]:
    yield from common_gaps(task)
    if not mutates:
        yield from _lost_mutation_gaps(task)
    authorizer_checks = sum(map(checks, task.accesses.values()))
    if authorizer_checks > CHECKS_PER_EVALUATION:
        yield Gap(
            EVERY_POLICY,
            "metadata.name",
            "stricter",
            f"an update of a pod may need {authorizer_checks} checks of who may use a policy, and a server "
            f"makes {CHECKS_PER_EVALUATION} at most: the update is refused if the policy that admitted the "
            "pod no longer admits it, and too many others would have to be checked",
        )


def _lost_mutation_gaps(task: MigrationTask) -> Iterator[Gap]:
    options = task.options
    why = (
        f"Kubernetes {options.target_version} does not serve MutatingAdmissionPolicy in {options.map_api} "
        f"(since {MUTATING_SINCE[options.map_api]}): a pod has to set it, or is refused"
    )
    return lost_mutation_gaps(task, why)


VAP = PolicyEngine("vap", "ValidatingAdmissionPolicy", ("rbac", "namespaces", "all"), write)
