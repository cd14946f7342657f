"""`rbacpsp psa suggest`: suggest for each namespace the strictest level that its pods meet."""

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
from rbacpsp.pss.holders import FailingManifest
from rbacpsp.pss.levels import parse_version
from rbacpsp.pss.suggest import Suggestion
from rbacpsp.pss.suggest import suggest as suggestions_of
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.yaml import encode as to_yaml
from rbacpsp.report.yaml import joined
from rbacpsp.sources.custom_resources import CUSTOM_RESOURCES

_COLUMNS = ("namespace", "enforces", "could enforce", "judged", "next level", "blocked by", "check", "field")


class Obstacle(NamedTuple):
    """A field of an object that violates the next level."""

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

    In a namespace without pods, the templates of workloads and custom resources count. The first obstacle to
    the next level is shown; -o wide and -o csv show all obstacles. -o yaml writes the labels as Namespaces
    for kubectl apply: they enforce the level that is met, and audit and warn about the next level.

    \b
    Examples:
      rbacpsp psa suggest -f sample_clusters/pod-security-standards
      rbacpsp psa suggest non-restrictive-namespace -o yaml -f sample_clusters/pod-security-standards
    """
    kinds = POD_SECURITY_KINDS | {*WORKLOAD_KINDS, CUSTOM_RESOURCES}
    cluster = open_cluster(source, admission_config, kinds=kinds)
    try:
        suggestions = suggestions_of(
            cluster.listed,
            namespaces or None,
            _parse_version(version),
            kubernetes_version=cluster.kubernetes_version,
            config=read_config(admission_config) if admission_config else None,
        )
    except ValueError as error:
        raise InputError([str(error)]) from None
    _refuse_missing(namespaces, suggestions, cluster.listed.namespaces)
    if output.form == "yaml":
        patches = [suggestion.patch for suggestion in suggestions if not suggestion.exempt]
        output.write(joined(map(to_yaml, patches)))
    else:
        all_obstacles = output.form in {"wide", "csv"}
        rows = [row for suggestion in suggestions for row in _rows(suggestion, all_obstacles=all_obstacles)]
        items = [] if output.readable else list(map(_json, suggestions))
        names = [f"namespace/{suggestion.namespace}" for suggestion in suggestions if not suggestion.exempt]
        answer = Answer("LevelSuggestionList", Table(_COLUMNS, rows), {"items": items}, names)
        output.answer(answer, empty="There is no namespace: no loaded object names one.", cluster=cluster)
    _print_notes(suggestions)
    warn_custom_resources(cluster.objects)


def _parse_version(version: str | None) -> Version | None:
    if version is None:
        return None
    try:
        return parse_version(version)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--version") from None


def _refuse_missing(
    namespaces: tuple[str, ...], suggestions: tuple[Suggestion, ...], known_namespaces: Any
) -> None:
    missing = [
        suggestion.namespace
        for suggestion in suggestions
        if suggestion.namespace in namespaces
        and suggestion.namespace not in known_namespaces
        and not suggestion.pods + suggestion.workloads + len(suggestion.unread + suggestion.empty)
    ]
    if missing:
        raise InputError(f'namespaces "{name}" not found' for name in missing)


def _obstacles(suggestion: Suggestion) -> Iterator[Obstacle]:
    for blocker in suggestion.blockers:
        for failure in blocker.failures:
            for field in failure.fields:
                yield Obstacle(_title(blocker), failure.check, field)


def _title(blocker: FailingManifest) -> str:
    manifest = blocker.manifest
    return f"{manifest.kind.lower()}/{manifest.name or f'{manifest.metadata.generate_name}*'}"


def _rows(suggestion: Suggestion, *, all_obstacles: bool) -> list[tuple[str, ...]]:
    head = (
        suggestion.namespace,
        "exempt" if suggestion.exempt else str(suggestion.current.enforce),
        str(suggestion.level),
        _checked_words(suggestion),
        str(suggestion.next_level or ""),
    )
    obstacles = list(_obstacles(suggestion))
    if not obstacles:
        return [(*head, "", "", "")]
    if all_obstacles:
        return [(*head, *obstacle) for obstacle in obstacles]
    first_obstacle, other_count = obstacles[0], len(obstacles) - 1
    remainder = f" (and {other_count} more)" if other_count else ""
    return [(*head, first_obstacle.title, first_obstacle.check, f"{first_obstacle.field}{remainder}")]


def _checked_words(suggestion: Suggestion) -> str:
    counts = [(suggestion.pods, "pod"), (suggestion.workloads, "workload")]
    phrases = [f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts if count]
    return ", ".join(phrases) or "nothing"


def _print_notes(suggestions: tuple[Suggestion, ...]) -> None:
    empty = [
        suggestion.namespace for suggestion in suggestions if not suggestion.pods and not suggestion.workloads
    ]
    if empty:
        note(f"Nothing was judged in {', '.join(empty)}: where nothing runs, every level is met.")
    for reason in dict.fromkeys(reason for suggestion in suggestions for reason in suggestion.unread):
        warn(f"its pods are not judged: {reason}")
    exempt = [suggestion.namespace for suggestion in suggestions if suggestion.exempt]
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
