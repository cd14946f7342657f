"""The results of `psa check` in every format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rbacpsp.report import pod_security_junit, pod_security_sarif
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.escape import line
from rbacpsp.report.pod_security import PodSecurityResult
from rbacpsp.report.suites import Suite
from rbacpsp.report.table import columns

COLUMNS = ("object", "namespace", "place", "verdict", "check", "field", "level", "message")
_WIDE = frozenset({"level", "message"})


@dataclass(frozen=True, slots=True)
class CheckedReport:
    """PodSecurityResult objects; `named` gives the objects that violate the level."""

    objects: Sequence[PodSecurityResult]

    def spoken(self, *, wide: bool, headers: bool) -> Iterator[str]:
        """A line for each object, and below it each field that violates a check; `wide` adds the messages."""
        rows = [
            (str(fault.line), failed.failure.check, fault.field, "" if number else failed.message)
            for checked in self.objects
            for failed in checked.failed
            for number, fault in enumerate(failed.faults)
        ]
        table = Table(("line", "check", "field", "message"), rows, frozenset({"message"}))
        row_lines = [
            f"  {row_text}\n" for row_text in columns(table if wide else table.narrow()).splitlines()
        ]
        title_lines = row_lines[:1] if headers else []
        start = 1
        for checked in self.objects:
            yield line(f"{checked.position(checked.line)}: {checked.sentence}") + "\n"
            if checked.failed:
                count = sum(len(failed.faults) for failed in checked.failed)
                yield from [*title_lines, *row_lines[start : start + count]]
                start += count

    def tabulated(self, *, wide: bool) -> Table:
        """A row for each field that violates a check."""
        table = Table(COLUMNS, [row for obj in self.objects for row in _rows(obj)], _WIDE)
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
        return [obj.title for obj in self.objects if obj.failed]

    def log(self) -> dict[str, Any]:
        """The failures for code scanning."""
        return pod_security_sarif.log(self.objects)

    def suites(self) -> tuple[str, Sequence[Suite]]:
        """The objects as tests: a suite for each file."""
        return pod_security_junit.suites(self.objects)


def _rows(checked: PodSecurityResult) -> list[tuple[str, ...]]:
    head = (checked.title, checked.namespace)
    if not checked.failed:
        reason = checked.exempt
        return [(*head, checked.position(checked.line), checked.verdict, "", "", str(checked.level), reason)]
    return [
        (
            *head,
            checked.position(fault.line),
            checked.verdict,
            failed.failure.check,
            fault.field,
            str(checked.level),
            failed.message,
        )
        for failed in checked.failed
        for fault in failed.faults
    ]


def _json(checked: PodSecurityResult) -> dict[str, Any]:
    namespace = {"namespace": checked.namespace} if checked.namespace else {}
    result: dict[str, Any] = {
        "object": {"kind": checked.kind, **namespace, "name": checked.name},
        "file": checked.file,
        "document": checked.document,
        "line": checked.line,
        "level": str(checked.level),
        "verdict": checked.verdict,
    }
    if checked.exempt:
        return result | {"because": checked.exempt}
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
    return result | {"failures": failures}
