"""The tool `diff`."""

from collections.abc import Callable
from typing import Annotated

import click
from msgspec.structs import replace
from pydantic import Field

from rbacpsp.cli.diff_output.options import DiffOptions, compared
from rbacpsp.cli.options import SourceOptions, cluster_of, objects_of, open_cluster
from rbacpsp.cli.tools.desk import Desk
from rbacpsp.cli.tools.parameters import DEFAULT_LIMIT, Limit, Manifest
from rbacpsp.cli.tools.tool import Tool
from rbacpsp.model.json import JSONObject

_ALL = frozenset({"admission", "findings", "paths", "objects"})
Without = Annotated[
    list[str], Field(description="Objects that would be deleted: KIND/NAME or KIND/NAMESPACE/NAME.")
]


def _bind(desk: Desk) -> Callable[..., JSONObject]:
    def diff(
        manifest: Manifest = "",
        without: Without = [],  # noqa: B006 - a schema shows it, and nobody changes it
        limit: Limit = DEFAULT_LIMIT,
    ) -> JSONObject:
        def question() -> JSONObject:
            if manifest or without:
                return _of_change(desk.source, ("-",) if manifest else (), tuple(without))
            if desk.base is None:
                raise click.UsageError(
                    "there is nothing to compare with: say what would be applied or deleted, or start the "
                    "server with --base PATH, the state before"
                )
            return _of_states(replace(desk.source, filenames=(desk.base,), context=None), desk.source)

        return desk.compute(question, limit=limit, stdin=manifest)

    return diff


def _of_change(source: SourceOptions, added: tuple[str, ...], removed: tuple[str, ...]) -> JSONObject:
    before = open_cluster(source)
    changed = replace(source, added=(*source.added, *added), removed=(*source.removed, *removed))
    after = open_cluster(changed)
    return compared(before, after, DiffOptions(_ALL)).report.document()


def _of_states(old: SourceOptions, new: SourceOptions) -> JSONObject:
    before, after = (objects_of(each, None, discovery=False) for each in (old, new))
    return compared(
        cluster_of(before, old, to_add=after), cluster_of(after, new, to_add=before), DiffOptions(_ALL)
    ).report.document()


TOOL = Tool(
    "diff",
    "What changes?",
    "Who gains and who loses access, which pods fare differently, and which findings and paths are new: by "
    "objects that would be applied or deleted, or since the state before that the server was started with.",
    _bind,
)
