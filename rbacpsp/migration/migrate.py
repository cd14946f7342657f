"""A cluster's policies, written for another engine."""

from typing import Protocol, Unpack, cast

from msgspec import Struct

from rbacpsp.migration.access import Scope, accesses, has_rbac
from rbacpsp.migration.controls import PolicyControls, controls_of
from rbacpsp.migration.defaults import Template
from rbacpsp.migration.engines import ENGINES
from rbacpsp.migration.gap import Gap, weakens
from rbacpsp.migration.psp import writing as psp
from rbacpsp.migration.task import Engine, Exemption, GivenOptions, Options, Task, given_options
from rbacpsp.migration.workloads import Workloads
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Document, Objects, PolicyRule, RoleRef, Subject
from rbacpsp.model.argument_types import require, said
from rbacpsp.model.json import JSONObject
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.version import V1_24, Version
from rbacpsp.psp.errors import StrategyError
from rbacpsp.psp.versions import behavior
from rbacpsp.rbac import Authorizer
from rbacpsp.simulate import Simulation


class Migration(Struct, frozen=True):
    """The policies of a cluster, written for an engine."""

    engine: str
    scope: Scope
    objects: tuple[JSONObject, ...]
    """Everything that has to be applied, in an order in which a server takes it one by one."""
    gaps: tuple[Gap, ...]
    """What is not as it was, sorted by policy and field."""
    templates: tuple[Template, ...] = ()
    """The workloads into whose templates has to move what policies fill in, where the engine does not."""
    configuration: JSONObject | None = None
    """What the server has to be told when it starts, beside the objects; None: nothing."""
    exemptions: tuple[Exemption, ...] = ()
    """What that exempts, and why."""
    passed_over: tuple[str, ...] = ()
    """The policies that the server could not use at all, and why, a sentence each."""

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
            **self._told(),
        }

    def _told(self) -> JSONObject:
        """What the server has to be told when it starts, where it has to be told anything."""
        if self.configuration is None:
            return {}
        exempt = [exemption._asdict() for exemption in self.exemptions]
        return {"configuration": self.configuration, "exemptions": exempt}


class Migrated(Protocol):
    """A cluster whose policies are left, as `rbacpsp.Cluster` is one."""

    @property
    def objects(self) -> Objects:
        """Everything that was loaded."""

    @property
    def authorizer(self) -> Authorizer:
        """Who may do what there."""

    @property
    def policy_version(self) -> Version:
        """The server that the policies come from."""

    def simulate(self) -> Simulation:
        """Judge its workloads."""

    def changed(self, added: Objects | None = None) -> "Migrated":
        """The cluster with more objects."""


def migrate(cluster: Migrated, engine: str, **options: Unpack[GivenOptions]) -> Migration:
    """Write a cluster's PodSecurityPolicies for what takes their place, with every gap named.

    Args:
        cluster: The cluster whose policies are left.
        engine: `vap` (ValidatingAdmissionPolicy and MutatingAdmissionPolicy), or another of `ENGINES`; `psp`
            writes OpenShift's security context constraints as policies.
        options: The fields of `Options`, for example `scope="rbac"`.

    Raises:
        ValueError: There is no policy, no such engine or option, the engine cannot hold the scope, or the
            target does not serve what the engine needs.
    """
    require("engine", engine, str, "a string")
    if not hasattr(cluster, "objects"):
        raise TypeError(f"cluster must be a Cluster, not {said(cluster)}")
    if engine == psp.ENGINE:
        return _back(cast("psp.Constrained", cluster), given_options(options))
    task, passed_over = task_of(cluster, engine, given_options(options))
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
    """Constraints as policies: the way back."""
    written = psp.policies_of(cluster, options)
    return Migration(psp.ENGINE, psp.SCOPE, written.objects, written.gaps, passed_over=written.passed_over)


def task_of(cluster: Migrated, engine: str, options: Options) -> tuple[Task, tuple[str, ...]]:
    """What an engine is given, and why policies are ignored that a server could not use.

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
    judged = cluster.changed(_granted_to_all()) if scope == "all" else cluster
    task = Task(
        policies,
        accesses(objects, cluster.authorizer, [policy.name for policy in policies], scope),
        scope,
        options,
        objects,
        Workloads(objects, judged.simulate),
    )
    return task, passed_over


def _granted_to_all() -> Objects:
    """A grant of every policy to everyone, by which the workloads of the scope `all` are judged."""
    name = ObjectMeta(name="rbacpsp.io:use-every-policy")
    use = PolicyRule(verbs=("use",), api_groups=(GROUPS[0],), resources=("podsecuritypolicies",))
    everyone = ("system:authenticated", "system:unauthenticated", "system:serviceaccounts")
    granted, document = Objects(), Document("scope all")
    granted.add(ClusterRole(metadata=name, rules=(use,)), document)
    granted.add(
        ClusterRoleBinding(
            metadata=name,
            role_ref=RoleRef(kind="ClusterRole", name=name.name),
            subjects=tuple(Subject("Group", group) for group in everyone),
        ),
        document,
    )
    return granted


def engine_named(name: str) -> Engine:
    """An engine.

    Raises:
        ValueError: There is no engine of that name; the message names those that there are.
    """
    if name not in ENGINES:
        raise ValueError(
            f"there is no engine {said(name)}: name one of {', '.join(sorted({*ENGINES, psp.ENGINE}))}"
        )
    return ENGINES[name]


def usable_policies(objects: Objects, version: Version) -> tuple[tuple[PolicyControls, ...], tuple[str, ...]]:
    """The policies that a server can use, by name, and why it cannot use the others."""
    found, passed_over = [], []
    for name, policy in sorted(objects.policies.items()):
        try:
            found.append(controls_of(policy, behavior(min(version, V1_24))))
        except StrategyError as error:
            passed_over.append(f"error creating provider for PSP {name}: {error}")
    return tuple(found), tuple(passed_over)


def _scope(engine: Engine, wanted: Scope | None, objects: Objects) -> Scope:
    if wanted is None:
        return engine.scopes[0] if has_rbac(objects) else "all"
    if wanted not in engine.scopes:
        raise ValueError(
            f"{engine.title} cannot hold the scope {wanted}: name one of {', '.join(engine.scopes)}"
        )
    return wanted
