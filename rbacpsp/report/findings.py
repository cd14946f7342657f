"""The findings of an audit as text, independent of the format."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct, field

from rbacpsp.apply import is_assumed
from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.audit.change import Changes
from rbacpsp.audit.engine import LIMITS, METHOD
from rbacpsp.audit.finding import Binding, RuleMatch
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.model import AnyObject, ObjectOrigin
from rbacpsp.model.subjects import subject_text

Locate = Callable[[AnyObject], ObjectOrigin | None]
"""The file and line an object was read from; None if it came from a live cluster."""


def nowhere(_obj: AnyObject) -> None:
    """The `Locate` of a live cluster, whose objects come from no file."""
    return


class ObjectLocation(Struct, frozen=True, gc=False, omit_defaults=True):
    """An object, and the file and line it was read from; JSON has the same fields."""

    words: str = field(name="object")
    file: str = ""
    line: int = 0
    assumed: bool = False
    """Whether no source contains it: it is assumed, as Kubernetes creates it."""

    @property
    def position(self) -> str:
        """The file and the line; empty if it was not read from a file."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def text(self) -> str:
        """The object, with file and line if it was read from a file."""
        return f"{self.words} ({self.position})" if self.file else self.words


class GrantRecord(Struct, frozen=True, gc=False):
    """A rule of a role, and the binding that grants it; JSON has the same fields."""

    binding: ObjectLocation
    role: ObjectLocation
    rule: int
    """Counted from 1."""

    @property
    def text(self) -> str:
        """The binding and the rule in one line."""
        return f"{self.binding.text}, rule {self.rule} of {self.role.text}"


class FindingRow(NamedTuple):
    """A finding in words."""

    finding: Finding
    who: str
    """The subject of the finding, or its object."""
    permission: str
    """What is granted; empty where the finding is no permission."""
    grants: tuple[GrantRecord, ...]
    about: ObjectLocation | None
    wording: Changes

    @property
    def where(self) -> str:
        """The scope in words."""
        return self.finding.where

    @property
    def changes(self) -> tuple[str, ...]:
        """The smallest change that removes the finding; every part of it is needed."""
        return self.wording.of(self.finding)

    @property
    def assumed(self) -> tuple[str, ...]:
        """The assumed roles and bindings among its grants, without repetition."""
        objects = (obj for grant in self.grants for obj in (grant.binding, grant.role))
        return tuple(dict.fromkeys(obj.words for obj in objects if obj.assumed))

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        finding = self.finding
        sentence = f"{self.who}: {finding.title}"
        if self.permission:
            sentence += f" ({self.permission})"
        return f"{sentence}, {self.where}.{' ' + finding.said if finding.said else ''}"


class Writer:
    """Puts findings into words; words that many findings share are made once."""

    def __init__(self, locate: Locate = nowhere) -> None:
        self._locate = locate
        self._located: dict[int, ObjectLocation] = {}
        self._permissions: dict[int | tuple[int, ...], str] = {}
        self._rules: dict[int, list[int]] = {}
        self._changes = Changes()

    def row(self, finding: Finding) -> FindingRow:
        """A finding in words; the finding must live as long as the writer."""
        about = finding.about
        located = None if about is None else self._locate_object(about)
        who = (
            subject_text(finding.subject) if finding.subject else located.words if located else "the cluster"
        )
        return FindingRow(
            finding, who, self._permission(finding), self._grants(finding), located, self._changes
        )

    def rows(self, findings: Iterable[Finding]) -> Iterator[FindingRow]:
        """Findings in words, in their order; each is made when it is needed."""
        return map(self.row, findings)

    def _permission(self, finding: Finding) -> str:
        evidence = finding.evidence
        if finding.way is not None:
            return finding.permission
        if not evidence:
            return ""
        key = id(evidence[0].hits) if len(evidence) == 1 else tuple([id(item.hits) for item in evidence])
        words = self._permissions.get(key)
        if words is None:
            words = self._permissions[key] = finding.permission
        return words

    def _grants(self, finding: Finding) -> tuple[GrantRecord, ...]:
        if finding.way is not None:
            return tuple(
                GrantRecord(
                    self._locate_object(grant.binding), self._locate_object(grant.role), grant.rule_index + 1
                )
                for grant in finding.way.grants
            )
        if finding.subject is None:
            return ()
        evidence = finding.evidence
        if len(evidence) > 1:
            evidence = tuple(sorted(evidence, key=lambda item: _binding_order(item.binding)))
        grants = []
        for item in evidence:
            binding, role = self._locate_object(item.binding), self._locate_object(item.role)
            grants += [GrantRecord(binding, role, rule) for rule in self._rules_of(item.hits)]
        return tuple(grants)

    def _rules_of(self, hits: tuple[RuleMatch, ...]) -> list[int]:
        """The numbers of the rules in their role, counted from 1, ascending."""
        numbers = self._rules.get(id(hits))
        if numbers is None:
            numbers = self._rules[id(hits)] = sorted({hit.rule_index + 1 for hit in hits})
        return numbers

    def _locate_object(self, obj: AnyObject) -> ObjectLocation:
        located = self._located.get(id(obj))
        if located is None:
            origin = self._locate(obj)
            file, line = (origin.document.file, origin.line) if origin else ("", 0)
            located = self._located[id(obj)] = ObjectLocation(_words(obj), file, line, is_assumed(obj))
        return located


def _binding_order(binding: Binding) -> tuple[str, str]:
    return (binding.namespace, binding.name)


def _words(obj: AnyObject) -> str:
    return f"{obj.kind} {obj.namespace}/{obj.name}" if obj.namespace else f"{obj.kind} {obj.name}"


def counted_severities(findings: Iterable[Finding]) -> str:
    """How many findings there are of each severity, as `2 critical, 1 low`."""
    counted = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counted[severity]} {severity}" for severity in Severity if counted[severity])


def rules_of(findings: Iterable[Finding]) -> tuple[RuleText, ...]:
    """The rules of some findings, by id."""
    rules_by_id = {finding.rule.id: finding.rule for finding in findings}
    return tuple(rules_by_id[rule_id] for rule_id in sorted(rules_by_id))


def summary(audit: Audit) -> str:
    """What the audit found, in words that need no knowledge of Kubernetes."""
    if not audit.findings:
        return "No findings: nothing here matches a rule of this audit."
    counts = [f"{count} {severity}" for severity, count in audit.counts().items() if count]
    subjects = len({finding.subject for finding in audit.findings if finding.subject})
    grave = len({finding.subject for finding in audit.at_least(Severity.HIGH) if finding.subject})
    text = f"{len(audit)} finding{'' if len(audit) == 1 else 's'}: {', '.join(counts)}."
    if subjects == 1:
        text += " They concern one user, group or service account."
    elif subjects:
        text += f" They concern {subjects} users, groups and service accounts"
        text += f", {grave} of them gravely (critical or high)." if grave else "."
    return text


def ending(audit: Audit) -> tuple[str, ...]:
    """The method of the audit, its limits, and the assumed objects that findings depend on."""
    rests_on = f"{audit.assumed_words}." if audit.assumed_words else ""
    return (METHOD, LIMITS, *filter(None, [rests_on]), *audit.warnings)
