"""The loaded workloads and pods that hold tokens of service accounts, and which of them an edit affects."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from rbacpsp.audit.edits import GrantEdit
from rbacpsp.audit.pod_specs import running_pods, tokens
from rbacpsp.audit.refused_pods import RefusedPods, copies
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, Identity, Role, Subject
from rbacpsp.model.subjects import user_of


class TokenHolders:
    """The loaded workloads and pods whose containers hold tokens of service accounts."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._refused = RefusedPods(view)

    def losing(self, edits: Iterable[GrantEdit]) -> frozenset[str]:
        """The workloads and pods that some edits affect.

        Their service accounts, or the groups of these, lose a grant, or policies refuse their pods.
        """
        made = tuple(edits)
        return self._without_grants(made) | self._refused.after(made)

    def _without_grants(self, edits: Iterable[GrantEdit]) -> frozenset[str]:
        """The workloads and pods whose service accounts, or their groups, lose a grant by some edits."""
        if not self._by_subject:
            return frozenset()
        losers: set[Subject] = set()
        for edit in edits:
            target = edit.target
            if edit.leaves is not None:
                losers.add(edit.leaves)
            elif isinstance(target, Role | ClusterRole):
                losers.update(self._holding(target))
        return frozenset(title for loser in losers for title in self._by_subject.get(loser, ()))

    @cached_property
    def _by_subject(self) -> dict[Subject, set[str]]:
        """By service account and by each of its groups."""
        titles_by_subject: dict[Subject, set[str]] = {}
        for pod in running_pods(self._view):
            for token in tokens(self._view, pod):
                account = Subject("ServiceAccount", token.account, pod.namespace)
                groups = (Subject("Group", group) for group in user_of(account).groups)
                for subject in (account, *groups):
                    titles_by_subject.setdefault(subject, set()).add(pod.qualified_title)
        return titles_by_subject

    @cached_property
    def _bound(self) -> dict[Identity, set[Subject]]:
        """The subjects that are bound to each role."""
        bound: dict[Identity, set[Subject]] = {}
        for granted in self._view.granted:
            role = granted.role.role
            bound.setdefault((role.kind, role.namespace, role.name), set()).update(granted.subjects)
        return bound

    def _holding(self, role: Role | ClusterRole) -> Iterator[Subject]:
        """The subjects that are bound to a role, or to an aggregated role with its rules."""
        yield from self._bound.get((role.kind, role.namespace, role.name), ())
        if isinstance(role, ClusterRole):
            for name in copies(self._view, role):
                yield from self._bound.get(("ClusterRole", "", name), ())
