"""Which pods a cluster admits, as far as paths depend on it: any at all, and one that takes its node."""

from typing import Protocol

from rbacpsp.audit.policy_facts import RESOURCE, may_be_root, node_takeover
from rbacpsp.audit.view import View
from rbacpsp.model import PodSecurityPolicy, Request, Subject, Version
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.subjects import user_of
from rbacpsp.pss.config import Configuration
from rbacpsp.pss.labels import policy_to_evaluate
from rbacpsp.pss.levels import PRIVILEGED, RESTRICTED, server_of

_PSA_IS_ON = Version(1, 23)
_POLICIES_ARE_GONE = Version(1, 25)
_CLAIMS = frozenset({"*", "persistentVolumeClaim"})
_TOKEN_VOLUMES = frozenset({"*", "projected", "secret"})


class Admits(Protocol):
    """What paths ask about the admission of pods; each answer says by what, or is None."""

    @property
    def by_policies(self) -> bool:
        """Whether PodSecurityPolicies decide, so that it matters who asks."""

    def any_pod(self, asker: Subject, namespace: str) -> str | None:
        """By what a pod with a service account's token is admitted when the subject asks for it."""

    def plain_pod(self, asker: Subject, namespace: str) -> str | None:
        """By what a pod without any token is admitted when the subject asks for it."""

    def node_pod(self, asker: Subject, namespace: str) -> str | None:
        """By what a pod that takes over its node is admitted when the subject asks for it."""

    def root_pod_with_claim(self, asker: Subject, namespace: str) -> str | None:
        """By what a pod that is root and has a claim is admitted when the subject asks for it."""

    def level_allows(self, namespace: str) -> bool:
        """Whether Pod Security Admission would let a privileged pod run in a namespace."""


class ClusterAdmits:
    """The answers for the objects of a cluster.

    A policy that a subject may use counts as admitting some pod of the kind that is asked for. Where
    policies are loaded and the server still knows them, the plugin is taken to be on, and so is Pod Security
    Admission from 1.23.
    """

    def __init__(self, view: View, configuration: Configuration | None = None) -> None:
        self._view = view
        self._configuration = configuration or Configuration()
        version = view.version
        known = tuple(view.objects.policies.values())
        self._policies = known if version < _POLICIES_ARE_GONE else ()
        self._psa = version >= _PSA_IS_ON
        self._takeover = {policy.name: node_takeover(policy) for policy in self._policies}
        self._levels: dict[str, str] = {}
        self._usable: dict[tuple[Subject, str], tuple[PodSecurityPolicy, ...]] = {}

    @property
    def by_policies(self) -> bool:
        """Whether there are policies that the server asks."""
        return bool(self._policies)

    def any_pod(self, asker: Subject, namespace: str) -> str | None:
        """The first policy that the subject may use for a pod with a token volume."""
        if not self._policies:
            return "no policy"
        for policy in self._of(asker, namespace):
            if _TOKEN_VOLUMES & set(policy.spec.volumes):
                return f"policy {policy.name}"
        return None

    def plain_pod(self, asker: Subject, namespace: str) -> str | None:
        """The first policy that the subject may use at all: none forbids a secret in the environment."""
        if not self._policies:
            return "no policy"
        found = self._of(asker, namespace)
        return f"policy {found[0].name}" if found else None

    def node_pod(self, asker: Subject, namespace: str) -> str | None:
        """The first policy within its use that gives up the node, where the level allows it too."""
        if not self.level_allows(namespace):
            return None
        if not self._policies:
            return "no policy and the privileged level" if self._psa else "no policy"
        for policy in self._of(asker, namespace):
            dangers = self._takeover[policy.name]
            if dangers:
                return f"policy {policy.name} ({', '.join(dangers)})"
        return None

    def root_pod_with_claim(self, asker: Subject, namespace: str) -> str | None:
        """The first policy within its use that allows claims and root, where the level allows root too."""
        if self._level(namespace) == RESTRICTED:
            return None
        if not self._policies:
            return "no policy"
        for policy in self._of(asker, namespace):
            if _CLAIMS & set(policy.spec.volumes) and may_be_root(policy.spec.run_as_user):
                return f"policy {policy.name}"
        return None

    def level_allows(self, namespace: str) -> bool:
        """Whether the enforced level of the namespace is privileged, or nothing enforces one."""
        return self._level(namespace) == PRIVILEGED

    def _level(self, namespace: str) -> str:
        found = self._levels.get(namespace)
        if found is None:
            found = self._levels[namespace] = self._enforced(namespace)
        return found

    def _enforced(self, namespace: str) -> str:
        if not self._psa or namespace in self._configuration.exemptions.namespaces:
            return PRIVILEGED
        labels = self._view.objects.namespace_labels(namespace)
        policy, _ = policy_to_evaluate(labels, self._configuration.defaults, server_of(self._view.version))
        return policy.enforce.level

    def _of(self, asker: Subject, namespace: str) -> tuple[PodSecurityPolicy, ...]:
        key = (asker, namespace)
        found = self._usable.get(key)
        if found is None:
            user = user_of(asker)
            authorize = self._view.authorizer.authorize
            found = self._usable[key] = tuple(
                policy
                for policy in sorted(self._policies, key=lambda each: each.name)
                if any(
                    authorize(
                        user,
                        Request("use", group=group, resource=RESOURCE, name=policy.name, namespace=namespace),
                    )
                    for group in GROUPS
                )
            )
        return found
