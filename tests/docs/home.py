"""Writes the table of jobs on the first page of the site from the README's: `python -m tests.docs.home`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.docs import console, written
from tests.docs.commands import COMMANDS, stem

PAGE = console.ROOT / "docs" / "index.md"
_ROW = re.compile(r"^\| ([^|]+\?) \| (.+) \|$", re.MULTILINE)
_COMMAND = re.compile(r"`(rbacpsp [^`]+)`")


class Job(NamedTuple):
    """A row of the README's table."""

    question: str
    answer: str

    @property
    def pages(self) -> list[str]:
        """The pages of the commands that do the job."""
        return [f"commands/{stem(_command(found))}.md" for found in _COMMAND.findall(self.answer)]

    @property
    def linked(self) -> str:
        """The answer with a link from each command to its page."""
        linked = _COMMAND.sub(
            lambda found: f"[{found[0]}](commands/{stem(_command(found[1]))}.md)", self.answer
        )
        return re.sub(r"\[docs/([\w-]+)\.md\]\(docs/", r"[\1](", linked)


def _command(line: str) -> str:
    """The command of a line: its longest prefix that is a command."""
    words = line.split()
    for end in range(len(words), 1, -1):
        if stem(" ".join(words[:end])) in COMMANDS:
            return " ".join(words[:end])
    raise ValueError(f"there is no command in {line!r}")


def jobs() -> Iterator[Job]:
    """The rows of the README's table."""
    text = (console.ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Questions and commands\n")[2].partition("\n\nEvery question")[0]
    yield from (Job(question, answer) for question, answer in _ROW.findall(table))


def page(text: str) -> str:
    """The page with its table as it is now."""
    rows = [(job.question, job.linked) for job in jobs()]
    return written.with_table(text, "home", "jobs", written.table(("question", "command"), rows))


def write() -> None:
    """Write the table."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
