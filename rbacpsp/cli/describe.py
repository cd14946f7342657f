"""`rbacpsp describe`."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
import msgspec

from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.options import (
    Source,
    all_namespaces_option,
    namespace_option,
    open_cluster,
    place,
    source_options,
)
from rbacpsp.cli.output import Output, described_options
from rbacpsp.model import ClusterRole, ClusterRoleBinding, PodSecurityPolicy, Role, RoleBinding
from rbacpsp.model.rbac import GROUP
from rbacpsp.report.escape import line
from rbacpsp.report.kubectl import describe_binding, describe_policy, describe_role, harmless

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

Described = Role | ClusterRole | RoleBinding | ClusterRoleBinding | PodSecurityPolicy

_RESOURCES = {
    "role": f"roles.{GROUP}",
    "clusterrole": f"clusterroles.{GROUP}",
    "rolebinding": f"rolebindings.{GROUP}",
    "clusterrolebinding": f"clusterrolebindings.{GROUP}",
    "podsecuritypolicy": "podsecuritypolicies.policy",
}
_NEEDED = {
    "role": {"Role"},
    "clusterrole": {"ClusterRole"},
    "rolebinding": {"RoleBinding"},
    "clusterrolebinding": {"ClusterRoleBinding"},
    "podsecuritypolicy": {"PodSecurityPolicy"},
}
"""All that is read of a live cluster."""


def _kind(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, str]:
    """The singular of a kind named by its singular, plural or short name, with or without its group.

    With it, the name of the object in KIND/NAME, else nothing.
    """
    value, _, name = value.partition("/")
    word = value.lower().partition(".")[0]
    for singular, resource in _RESOURCES.items():
        if word in {singular, resource.partition(".")[0]}:
            return singular, name
    if word != "psp":
        known = ", ".join(_RESOURCES)
        raise click.BadParameter(
            f'"{value}" cannot be described: say one of {known}, psp', context, parameter
        )
    return "podsecuritypolicy", name


@click.command("describe", short_help="Describe roles, bindings and policies as kubectl does.")
@click.argument("kind", metavar="KIND[/NAME]", callback=_kind)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@namespace_option
@all_namespaces_option("Describe those of all namespaces.")
@source_options
@described_options
def describe(
    *,
    kind: tuple[str, str],
    names: tuple[str, ...],
    namespace: str | None,
    all_namespaces: bool,
    source: Source,
    output: Output,
) -> None:
    r"""Describe objects, byte for byte as kubectl describe does; without a name all of them.

    KIND is role, clusterrole, rolebinding, clusterrolebinding or psp, plural or singular. Where no object has
    the NAME, those whose names begin with it are described.

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
    source: Source,
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
    cluster = open_cluster(source, kinds=_NEEDED[kind], namespace=namespace, discovery=False)
    there = _objects(cluster, kind, namespace)
    missing = [name for name in names if name not in there]
    begun = _begun(there, names) if prefixes and missing else []
    chosen = begun or [there[name] for name in names or sorted(there) if name in there]
    if chosen or not missing:
        _print(chosen, output, end="\n" if begun else "")
    if not chosen and not missing:
        within = f" in {namespace} namespace" if namespace and kind in {"role", "rolebinding"} else ""
        note(f"No resources found{within}.")
    computed = cluster.authorizer.aggregation.roles
    for each in chosen:
        if isinstance(each, ClusterRole) and each.name in computed:
            note(
                f"ClusterRole {each.name} was loaded without rules; those that its aggregationRule gives it "
                "are counted by every other command."
            )
    if missing and not begun:
        raise InputError([_not_found(kind, name, there) for name in missing])


def _objects(cluster: "Cluster", kind: str, namespace: str | None) -> Mapping[str, Described]:
    """By name; of all namespaces by namespace and name."""
    objects = cluster.objects
    whole: dict[str, Mapping[str, Described]] = {
        "clusterrole": objects.cluster_roles,
        "clusterrolebinding": objects.cluster_role_bindings,
        "podsecuritypolicy": objects.policies,
    }
    if kind in whole:
        return whole[kind]
    local: Mapping[tuple[str, str], Described] = objects.roles if kind == "role" else objects.role_bindings
    if namespace is None:
        return {f"{place}\0{name}": each for (place, name), each in local.items()}
    return {name: each for (place, name), each in local.items() if place == namespace}


def _not_found(kind: str, name: str, there: Mapping[str, Described]) -> str:
    close = get_close_matches(name, there)
    advice = f"; did you mean {' or '.join(sorted(close))}?" if close else ""
    return f'{_RESOURCES[kind]} "{name}" not found{advice}'


def _begun(there: Mapping[str, Described], names: tuple[str, ...]) -> list[Described]:
    """The objects whose names begin with the only name that was given."""
    return [there[name] for name in sorted(there) if name.startswith(names[0])] if len(names) == 1 else []


def _print(chosen: list[Described], output: Output, *, end: str = "") -> None:
    """Print objects; `end` stands after each description, where kubectl writes it so."""
    if output.form in {"json", "yaml"}:
        from rbacpsp.report.json import encode as to_json
        from rbacpsp.report.yaml import encode as to_yaml

        encode: Callable[[Any], str] = to_json if output.form == "json" else to_yaml
        values = [msgspec.to_builtins(each) for each in chosen]
        whole = values[0] if len(values) == 1 else {"apiVersion": "v1", "kind": "List", "items": values}
        click.echo(encode(whole), nl=False)
    elif output.form == "name":
        for each in chosen:
            click.echo(line(f"{_RESOURCES[each.kind.lower()]}/{each.name}"))
    else:
        texts = [_text(each) + end for each in chosen]
        click.echo(("" if end else "\n\n").join(texts), nl=False)


def _text(each: Described) -> str:
    if isinstance(each, PodSecurityPolicy):
        return describe_policy(harmless(each))
    if isinstance(each, Role | ClusterRole):
        return describe_role(harmless(each))
    return describe_binding(harmless(each))
