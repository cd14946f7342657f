"""The sections that `rbacpsp diff` compares, and their results."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from rbacpsp.audit import Severity
from rbacpsp.cli.diff_output.access import access_section, changed_subjects
from rbacpsp.cli.diff_output.admission import admission_section
from rbacpsp.cli.diff_output.findings import findings_section
from rbacpsp.cli.diff_output.objects import objects_section
from rbacpsp.cli.diff_output.paths import paths_section
from rbacpsp.cli.diff_output.report import DiffReport
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.gate_names import doubt_namespace, require_in_gate
from rbacpsp.cli.subject import parse_subject_in_either
from rbacpsp.comparison import (
    AccessDifference,
    AdmissionDifference,
    FindingDifference,
    ObjectDifference,
    PathDifference,
    diff,
    namespace_difference,
)
from rbacpsp.comparison.admission import AdmissionChange

if TYPE_CHECKING:
    from rbacpsp.audit import Finding
    from rbacpsp.cli.diff_output.section import DiffSection
    from rbacpsp.cluster import Cluster
    from rbacpsp.comparison import AccessChange, FindingChange
    from rbacpsp.model import AnyObject, Subject


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """The options that say what is compared."""

    sections: frozenset[str]
    """The sections to compare besides access."""
    subjects: tuple[str, ...] = ()
    namespace: str | None = None
    old_namespace: str | None = None
    only: str | None = None
    gate: bool = False
    """Whether the exit code depends on the changes."""

    @property
    def namespaces(self) -> frozenset[str]:
        """The namespaces to compare, with "" for the whole cluster; an empty set means all."""
        if not self.namespace:
            return frozenset()
        return frozenset({"", self.namespace, self.old_namespace or self.namespace})

    def holds(self, namespace: str) -> bool:
        """Whether the options include changes in a namespace, or in the whole cluster."""
        return not self.namespaces or namespace in self.namespaces


@dataclass(frozen=True, slots=True)
class DiffResult:
    """The differences in the sections that the options select."""

    access: AccessDifference
    """The changes that are shown."""
    every_access: AccessDifference
    """With those that `--only` does not show."""
    report: DiffReport
    left_out: int
    """How many changes of access the options exclude."""
    paths: PathDifference | None
    admission: AdmissionDifference | None
    findings: FindingDifference | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be compared."""
        return self.admission.not_compared if self.admission else ()

    def reaches(self, word: str) -> bool:
        """Whether the difference contains what a word of `--fail-on` names."""
        if word in {"gained", "lost"}:
            return bool(getattr(self.every_access, word))
        if word == "path":
            return self.paths is not None and bool(self.paths.new)
        if word == "admission":
            return bool(self.admission)
        threshold = Severity(word.removeprefix("finding:"))
        return self.findings is not None and bool(self.findings.reaching(threshold))


def compared(before: "Cluster", after: "Cluster", asked: DiffOptions) -> DiffResult:
    """Compare two states.

    Raises:
        InputError: A named namespace is empty or does not exist, or a server would not accept an object.
    """
    if not asked.old_namespace:
        doubt_namespace((after, before), asked.namespace, gate=asked.gate)
    subjects = frozenset(parse_subject_in_either(after, before, text) for text in asked.subjects)
    for subject in sorted(subjects) if asked.gate else ():
        require_in_gate((after, before), subject)
    difference = diff(before, after)
    all_changes = _access(before, after, asked) or difference.access
    every_access = AccessDifference(
        _of(all_changes.gained, subjects, asked), _of(all_changes.lost, subjects, asked)
    )
    access = AccessDifference(
        () if asked.only == "lost" else every_access.gained,
        () if asked.only == "gained" else every_access.lost,
    )
    old, new = before.objects, after.objects
    sections: list[DiffSection] = [access_section(access, old, new)]
    admission = findings = paths = None
    if "admission" in asked.sections:
        try:
            admission = _admission(difference.admission, asked)
        except ValueError as error:
            raise InputError([str(error)]) from None
        sections.append(admission_section(admission, new))
    if "findings" in asked.sections:
        findings = _findings(difference.findings, subjects, asked)
        sections.append(findings_section(findings, old, new))
    if "paths" in asked.sections:
        paths = difference.paths
        sections.append(paths_section(paths, new))
    if "objects" in asked.sections:
        sections.append(objects_section(_objects(difference.objects, asked), old, new))
    left_out = len(all_changes.gained) + len(all_changes.lost) if not access else 0
    report = DiffReport(sections, changed_subjects(access), left_out)
    return DiffResult(access, every_access, report, left_out, paths, admission, findings)


def _access(before: "Cluster", after: "Cluster", asked: DiffOptions) -> AccessDifference | None:
    """How two namespaces differ in access; None unless the options name two."""
    if not (asked.old_namespace and asked.namespace):
        return None
    _require(before, asked.old_namespace)
    _require(after, asked.namespace)
    return namespace_difference(before.objects, after.objects, asked.old_namespace, asked.namespace)


def _require(cluster: "Cluster", namespace: str) -> None:
    """Require that a namespace is not empty: nobody has access in one whose name is misspelled.

    Raises:
        InputError: Neither the namespace nor an object in it exists.
    """
    objects = cluster.objects
    if namespace not in objects.namespaces and all(obj.metadata.namespace != namespace for obj in objects):
        raise InputError([f'there is no object in a namespace "{namespace}"; check its name'])


def _of(
    changes: "tuple[AccessChange, ...]", subjects: "frozenset[Subject]", asked: DiffOptions
) -> "tuple[AccessChange, ...]":
    return tuple(
        change
        for change in changes
        if (not subjects or change.subject in subjects) and asked.holds(change.namespace)
    )


def _admission(difference: AdmissionDifference, asked: DiffOptions) -> AdmissionDifference:
    def kept(change: AdmissionChange) -> bool:
        return asked.holds(change.namespace)

    return replace(difference, changes=tuple(filter(kept, difference.changes)))


def _findings(
    difference: FindingDifference, subjects: "frozenset[Subject]", asked: DiffOptions
) -> FindingDifference:
    def kept(finding: "Finding") -> bool:
        return (not subjects or finding.subject in subjects) and asked.holds(finding.scope)

    def changes(several: "tuple[FindingChange, ...]") -> "tuple[FindingChange, ...]":
        return tuple(change for change in several if kept(change.new))

    return FindingDifference(
        tuple(filter(kept, difference.new)),
        tuple(filter(kept, difference.gone)),
        changes(difference.worse),
        changes(difference.better),
    )


def _objects(difference: ObjectDifference, asked: DiffOptions) -> ObjectDifference:
    def kept(obj: "AnyObject") -> bool:
        return asked.holds(obj.namespace)

    return ObjectDifference(
        tuple(filter(kept, difference.added)),
        tuple(filter(kept, difference.removed)),
        tuple(change for change in difference.changed if kept(change.new)),
    )
