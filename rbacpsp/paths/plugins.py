"""Decides which pods PodSecurityPolicies, or security context constraints, admit in a cluster.

If a subject may use a policy that allows the settings of a kind of pod, that kind counts as admitted.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from rbacpsp.audit.constraint_facts import container_takeover, may_become_root
from rbacpsp.audit.constraint_facts import node_takeover as taken_with
from rbacpsp.audit.policy_facts import may_be_root, node_takeover
from rbacpsp.audit.view import View
from rbacpsp.model import PodSecurityPolicy, User
from rbacpsp.model.request import ALL_AUTHENTICATED, MASTERS
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.subjects import user_of
from rbacpsp.psp.users import named_users
from rbacpsp.rbac.index import subject_meant
from rbacpsp.scc.constraints import constraints_of
from rbacpsp.scc.ignored import exempt
from rbacpsp.scc.order import order_key
from rbacpsp.scc.rules import user_problem
from rbacpsp.scc.use import UseChecks

Wanted = Literal[
    "with-token",
    "plain",
    "takes-node",
    "root-with-claim",
    "root-with-ephemeral",
    "container-takes-node",
]
"""The kinds of pods that paths ask about: with a service account's token, without any token, one that takes
over its node, one that is root and has a claim, or an ephemeral volume; and an ephemeral container that takes
over the node."""

_CLAIMS = frozenset({"*", "persistentVolumeClaim"})
_EPHEMERAL = frozenset({"*", "ephemeral"})
_TOKEN_VOLUMES = frozenset({"*", "projected", "secret"})
_EVERYBODY = User("", (ALL_AUTHENTICATED,))

Offers = Mapping[Wanted, tuple[tuple[str, str], ...]]
"""For each kind of pod, the policies or constraints that admit it, in order: the name, and a text."""


class PolicyPlugin:
    """PodSecurityPolicies or constraints, and who may use each of them."""

    def __init__(
        self,
        offers: Offers,
        usable: Callable[[User, str, str], bool],
        exempt: Callable[[str], str],
    ) -> None:
        """Store the data in which the two plugins differ.

        Args:
            offers: The policies or constraints that admit each kind of pod.
            usable: Whether a user may use the policy or constraints of a name in a namespace; empty: in all
                namespaces.
            exempt: Why the plugin does not check the pods of a namespace; empty if it does.
        """
        self._offers = offers
        self.usable = usable
        """Whether a user may use the policy or constraints of a name in a namespace."""
        self.exempt = exempt
        """Why the plugin does not check the pods of a namespace; empty if it does."""

    def by(self, wanted: Wanted, user: User, namespace: str) -> str | None:
        """What admits a kind of pod that the user requests; None if nothing does."""
        why = self.exempt(namespace)
        if why:
            return why
        if wanted not in self._offers:
            return ""
        return next(
            (words for name, words in self._offers[wanted] if self.usable(user, namespace, name)), None
        )

    def offers(self, wanted: Wanted) -> bool:
        """Whether some policy or constraints admit a kind of pod."""
        return bool(self._offers[wanted])

    def for_everybody(self, wanted: Wanted) -> str | None:
        """What admits a kind of pod in every namespace for every requester; None if nothing does."""
        return next(
            (words for name, words in self._offers[wanted] if self.usable(_EVERYBODY, "", name)), None
        )


def policies_of(view: View, policies: Iterable[PodSecurityPolicy]) -> PolicyPlugin:
    """The plugin of PodSecurityPolicies; it does not check ephemeral containers."""
    policies = sorted(policies, key=lambda candidate: candidate.name)
    by_holder: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for policy in policies:
        for holder, scopes in _holders(view, policy.name).items():
            for scope in scopes:
                by_holder[*holder, scope].add(policy.name)
    known: dict[tuple[str, tuple[str, ...], str], set[str]] = {}

    def usable(user: User, namespace: str, name: str) -> bool:
        key = (user.name, user.groups, namespace)
        names = known.get(key)
        if names is None:
            identities = (("", user.name), *(("Group", group) for group in user.groups))
            places = [(*identity, scope) for identity in identities for scope in ("", namespace)]
            names = known[key] = set().union(*(by_holder[place] for place in places if place in by_holder))
        return name in names or MASTERS in user.groups

    return PolicyPlugin(_policy_offers(policies), usable, lambda _: "")


def _holders(view: View, policy: str) -> dict[tuple[str, str], set[str]]:
    """The namespaces in which each user (by name) and each group may use a policy; "" means everywhere."""
    scopes_by_holder: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for access in named_users(view.authorizer, policy):
        for grant in access.grants:
            meant = subject_meant(grant.subject, grant.scope)
            if meant is not None:
                user = user_of(meant)
                key = ("Group", meant.name) if meant.kind == "Group" else ("", user.name)
                scopes_by_holder[key].add(grant.scope)
    return dict(scopes_by_holder)


def _policy_offers(policies: list[PodSecurityPolicy]) -> Offers:
    dangers = {policy.name: ", ".join(node_takeover(policy)) for policy in policies}

    def admitting(admits: Callable[[PodSecurityPolicy], bool]) -> tuple[tuple[str, str], ...]:
        return tuple((policy.name, f"by policy {policy.name}") for policy in policies if admits(policy))

    def root_with(volumes: frozenset[str]) -> tuple[tuple[str, str], ...]:
        return admitting(
            lambda policy: (
                not volumes.isdisjoint(policy.spec.volumes) and may_be_root(policy.spec.run_as_user)
            )
        )

    return {
        "with-token": admitting(lambda policy: not _TOKEN_VOLUMES.isdisjoint(policy.spec.volumes)),
        "plain": admitting(lambda _: True),
        "takes-node": tuple(
            (name, f"by policy {name} ({words})") for name, words in dangers.items() if words
        ),
        "root-with-claim": root_with(_CLAIMS),
        "root-with-ephemeral": root_with(_EPHEMERAL),
    }


def constraints_plugin(view: View) -> PolicyPlugin | None:
    """OpenShift's plugin; None where there are no constraints.

    Every namespace is assumed to have ranges of ids, which a controller assigns.
    """
    constraints = {
        candidate.name: candidate for candidate in sorted(constraints_of(view.objects), key=order_key)
    }
    if not constraints:
        return None
    uses = UseChecks(view.authorizer)

    def usable(user: User, namespace: str, name: str) -> bool:
        return uses.check(user, namespace, constraints[name]).allowed

    def left_out(namespace: str) -> str:
        labels = view.objects.namespace_labels(namespace)
        return "because no constraints apply there" if exempt(namespace, labels) else ""

    return PolicyPlugin(_constraint_offers(constraints.values()), usable, left_out)


def _constraint_offers(constraints: Iterable[SecurityContextConstraints]) -> Offers:
    ready = [candidate for candidate in constraints if not user_problem(candidate)]

    def admitting(admits: Callable[[SecurityContextConstraints], bool]) -> tuple[tuple[str, str], ...]:
        return tuple(
            (candidate.name, f"by constraints {candidate.name}") for candidate in ready if admits(candidate)
        )

    def giving_up(
        dangers: Callable[[SecurityContextConstraints], tuple[str, ...]],
    ) -> Iterator[tuple[str, str]]:
        for candidate in ready:
            reasons = dangers(candidate)
            if reasons:
                yield candidate.name, f"by constraints {candidate.name} ({', '.join(reasons)})"

    def root_with(volumes: frozenset[str]) -> tuple[tuple[str, str], ...]:
        return admitting(
            lambda candidate: not volumes.isdisjoint(candidate.volumes or ()) and may_become_root(candidate)
        )

    return {
        "with-token": admitting(lambda candidate: not _TOKEN_VOLUMES.isdisjoint(candidate.volumes or ())),
        "plain": admitting(lambda _: True),
        "takes-node": tuple(giving_up(taken_with)),
        "root-with-claim": root_with(_CLAIMS),
        "root-with-ephemeral": root_with(_EPHEMERAL),
        "container-takes-node": tuple(giving_up(container_takeover)),
    }
