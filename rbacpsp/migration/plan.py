"""A checklist for the migration of one cluster from PodSecurityPolicy.

It follows the order that the Kubernetes documentation ("Migrate from PodSecurityPolicy to the Built-In
PodSecurity Admission Controller") and operators' reports have in common: first the templates set the fields
that policies fill in, then the successor only audits, then it denies, and only then the plugin is removed.
"""

from collections.abc import Iterator
from typing import Unpack

from msgspec import Struct

from rbacpsp.migration.defaults import Template, templates
from rbacpsp.migration.engines.psa import levels
from rbacpsp.migration.gap import Gap
from rbacpsp.migration.level import LevelOfPolicy, level_of
from rbacpsp.migration.migrate import Migrated, Migration, migrate, task_of
from rbacpsp.migration.task import GivenOptions, Options
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import V1_24
from rbacpsp.simulate import Row, Verdict


class PlannedPolicy(Struct, frozen=True):
    """A policy, and the workloads that depend on it."""

    level: LevelOfPolicy
    fills: tuple[str, ...]
    """Its fields that fill something in."""
    workloads: int
    """How many workloads and pods without one it admits today."""


class NamespaceLevel(Struct, frozen=True):
    """A namespace, its level, and the workloads that no policy admits today."""

    namespace: str
    level: str
    workloads: int
    refused: tuple[str, ...]
    """The workloads that no policy admits today, for example `deployment/web`."""


class MigrationStep(Struct, frozen=True):
    """One thing to do."""

    title: str
    do: tuple[str, ...]
    """Instructions, one sentence each."""
    commands: tuple[str, ...]
    refuses: str
    """The pods that are refused after this step and were not before."""
    back: str
    """How to go back."""


class MigrationPlan(Struct, frozen=True):
    """The policies and namespaces of a cluster, the templates to change, and the steps."""

    policies: tuple[PlannedPolicy, ...]
    namespaces: tuple[NamespaceLevel, ...]
    templates: tuple[Template, ...]
    static_pods: tuple[str, ...]
    """Pods that a kubelet runs from a file: refusing their mirror does not stop them."""
    vap: tuple[Gap, ...]
    psa: tuple[Gap, ...]
    steps: tuple[MigrationStep, ...]

    def document(self) -> JSONObject:
        """The plan as `-o json` prints it, without its apiVersion and kind."""
        return {
            "policies": [
                {
                    "name": policy.level.policy,
                    "level": policy.level.level,
                    "exact": policy.level.exact,
                    "fills": list(policy.fills),
                    "workloads": policy.workloads,
                }
                for policy in self.policies
            ],
            "namespaces": [
                {
                    "name": namespace.namespace,
                    "level": namespace.level,
                    "workloads": namespace.workloads,
                    "refusedToday": list(namespace.refused),
                }
                for namespace in self.namespaces
            ],
            "patches": [template.as_json() for template in self.templates],
            "staticPods": list(self.static_pods),
            "gaps": {
                "vap": [gap.as_json() for gap in self.vap],
                "psa": [gap.as_json() for gap in self.psa],
            },
            "steps": [
                {
                    "title": step.title,
                    "do": list(step.do),
                    "commands": list(step.commands),
                    "refuses": step.refuses,
                    "back": step.back,
                }
                for step in self.steps
            ],
        }


def plan(cluster: Migrated, **options: Unpack[GivenOptions]) -> MigrationPlan:
    """Plan the migration of a cluster.

    Args:
        cluster: The cluster whose policies are replaced.
        options: The fields of `Options`, as for `migrate`.

    Raises:
        ValueError: There is no policy, or an engine does not support an option.
    """
    vap, psa = migrate(cluster, "vap", **options), migrate(cluster, "psa", **_without_scope(options))
    task, _ = task_of(cluster, "psa", Options())
    rows = task.workloads.rows
    workload_templates = tuple(templates(rows, cluster.objects))
    refused: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if row.refused:
            refused[row.namespace] = (*refused.get(row.namespace, ()), row.title)
    namespaces = tuple(
        NamespaceLevel(level.namespace, level.level, level.workloads, refused.get(level.namespace, ()))
        for level in levels(task)
    )
    policies = tuple(
        PlannedPolicy(
            level_of(cluster.objects.policies[policy.name]),
            policy.fills,
            sum(policy.name in row.policies for row in rows),
        )
        for policy in task.policies
    )
    static = tuple(f"{row.namespace}/{row.name}" for row in rows if _is_static(row))
    steps = tuple(_steps(vap, workload_templates, rows))
    return MigrationPlan(policies, namespaces, workload_templates, static, vap.gaps, psa.gaps, steps)


def _without_scope(options: GivenOptions) -> GivenOptions:
    others = options.copy()
    others.pop("scope", None)
    return others


def _is_static(row: Row) -> bool:
    return row.creator is not None and row.creator.name.startswith("system:node:")


def _steps(
    vap: Migration, workload_templates: tuple[Template, ...], rows: tuple[Row, ...]
) -> Iterator[MigrationStep]:
    refused = sum(row.verdict in {Verdict.REFUSED, Verdict.UNBOUND} for row in rows)
    today = f"{refused} of {len(rows)} workloads and pods, which are already refused today; nothing else"
    yield MigrationStep(
        "Write down what policies fill in",
        (
            (
                f"{len(workload_templates)} templates rely on a policy to fill something in: patch them "
                "while the policies still apply, so that nothing changes."
            ),
        ),
        (
            "rbacpsp migrate psa -f CLUSTER -O psa",
            "kubectl patch --patch-file psa/patches/FILE KIND NAME -n NAMESPACE",
        ),
        "nothing",
        "kubectl rollout undo of the workload: the policies fill it in again",
    )
    yield MigrationStep(
        "Generate the new policies, and check them",
        (
            (
                "Choose ValidatingAdmissionPolicy to keep exactly the present rules, or Pod Security for the "
                "well-known levels; both can be used together."
            ),
            "Read the gaps. Check the files against every pod, also after you change them by hand.",
        ),
        (
            "rbacpsp migrate vap -f CLUSTER -O vap",
            "rbacpsp migrate check vap -f CLUSTER",
        ),
        "nothing",
        "remove the folder",
    )
    yield MigrationStep(
        "Upgrade the cluster to a release that serves them",
        (
            (
                f"Kubernetes {V1_24} is the last release with PodSecurityPolicy. ValidatingAdmissionPolicy "
                "is served from 1.30 on, MutatingAdmissionPolicy from 1.36 on."
            ),
            "In between, only Pod Security can refuse pods: label the namespaces before the upgrade.",
        ),
        ("kubectl apply --server-side -k psa", "rbacpsp psa label --all baseline -f CLUSTER"),
        "what the levels refuse; audit and warn show what the next level would refuse",
        "kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce-",
    )
    yield MigrationStep(
        "Observe without refusing",
        (
            (
                "With the action Audit, the same policies refuse nothing; a pod that would be refused has an "
                "entry in the audit log under validation.policy.admission.k8s.io/validation_failure. Wait "
                "until every job has run once."
            ),
        ),
        ("rbacpsp migrate vap -f CLUSTER --actions Audit -O observe", "kubectl apply -k observe"),
        "nothing; but the values that policies filled in are filled in again at once",
        "kubectl delete -k observe",
    )
    yield MigrationStep(
        "Start to refuse",
        ("Apply the checked policies of step 2, whose action is Deny.",),
        ("kubectl apply -k vap",),
        today,
        "kubectl apply -k observe",
    )
    yield MigrationStep(
        "Remove PodSecurityPolicy",
        (
            "The roles and bindings that grant use of policies stay: they decide who may use which."
            if vap.scope == "rbac"
            else "The roles and bindings that grant use of policies no longer have any effect.",
            (
                "Remove PodSecurityPolicy from --enable-admission-plugins before the upgrade, and delete the "
                "policies while the API still serves them."
            ),
        ),
        (
            "kubectl get podsecuritypolicies -o yaml > policies.yaml",
            "kubectl delete podsecuritypolicies --all",
        ),
        "nothing",
        "kubectl apply -f policies.yaml, as long as the server serves them",
    )
    yield MigrationStep(
        "Or undo the whole migration",
        ("All generated objects have the same label.",),
        (
            (
                "kubectl delete validatingadmissionpolicybindings,validatingadmissionpolicies,"
                "mutatingadmissionpolicybindings,mutatingadmissionpolicies"
                " -l app.kubernetes.io/part-of=podsecuritypolicy-migration"
            ),
        ),
        "nothing: every pod is admitted afterwards",
        "kubectl apply -k vap",
    )
