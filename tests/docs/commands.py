"""Writes docs/commands.md: `python -m tests.docs.commands`."""

from collections.abc import Iterator

from rbacpsp.cli import main
from rbacpsp.cli.lazy import LazyGroup
from tests.docs import console

PAGE = console.ROOT / "docs" / "commands.md"

_HEAD = """\
# Commands

Every command with its help, as `--help` prints it. Data goes to stdout, everything else to stderr. The exit
code is 0 when all is done or the answer is yes, 1 when the answer is no, 2 for wrong use or unreadable input,
3 when the source could not be read completely and `--strict` was given.

This page is written by `python -m tests.docs.commands`.
"""


def command_paths(group: LazyGroup = main, path: str = "rbacpsp") -> Iterator[str]:
    """Every command, groups before what is in them."""
    yield path
    for name, lazy in sorted(group._lazy.items()):
        command = lazy.load()
        if isinstance(command, LazyGroup):
            yield from command_paths(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for path in command_paths():
        command = f"{path} --help"
        shown, _ = console.run(command, 0)
        parts.append(f"## {path}\n\n```console\n$ {command}\n{shown}```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
