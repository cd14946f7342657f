"""The findings of an audit as text, independent of the format."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from rbacpsp.apply import is_assumed
from rbacpsp.audit import Audit, Finding, Severity
from rbacpsp.audit.change import Changes
from rbacpsp.audit.engine import LIMITS, METHOD
from rbacpsp.audit.finding import Binding, RuleMatch
from rbacpsp.audit.rule_text import RuleText
from rbacpsp.model import AnyObject, ObjectOrigin, Subject
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.path import PathStep
from rbacpsp.paths.tree import path_of
from rbacpsp.report.path_steps import step_json

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


class PathRest(NamedTuple):
    """The steps of a path after the first one, which are also steps of many other paths."""

    words: str
    steps: tuple[dict[str, Any], ...]
    grants: tuple[GrantRecord, ...]
    kept: tuple[PathStep, ...]
    """The steps themselves, kept alive because they are found by their ids."""


_NO_REST = PathRest("", (), (), ())


class PathRecord(NamedTuple):
    """A path in words; only those of its first step are made for it alone."""

    first: PathStep
    rest: PathRest

    @property
    def words(self) -> str:
        """The numbered steps, as `Path.words`."""
        return f"1. {self.first.words}.{self.rest.words}"

    @property
    def steps(self) -> tuple[dict[str, Any], ...]:
        """The steps as JSON objects."""
        return (step_json(self.first), *self.rest.steps)


class FindingRow(NamedTuple):
    """A finding in words."""

    finding: Finding
    who: str
    """The subject of the finding, or its object."""
    permission: str
    """What is granted; empty where the finding is no permission."""
    grants: tuple[GrantRecord, ...]
    about: ObjectLocation | None
    path: "PathRecord | None"
    """The path, where the finding is one."""
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
        said = self.said
        return f"{sentence}, {self.where}.{' ' + said if said else ''}"

    @property
    def said(self) -> str:
        """The detail, followed by the actions of a path."""
        path, detail = self.path, self.finding.detail
        if path is None:
            return detail
        return f"{detail} {path.words}" if detail else path.words


class Writer:
    """Puts findings into words; words that many findings share are made once."""

    def __init__(self, locate: Locate = nowhere) -> None:
        self._locate = locate
        self._located: dict[int, ObjectLocation] = {}
        self._permissions: dict[int | tuple[int, ...], str] = {}
        self._rules: dict[int, list[int]] = {}
        self._subjects: dict[int, str] = {}
        self._rests: dict[tuple[int, ...], PathRest] = {}
        self._steps: dict[int, dict[str, Any]] = {}
        self._changes = Changes()

    def row(self, finding: Finding) -> FindingRow:
        """A finding in words; the finding must live as long as the writer."""
        subject, about, way = finding.subject, finding.about, finding.way
        located = None if about is None else self._locate_object(about)
        who = self._who(subject) if subject else located.words if located else "the cluster"
        if way is None:
            permission, grants = self._permission(finding), self._grants(finding)
            return FindingRow(finding, who, permission, grants, located, None, self._changes)
        path = path_of(way)
        first, *others = path.steps
        rest = self._rest(others) if others else _NO_REST
        grants = (*self._granted(first), *rest.grants)
        return FindingRow(
            finding, who, path.permission, grants, located, PathRecord(first, rest), self._changes
        )

    def rows(self, findings: Iterable[Finding]) -> Iterator[FindingRow]:
        """Findings in words, in their order; each is made when it is needed."""
        return map(self.row, findings)

    def _permission(self, finding: Finding) -> str:
        evidence = finding.evidence
        if not evidence:
            return ""
        key = id(evidence[0].hits) if len(evidence) == 1 else tuple([id(item.hits) for item in evidence])
        words = self._permissions.get(key)
        if words is None:
            words = self._permissions[key] = finding.permission
        return words

    def _grants(self, finding: Finding) -> tuple[GrantRecord, ...]:
        if finding.subject is None:
            return ()
        evidence = finding.evidence
        if len(evidence) > 1:
            evidence = tuple(sorted(evidence, key=lambda item: _binding_order(item.binding)))
        grants = []
        located = self._located
        for item in evidence:
            binding = located.get(id(item.binding)) or self._locate_object(item.binding)
            role = located.get(id(item.role)) or self._locate_object(item.role)
            grants += [GrantRecord(binding, role, rule) for rule in self._rules_of(item.hits)]
        return tuple(grants)

    def _rest(self, steps: Sequence[PathStep]) -> PathRest:
        """The last steps of a path, put into words once."""
        key = tuple(map(id, steps))
        rest = self._rests.get(key)
        if rest is None:
            words = "".join([f" {number}. {step.words}." for number, step in enumerate(steps, 2)])
            grants = tuple([record for step in steps for record in self._granted(step)])
            made = tuple(map(self._shared_step, steps))
            rest = self._rests[key] = PathRest(words, made, grants, tuple(steps))
        return rest

    def _shared_step(self, step: PathStep) -> dict[str, Any]:
        """A step as JSON, made once for all paths that it is a step of."""
        data = self._steps.get(id(step))
        if data is None:
            data = self._steps[id(step)] = step_json(step)
        return data

    def _granted(self, step: PathStep) -> tuple[GrantRecord, ...]:
        """The grant of a step, if it has one."""
        grant = step.grant
        if grant is None:
            return ()
        binding, role = self._locate_object(grant.binding), self._locate_object(grant.role)
        return (GrantRecord(binding, role, grant.rule_index + 1),)

    def _who(self, subject: Subject) -> str:
        text = self._subjects.get(id(subject))
        if text is None:
            text = self._subjects[id(subject)] = subject_text(subject)
        return text

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
    subjects, grave = _subjects(audit.findings), _subjects(audit.at_least(Severity.HIGH))
    text = f"{len(audit)} finding{'' if len(audit) == 1 else 's'}: {', '.join(counts)}."
    if subjects == 1:
        text += " They concern one user, group or service account."
    elif subjects:
        text += f" They concern {subjects} users, groups and service accounts"
        text += f", {grave} of them gravely (critical or high)." if grave else "."
    return text


def _subjects(findings: Iterable[Finding]) -> int:
    """How many subjects findings have; those of many findings are one object, and are compared once."""
    by_id = {id(finding.subject): finding.subject for finding in findings}
    return len({subject for subject in by_id.values() if subject})


def ending(audit: Audit) -> tuple[str, ...]:
    """The method of the audit, its limits, and the assumed objects that findings depend on."""
    rests_on = f"{audit.assumed_words}." if audit.assumed_words else ""
    return (METHOD, LIMITS, *filter(None, [rests_on]), *audit.warnings)
