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
from rbacpsp.model import AnyObject, Origin
from rbacpsp.model.subjects import subject_text

Locate = Callable[[AnyObject], Origin | None]
"""Where an object was read; None where it came from a live cluster."""


def nowhere(_obj: AnyObject) -> None:
    """The place of objects of a live cluster."""
    return


class ObjectLocation(Struct, frozen=True, gc=False, omit_defaults=True):
    """Where something stands: an object, and where it was read; JSON says it as it is."""

    words: str = field(name="object")
    file: str = ""
    line: int = 0
    assumed: bool = False
    """Whether no source holds it, and it is assumed as Kubernetes creates it."""

    @property
    def position(self) -> str:
        """The file and the line; empty where it was read from none."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def text(self) -> str:
        """The object, with file and line where it was read from one."""
        return f"{self.words} ({self.position})" if self.file else self.words


class GrantRecord(Struct, frozen=True, gc=False):
    """A rule of a role, and the binding that gives it; JSON says it as it is."""

    binding: ObjectLocation
    role: ObjectLocation
    rule: int
    """Counted from 1."""

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.binding.text}, rule {self.rule} of {self.role.text}"


class Row(NamedTuple):
    """A finding in words."""

    finding: Finding
    who: str
    """The subject, or the object that the finding is about."""
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
        """The smallest change that removes the finding; all of its parts are needed."""
        return self.wording.of(self.finding)

    @property
    def assumed(self) -> tuple[str, ...]:
        """The roles and bindings that give it and that no source holds, without repetition."""
        places = (place for grant in self.grants for place in (grant.binding, grant.role))
        return tuple(dict.fromkeys(place.words for place in places if place.assumed))

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        finding = self.finding
        said = f"{self.who}: {finding.title}"
        if self.permission:
            said += f" ({self.permission})"
        return f"{said}, {self.where}.{' ' + finding.said if finding.said else ''}"


class Writer:
    """Puts findings into words; what many of them share is worded once."""

    def __init__(self, locate: Locate = nowhere) -> None:
        self._locate = locate
        self._places: dict[int, ObjectLocation] = {}
        self._permissions: dict[int | tuple[int, ...], str] = {}
        self._rules: dict[int, list[int]] = {}
        self._changes = Changes()

    def row(self, finding: Finding) -> Row:
        """A finding in words; the finding must live as long as the writer."""
        about = finding.about
        place = None if about is None else self._place(about)
        who = subject_text(finding.subject) if finding.subject else place.words if place else "the cluster"
        return Row(finding, who, self._permission(finding), self._grants(finding), place, self._changes)

    def rows(self, findings: Iterable[Finding]) -> Iterator[Row]:
        """Findings in words, in their order, each when it is asked for."""
        return map(self.row, findings)

    def _permission(self, finding: Finding) -> str:
        evidence = finding.evidence
        if finding.way is not None:
            return finding.permission
        if not evidence:
            return ""
        key = id(evidence[0].hits) if len(evidence) == 1 else tuple([id(each.hits) for each in evidence])
        words = self._permissions.get(key)
        if words is None:
            words = self._permissions[key] = finding.permission
        return words

    def _grants(self, finding: Finding) -> tuple[GrantRecord, ...]:
        if finding.way is not None:
            return tuple(
                GrantRecord(self._place(grant.binding), self._place(grant.role), grant.rule_index + 1)
                for grant in finding.way.grants
            )
        if finding.subject is None:
            return ()
        evidence = finding.evidence
        if len(evidence) > 1:
            evidence = tuple(sorted(evidence, key=lambda each: _binding_order(each.binding)))
        found = []
        for each in evidence:
            binding, role = self._place(each.binding), self._place(each.role)
            found += [GrantRecord(binding, role, rule) for rule in self._rules_of(each.hits)]
        return tuple(found)

    def _rules_of(self, hits: tuple[RuleMatch, ...]) -> list[int]:
        """The places of the rules in their role, from 1 on, ascending."""
        found = self._rules.get(id(hits))
        if found is None:
            found = self._rules[id(hits)] = sorted({hit.rule_index + 1 for hit in hits})
        return found

    def _place(self, obj: AnyObject) -> ObjectLocation:
        found = self._places.get(id(obj))
        if found is None:
            origin = self._locate(obj)
            file, line = (origin.document.file, origin.line) if origin else ("", 0)
            found = self._places[id(obj)] = ObjectLocation(_words(obj), file, line, is_assumed(obj))
        return found


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
    found = {finding.rule.id: finding.rule for finding in findings}
    return tuple(found[each] for each in sorted(found))


def summary(audit: Audit) -> str:
    """What the audit found, in a sentence that needs no knowledge of Kubernetes."""
    if not audit.findings:
        return "No findings: nothing here is what the rules of this audit are about."
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
    """The method of the audit, its limits, and the assumed objects on which findings rest."""
    rests_on = f"{audit.assumed_words}." if audit.assumed_words else ""
    return (METHOD, LIMITS, *filter(None, [rests_on]), *audit.warnings)
