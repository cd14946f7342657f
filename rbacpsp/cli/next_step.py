"""Commands to run next, with the source that was named: they run as they are printed."""

import shlex
from collections.abc import Iterator

from rbacpsp.cli.options import Source


def next_step(command: str, *arguments: str, source: Source) -> str:
    """A whole command line; `command` is taken as it is written, arguments are quoted for a shell."""
    return " ".join(["rbacpsp", command, *map(shlex.quote, (*arguments, *_flags(source)))])


def _flags(source: Source) -> Iterator[str]:
    for filename in source.filenames:
        yield from ("-f", filename)
    options = (
        ("--context", source.context),
        ("--kubeconfig", source.kubeconfig),
        ("--kubernetes-version", source.kubernetes_version),
        *(("--with", path) for path in source.added),
        *(("--without", identity) for identity in source.removed),
    )
    for option, value in options:
        if value:
            yield from (option, value)
