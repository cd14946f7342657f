"""`rbacpsp describe`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
import msgspec

from rbacpsp.cli.assumption_warning import Granting, say_server
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.options import (
    SourceOptions,
    all_namespaces_option,
    namespace_option,
    open_cluster,
    place,
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
"""By their singulars."""
_BINDINGS = frozenset({"rolebinding", "clusterrolebinding"})
_SHORT = {"psp": "podsecuritypolicy", "scc": _SCC}


def _kind(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, str]:
    """The singular of a kind named by its singular, plural or short name, with or without its group.

    With it, the name of the object in KIND/NAME, else nothing.
    """
    value, _, name = value.partition("/")
    word = value.lower().partition(".")[0]
    for singular, kind in _KINDS.items():
        if word in {singular, kind.plural}:
            return singular, name
    if word not in _SHORT:
        known = ", ".join((*_KINDS, *_SHORT))
        raise click.BadParameter(f'"{value}" cannot be described: give one of {known}', context, parameter)
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
    r"""Describe objects, byte for byte as kubectl describe does; without a name all of them.

    KIND is role, clusterrole, rolebinding, clusterrolebinding, psp or scc, plural or singular; scc are
    described as oc does. Where no object has the NAME, those whose names begin with it are described.

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
    where = None if all_namespaces else place(source, namespace)
    print_described(singular, (name,) if name else names, where, source, output, prefixes=not name)


def print_described(
    kind: str,
    names: tuple[str, ...],
    namespace: str | None,
    source: SourceOptions,
    output: Output,
    *,
    prefixes: bool = True,
) -> None:
    """Print objects of a kind (its singular in lower case) by name; without a name all of them.

    A single name that none has is the beginning of names, unless `prefixes` is false. The namespace matters
    for kinds that live in one; None is all of them.

    Raises:
        InputError: There is no object of a name; those of the other names are printed.
    """
    kinds = {_KINDS[kind].name}
    if kind in _BINDINGS and source.filenames:  # of a live cluster no more is read than is described
        kinds |= RBAC_KINDS | {"Namespace", "ServiceAccount"}
    cluster = open_cluster(source, kinds=kinds, namespace=namespace, discovery=False)
    there = _objects(cluster, kind, namespace)
    missing = [name for name in names if name not in there]
    begun = _begun(there, names) if prefixes and missing else []
    chosen = begun or [there[name] for name in names or sorted(there) if name in there]
    if chosen or not missing:
        output.show(_Chosen(chosen, "\n" if begun else ""))
    if not chosen and not missing:
        within = f" in {namespace} namespace" if namespace and _KINDS[kind].namespaced else ""
        note(f"No resources found{within}.")
    stored = cluster.listed.cluster_roles
    for each in chosen:
        if isinstance(each, ClusterRole) and each.rules != stored[each.name].rules:
            note(f"ClusterRole {each.name}: its rules are the ones that the aggregation controller computes.")
    if kind in _BINDINGS and source.filenames:
        _warn_of_missing(cluster, chosen)
    if chosen and output.readable:
        own = [each for each in chosen if isinstance(each, Granting)]
        say_server(cluster, own, access_only=kind not in _SHORT.values())
    if missing and not begun:
        raise InputError([_not_found(kind, name, there) for name in missing])


def _warn_of_missing(cluster: "Cluster", chosen: Iterable[Described]) -> None:
    """Say which bindings grant nothing, since their role or their service account does not exist."""
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
    """By name; of all namespaces by namespace and name."""
    table: dict[Any, Described] = getattr(cluster.listed, _KINDS[kind].kept)
    if kind == _SCC:
        return {constraint.name: constraint for constraint in cluster.scc.constraints}
    if not _KINDS[kind].namespaced:
        computed = cluster.authorizer.aggregation.roles if kind == "clusterrole" else {}
        return {name: computed.get(name, each) for name, each in table.items()}
    if namespace is None:
        return {f"{place}\0{name}": each for (place, name), each in table.items()}
    return {name: each for (place, name), each in table.items() if place == namespace}


def _not_found(kind: str, name: str, there: Mapping[str, Described]) -> str:
    close = get_close_matches(name, there)
    advice = f"; did you mean {' or '.join(sorted(close))}?" if close else ""
    return f'{_KINDS[kind].resource} "{name}" not found{advice}'


def _begun(there: Mapping[str, Described], names: tuple[str, ...]) -> list[Described]:
    """The objects whose names begin with the only name that was given."""
    return [there[name] for name in sorted(there) if name.startswith(names[0])] if len(names) == 1 else []


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Objects, for every format."""

    objects: list[Described]
    end: str = ""
    """What stands after each description, where kubectl writes it so."""

    def spoken(self, *, wide: bool, headers: bool) -> Iterator[str]:  # noqa: ARG002 - it is always the same text
        """What kubectl says about them."""
        yield ("" if self.end else "\n\n").join(_text(each) + self.end for each in self.objects)

    def document(self) -> Mapping[str, Any]:
        """The only one, or a List of them."""
        values = [msgspec.to_builtins(each) for each in self.objects]
        return values[0] if len(values) == 1 else {"apiVersion": "v1", "kind": "List", "items": values}

    def named(self) -> list[str]:
        """As kubectl names them."""
        return [f"{_KINDS[each.kind.lower()].resource}/{each.name}" for each in self.objects]


def _text(each: Described) -> str:
    if isinstance(each, PodSecurityPolicy):
        return describe_policy(harmless(each))
    if isinstance(each, SecurityContextConstraints):
        return describe_constraint(harmless(each))
    if isinstance(each, Role | ClusterRole):
        return describe_role(harmless(each))
    return describe_binding(harmless(each))
