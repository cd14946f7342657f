"""Opens the two states that a command compares, as its arguments name them."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from rbacpsp.cli.options import SourceOptions, cluster_of, objects_of

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Objects

NONE = "none"
LIVE = "live"


def open_states(
    old: str, new: str, source: SourceOptions, *, kinds: Collection[str] | None = None
) -> "tuple[Cluster, Cluster]":
    """The clusters that two arguments name, both read with the same options.

    If only one of them has a version, both get this version.

    Args:
        old: The first argument.
        new: The second argument.
        source: The options for reading them.
        kinds: The kinds that the answer depends on; None: all.

    Raises:
        InputError: Something could not be read.
        IncompleteError: Something was skipped or may not be read, and `--strict` was given.
    """
    if old == new == "-":
        raise click.UsageError("standard input can be read only once", click.get_current_context())
    sources = [_source(word, source) for word in (old, new)]
    before, after = (_objects(word, its, kinds) for word, its in zip((old, new), sources, strict=True))
    return (
        cluster_of(before, sources[0], kinds=kinds, to_add=after),
        cluster_of(after, sources[1], kinds=kinds, to_add=before),
    )


def _source(word: str, source: SourceOptions) -> SourceOptions:
    if word == LIVE:
        return source
    kind, colon, context = word.partition(":")
    if kind == LIVE and colon:
        if not context:
            raise click.UsageError(
                f'"{word}" names no context: write live, or live:CONTEXT', click.get_current_context()
            )
        return replace(source, context=context)
    return source if word == NONE else replace(source, filenames=(word,))


def _objects(word: str, source: SourceOptions, kinds: Collection[str] | None) -> "Objects":
    if word == NONE:
        from rbacpsp.model import Objects

        return Objects()
    return objects_of(source, kinds, discovery=False)
