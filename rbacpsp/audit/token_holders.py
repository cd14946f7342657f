"""The loaded workloads and pods that hold tokens of service accounts, and which of them an edit affects."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from rbacpsp.apply.aggregate import is_selected
from rbacpsp.audit.edits import GrantEdit
from rbacpsp.audit.pod_specs import running_pods, tokens
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, Identity, Role, Subject
from rbacpsp.model.subjects import user_of


class TokenHolders:
    """The loaded workloads and pods whose containers hold tokens of service accounts."""

    def __init__(self, view: View) -> None:
        self._view = view

    def losing(self, edits: Iterable[GrantEdit]) -> frozenset[str]:
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
            title = f"{pod.manifest.kind} {pod.namespace}/{pod.manifest.name}"
            for token in tokens(self._view, pod):
                account = Subject("ServiceAccount", token.account, pod.namespace)
                groups = (Subject("Group", group) for group in user_of(account).groups)
                for subject in (account, *groups):
                    titles_by_subject.setdefault(subject, set()).add(title)
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
            for name in self._with_its_rules(role):
                yield from self._bound.get(("ClusterRole", "", name), ())

    def _with_its_rules(self, role: ClusterRole) -> Iterator[str]:
        """The names of the aggregated roles that copy the rules of a role, directly or through others."""
        roles = self._view.objects.cluster_roles
        aggregated = [candidate for candidate in roles.values() if candidate.aggregation_rule]
        waiting, seen = [role], {role.name}
        while waiting:
            source = waiting.pop()
            for candidate in aggregated:
                if candidate.name not in seen and is_selected(source, candidate):
                    seen.add(candidate.name)
                    waiting.append(candidate)
                    yield candidate.name
