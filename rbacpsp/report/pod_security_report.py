"""The results of `psa check` in every format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rbacpsp.report import pod_security_junit, pod_security_sarif
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.escape import line
from rbacpsp.report.pod_security import Checked
from rbacpsp.report.suites import Suite
from rbacpsp.report.table import columns

COLUMNS = ("object", "namespace", "place", "verdict", "check", "field", "level", "message")
_WIDE = frozenset({"level", "message"})


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """Checked objects; their names are those of the ones that violate the level."""

    objects: Sequence[Checked]

    def spoken(self, *, wide: bool, headers: bool) -> Iterator[str]:
        """A line an object, below it each field at fault with its line; `wide` adds the server's words."""
        rows = [
            (str(fault.line), failed.failure.check, fault.field, "" if number else failed.message)
            for checked in self.objects
            for failed in checked.failed
            for number, fault in enumerate(failed.faults)
        ]
        table = Table(("line", "check", "field", "message"), rows, frozenset({"message"}))
        below = [f"  {each}\n" for each in columns(table if wide else table.narrow()).splitlines()]
        titles = below[:1] if headers else []
        at = 1
        for checked in self.objects:
            yield line(f"{checked.place(checked.line)}: {checked.sentence}") + "\n"
            if checked.failed:
                count = sum(len(failed.faults) for failed in checked.failed)
                yield from [*titles, *below[at : at + count]]
                at += count

    def tabulated(self, *, wide: bool) -> Table:
        """A row a field at fault."""
        table = Table(COLUMNS, [row for each in self.objects for row in _rows(each)], _WIDE)
        return table if wide else table.narrow()

    def document(self) -> dict[str, Any]:
        """The objects with their failures."""
        return {
            "apiVersion": API_VERSION,
            "kind": "PodSecurityCheckList",
            "items": list(map(_json, self.objects)),
        }

    def named(self) -> list[str]:
        """The objects that violate the level."""
        return [each.title for each in self.objects if each.failed]

    def log(self) -> dict[str, Any]:
        """The failures for code scanning."""
        return pod_security_sarif.log(self.objects)

    def suites(self) -> tuple[str, Sequence[Suite]]:
        """The objects as tests: a suite a file."""
        return pod_security_junit.suites(self.objects)


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
