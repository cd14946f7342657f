"""Decides which kinds of pods a cluster admits, such as any pod, or one that takes over its node."""

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from rbacpsp.audit.rules.workloads import EPHEMERAL_CONTAINERS_BEGIN
from rbacpsp.audit.view import View
from rbacpsp.model import User, Version
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    SERVICE_ACCOUNT_PREFIX,
    service_account_groups,
)
from rbacpsp.paths.plugins import PolicyPlugin, Wanted, constraints_plugin, policies_of
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.labels import policy_to_evaluate
from rbacpsp.pss.levels import PRIVILEGED, RESTRICTED, server_of

_PSA_IS_ON = Version(1, 23)
_POLICIES_ARE_GONE = Version(1, 25)
_NO_POLICY = "because no policy applies"
_NO_POLICY_AND_LEVEL = "because no policy applies and the Pod Security level is privileged"
_NEEDS_PRIVILEGED = frozenset({"takes-node", "container-takes-node"})
_NEEDS_ROOT = frozenset({"root-with-claim", "root-with-ephemeral"})


class Admits(Protocol):
    """The questions about the admission of pods on which paths depend."""

    @property
    def by_policies(self) -> bool:
        """Whether PodSecurityPolicies decide."""

    @property
    def by_constraints(self) -> bool:
        """Whether OpenShift's security context constraints decide."""

    @property
    def asks_who(self) -> bool:
        """Whether policies or constraints decide, so that the answer depends on the requester."""

    def everywhere(self, wanted: Wanted) -> str | None:
        """What admits a kind of pod, which no level refuses, in every namespace and for every requester.

        Empty if neither policies nor constraints decide; None if the answer depends on the requester.
        """

    def pod(self, wanted: Wanted, user: User, namespace: str) -> str | None:
        """What admits a kind of pod that the user requests; None if it is refused."""

    def may_use(self, policy: str, user: User, namespace: str) -> bool:
        """Whether a user may use an existing policy or constraints for the pods of a namespace."""

    def judged(self, namespace: str) -> bool:
        """Whether constraints decide about the pods of a namespace."""

    def level_allows(self, namespace: str) -> bool:
        """Whether Pod Security Admission would let a privileged pod run in a namespace."""

    def from_owner(self, namespace: str) -> bool:
        """Whether a subject with every permission in a namespace can run a pod that takes over its node."""


def account_of_pod(namespace: str, name: str) -> User:
    """The service account of a pod as admission plugins see it: without system:authenticated."""
    return User(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}", service_account_groups(namespace))


UNKNOWN_CONTROLLER = User("", (ALL_AUTHENTICATED,))
"""A controller that is unknown, except that it is authenticated."""


class ClusterAdmits:
    """The answers for the objects of a cluster.

    OpenShift's plugin is assumed to be on if constraints are loaded, PodSecurityPolicy if policies are loaded
    and the server serves them, and Pod Security Admission from 1.23.
    """

    def __init__(self, view: View, configuration: Configuration | None = None) -> None:
        self._view = view
        self._configuration = configuration or Configuration()
        version = view.version
        self._psa = version >= _PSA_IS_ON
        self._levels: dict[str, str] = {}
        constraints = constraints_plugin(view)
        policies = () if constraints or version >= _POLICIES_ARE_GONE else view.objects.policies.values()
        self.by_policies = bool(policies)
        self.by_constraints = constraints is not None
        self._plugin: PolicyPlugin | None = policies_of(view, policies) if policies else constraints

    @property
    def asks_who(self) -> bool:
        """Whether the server checks policies or constraints."""
        return self._plugin is not None

    def everywhere(self, wanted: Wanted) -> str | None:
        """The first policy or constraints that every authenticated user may use in the whole cluster."""
        return "" if self._plugin is None else self._plugin.for_everybody(wanted)

    def pod(self, wanted: Wanted, user: User, namespace: str) -> str | None:
        """The first usable policy or constraints that admit the pod, provided that the level allows it."""
        if wanted in _NEEDS_PRIVILEGED and not self.level_allows(namespace):
            return None
        if wanted in _NEEDS_ROOT and self._level(namespace) == RESTRICTED:
            return None
        if self._plugin is not None:
            return self._plugin.by(wanted, user, namespace)
        return _NO_POLICY_AND_LEVEL if wanted == "takes-node" and self._psa else _NO_POLICY

    def may_use(self, policy: str, user: User, namespace: str) -> bool:
        """Whether the user may use the policy or constraints; false if neither decide."""
        return self._plugin is not None and self._plugin.usable(user, namespace, policy)

    def judged(self, namespace: str) -> bool:
        """Whether constraints decide and the namespace is not exempt."""
        return self.by_constraints and self._plugin is not None and not self._plugin.exempt(namespace)

    def level_allows(self, namespace: str) -> bool:
        """Whether the enforced level of the namespace is privileged, or nothing enforces one."""
        return self._level(namespace) == PRIVILEGED

    def from_owner(self, namespace: str) -> bool:
        """Whether some policy admits such a pod, or none decides: then the labels of the namespace do.

        Policies do not check ephemeral containers.
        """
        if self._plugin is None or self.by_constraints:
            return True
        joins = self._view.version >= EPHEMERAL_CONTAINERS_BEGIN
        return self.level_allows(namespace) and (joins or self._plugin.offers("takes-node"))

    def _level(self, namespace: str) -> str:
        level = self._levels.get(namespace)
        if level is None:
            level = self._levels[namespace] = self._enforced(namespace)
        return level

    def _enforced(self, namespace: str) -> str:
        if not self._psa or namespace in self._configuration.exemptions.namespaces:
            return PRIVILEGED
        labels = self._view.objects.namespace_labels(namespace)
        return self._of_labels(labels) if labels else self._unlabelled

    @cached_property
    def _unlabelled(self) -> str:
        """The level of a namespace without labels."""
        return self._of_labels({})

    def _of_labels(self, labels: Mapping[str, str]) -> str:
        policy, _ = policy_to_evaluate(labels, self._configuration.defaults, server_of(self._view.version))
        return policy.enforce.level
