"""Reads the question of a fleet command, a command line about one cluster, before any cluster is read."""

import hashlib
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.lazy import LazyGroup

_OTHERS = frozenset(
    {
        *("completion", "diff", "explain", "explore", "fleet", "mcp", "migrate", "preflight", "rule"),
        *("sample", "schema", "snapshot", "usage", "verify", "whoami"),
    }
)
"""The commands that are not questions about one cluster."""

_EVERY = "every cluster of the fleet is asked"
_AS_READ = "the fleet has read the cluster without it"
_REFUSED = {
    **dict.fromkeys(("filenames", "context", "kubeconfig", "output_file"), _EVERY),
    **dict.fromkeys(("apply_namespace", "templates", "allow_empty", "limits", "validate"), _AS_READ),
    "fail_on": "no answer makes fleet ask fail; fleet audit and fleet paths have --fail-on",
    "follow": "a run asks every cluster once",
    "quiet": "the answers are what is written",
}
"""Options without effect in a fleet, by the names of their parameters, and why."""


def question_words(question: str) -> list[str]:
    """The words of a question that was passed as one argument.

    Raises:
        InputError: A quotation mark is not closed.
    """
    try:
        words = shlex.split(question)
    except ValueError:
        raise InputError([f'"{question}": a quotation mark is not closed']) from None
    return words[1:] if words[:1] == ["rbacpsp"] else words


def check_question(words: Sequence[str]) -> tuple[str, ...]:
    """Check the words of a question, and return them.

    Raises:
        InputError: It is not a question about one cluster, or has an option that does nothing in a fleet.
        click.UsageError: Its command line is wrong.
    """
    question = shlex.join(words)
    error = InputError([f'"{question}" is not a question about one cluster, such as "who-can get secrets"'])
    if words and words[0] in _OTHERS:
        raise error
    context = _parsed(words)
    parameters = {param.name: param for param in context.command.params}
    formats = parameters.get("form")
    if "filenames" not in parameters or "json" not in getattr(getattr(formats, "type", None), "choices", ()):
        raise error
    for name, why in _REFUSED.items():
        if context.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            option = next(opt for opt in parameters[name].opts if opt.startswith("-"))
            raise InputError([f'"{question}": leave out {option}, {why}'])
    return tuple(words)


def question_files(words: Sequence[str], *, here: bool) -> tuple[tuple[str, str], ...]:
    """The files that a question names, each with a digest of its content.

    Args:
        words: The words of the question.
        here: Whether the question is asked on this machine, so that its files have to exist.

    Raises:
        InputError: A file cannot be read, or is standard input.
    """
    return tuple((path, _digest(path)) for path in dict.fromkeys(_paths(words, here=here)))


def _paths(words: Sequence[str], *, here: bool) -> Iterator[str]:
    context = _parsed(words)
    for parameter in context.command.params:
        named = parameter.make_metavar(context)
        if not isinstance(parameter.type, click.Path) and "FILE" not in named:
            continue
        value = context.params.get(parameter.name or "")
        for path in (value,) if isinstance(value, str) else value or ():
            if path == "-":
                raise InputError([f'"{shlex.join(words)}": a fleet has no stdin: name a file'])
            is_there = Path(path).exists()
            if not is_there and here and "|" not in named:
                raise InputError([f"{path}: there is no such file or folder"])
            if is_there:
                yield path


def _digest(path: str) -> str:
    """A digest of the content of a file, or of all files in a folder."""
    from rbacpsp.sources.files import files_below

    digest = hashlib.sha256()
    inner = [file for file in files_below(path) if isinstance(file, str)] if Path(path).is_dir() else [path]
    for file in inner:
        if not Path(file).is_file():
            raise InputError([f"{file}: this is not a file, and every cluster would have to read it"])
        try:
            with Path(file).open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").digest()
        except OSError as error:
            raise InputError([f"{file}: {error.strerror or error}"]) from None
        digest.update(hashlib.sha256(file.encode("utf-8", "surrogateescape")).digest() + content)
    return digest.hexdigest()[:16]


def _parsed(words: Sequence[str]) -> click.Context:
    from rbacpsp.cli import main

    command: click.Command = main
    # A command keeps the option --help that is made first, so all contexts need the program's settings.
    context = click.Context(main, info_name="rbacpsp", **main.context_settings)
    remaining = list(words)
    while isinstance(command, LazyGroup):
        if not remaining:
            raise InputError(["the question is empty: write one, such as 'who-can get secrets'"])
        name, resolved, remaining = command.resolve_command(context, remaining)
        if resolved is None:
            raise InputError([f'unknown command "{name}"'])
        command = resolved
        if not isinstance(command, LazyGroup):
            return command.make_context(name, list(remaining), parent=context)
        context = click.Context(command, info_name=name, parent=context)
    return context
