"""The smallest set of changes that removes most findings: the best first, each proved by a new audit.

The best change is the one that removes most findings that are high or critical, then most of all. A path is
closed by any of its grants, so that one binding that many paths pass counts for all of them. After each
change the cluster is audited anew: what is said to be removed is gone, and what is left is really left.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeVar

from rbacpsp.audit.by_change import Change, Needs, changed_by, token_holders
from rbacpsp.audit.edits import Edit, edit, edits
from rbacpsp.audit.engine import Audit
from rbacpsp.audit.finding import Finding
from rbacpsp.audit.severity import Severity
from rbacpsp.model import Document, Identity, Objects
from rbacpsp.paths.findings import GOALS
from rbacpsp.paths.place import Place
from rbacpsp.paths.search import Paths

STEPS = 10
"""How many changes are tried at most."""
MOST_FINDINGS = 20_000
"""An audit with more findings is not planned: each change takes an audit of its own."""
_NOWHERE = Document("")


class Changing(Protocol):
    """A cluster that can be changed and audited; see `rbacpsp.Cluster`."""

    def changed(self, added: Objects | None = None, removed: Iterable[Identity] = ()) -> Self:
        """What it would be with some objects removed and others added or replaced."""

    def paths(self) -> Paths:
        """Who can become whom."""


C = TypeVar("C", bound=Changing)


@dataclass(frozen=True)
class Step:
    """A change, and what an audit finds once it and all before it are made."""

    change: Change
    removed: int
    """How many findings are gone that were there before this change."""
    left: int
    """How many of the findings of the first audit are left."""
    added: int = 0
    """How many findings are there that no audit before had, such as a role that nothing grants any more."""


@dataclass(frozen=True)
class Plan:
    """The best changes in their order, and what remains after all of them."""

    steps: tuple[Step, ...]
    remaining: tuple[Finding, ...]
    """The findings of the first audit that none of the changes removes."""
    reaching: dict[Place, int] = field(default_factory=dict)
    """How many subjects still reach each goal, those that hold it outright included."""


def plan(cluster: C, found: Audit, again: Callable[[C], Audit], steps: int = STEPS) -> Plan | None:
    """The changes that remove most of what was found; None where that is too much to try them.

    Args:
        cluster: The cluster of the audit.
        found: The audit.
        again: Audits a changed cluster in the same way.
        steps: How many changes at most.
    """
    if len(found.findings) > MOST_FINDINGS:
        return None
    first = {each.fingerprint for each in found.findings}
    known = set(first)
    made: list[Step] = []
    tried: set[Identity] = set()
    now, audit = cluster, found
    while len(made) < steps:
        change = _best(audit.findings, first, token_holders(now.paths().view), tried)
        if change is None:
            break
        tried.add(_identity(change))
        after = _with(now, change)
        checked = again(after)
        left = {each.fingerprint for each in checked.findings}
        gone = {each.fingerprint for each in audit.findings} - left
        if gone & first:
            made.append(Step(change, len(gone & first), len(left & first), len(left - known)))
            now, audit = after, checked
            known |= left
    remaining = tuple(each for each in audit.findings if each.fingerprint in first)
    return Plan(tuple(made), remaining, _reaching(now.paths()))


def _reaching(paths: Paths) -> dict[Place, int]:
    return {
        goal.place: sum(not way.brought for way in paths.starting(paths.toward(goal.place))) for goal in GOALS
    }


def _best(findings: Iterable[Finding], wanted: set[str], needs: Needs, tried: set[Identity]) -> Change | None:
    """The change that removes most of some findings; None where no edit removes one."""
    candidates: dict[int, list[Edit]] = {}
    removed: dict[int, list[Finding]] = {}
    for finding in findings:
        if finding.fingerprint not in wanted:
            continue
        for found in _alternatives(finding):
            target = id(found[0].target)
            candidates.setdefault(target, []).extend(found)
            removed.setdefault(target, []).append(finding)
    changes = (changed_by(tuple(candidates[key]), found, needs) for key, found in removed.items())
    left = [each for each in changes if _identity(each) not in tried]
    return min(left, key=_rank, default=None)


def _alternatives(finding: Finding) -> Iterator[tuple[Edit, ...]]:
    """The edits of one object that remove a finding: of a path those of any of its grants."""
    if finding.way is None:
        needed = edits(finding)
        if needed and all(each.target is needed[0].target for each in needed):
            yield needed
        return
    for evidence, subject in finding.way.used:
        yield (edit(evidence, subject),)


def _rank(change: Change) -> tuple[int, int, str]:
    grave = sum(each.severity.reaches(Severity.HIGH) for each in change.findings)
    return (-grave, -len(change.findings), change.words)


def _with(cluster: C, change: Change) -> C:
    edited = change.edited()
    if edited is None:
        return cluster.changed(removed=[_identity(change)])
    added = Objects()
    added.add(edited, _NOWHERE)
    return cluster.changed(added)


def _identity(change: Change) -> Identity:
    target = change.target
    return (target.kind, target.namespace, target.name) if target is not None else ("", "", "")
