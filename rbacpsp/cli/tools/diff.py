"""The tool `diff` of `rbacpsp mcp`: how two states of a cluster differ in access."""

from collections.abc import Callable
from typing import Annotated

import click
from msgspec.structs import replace
from pydantic import Field

from rbacpsp.cli.diff_output.options import DiffOptions, compared
from rbacpsp.cli.options import SourceOptions, cluster_of, objects_of, open_cluster
from rbacpsp.cli.tools.command_runner import CommandRunner
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Limit, Manifest
from rbacpsp.cli.tools.tool import Tool
from rbacpsp.model.json import JSONObject

_ALL_SECTIONS = frozenset({"admission", "findings", "paths", "objects"})
Without = Annotated[list[str], Field(description="Objects to delete: KIND/NAME or KIND/NAMESPACE/NAME.")]


def _bind(runner: CommandRunner) -> Callable[..., JSONObject]:
    def diff(
        manifest: Manifest = "",
        without: Without = [],  # noqa: B006 - the schema shows the default; nothing changes it
        limit: Limit = DEFAULT_LIMIT,
    ) -> JSONObject:
        def question() -> JSONObject:
            if manifest or without:
                return _compare_with_change(runner.source, ("-",) if manifest else (), tuple(without))
            if runner.base is None:
                raise click.UsageError(
                    "there is nothing to compare with: give objects to apply or delete, or start the server "
                    "with --base PATH, the earlier state"
                )
            return _compare_states(
                replace(runner.source, filenames=(runner.base,), context=None), runner.source
            )

        return runner.compute(question, limit=limit, stdin=manifest)

    return diff


def _compare_with_change(
    source: SourceOptions, added: tuple[str, ...], removed: tuple[str, ...]
) -> JSONObject:
    before = open_cluster(source)
    changed = replace(source, added=(*source.added, *added), removed=(*source.removed, *removed))
    after = open_cluster(changed)
    return compared(before, after, DiffOptions(_ALL_SECTIONS)).report.document()


def _compare_states(old: SourceOptions, new: SourceOptions) -> JSONObject:
    before, after = (objects_of(source, None, discovery=False) for source in (old, new))
    return compared(
        cluster_of(before, old, to_add=after),
        cluster_of(after, new, to_add=before),
        DiffOptions(_ALL_SECTIONS),
    ).report.document()


TOOL = Tool(
    "diff",
    "What changes?",
    "Who gains and who loses access, which pods are admitted differently, and which findings and paths are "
    "new: if objects are applied or deleted, or compared with the earlier state from --base.",
    _bind,
)
