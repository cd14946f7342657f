"""The findings of an audit as text, before they have a format."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from rbacpsp.audit import Audit, Finding, Severity, smallest_changes
from rbacpsp.audit.change import binding_words, role_words
from rbacpsp.audit.engine import LIMITS, METHOD
from rbacpsp.audit.finding import subject_words
from rbacpsp.model import AnyObject, Origin
from rbacpsp.report.answer import Answer, Table

Locate = Callable[[AnyObject], Origin | None]
"""Where an object was read; None where it came from a live cluster."""

_COLUMNS = ("severity", "rule", "subject", "scope", "what", "through", "title", "change", "fingerprint")
_WIDE = frozenset({"title", "change", "fingerprint"})


def nowhere(_obj: AnyObject) -> None:
    """The place of objects of a live cluster."""
    return


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: an object, and where it was read."""

    words: str
    file: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """The object, with file and line where it was read from one."""
        if not self.file:
            return self.words
        return f"{self.words} ({self.file}:{self.line})" if self.line else f"{self.words} ({self.file})"


@dataclass(frozen=True, slots=True)
class Grant:
    """A rule of a role, and the binding that gives it."""

    binding: Place
    role: Place
    rule: int
    """Counted from 1."""

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.binding.text}, rule {self.rule} of {self.role.text}"


@dataclass(frozen=True, slots=True)
class Row:
    """A finding in words."""

    finding: Finding
    who: str
    """The subject, or the object that the finding is about."""
    where: str
    what: str
    """The permission; else what is to be said."""
    grants: tuple[Grant, ...]
    changes: tuple[str, ...]
    about: Place | None

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        finding = self.finding
        said = f"{self.who}: {finding.rule.title}"
        if finding.permission:
            said += f" ({finding.permission})"
        return f"{said}, {self.where}.{' ' + finding.detail if finding.detail else ''}"


def rows(findings: Iterable[Finding], locate: Locate = nowhere) -> list[Row]:
    """Findings in words, in their order."""
    return [_row(finding, locate) for finding in findings]


def _row(finding: Finding, locate: Locate) -> Row:
    about = _place(finding.about, _object_words(finding.about), locate) if finding.about is not None else None
    grants = tuple(
        Grant(
            _place(grant.binding, binding_words(grant.binding), locate),
            _place(grant.role, role_words(grant.role), locate),
            grant.rule_index + 1,
        )
        for grant in finding.grants
    )
    who = subject_words(finding.subject) if finding.subject else about.words if about else "the cluster"
    what = finding.permission or finding.detail
    return Row(finding, who, finding.where, what, grants, smallest_changes(finding), about)


def _object_words(obj: AnyObject) -> str:
    return f"{obj.kind} {obj.namespace}/{obj.name}" if obj.namespace else f"{obj.kind} {obj.name}"


def _place(obj: AnyObject, words: str, locate: Locate) -> Place:
    origin = locate(obj)
    return Place(words, origin.document.file, origin.document.line) if origin else Place(words)


def summary(audit: Audit) -> str:
    """What the audit found, in a sentence that needs no knowledge of Kubernetes."""
    if not audit.findings:
        return "Nothing was found that the rules of this audit are about."
    counts = [f"{count} {severity}" for severity, count in audit.counts().items() if count]
    subjects = len({finding.subject for finding in audit.findings if finding.subject})
    grave = len({finding.subject for finding in audit.at_least(Severity.HIGH) if finding.subject})
    text = f"{len(audit)} finding{'' if len(audit) == 1 else 's'}: {', '.join(counts)}."
    if subjects:
        text += f" Users, groups and service accounts concerned: {subjects}, gravely: {grave}."
    return text


def ending(audit: Audit) -> tuple[str, ...]:
    """The method of the audit and its limits."""
    return (METHOD, LIMITS, *audit.warnings)


def data(audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False) -> dict[str, Any]:
    """The audit as plain JSON values; a later audit takes it as its baseline."""
    used = {finding.rule.id: finding.rule for finding in (*audit.findings, *audit.ruled_out)}
    found: dict[str, Any] = {
        "kubernetesVersion": str(audit.version) if audit.version else None,
        "summary": summary(audit),
        "counts": {str(severity): count for severity, count in audit.counts().items()},
        "findings": [_json(_row(finding, locate)) for finding in audit.findings],
        "rules": [
            {
                "id": rule.id,
                "name": rule.name,
                "title": rule.title,
                "why": rule.why,
                "gain": rule.gain,
                "remedy": rule.remedy,
                "references": [{"title": each.title, "url": each.url} for each in rule.references],
            }
            for _, rule in sorted(used.items())
        ],
    }
    if ruled_out:
        found["ruledOut"] = [
            {**_json(row), "because": row.finding.ruled_out} for row in rows(audit.ruled_out, locate)
        ]
    return {**found, "method": METHOD, "limits": LIMITS, "warnings": list(audit.warnings)}


def _json(row: Row) -> dict[str, Any]:
    finding = row.finding
    found: dict[str, Any] = {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule.id,
        "severity": str(finding.severity),
        "title": finding.rule.title,
        "scope": finding.scope or None,
    }
    if finding.subject:
        subject = finding.subject
        found["subject"] = {
            "kind": subject.kind,
            "namespace": subject.namespace or None,
            "name": subject.name,
        }
    if row.about:
        found["object"] = _place_json(row.about)
    if finding.permission:
        found["permission"] = finding.permission
    if finding.detail:
        found["detail"] = finding.detail
    if row.grants:
        found["grants"] = [
            {"binding": _place_json(each.binding), "role": _place_json(each.role), "rule": each.rule}
            for each in row.grants
        ]
    return {**found, "gain": finding.rule.gain, "change": list(row.changes)}


def _place_json(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {"object": place.words}
    if place.file:
        found |= {"file": place.file, "line": place.line}
    return found


def table(audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False) -> Answer:
    """The audit as rows; what was ruled out follows, marked, when it is asked for."""
    shown = chain(audit.findings, audit.ruled_out if ruled_out else ())
    return Answer("Audit", Table(_COLUMNS, [_cells(_row(finding, locate)) for finding in shown], _WIDE))


def document(audit: Audit, locate: Locate = nowhere, *, ruled_out: bool = False) -> Answer:
    """The audit as one object, for programs."""
    return Answer("Audit", Table(_COLUMNS, ()), data(audit, locate, ruled_out=ruled_out))


def _cells(row: Row) -> list[str]:
    finding = row.finding
    severity = f"({finding.ruled_out})" if finding.ruled_out else str(finding.severity)
    return [
        severity,
        finding.rule.id,
        row.who,
        finding.scope or "cluster",
        row.what,
        "; ".join(dict.fromkeys(each.binding.text for each in row.grants)),
        finding.rule.title,
        "; ".join(row.changes),
        finding.fingerprint,
    ]
