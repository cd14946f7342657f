"""`rbacpsp psa who-can-bypass`: show who can bypass Pod Security, and through which grants."""

from collections.abc import Iterable

import click

from rbacpsp.audit.bypass import BypassHolder
from rbacpsp.audit.bypass import who_can_bypass as holders_of
from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.grants import access_rows, grant_json, request_json, subject_json
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.model.subjects import subject_text
from rbacpsp.pss import read_config
from rbacpsp.rbac import Access
from rbacpsp.report.answer import Answer, Table

_COLUMNS = ("way", "subject", "where", "scope", "role", "binding", "why", "rules")
_WIDE = frozenset({"why", "rules"})
_NOBODY = "There is no way to bypass it: no namespace was loaded, and the defaults enforce a level."
_SHOWN = 3
"""The number of namespaces that a narrow cell names; the others are counted."""


@command("who-can-bypass", short_help="Show who can bypass Pod Security, and through which grants.")
@click.option("-n", "--namespace", metavar="NAME", help="Only ways to run pods in this namespace.")
@admission_config_option
@source_options
@output_options
def who_can_bypass(
    *, namespace: str | None, admission_config: JSONObject | None, source: SourceOptions, output: Output
) -> None:
    r"""Show who can bypass Pod Security, and through which grants.

    \b
    Examples:
      rbacpsp psa who-can-bypass -f sample_clusters/pod-security-standards
      rbacpsp psa who-can-bypass -n restrictive-namespace -o wide -f sample_clusters/pod-security-standards
      rbacpsp psa who-can-bypass -f sample_clusters/pod-security-standards \
          --admission-config sample_clusters/steps/pod-security-standards/admission.yaml

    \b
    The ways:
      relabel               change the labels of a namespace that enforces a level
      new-namespace         create a namespace, which enforces nothing
      unguarded             create pods or workloads in a namespace that enforces nothing
      exempt-user           be a user that the admission configuration exempts
      impersonate           act as such a user: impersonate it, take its token, or run pods as it
      exempt-runtime-class  create pods that name an exempt runtime class
    """
    kinds = RBAC_KINDS | {"Namespace"}
    cluster = open_cluster(source, admission_config, kinds=kinds, discovery=False)
    doubt_namespace((cluster,), namespace, gate=False)
    answer = holders_of(
        cluster.listed,
        cluster.authorizer,
        read_config(admission_config) if admission_config else None,
        cluster.kubernetes_version,
        None if namespace is None else [namespace],
    )
    for error in answer.errors:
        warn(error)
    holders = [
        holder for holder in answer.holders if cluster.objects.assumed_is_listed or not _is_own(holder)
    ]
    items = [] if output.readable else list(map(_json, holders))
    rows = _rows(holders, limit=None if output.form in {"wide", "csv"} else _SHOWN)
    names = sorted({subject_text(holder.subject) for holder in holders})
    table = Table(_COLUMNS, rows, _WIDE)
    output.answer(
        Answer("PodSecurityBypassList", table, {"items": items}, names),
        empty=_NOBODY,
        cluster=cluster,
        granting=grant_objects(grant for holder in holders for grant in holder.grants),
    )
    if output.readable and holders and not any(holder.grants for holder in holders):
        note("No bound role gives anyone a way to bypass it.")


def _is_own(holder: BypassHolder) -> bool:
    """Whether all grants are assumed ones of Kubernetes' own components."""
    return bool(holder.grants) and all(grant.binding.assumed for grant in holder.grants)


def _rows(holders: Iterable[BypassHolder], limit: int | None) -> list[tuple[str, ...]]:
    """A row per way, subject and binding, with the namespaces that it applies to."""
    namespaces_by_row: dict[tuple[str, ...], list[str]] = {}
    whys: dict[tuple[str, ...], dict[str, None]] = {}
    for holder in holders:
        bypass = holder.bypass
        way = f"{bypass.way} ({bypass.user})" if bypass.way == "impersonate" else bypass.way
        access = Access(holder.subject, {holder.subject: holder.grants}.__getitem__)
        for subject, scope, role, binding, _through, rules, _controls in access_rows(access):
            grant_cells = (scope, role, binding) if bypass.requests else ("", "<exempt>", "<none>")
            key = (way, subject, *grant_cells, rules)
            namespaces_by_row.setdefault(key, []).append(bypass.namespace)
            whys.setdefault(key, {})[bypass.why] = None
    return [
        (key[0], key[1], _namespace_words(namespaces, limit), *key[2:5], "; ".join(whys[key]), key[5])
        for key, namespaces in namespaces_by_row.items()
    ]


def _namespace_words(namespaces: list[str], limit: int | None) -> str:
    names = list(dict.fromkeys(namespace for namespace in namespaces if namespace))
    if not names:
        return "everywhere"
    if limit is None or len(names) <= limit + 1:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def _json(holder: BypassHolder) -> JSONObject:
    bypass = holder.bypass
    return {
        "way": bypass.way,
        "namespace": bypass.namespace or None,
        "why": bypass.why,
        **({"user": bypass.user} if bypass.user else {}),
        "requests": list(map(request_json, bypass.requests)),
        "subject": subject_json(holder.subject),
        "grants": list(map(grant_json, holder.grants)),
    }
