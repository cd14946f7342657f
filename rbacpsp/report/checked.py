"""Objects that were checked against a level of the Pod Security Standards, before they have a format."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rbacpsp.pss import Failure, LevelVersion
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line
from rbacpsp.report.table import columns

COLUMNS = ("object", "namespace", "place", "verdict", "check", "field", "level", "message")
_WIDE = frozenset({"level", "message"})


class Fault(NamedTuple):
    """A field at fault, and the line on which it stands, or what should hold it."""

    field: str
    line: int


class FailedCheck(NamedTuple):
    """A check that an object fails, with the places of its fields."""

    failure: Failure
    faults: tuple[Fault, ...]

    @property
    def message(self) -> str:
        """Reason and detail, in the server's words."""
        reason, detail = self.failure.reason, self.failure.detail
        return f"{reason} ({detail})" if detail else reason


@dataclass(frozen=True, slots=True)
class Checked:
    """An object, where it was read, and what a level says about it."""

    kind: str
    namespace: str
    """As its manifest says; may be empty."""
    name: str
    file: str
    document: int
    line: int
    level: LevelVersion
    failed: tuple[FailedCheck, ...] = ()
    counts: bool = False
    """Whether its failures are what the caller fails on."""
    exempt: str = ""
    """Why it is not judged; empty where it is."""

    @property
    def title(self) -> str:
        """The object, as kubectl names one."""
        return f"{self.kind.lower()}/{self.name}"

    @property
    def verdict(self) -> str:
        """`meets`, `violates` or `exempt`."""
        return "exempt" if self.exempt else "violates" if self.failed else "meets"

    @property
    def sentence(self) -> str:
        """The object and its verdict, in one line."""
        where = f"{self.title} in {self.namespace}" if self.namespace else self.title
        return f"{where} is exempt: {self.exempt}" if self.exempt else f"{where} {self.verdict} {self.level}"

    def place(self, at: int) -> str:
        """A line of its file, as compilers write it."""
        return f"{self.file}:{at}" if at else self.file


def text(objects: Sequence[Checked], *, wide: bool = False, headers: bool = True) -> str:
    """A line an object, and below it each field at fault with its line; `wide` adds the server's words."""
    rows = [
        (str(fault.line), failed.failure.check, fault.field, "" if number else failed.message)
        for checked in objects
        for failed in checked.failed
        for number, fault in enumerate(failed.faults)
    ]
    table = Table(("line", "check", "field", "message"), rows, frozenset({"message"}))
    below = [f"  {each}\n" for each in columns(table if wide else table.narrow()).splitlines()]
    titles = below[:1] if headers else []
    parts, at = [], 1
    for checked in objects:
        parts.append(line(f"{checked.place(checked.line)}: {checked.sentence}") + "\n")
        if checked.failed:
            count = sum(len(failed.faults) for failed in checked.failed)
            parts += [*titles, *below[at : at + count]]
            at += count
    return "".join(parts)


def answer(objects: Sequence[Checked], *, data: bool = True) -> Answer:
    """The answer for the formats of every command: a row a field at fault; names are those that violate."""
    rows = [row for each in objects for row in _rows(each)]
    items = [_json(each) for each in objects] if data else []
    names = [each.title for each in objects if each.failed]
    return Answer("PodSecurityCheckList", Table(COLUMNS, rows, _WIDE), {"items": items}, names)


def _rows(checked: Checked) -> list[tuple[str, ...]]:
    head = (checked.title, checked.namespace)
    if not checked.failed:
        said = checked.exempt
        return [(*head, checked.place(checked.line), checked.verdict, "", "", str(checked.level), said)]
    return [
        (
            *head,
            checked.place(fault.line),
            checked.verdict,
            failed.failure.check,
            fault.field,
            str(checked.level),
            failed.message,
        )
        for failed in checked.failed
        for fault in failed.faults
    ]


def _json(checked: Checked) -> dict[str, Any]:
    place = {"namespace": checked.namespace} if checked.namespace else {}
    found: dict[str, Any] = {
        "object": {"kind": checked.kind, **place, "name": checked.name},
        "file": checked.file,
        "document": checked.document,
        "line": checked.line,
        "level": str(checked.level),
        "verdict": checked.verdict,
    }
    if checked.exempt:
        return found | {"because": checked.exempt}
    failures = [
        {
            "check": failed.failure.check,
            "level": failed.failure.level,
            "since": f"v{failed.failure.since}",
            "reason": failed.failure.reason,
            "detail": failed.failure.detail,
            "fields": [{"path": fault.field, "line": fault.line} for fault in failed.faults],
        }
        for failed in checked.failed
    ]
    return found | {"failures": failures}
