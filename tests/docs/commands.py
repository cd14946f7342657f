"""Writes docs/commands and other texts about the commands: `python -m tests.docs.commands`."""

import os
import shlex
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from click.testing import CliRunner

from rbacpsp import __version__
from rbacpsp.__main__ import HELP
from rbacpsp.cli import main
from rbacpsp.cli.lazy import LazyGroup
from tests.cli.test_examples import LIVE_COMMANDS, ROOT, examples
from tests.docs import completion, console, written

_HEAD = """\
# Commands

Each command with its help and with the output of its examples. `rbacpsp COMMAND --help` prints the same
help, and `--help-all` explains every option. Data goes to stdout, everything else to stderr; see
[exit codes](exit-codes.md), [formats](formats.md) and [the environment](environment.md).
"""
_NOT_SHOWN = {
    **dict.fromkeys(LIVE_COMMANDS, "a running cluster"),
    "fleet": "the extra `fleet`",
    "mcp": "the extra `mcp`",
}
"""Commands whose examples print what is another thing each time, and what they need."""
_MOST_LINES = 60
_WIDEST = 400
"""Of a longer output, and of one with longer lines, the page shows only where it begins."""


def command_paths(group: LazyGroup = main, path: str = "rbacpsp") -> Iterator[str]:
    """Every command, each group before its commands."""
    yield path
    for name, lazy in sorted(group._lazy.items()):
        command = lazy.load()
        if isinstance(command, LazyGroup):
            yield from command_paths(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def stem(path: str) -> str:
    """The name of the page of a command: `psp-admit` for `rbacpsp psp admit`."""
    return path.removeprefix("rbacpsp ").replace(" ", "-")


COMMANDS = {stem(path): path for path in command_paths()}


def command_of(path: str) -> click.Command:
    """A command, imported."""
    command: click.Command = main
    for name in path.split()[1:]:
        assert isinstance(command, LazyGroup)
        command = command._lazy[name].load()
    return command


def page(name: str) -> str:
    """The page of a command."""
    path = COMMANDS[name]
    command = command_of(path)
    shown, _ = console.run(f"{path} --help", 0)
    parts = [f"# {path}\n", "[All commands](../commands.md)\n", f"```console\n$ {path} --help\n{shown}```\n"]
    if isinstance(command, LazyGroup):
        parts.append(_table(command, path, folder=""))
        return "\n".join(parts)
    lines = [_folded(line) for line in examples(command)]
    shown_lines = [line for line in examples(command) if line.split()[1] not in _NOT_SHOWN]
    if shown_lines:
        parts.append("## What the examples print\n")
        parts += [f"```console\n$ {_folded(line)}\n{shown_output(line)}```\n" for line in shown_lines]
    else:
        need = _NOT_SHOWN[path.split()[1]]
        parts.append(f"## Examples, which need {need}\n\n```text\n{chr(10).join(lines)}\n```\n")
    return "\n".join(parts)


def index() -> str:
    """The list of the commands, by purpose."""
    shown, _ = console.run("rbacpsp who-can --help-all", 0)
    shared = shown[shown.index("\nSource:") + 1 :]
    parts = [_HEAD]
    for title, names in main._groups:
        parts.append(f"## {title}\n\n{_table(main, 'rbacpsp', names.split(), folder='commands/')}")
    parts.append(f"## Options that commands share\n\n```text\n{shared}```\n")
    return "\n".join(parts)


def _table(group: LazyGroup, path: str, names: list[str] | None = None, *, folder: str) -> str:
    rows = list(_rows(group, path, names or sorted(group._lazy), folder))
    return written.table(("command", "what it does"), rows)


def _rows(group: LazyGroup, path: str, names: list[str], folder: str) -> Iterator[tuple[str, str]]:
    for name in names:
        lazy = group._lazy[name]
        whole = f"{path} {name}"
        yield f"[`{whole}`]({folder}{stem(whole)}.md)", lazy.summary
        inside = lazy.load()
        if isinstance(inside, LazyGroup):
            yield from _rows(inside, whole, sorted(inside._lazy), folder)


def _folded(line: str) -> str:
    return " ".join(line.split())


def shown_output(line: str) -> str:
    """The output of an example, or its beginning; the example runs in a temporary folder."""
    words, _, stdin = line.partition(" < ")
    given = (ROOT / stdin.strip()).read_text(encoding="utf-8") if stdin else None
    with TemporaryDirectory() as folder:
        for each in ROOT.iterdir() if line.split()[1] != "sample" else ():  # which writes the samples itself
            (Path(folder) / each.name).symlink_to(each)
        with chdir(folder):
            result = CliRunner(env={"NO_COLOR": "1"}).invoke(main, shlex.split(words)[1:], input=given)
    lines = result.output.replace(os.path.realpath(folder), "").splitlines()
    ours = f'"version": "{__version__}"'  # another one after each commit
    lines = [console.ANYTHING if ours in each else each for each in lines]
    wide = next((number for number, each in enumerate(lines) if len(each) > _WIDEST), len(lines))
    most = min(wide, _MOST_LINES)
    if most < len(lines):
        lines = [*lines[:most], console.ANYTHING]
    code = [f"$ echo $?\n{result.exit_code}\n"] if result.exit_code else []
    return "".join([*(f"{each}\n" for each in lines), *code])


def help_text() -> str:
    """What `rbacpsp --help` prints."""
    return CliRunner().invoke(main, ["--help"], prog_name="rbacpsp").stdout


PAGES = written.Written("commands", "commands", tuple(COMMANDS), page, index)


if __name__ == "__main__":
    PAGES.write()
    Path(HELP).write_text(help_text(), encoding="utf-8")
    completion.FILE.write_text(completion.text(), encoding="utf-8")
