"""The smallest set of changes that removes most findings: the best first, proved by new audits.

The best change is the one that removes most findings that are high or critical, then most of all. A path is
closed by any of its grants, so that one binding that many paths pass counts for all of them. After each
change the cluster is audited again, so that the counts of removed and remaining findings are exact. If there
are many findings, all changes are chosen first, by the findings that depend on their grants; of very many,
one audit follows after all of them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, Self, TypeVar

from rbacpsp.audit.by_change import Remediation, change_of_edits
from rbacpsp.audit.edits import Editor, GrantEdit, accepted_roles
from rbacpsp.audit.engine import Audit
from rbacpsp.audit.finding import Binding, Finding
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.token_holders import TokenHolders
from rbacpsp.model import AnyObject, ClusterRole, Document, Identity, Objects, Role, Subject
from rbacpsp.paths.findings import GOALS
from rbacpsp.paths.place import Place
from rbacpsp.paths.search import Paths

STEPS = 10
"""How many changes are tried at most."""
FEW_FINDINGS = 2_000
"""Up to this many findings, each change is chosen by a new audit; beyond it, all by the first audit."""
MANY_FINDINGS = 20_000
"""Up to this many findings, an audit follows each change; beyond it, one audit follows all of them."""
MOST_FINDINGS = 100_000
"""An audit with more findings is not planned."""
_NOWHERE = Document("")


class Changing(Protocol):
    """A cluster that can be changed and audited; see `rbacpsp.Cluster`."""

    def changed(self, added: Objects | None = None, removed: Iterable[Identity] = ()) -> Self:
        """A copy with some objects removed and others added or replaced."""

    def paths(self) -> Paths:
        """The escalation paths."""


C = TypeVar("C", bound=Changing)


@dataclass(frozen=True)
class RemediationStep:
    """A change, and the result of an audit after it and all earlier changes, if there was one."""

    change: Remediation
    """The change, with the findings of the first audit that it removes. Without an audit after it, with those
    of its own that are gone after all changes; the others that are gone then are with the first change."""
    left: int | None = None
    """How many of the findings of the first audit are left; None without an audit after this change."""
    added: int = 0
    """How many findings are new, such as one about a role that no binding grants any more."""

    @property
    def removed(self) -> int:
        """How many findings it removes."""
        return len(self.change.findings)


@dataclass(frozen=True)
class RemediationPlan:
    """The best changes in their order, and what remains after all of them."""

    steps: tuple[RemediationStep, ...]
    remaining: tuple[Finding, ...]
    """The findings of the first audit that none of the changes removes."""
    reaching: dict[Place, int] = field(default_factory=dict)
    """How many subjects still reach each goal, including those that hold it directly."""


def plan(cluster: C, audit: Audit, again: Callable[[C], Audit], steps: int = STEPS) -> RemediationPlan | None:
    """The changes that remove most findings; None if there are too many findings to try changes.

    Args:
        cluster: The cluster of the audit.
        audit: The audit.
        again: Audits a changed cluster in the same way.
        steps: How many changes at most.
    """
    if len(audit.findings) > MOST_FINDINGS:
        return None
    if len(audit.findings) <= FEW_FINDINGS:
        return _one_by_one(cluster, audit, again, steps)
    chosen = _chosen_at_once(cluster, audit, steps)
    if len(audit.findings) <= MANY_FINDINGS:
        return _tried_each(cluster, audit, again, chosen)
    return _tried_together(cluster, audit, again, chosen)


def _one_by_one(cluster: C, first_audit: Audit, again: Callable[[C], Audit], steps: int) -> RemediationPlan:
    """Choose each change by the findings of the audit after the previous change."""
    first = {finding.fingerprint for finding in first_audit.findings}
    known = set(first)
    findings = first_audit.findings
    made: list[RemediationStep] = []
    tried: set[Identity] = set()
    now, audit = cluster, first_audit
    left = known.copy()
    while len(made) < steps:
        paths = now.paths()
        editor = Editor(accepted_roles(audit.ruled_out))
        wanted = (finding for finding in audit.findings if finding.fingerprint in first)
        candidates = EditCandidates(wanted, editor, paths.brings)
        change = candidates.best(TokenHolders(paths.view), tried)
        if change is None:
            break
        tried.add(_identity(change))
        after = _with(now, [change])
        checked = again(after)
        before, left = left, {finding.fingerprint for finding in checked.findings}
        gone = (before - left) & first
        if gone:
            removed, remaining = _among(findings, gone), _among(findings, left)
            made.append(RemediationStep(_removing(change, removed), len(remaining), len(left - known)))
            now, audit = after, checked
            known |= left
        else:
            left = before
    return RemediationPlan(tuple(made), _among(findings, left), _reaching(now.paths()))


def _among(findings: Iterable[Finding], fingerprints: Container[str]) -> tuple[Finding, ...]:
    """Those of some findings that have one of some fingerprints."""
    return tuple(finding for finding in findings if finding.fingerprint in fingerprints)


def _removing(
    change: Remediation, findings: tuple[Finding, ...], shared: tuple[Finding, ...] = ()
) -> Remediation:
    """A change with the findings that it was proved to remove, alone or with others: also by the way."""
    return replace(change, findings=findings, shared=shared)


def _chosen_at_once(cluster: Changing, audit: Audit, steps: int) -> list[Remediation]:
    """The best changes by the first audit; each counts only the findings that those before it leave."""
    candidates = EditCandidates(
        audit.findings, Editor(accepted_roles(audit.ruled_out)), cluster.paths().brings
    )
    needs = TokenHolders(cluster.paths().view)
    chosen: list[Remediation] = []
    while len(chosen) < steps:
        change = candidates.best(needs, {_identity(change_) for change_ in chosen})
        if change is None:
            break
        chosen.append(change)
        candidates.close(change)
    return chosen


def _tried_each(
    cluster: C, audit: Audit, again: Callable[[C], Audit], chosen: list[Remediation]
) -> RemediationPlan:
    """The plan of some changes, with an audit after each of them."""
    left = {finding.fingerprint for finding in audit.findings}
    known = set(left)
    made: list[RemediationStep] = []
    now = cluster
    for change in chosen:
        after = _with(now, [change])
        before, left = left, {finding.fingerprint for finding in again(after).findings}
        removed, remaining = (_among(audit.findings, those) for those in (before - left, left))
        if not removed:
            left = before
            continue
        made.append(RemediationStep(_removing(change, removed), len(remaining), len(left - known)))
        now = after
        known |= left
    return RemediationPlan(tuple(made), _among(audit.findings, left), _reaching(now.paths()))


def _tried_together(
    cluster: C, audit: Audit, again: Callable[[C], Audit], chosen: list[Remediation]
) -> RemediationPlan:
    """The plan of some changes, with one audit after all of them; another one if some remove nothing."""
    now = _with(cluster, chosen)
    left = {finding.fingerprint for finding in again(now).findings}
    gone = {finding.fingerprint for finding in audit.findings} - left
    changes = [_removing(change, _among(change.findings, gone)) for change in chosen]
    useful = [change for change in changes if change.findings]
    if len(useful) < len(chosen):
        return _tried_together(cluster, audit, again, useful)
    if useful:
        gone.difference_update(finding.fingerprint for change in useful for finding in change.findings)
        useful[0] = _removing(useful[0], useful[0].findings, _among(audit.findings, gone))
    made = tuple(map(RemediationStep, useful))
    return RemediationPlan(made, _among(audit.findings, left), _reaching(now.paths()))


def _reaching(paths: Paths) -> dict[Place, int]:
    return {
        goal.place: sum(not way.kubernetes_own for way in paths.starting(paths.toward(goal.place)))
        for goal in GOALS
    }


class EditCandidates:
    """The objects whose edit removes some findings, with the findings that each removes.

    Kubernetes' own bindings stay unchanged: its controllers need them, and a server creates them again.
    """

    def __init__(
        self, findings: Iterable[Finding], editor: Editor, brings: Callable[[Binding, Subject], bool]
    ) -> None:
        self._edits: dict[int, list[tuple[Finding, tuple[GrantEdit, ...]]]] = {}
        self._targets: dict[int, list[int]] = {}
        self._grave: Counter[int] = Counter()
        self._all: Counter[int] = Counter()
        for finding in findings:
            grave = finding.severity.reaches(Severity.HIGH)
            targets = self._targets[id(finding)] = []
            for alternative in _alternatives(editor, finding):
                if any(_is_kept(each, brings) for each in alternative):
                    continue
                target = id(alternative[0].target)
                self._edits.setdefault(target, []).append((finding, alternative))
                if target not in targets:
                    targets.append(target)
                    self._all[target] += 1
                    self._grave[target] += grave

    def best(self, needs: TokenHolders, tried: Collection[Identity]) -> Remediation | None:
        """The change that removes most of the open findings; None if no edit removes any.

        Args:
            needs: The workloads that hold the tokens of service accounts.
            tried: The objects that are not edited again.
        """
        rank = max(
            (
                (self._grave[each], count)
                for each, count in self._all.items()
                if count and _object_identity(self._edits[each][0][1][0].target) not in tried
            ),
            default=None,
        )
        if rank is None:
            return None
        equal = (each for each, count in self._all.items() if (self._grave[each], count) == rank)
        changes = (self._change(each, needs) for each in equal)
        return min((each for each in changes if _identity(each) not in tried), key=lambda each: each.words)

    def _change(self, target: int, needs: TokenHolders) -> Remediation:
        open_ = [each for each in self._edits[target] if id(each[0]) in self._targets]
        findings_by_id = {id(finding): finding for finding, _ in open_}
        return change_of_edits(
            tuple(edit for _, edits_ in open_ for edit in edits_), tuple(findings_by_id.values()), needs
        )

    def close(self, change: Remediation) -> None:
        """Mark the findings of a change as removed."""
        for finding in change.findings:
            grave = finding.severity.reaches(Severity.HIGH)
            for target in self._targets.pop(id(finding)):
                self._all[target] -= 1
                self._grave[target] -= grave


def _is_kept(edit: GrantEdit, brings: Callable[[Binding, Subject], bool]) -> bool:
    """Whether an edit would change one of Kubernetes' own bindings."""
    target = edit.target
    return (
        edit.leaves is not None and not isinstance(target, Role | ClusterRole) and brings(target, edit.leaves)
    )


def _alternatives(editor: Editor, finding: Finding) -> Iterator[tuple[GrantEdit, ...]]:
    """The edits of one object that remove a finding; for a path, the edits of any of its grants."""
    if finding.way is None:
        needed = editor.of(finding)
        if needed and all(each.target is needed[0].target for each in needed):
            yield needed
        return
    for evidence, subject in finding.way.used:
        yield (editor.edit(evidence, subject),)


def _with(cluster: C, changes: Iterable[Remediation]) -> C:
    """A cluster with some changes made."""
    added, removed = Objects(), []
    for change in changes:
        edited = change.edited()
        if edited is None:
            removed.append(_identity(change))
        else:
            added.add(edited, _NOWHERE)
    return cluster.changed(added, removed)


def _identity(change: Remediation) -> Identity:
    return _object_identity(change.edits[0].target)


def _object_identity(target: AnyObject) -> Identity:
    return (target.kind, target.namespace, target.name)
