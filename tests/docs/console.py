"""Runs the console blocks of a Markdown page, and can write their output again.

A block is fenced as `console`. A line that begins with `$ ` is a command, the lines below it are what it
prints (stdout and stderr, as a terminal shows them). `$ rbacpsp ...` may end in `< FILE`; `$ echo $?` prints
the exit code of the command before. An output line of just `...` stands for any number of lines.

`python tests/docs/console.py PAGE...` replaces the output in pages by what the commands print now; a block
with a `...` line is left as it is.
"""

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
ANYTHING = "..."


@dataclass(frozen=True)
class Step:
    """A command and what the page says that it prints."""

    command: str
    expected: str


def steps(block: str) -> Iterator[Step]:
    """The commands of a block."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        while command.endswith("\\"):
            more, _, expected = expected.partition("\n")
            command = f"{command[:-1]}{more.lstrip()}"
        yield Step(command, expected)


def blocks(page: Path) -> list[str]:
    """The console blocks of a page."""
    return [match[2] for match in _BLOCK.finditer(page.read_text(encoding="utf-8"))]


def run(command: str, last_code: int) -> tuple[str, int]:
    """The output of a command, and its exit code.

    Raises:
        ValueError: A page may not run this command.
    """
    if command == "echo $?":
        return f"{last_code}\n", 0
    words = shlex.split(command)
    stdin = b""
    if len(words) > 2 and words[-2] == "<":
        stdin = (ROOT / words.pop()).read_bytes()
        words.pop()
    if words[0] != "rbacpsp":
        raise ValueError(f"a page may run rbacpsp only, not {words[0]!r}")
    from rbacpsp.cli import main

    with chdir(ROOT):
        result = CliRunner().invoke(main, words[1:], input=stdin, prog_name="rbacpsp")
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output, result.exit_code


def agrees(expected: str, actual: str) -> bool:
    """Whether an output is what the page shows."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == ANYTHING else re.escape(line) + r"\n" for line in expected.splitlines()
    )
    return re.fullmatch(pattern, actual if actual.endswith("\n") or not actual else actual + "\n") is not None


def renewed(page: str) -> str:
    """The page with the current output of its commands."""

    def block(match: re.Match[str]) -> str:
        indent, body = match[1], match[2]
        if any(line.strip() == ANYTHING for line in body.splitlines()):
            return match[0]
        out, code = [], 0
        for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
            result = list(steps(part))
            if not result:
                out.append(part)
                continue
            lines = part.splitlines(keepends=True)
            shown = 1
            while lines[shown - 1].rstrip("\n").endswith("\\"):
                shown += 1
            text, code = run(result[0].command, code)
            out.append("".join(lines[:shown]) + text)
        return f"{indent}```console\n{''.join(out)}{indent}```"

    return _BLOCK.sub(block, page)


if __name__ == "__main__":
    os.environ["NO_COLOR"] = "1"
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
