"""`rbacpsp describe`: describe objects, byte for byte as kubectl describe does."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
import msgspec

from rbacpsp.cli.assumption_warning import Granting, note_server
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.options import (
    SourceOptions,
    all_namespaces_option,
    namespace_option,
    open_cluster,
    request_namespace,
    source_options,
)
from rbacpsp.cli.output import Output, described_options
from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    PodSecurityPolicy,
    Role,
    RoleBinding,
    SecurityContextConstraints,
    Subject,
)
from rbacpsp.model.kinds import BY_NAME, RBAC_KINDS
from rbacpsp.model.similar_names import did_you_mean
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.near import missing_accounts
from rbacpsp.report.kubectl import describe_binding, describe_policy, describe_role, harmless
from rbacpsp.report.oc import describe_constraint

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

Described = (
    Role | ClusterRole | RoleBinding | ClusterRoleBinding | PodSecurityPolicy | SecurityContextConstraints
)

_SCC = "securitycontextconstraints"
_KINDS = {
    name.lower(): BY_NAME[name]
    for name in (
        *("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "PodSecurityPolicy"),
        "SecurityContextConstraints",
    )
}
"""The kinds that can be described, by their singular names."""
_BINDINGS = frozenset({"rolebinding", "clusterrolebinding"})
_SHORT = {"psp": "podsecuritypolicy", "scc": _SCC}


def _kind(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, str]:
    """The singular name of a kind, and the name of the object in KIND/NAME (else an empty string).

    The kind may be a singular, plural or short name, with or without its group.
    """
    value, _, name = value.partition("/")
    word = value.lower().partition(".")[0]
    for singular, kind in _KINDS.items():
        if word in {singular, kind.plural}:
            return singular, name
    if word not in _SHORT:
        known_kinds = ", ".join((*_KINDS, *_SHORT))
        raise click.BadParameter(
            f'"{value}" cannot be described: give one of {known_kinds}', context, parameter
        )
    return _SHORT[word], name


@command("describe", short_help="Describe roles, bindings and policies as kubectl does.")
@click.argument("kind", metavar="KIND[/NAME]", callback=_kind)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@namespace_option
@all_namespaces_option("Describe objects in all namespaces.")
@source_options
@described_options
def describe(
    *,
    kind: tuple[str, str],
    names: tuple[str, ...],
    namespace: str | None,
    all_namespaces: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Describe objects, byte for byte as kubectl describe does; without a NAME, all objects of the kind.

    KIND is role, clusterrole, rolebinding, clusterrolebinding, psp or scc, singular or plural; scc are
    described as oc does. If no object is called NAME, all objects whose names begin with NAME are described.

    \b
    Examples:
      rbacpsp describe clusterrole view -f sample_clusters/bootstrap-1.24
      rbacpsp describe clusterrole/view -f sample_clusters/bootstrap-1.24
      rbacpsp describe rolebinding -n kube-system -f sample_clusters/bootstrap-1.24
      rbacpsp describe psp 100-psp -f sample_clusters/psp-by-example
    """
    singular, name = kind
    if name and names:
        raise click.UsageError(
            "there is no need to specify a resource type as a separate argument when passing arguments in "
            "resource/name form",
            click.get_current_context(),
        )
    if all_namespaces and (name or names):
        raise click.UsageError(
            "a resource cannot be retrieved by name across all namespaces", click.get_current_context()
        )
    only_namespace = None if all_namespaces else request_namespace(source, namespace)
    print_described(singular, (name,) if name else names, only_namespace, source, output, prefixes=not name)


def print_described(
    kind: str,
    names: tuple[str, ...],
    namespace: str | None,
    source: SourceOptions,
    output: Output,
    *,
    prefixes: bool = True,
) -> None:
    """Print objects of a kind (its singular in lower case) by name; without a name, all of them.

    A single name that no object has is taken as a prefix, unless `prefixes` is false. The namespace counts
    for namespaced kinds only; None means all namespaces.

    Raises:
        InputError: No object has one of the names; the objects with the other names are printed.
    """
    kinds = {_KINDS[kind].name}
    if kind in _BINDINGS and source.filenames:  # from a live cluster, only what is described is read
        kinds |= RBAC_KINDS | {"Namespace", "ServiceAccount"}
    cluster = open_cluster(source, kinds=kinds, namespace=namespace, discovery=False)
    objects = _objects(cluster, kind, namespace)
    missing = [name for name in names if name not in objects]
    prefixed = _with_prefix(objects, names) if prefixes and missing else []
    chosen = prefixed or [objects[name] for name in names or sorted(objects) if name in objects]
    if chosen or not missing:
        output.show(_DescribedObjects(chosen, "\n" if prefixed else ""))
    if not chosen and not missing:
        scope = f" in {namespace} namespace" if namespace and _KINDS[kind].namespaced else ""
        note(f"No resources found{scope}.")
    stored = cluster.listed.cluster_roles
    for obj in chosen:
        if isinstance(obj, ClusterRole) and obj.rules != stored[obj.name].rules:
            note(f"ClusterRole {obj.name}: its rules are the ones that the aggregation controller computes.")
    if kind in _BINDINGS and source.filenames:
        _warn_of_missing(cluster, chosen)
    if chosen and output.readable:
        granting = [obj for obj in chosen if isinstance(obj, Granting)]
        note_server(cluster, granting, access_only=kind not in _SHORT.values())
    if missing and not prefixed:
        raise InputError([_not_found(kind, name, objects) for name in missing])


def _warn_of_missing(cluster: "Cluster", chosen: Iterable[Described]) -> None:
    """Warn of bindings that grant nothing because their role or service account does not exist."""
    for binding in chosen:
        if not isinstance(binding, RoleBinding | ClusterRoleBinding):
            continue
        ref = binding.role_ref
        if cluster.authorizer.referred(binding).error and ref.kind not in cluster.objects.partly_read:
            warn(
                f"{binding.kind} {binding.name} refers to {ref.kind} {ref.name}, which does not exist: it "
                "grants nothing until somebody creates the role"
            )
        accounts = [
            Subject(subject.kind, subject.name, subject.namespace or binding.namespace)
            for subject in binding.subjects
        ]
        for account in missing_accounts(cluster.objects, accounts):
            warn(
                f"{binding.kind} {binding.name} names {subject_text(account)}, which does not exist: the "
                "account gets these permissions as soon as somebody creates it"
            )


def _objects(cluster: "Cluster", kind: str, namespace: str | None) -> Mapping[str, Described]:
    """The objects of a kind by name; for all namespaces, by namespace and name."""
    table: dict[Any, Described] = getattr(cluster.listed, _KINDS[kind].kept)
    if kind == _SCC:
        return {constraint.name: constraint for constraint in cluster.scc.constraints}
    if not _KINDS[kind].namespaced:
        computed = cluster.authorizer.aggregation.roles if kind == "clusterrole" else {}
        return {name: computed.get(name, obj) for name, obj in table.items()}
    if namespace is None:
        return {f"{object_namespace}\0{name}": obj for (object_namespace, name), obj in table.items()}
    return {name: obj for (object_namespace, name), obj in table.items() if object_namespace == namespace}


def _not_found(kind: str, name: str, objects: Mapping[str, Described]) -> str:
    advice = did_you_mean(sorted(get_close_matches(name, objects)))
    return f'{_KINDS[kind].resource} "{name}" not found{advice}'


def _with_prefix(objects: Mapping[str, Described], names: tuple[str, ...]) -> list[Described]:
    """The objects whose names begin with the only requested name."""
    return [objects[name] for name in sorted(objects) if name.startswith(names[0])] if len(names) == 1 else []


@dataclass(frozen=True, slots=True)
class _DescribedObjects:
    """Described objects, for every format."""

    objects: list[Described]
    end: str = ""
    """The text after each description, as kubectl prints it."""

    def spoken(self, *, wide: bool, headers: bool) -> Iterator[str]:  # noqa: ARG002 - the text is always the same
        """The text that kubectl prints."""
        yield ("" if self.end else "\n\n").join(_text(obj) + self.end for obj in self.objects)

    def document(self) -> Mapping[str, Any]:
        """The only object, or a List of the objects."""
        values = [msgspec.to_builtins(obj) for obj in self.objects]
        return values[0] if len(values) == 1 else {"apiVersion": "v1", "kind": "List", "items": values}

    def named(self) -> list[str]:
        """The names of the objects as kubectl prints them."""
        return [f"{_KINDS[obj.kind.lower()].resource}/{obj.name}" for obj in self.objects]


def _text(obj: Described) -> str:
    if isinstance(obj, PodSecurityPolicy):
        return describe_policy(harmless(obj))
    if isinstance(obj, SecurityContextConstraints):
        return describe_constraint(harmless(obj))
    if isinstance(obj, Role | ClusterRole):
        return describe_role(harmless(obj))
    return describe_binding(harmless(obj))
