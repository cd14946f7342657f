"""Command lines to run next, with the same source; they can be copied and run as they are printed."""

import shlex
from collections.abc import Iterable, Iterator

from rbacpsp.cli.options import SourceOptions

Option = tuple[str, ...]
"""An option with its value, or a flag alone."""


def next_step(
    command: str, *arguments: str, source: SourceOptions | None, options: Iterable[Option] = ()
) -> str:
    """A complete command line for the same source, in which no name can become an option.

    Args:
        command: The name of the command, not quoted.
        arguments: Its arguments; quoted for a shell, and after `--` if one looks like an option.
        source: The source of the objects; None for a command that reads none.
        options: The command's own options, each with its value.
    """
    words = [word for option in options for word in _option(*option)]
    words += [] if source is None else source_words(source)
    if any(argument.startswith("-") and argument != "-" for argument in arguments):
        words += ["--", *arguments]
    else:
        words = [*arguments, *words]
    return " ".join(["rbacpsp", command, *map(shlex.quote, words)])


def source_words(source: SourceOptions) -> list[str]:
    """The options that name a source and say how to read it, as words of a command line."""
    return [
        word
        for option in (*_options(source), *((flag,) for flag in _flags(source)))
        for word in _option(*option)
    ]


def _option(name: str, value: str = "") -> tuple[str, ...]:
    if not value:
        return (name,)
    if not value.startswith("-") or value == "-":
        return name, value
    return (f"{_LONG.get(name, name)}={value}",)


_LONG = {"-f": "--filename", "-n": "--namespace"}


def _options(source: SourceOptions) -> Iterator[Option]:
    for filename in source.filenames:
        yield "-f", filename
    options = (
        ("--context", source.context),
        ("--kubeconfig", source.kubeconfig),
        ("--kubernetes-version", source.kubernetes_version),
        ("--openshift-version", source.openshift_version),
        ("--bootstrap", "" if source.bootstrap == "auto" else source.bootstrap),
        ("--apply-namespace", source.apply_namespace),
        ("--duplicates", "" if source.duplicates == "refuse" else source.duplicates),
        *(("--live-limit", f"{name}={number:g}") for name, number in source.limits),
        *(("--with", path) for path in source.added),
        *(("--without", identity) for identity in source.removed),
    )
    for option, value in options:
        if value:
            yield option, value


def _flags(source: SourceOptions) -> Iterator[str]:
    if source.keep_going:
        yield "--keep-going"
    if source.allow_empty:
        yield "--allow-empty"
    if source.strict:
        yield "--strict"
    if not source.validate:
        yield "--no-validate"
