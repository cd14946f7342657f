"""Writes a cluster's policies for another engine."""

from typing import Protocol, Unpack, cast

from msgspec import Struct

from rbacpsp.migration.access import Scope, accesses, has_rbac
from rbacpsp.migration.controls import PolicyControls, controls_of
from rbacpsp.migration.defaults import Template
from rbacpsp.migration.engines import ENGINES
from rbacpsp.migration.gap import Gap, weakens
from rbacpsp.migration.psp import engine as psp
from rbacpsp.migration.task import (
    Exemption,
    GivenOptions,
    MigrationTask,
    Options,
    PolicyEngine,
    checked_options,
)
from rbacpsp.migration.workloads import AffectedWorkloads
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Document, Objects, PolicyRule, RoleRef, Subject
from rbacpsp.model.argument_types import require, said, unknown_word
from rbacpsp.model.json import JSONObject
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.result import Shown, counted
from rbacpsp.model.version import V1_24, Version
from rbacpsp.psp.errors import StrategyError
from rbacpsp.psp.versions import behavior
from rbacpsp.rbac import Authorizer
from rbacpsp.simulate import Simulation


class Migration(Shown, Struct, frozen=True):
    """The policies of a cluster, written for an engine."""

    engine: str
    scope: Scope
    objects: tuple[JSONObject, ...]
    """The objects to apply, in an order in which a server accepts them one by one."""
    gaps: tuple[Gap, ...]
    """The differences from PodSecurityPolicy, sorted by policy and field."""
    templates: tuple[Template, ...] = ()
    """The workloads whose templates must set what policies fill in, where the engine does not."""
    configuration: JSONObject | None = None
    """The configuration file of the API server's admission plugin; None if there is none."""
    exemptions: tuple[Exemption, ...] = ()
    """The exemptions in that file, and the reasons."""
    passed_over: tuple[str, ...] = ()
    """One sentence for each policy that the server could not use, with the reason."""

    def __repr__(self) -> str:
        written = counted(len(self.objects), "object")
        return f"<Migration to {self.engine}: {written}, {counted(len(self.gaps), 'gap')}>"

    @property
    def weaker(self) -> bool:
        """Whether any pod passes that PodSecurityPolicy refused."""
        return weakens(self.gaps)

    def document(self) -> JSONObject:
        """The Migration as `-o json` prints it, without its apiVersion and kind."""
        return {
            "engine": self.engine,
            "scope": self.scope,
            "objects": list(self.objects),
            "gaps": [gap.as_json() for gap in self.gaps],
            "patches": [template.as_json() for template in self.templates],
            "passedOver": list(self.passed_over),
            **self._summary(),
        }

    def _summary(self) -> JSONObject:
        """The configuration file and its exemptions, if there is one."""
        if self.configuration is None:
            return {}
        exempt = [exemption._asdict() for exemption in self.exemptions]
        return {"configuration": self.configuration, "exemptions": exempt}


class Migrated(Protocol):
    """The attributes of `rbacpsp.Cluster` that a migration needs."""

    @property
    def objects(self) -> Objects:
        """The loaded objects."""

    @property
    def authorizer(self) -> Authorizer:
        """The authorizer of these objects."""

    @property
    def policy_version(self) -> Version:
        """The server that the policies come from."""

    def simulate(self) -> Simulation:
        """Simulate the admission of its workloads."""

    def changed(self, added: Objects | None = None) -> "Migrated":
        """The cluster with more objects."""


def migrate(cluster: Migrated, engine: str, **options: Unpack[GivenOptions]) -> Migration:
    """Write a cluster's PodSecurityPolicies for the engine that replaces them, and list every gap.

    Args:
        cluster: The cluster whose policies are replaced.
        engine: `vap` (ValidatingAdmissionPolicy and MutatingAdmissionPolicy), or another of `ENGINES`; `psp`
            writes OpenShift's security context constraints as policies.
        options: The fields of `Options`, for example `scope="rbac"`.

    Raises:
        TypeError: The cluster, the engine or a list of names has another type.
        ValueError: There is no policy, no such engine or option, the engine cannot hold the scope, or the
            target does not serve what the engine needs.
    """
    require("engine", engine, str, "a string")
    if not hasattr(cluster, "objects"):
        raise TypeError(f"cluster must be a Cluster, not {said(cluster)}")
    if engine == psp.ENGINE:
        return _back(cast("psp.Constrained", cluster), checked_options(options))
    task, passed_over = task_of(cluster, engine, checked_options(options))
    made = engine_named(engine).write(task)
    return Migration(
        engine,
        task.scope,
        made.objects,
        made.gaps,
        made.templates,
        made.configuration,
        made.exemptions,
        passed_over,
    )


def _back(cluster: psp.Constrained, options: Options) -> Migration:
    """The reverse migration: constraints as policies."""
    written = psp.policies_of(cluster, options)
    return Migration(psp.ENGINE, psp.SCOPE, written.objects, written.gaps, passed_over=written.passed_over)


def task_of(cluster: Migrated, engine: str, options: Options) -> tuple[MigrationTask, tuple[str, ...]]:
    """The input of an engine, and the reasons why policies that a server cannot use are ignored.

    Raises:
        ValueError: There is no policy, no such engine, or the engine cannot hold the scope.
    """
    chosen, objects = engine_named(engine), cluster.objects
    if not objects.policies:
        raise ValueError("there is no PodSecurityPolicy to migrate")
    scope = _scope(chosen, options.scope, objects)
    policies, passed_over = usable_policies(objects, cluster.policy_version)
    if not policies:
        raise ValueError(f"no PodSecurityPolicy here can be used at all: {'; '.join(passed_over)}")
    simulated = cluster.changed(_granted_to_all()) if scope == "all" else cluster
    task = MigrationTask(
        policies,
        accesses(objects, cluster.authorizer, [policy.name for policy in policies], scope),
        scope,
        options,
        objects,
        AffectedWorkloads(objects, simulated.simulate),
    )
    return task, passed_over


def _granted_to_all() -> Objects:
    """A grant of every policy to everyone, for the simulation of the scope `all`."""
    name = ObjectMeta(name="rbacpsp.io:use-every-policy")
    use = PolicyRule(verbs=("use",), api_groups=(GROUPS[0],), resources=("podsecuritypolicies",))
    everyone = ("system:authenticated", "system:unauthenticated", "system:serviceaccounts")
    grant_objects, document = Objects(), Document("scope all")
    grant_objects.add(ClusterRole(metadata=name, rules=(use,)), document)
    grant_objects.add(
        ClusterRoleBinding(
            metadata=name,
            role_ref=RoleRef(kind="ClusterRole", name=name.name),
            subjects=tuple(Subject("Group", group) for group in everyone),
        ),
        document,
    )
    return grant_objects


def engine_named(name: str) -> PolicyEngine:
    """An engine.

    Raises:
        ValueError: There is no engine of that name; the message lists all engines.
    """
    if name not in ENGINES:
        raise ValueError(unknown_word("engine", name, sorted({*ENGINES, psp.ENGINE})))
    return ENGINES[name]


def usable_policies(objects: Objects, version: Version) -> tuple[tuple[PolicyControls, ...], tuple[str, ...]]:
    """The policies that a server can use, by name, and why it cannot use the others."""
    usable, passed_over = [], []
    for name, policy in sorted(objects.policies.items()):
        try:
            usable.append(controls_of(policy, behavior(min(version, V1_24))))
        except StrategyError as error:
            passed_over.append(f"error creating provider for PSP {name}: {error}")
    return tuple(usable), tuple(passed_over)


def _scope(engine: PolicyEngine, wanted: Scope | None, objects: Objects) -> Scope:
    if wanted is None:
        return engine.scopes[0] if has_rbac(objects) else "all"
    if wanted not in engine.scopes:
        raise ValueError(
            f"{engine.title} does not support the scope {wanted}; known scopes: {', '.join(engine.scopes)}"
        )
    return wanted
