"""`rbacpsp psa sync`: show which level OpenShift's label synchronization derives for each namespace."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import NO_CONSTRAINTS, note_openshift, open_constraints
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.grants import incomplete_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import CONSTRAINT_KINDS
from rbacpsp.model.similar_names import did_you_mean, likeliest
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
    r"""Show which Pod Security level OpenShift's label synchronization derives for each namespace, and why.

    It writes the labels audit and warn, and enforce if the feature OpenShiftPodSecurityAdmission is enabled.
    The laxest security context constraints that a service account of the namespace may use decide the level;
    the users who create pods do not count. ENFORCE, AUDIT and WARN are the current labels of the namespace.
    -o wide and -o csv show all accounts and constraints that decide.

    \b
    Examples:
      rbacpsp psa sync -f sample_clusters/scc-on-openshift
      rbacpsp psa sync shop monitoring -f sample_clusters/scc-on-openshift -o json
    """
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS)
    syncs = [cluster.scc.label_syncer.sync(name) for name in _namespaces(cluster, namespaces)]
    all_causes = output.form in {"wide", "csv"}
    rows = [
        row
        for sync_result in syncs
        for row in _rows(sync_result, cluster.objects.namespace_labels(sync_result.namespace), all_causes)
    ]
    data = {"items": list(map(_json, syncs)), **incomplete_json(cluster.unread(CONSTRAINT_KINDS))}
    names = [f"namespace/{sync_result.namespace}" for sync_result in syncs]
    empty = "No namespace was loaded." if cluster.objects.constraints else NO_CONSTRAINTS
    output.answer(Answer("LabelSyncList", Table(_COLUMNS, rows), data, names), empty=empty)
    for sync_result in syncs:
        if sync_result.why_none or sync_result.uncertain:
            words = (
                f"no level is derived: {sync_result.why_none}"
                if sync_result.why_none
                else f"uncertain: {sync_result.uncertain}"
            )
            note(f"{sync_result.namespace}: {words}")
    note_openshift(cluster)


def _namespaces(cluster: "Cluster", names: tuple[str, ...]) -> list[str]:
    """The requested namespaces, or all; an empty list if there are no constraints."""
    known_namespaces = cluster.objects.namespaces
    missing = sorted({*names} - known_namespaces.keys())
    if missing:
        raise InputError(
            [
                f'namespaces "{name}" not found{did_you_mean(likeliest(name, known_namespaces))}'
                for name in missing
            ]
        )
    return sorted({*names} or cluster.listed.namespaces) if cluster.objects.constraints else []


def _rows(sync: LabelSync, labels: Mapping[str, str], all_causes: bool) -> Iterator[tuple[str, ...]]:
    head = (
        sync.namespace,
        sync.level or "<none>",
        *(labels.get(f"{LABEL_PREFIX}{mode}", "") for mode in MODES),
    )
    tail = "no: " + sync.not_written if sync.not_written else "yes" if sync.level else "no"
    causes = [f"{account} may use {name}" for account, name in sync.deciding]
    if all_causes:
        for cause in causes or [""]:
            yield (*head, cause, tail)
        return
    remainder = f" (and {len(causes) - 1} more)" if len(causes) > 1 else ""
    yield (*head, f"{causes[0]}{remainder}" if causes else "", tail)


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
