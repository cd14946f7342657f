"""`rbacpsp psa sync`."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import NO_CONSTRAINTS, note_openshift, open_constraints
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.grants import incomplete_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.roles import did_you_mean
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import CONSTRAINT_KINDS
from rbacpsp.model.similar_names import likeliest
from rbacpsp.pss.labels import LABEL_PREFIX, MODES
from rbacpsp.report.answer import Answer, Table
from rbacpsp.scc.label_sync import LabelSync

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_COLUMNS = ("namespace", "level", *MODES, "because", "written")


@command("sync", short_help="Show which labels OpenShift's label synchronization writes.")
@click.argument("namespaces", nargs=-1, metavar="[NAMESPACE]...")
@source_options
@output_options
def sync(*, namespaces: tuple[str, ...], source: SourceOptions, output: Output) -> None:
    r"""Tell which Pod Security level OpenShift's label synchronization derives for each namespace, and why.

    It writes the labels audit and warn; enforce too, only where the feature OpenShiftPodSecurityAdmission is
    on. Of all security context constraints that the service accounts of a namespace may use, the laxest
    decide; who creates pods does not count. ENFORCE, AUDIT and WARN are the labels that the namespace has.
    -o wide and -o csv name every account and constraints that decide.

    \b
    Examples:
      rbacpsp psa sync -f sample_clusters/scc-on-openshift
      rbacpsp psa sync shop monitoring -f sample_clusters/scc-on-openshift -o json
    """
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS)
    found = [cluster.scc.label_syncer.sync(name) for name in _chosen(cluster, namespaces)]
    every = output.form in {"wide", "csv"}
    rows = [
        row for each in found for row in _rows(each, cluster.objects.namespace_labels(each.namespace), every)
    ]
    data = {"items": list(map(_json, found)), **incomplete_json(cluster.unread(CONSTRAINT_KINDS))}
    names = [f"namespace/{each.namespace}" for each in found]
    empty = "No namespace was loaded." if cluster.objects.constraints else NO_CONSTRAINTS
    output.answer(Answer("LabelSyncList", Table(_COLUMNS, rows), data, names), empty=empty)
    for each in found:
        if each.why_none or each.uncertain:
            words = (
                f"no level is derived: {each.why_none}" if each.why_none else f"uncertain: {each.uncertain}"
            )
            note(f"{each.namespace}: {words}")
    note_openshift(cluster)


def _chosen(cluster: "Cluster", names: tuple[str, ...]) -> list[str]:
    """The namespaces that were named, or all of them; none where there are no constraints."""
    there = cluster.objects.namespaces
    missing = sorted({*names} - there.keys())
    if missing:
        raise InputError(
            [f'namespaces "{name}" not found{did_you_mean(likeliest(name, there))}' for name in missing]
        )
    return sorted({*names} or cluster.listed.namespaces) if cluster.objects.constraints else []


def _rows(sync: LabelSync, labels: Mapping[str, str], every: bool) -> Iterator[tuple[str, ...]]:
    head = (
        sync.namespace,
        sync.level or "<none>",
        *(labels.get(f"{LABEL_PREFIX}{mode}", "") for mode in MODES),
    )
    tail = "no: " + sync.not_written if sync.not_written else "yes" if sync.level else "no"
    causes = [f"{account} may use {name}" for account, name in sync.deciding]
    if every:
        for cause in causes or [""]:
            yield (*head, cause, tail)
        return
    more = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    yield (*head, f"{causes[0]}{more}" if causes else "", tail)


def _json(sync: LabelSync) -> JSONObject:
    accounts = [
        {"account": account, "constraints": [{"scc": name, "level": sync.levels[name]} for name in names]}
        for account, names in sync.accounts.items()
    ]
    return {
        "namespace": sync.namespace,
        "level": sync.level,
        "labels": dict(sync.labels),
        "whyNone": sync.why_none,
        "notWritten": sync.not_written,
        "uncertain": sync.uncertain,
        "accounts": accounts,
    }
