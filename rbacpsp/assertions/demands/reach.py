"""`cannotReach`, and `only` with `canReach`: who reaches a goal, by any path."""

from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.assertions.outcome import AssertionOutcome, CannotBeAskedError, DemandFailure
from rbacpsp.assertions.resolve import Asking, AssertionSubject, Who
from rbacpsp.model import Subject
from rbacpsp.model.request import MASTERS
from rbacpsp.model.subjects import subject_text
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import IDENTITIES, Place, subject_place
from rbacpsp.rbac.decision import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfReach:
    """Requires that none of some subjects reaches a goal."""

    who: Who
    goal: Place

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Find the shortest path of each subject and its groups."""
        outcome = AssertionOutcome()
        _require(asking, self.goal)
        for asker in asking.askers(self.who, outcome.doubts):
            if subject_place(asker.subject) == self.goal:
                outcome.doubts.append(f"{asker.words} is itself the goal")
            elif MASTERS in asker.user.groups:
                outcome.failures.append(
                    DemandFailure(f"{asker.words} reaches {self.goal.words}, as a member of system:masters")
                )
            elif path := _shortest(asking, asker, self.goal):
                outcome.failures.append(_reached(asker.words, path))
            elif doubt := asking.leads_nowhere_at_all(asker.subject):
                outcome.doubts.append(doubt)
        return outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyReach:
    """Requires that each of some subjects reaches a goal, and nobody else does."""

    subjects: tuple[Subject, ...]
    goal: Place

    def judge(self, asking: Asking) -> AssertionOutcome:
        """Find the paths of all subjects that bindings name; bootstrap subjects need not be listed."""
        outcome = AssertionOutcome()
        _require(asking, self.goal)
        expected = [asker.subject for asker in asking.askers(Who(self.subjects), outcome.doubts)]
        expected_places = {subject_place(subject) for subject in expected}
        path_of = {path.start: path for path in asking.paths.to(self.goal)}
        for subject in expected:
            if subject_place(subject) not in path_of:
                text = f"{subject_text(subject)} does not reach {self.goal.words}"
                doubt = asking.leads_nowhere_at_all(subject)
                if doubt:
                    outcome.doubts.append(doubt)
                else:
                    outcome.failures.append(DemandFailure(text))
        for start, path in path_of.items():
            if start not in expected_places and (asking.include_system or not path.kubernetes_own):
                outcome.failures.append(_reached(start.words, path, " as well"))
        if unread := asking.unread(kinds=None):
            outcome.doubts.append(unread)
        return outcome


def _require(asking: Asking, goal: Place) -> None:
    """Check that a goal exists.

    Raises:
        CannotBeAskedError: No object names it.
    """
    if goal.kind == "secrets" and goal.namespace and goal.namespace not in asking.namespaces:
        raise CannotBeAskedError(f'there is no object in a namespace "{goal.namespace}"')
    if goal.kind == "cloud" and asking.paths.graph.find(goal) is None:
        raise CannotBeAskedError(f"no object names {goal.words}")
    if goal.kind in IDENTITIES:
        if "*" in goal.words:
            raise CannotBeAskedError(f"{goal.words} is no pattern: a goal is one subject")
        asking.meant(Subject(goal.kind, goal.name, goal.namespace))


def _shortest(asking: Asking, asker: AssertionSubject, goal: Place) -> Path | None:
    """The shortest path of a subject or of a group that it is in."""
    starts = [subject_place(asker.subject), *(Place("Group", "", name) for name in asker.user.groups)]
    paths = (asking.paths.between(start, goal) for start in dict.fromkeys(starts) if start != goal)
    return min((path for path in paths if path), key=lambda path: path.length, default=None)


def _reached(who: str, path: Path, word: str = "") -> DemandFailure:
    steps = "; ".join(step.technique.title for step in path.steps)
    return DemandFailure(
        f"{who} reaches {path.goal.words}{word}: {steps}", tuple(dict.fromkeys(_grants(path))), path
    )


def _grants(path: Path) -> Iterator[Grant]:
    return (step.grant for step in path.steps if step.grant is not None)
