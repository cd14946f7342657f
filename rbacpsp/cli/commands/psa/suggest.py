"""`rbacpsp psa suggest`."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import click

from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.options import (
    SourceOptions,
    open_cluster,
    source_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.model import WORKLOAD_KINDS, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import POD_SECURITY_KINDS
from rbacpsp.pss import read_config
from rbacpsp.pss.holders import Blocker
from rbacpsp.pss.levels import parse_version
from rbacpsp.pss.suggest import Suggestion
from rbacpsp.pss.suggest import suggest as suggestions_of
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.yaml import encode as to_yaml
from rbacpsp.report.yaml import joined
from rbacpsp.sources.custom_resources import CUSTOM_RESOURCES

_COLUMNS = ("namespace", "enforces", "could enforce", "judged", "next level", "blocked by", "check", "field")


class Obstacle(NamedTuple):
    """One field of one object that is in the way of the next level."""

    title: str
    check: str
    field: str


@command("suggest", short_help="Suggest the strictest level for each namespace.")
@click.argument("namespaces", nargs=-1, metavar="[NAMESPACE]...")
@click.option("--version", "version", metavar="VERSION", help="The version to pin; by default the server's.")
@admission_config_option
@source_options
@template_path_option
@output_options
def suggest(
    *,
    namespaces: tuple[str, ...],
    version: str | None,
    admission_config: JSONObject | None,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Suggest for each namespace the strictest level that all its pods and pod templates meet.

    A namespace without pods is judged by its workloads and by custom resources that hold pod templates. The
    first obstacle to the next level is named; -o
    wide and -o csv name them all. -o yaml writes the labels as Namespaces for kubectl apply: enforce what is
    met, audit and warn about the next level.

    \b
    Examples:
      rbacpsp psa suggest -f sample_clusters/pod-security-standards
      rbacpsp psa suggest non-restrictive-namespace -o yaml -f sample_clusters/pod-security-standards
    """
    kinds = POD_SECURITY_KINDS | {*WORKLOAD_KINDS, CUSTOM_RESOURCES}
    cluster = open_cluster(source, admission_config, kinds=kinds)
    try:
        found = suggestions_of(
            cluster.listed,
            namespaces or None,
            _pinned(version),
            kubernetes_version=cluster.kubernetes_version,
            config=read_config(admission_config) if admission_config else None,
        )
    except ValueError as error:
        raise InputError([str(error)]) from None
    _refuse_missing(namespaces, found, cluster.listed.namespaces)
    if output.form == "yaml":
        patches = [each.patch for each in found if not each.exempt]
        output.write(joined(map(to_yaml, patches)))
    else:
        every = output.form in {"wide", "csv"}
        rows = [row for each in found for row in _rows(each, every=every)]
        items = [] if output.readable else list(map(_json, found))
        names = [f"namespace/{each.namespace}" for each in found if not each.exempt]
        answer = Answer("LevelSuggestionList", Table(_COLUMNS, rows), {"items": items}, names)
        output.answer(answer, empty="There is no namespace: no loaded object names one.", cluster=cluster)
    _notes(found)
    warn_custom_resources(cluster.objects)


def _pinned(version: str | None) -> Version | None:
    if version is None:
        return None
    try:
        return parse_version(version)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--version") from None


def _refuse_missing(asked: tuple[str, ...], found: tuple[Suggestion, ...], there: Any) -> None:
    missing = [
        each.namespace
        for each in found
        if each.namespace in asked
        and each.namespace not in there
        and not each.pods + each.workloads + len(each.unread + each.empty)
    ]
    if missing:
        raise InputError(f'namespaces "{name}" not found' for name in missing)


def _obstacles(suggestion: Suggestion) -> Iterator[Obstacle]:
    for blocker in suggestion.blockers:
        for failure in blocker.failures:
            for field in failure.fields:
                yield Obstacle(_title(blocker), failure.check, field)


def _title(blocker: Blocker) -> str:
    manifest = blocker.manifest
    return f"{manifest.kind.lower()}/{manifest.name or f'{manifest.metadata.generate_name}*'}"


def _rows(suggestion: Suggestion, *, every: bool) -> list[tuple[str, ...]]:
    head = (
        suggestion.namespace,
        "exempt" if suggestion.exempt else str(suggestion.current.enforce),
        str(suggestion.level),
        _judged(suggestion),
        str(suggestion.next_level or ""),
    )
    obstacles = list(_obstacles(suggestion))
    if not obstacles:
        return [(*head, "", "", "")]
    if every:
        return [(*head, *obstacle) for obstacle in obstacles]
    first, others = obstacles[0], len(obstacles) - 1
    more = f" (and {others} more)" if others else ""
    return [(*head, first.title, first.check, f"{first.field}{more}")]


def _judged(suggestion: Suggestion) -> str:
    counts = [(suggestion.pods, "pod"), (suggestion.workloads, "workload")]
    said = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts if count]
    return ", ".join(said) or "nothing"


def _notes(found: tuple[Suggestion, ...]) -> None:
    empty = [each.namespace for each in found if not each.pods and not each.workloads]
    if empty:
        note(f"Nothing was judged in {', '.join(empty)}: where nothing runs, every level is met.")
    for said in dict.fromkeys(said for each in found for said in each.unread):
        warn(f"its pods are not judged: {said}")
    exempt = [each.namespace for each in found if each.exempt]
    if exempt:
        note(f"Labels have no effect in {', '.join(exempt)}: the admission configuration exempts it.")


def _json(suggestion: Suggestion) -> JSONObject:
    return {
        "namespace": suggestion.namespace,
        "enforces": str(suggestion.current.enforce),
        "exempt": suggestion.exempt,
        "couldEnforce": str(suggestion.level),
        "pods": suggestion.pods,
        "workloads": suggestion.workloads,
        "nextLevel": str(suggestion.next_level) if suggestion.next_level else None,
        "blockers": [
            {
                "object": {"kind": blocker.manifest.kind, "name": blocker.manifest.name},
                "failures": [
                    {"check": failure.check, "reason": failure.reason, "fields": list(failure.fields)}
                    for failure in blocker.failures
                ],
            }
            for blocker in suggestion.blockers
        ],
        "labels": suggestion.labels,
    }
