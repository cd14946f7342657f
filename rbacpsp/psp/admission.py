"""The PodSecurityPolicy admission plugin: which policy admits a pod, and how the pod changes.

Create: defaults, the service account, then every policy by name fills in and validates; the first that admits
the pod unchanged wins, or else the first that admits it at all. The pod is then prepared for storage, the API
server validates it, and policies validate it once more. Update: nothing may be filled in, and the policy that
the annotation names is tried first.

Source: plugin/pkg/admission/security/podsecuritypolicy/admission.go, 1.24.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.model.objects import Objects
from rbacpsp.model.pod import Pod
from rbacpsp.model.request import (
    SERVICE_ACCOUNT_PREFIX,
    AdmissionRequest,
    User,
    service_account_groups,
)
from rbacpsp.model.result import Shown, one_line
from rbacpsp.model.version import V1_24, Version
from rbacpsp.pods.canonical import canonical
from rbacpsp.pods.changes import write_back
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.disabled_features import USE_COUNTS_SINCE, drop_disabled_fields
from rbacpsp.pods.prepare import name_pod, prepare_pod
from rbacpsp.pods.runtime_class import runtime_class_refusal
from rbacpsp.pods.service_account import apply_service_account, ephemeral_containers_refusal
from rbacpsp.pods.shape import view_of
from rbacpsp.pods.validation import pod_refusal
from rbacpsp.pods.words import forbidden
from rbacpsp.psp.attempts import ComputedVerdicts, Considered, PolicyUseChecks, PSPCandidates
from rbacpsp.psp.errors import FieldError, StrategyError
from rbacpsp.psp.outcomes import Outcomes
from rbacpsp.psp.rules import PSPRules, rules_of
from rbacpsp.psp.versions import REMOVED, behavior, removed_words
from rbacpsp.rbac import Authorizer, Grant

VALIDATED_ANNOTATION = "kubernetes.io/psp"
"""The annotation in which the server records the policy that admitted a pod."""

_COMPARED = ("name", "generateName", "namespace", "labels", "annotations")
"""The metadata that users may change, but that a garbage collector never changes."""


@dataclass(frozen=True, slots=True)
class Admission(Shown):
    """Whether the server would accept a pod, and why; true when allowed."""

    allowed: bool
    policy: str | None
    """The policy that admits the pod: on a create the one that the annotation names, on an update the one
    that validated it. None when refused, and when policies were not checked.
    """
    pod: JSONObject | None
    """The pod as stored, without what other plugins add (tolerations, priority); None when refused."""
    message: str | None
    """The server's whole message when refused; the errors of several policies by the policies' names."""
    considered: Mapping[str, Considered] = field(default_factory=FrozenDict)
    """Every policy in name order, also unusable ones; empty when policies were not checked."""
    asked: tuple[User, ...] = ()
    """The users whose permission to `use` policies counted: the pod's service account, then the requester."""
    not_judged: str = ""
    """Why policies were not checked; empty if they were."""
    invalid_by: str = ""
    """The policy that admitted the pod, if the API server then refuses the changed pod as invalid."""
    filled_in_by: str = ""
    """The policy that filled in the pod, if a later step of its creation refuses it."""
    incomplete: tuple[str, ...] = ()
    """One sentence for each part of the cluster that could not be read and could change this answer."""

    def __bool__(self) -> bool:
        return self.allowed

    def __repr__(self) -> str:
        answer = f"allowed by {self.policy}" if self.policy else self.message or self.not_judged
        return f"<Admission: {one_line(answer)}>"

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The grants that allow the use of the admitting policy; empty when refused."""
        winner = self.considered.get(self.policy or "")
        return () if winner is None else winner.grants

    @property
    def errors(self) -> tuple[str, ...]:
        """The roleRefs to missing roles that were found while checking who may use the policies."""
        considered = self.considered
        return (
            considered.authorization_errors
            if isinstance(considered, PSPCandidates | ComputedVerdicts)
            else ()
        )


Validate = Callable[[JSONObject, Version], str | None]
"""The server's whole message about a pod that is ready to be stored; None for a valid one."""


class Admitter:
    """Judges the pods of one cluster; policies and the permissions to use them are prepared once."""

    def __init__(
        self,
        objects: Objects,
        authorizer: Authorizer,
        version: Version = V1_24,
        validate: Validate = pod_refusal,
    ) -> None:
        """Prepare the policies.

        Args:
            objects: The policies and accounts of the cluster.
            authorizer: Decides who may use a policy.
            version: The server's.
            validate: The server's validation of a pod that policies have filled in.

        Raises:
            ValueError: The version has no PodSecurityPolicy and none was loaded. (Loaded policies are judged
            as in 1.24, the last version that had them.)
        """
        if version >= REMOVED and not objects.policies:
            raise ValueError(removed_words(version))
        self.version = min(version, V1_24)
        self._objects = objects
        self._authorizer = authorizer
        self._given_version = version
        self._validate = validate
        self._uses = PolicyUseChecks(authorizer)
        self._outcomes = Outcomes()
        self._behavior = behavior(self.version)
        self._policies: dict[str, PSPRules | str] = {}
        for name in sorted(objects.policies):
            try:
                self._policies[name] = rules_of(objects.policies[name], self._behavior)
            except StrategyError as error:
                self._policies[name] = f"error creating provider for PSP {name}: {error}"
        self._usable_at_all = any(isinstance(rules, PSPRules) for rules in self._policies.values())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it without the data that was derived from the objects."""
        return (Admitter, (self._objects, self._authorizer, self._given_version, self._validate))

    def admit(self, pod: JSONObject, request: AdmissionRequest) -> Admission:
        """Whether the server would accept a pod that a user submits, and how it would change the pod.

        Args:
            pod: The pod as submitted, never modified.
            request: Who submits it, where, and how; on an update without an old pod, the pod is assumed to
                differ in more than its owners.

        Raises:
            ValueError: The object is not a pod, a field has the wrong type, or the operation is neither
                CREATE nor UPDATE.
        """
        operation, old, subresource = request.operation, request.old, request.subresource
        if operation not in {"CREATE", "UPDATE"}:
            raise ValueError(f'"{operation}" is not an operation that policies judge: write CREATE or UPDATE')
        plain = set_defaults("Pod", pod, self.version)
        kind = plain.get("kind", "Pod")
        if kind != "Pod":
            raise ValueError(
                f"policies judge pods, and this is a {one_line(str(kind))}: judge the pods that its "
                "controller makes"
            )
        metadata = plain.setdefault("metadata", {})
        namespace = request.namespace_of(metadata)
        metadata["namespace"] = namespace
        if subresource:
            reason = f"PodSecurityPolicy does not judge subresources: pods/{subresource} passes it by"
            if old is not None:
                plain = self._after_subresource(plain, namespace, old, subresource)
                if subresource == "ephemeralcontainers":
                    message = ephemeral_containers_refusal(plain, namespace, self._objects, self.version)
                    if message is not None:
                        return Admission(
                            allowed=False, policy=None, pod=None, message=message, not_judged=reason
                        )
            return Admission(allowed=True, policy=None, pod=canonical(plain), message=None, not_judged=reason)
        if operation == "UPDATE":
            return self._update(plain, request.user, namespace, old)
        return self._create(plain, request.user, namespace)

    def _after_subresource(
        self, pod: JSONObject, namespace: str, old: JSONObject, subresource: str
    ) -> JSONObject:
        """The pod after a request for a part of it (pkg/registry/core/pod/strategy.go, 1.24)."""
        before = set_defaults("Pod", old, self.version)
        if subresource != "ephemeralcontainers":
            return {**pod, "spec": before.get("spec", {})}
        added = pod.get("spec", {}).get("ephemeralContainers", [])
        result = {**before, "spec": {**before.get("spec", {}), "ephemeralContainers": added}}
        result["metadata"] = {**before.get("metadata", {}), "namespace": namespace}
        prepare_pod(result, self.version, before)
        return result

    def _create(self, pod: JSONObject, user: User | None, namespace: str) -> Admission:
        message = apply_service_account(pod, namespace, self._objects, self.version)
        if message is not None:
            view_of(pod)  # an object that is not a pod is refused before any plugin runs
            reason = "the ServiceAccount plugin refused the pod before policies were checked"
            return Admission(allowed=False, policy=None, pod=None, message=message, not_judged=reason)
        view, words = view_of(pod), self._behavior.words
        users = _users_to_ask(view.spec.service_account_name, namespace, user)
        candidates = self._candidates(view, users, namespace)
        if not self._usable_at_all:
            return _refusal(pod, words.none, candidates, users)
        winner = candidates.winner(may_change=True)
        if winner is None:
            return _refusal(pod, _with_errors(words.admit, candidates.refusals()), candidates, users)
        policy, outcome = winner
        if outcome.changed:
            write_back(pod, candidates.judged.pod, outcome.pod)
        pod["metadata"].setdefault("annotations", {})[VALIDATED_ANNOTATION] = policy
        name_pod(pod)
        changed = prepare_pod(pod, self.version)
        refusal = self._validate(pod, self.version)
        if refusal is not None:
            return Admission(
                allowed=False,
                policy=None,
                pod=None,
                message=refusal,
                considered=candidates,
                asked=users,
                invalid_by=policy,
                filled_in_by=policy,
            )
        if changed:
            again = self._candidates(view_of(pod), users, namespace)
            if again.winner(may_change=False, hint=policy) is None:
                return _refusal(pod, _with_errors(words.validate, again.refusals()), again, users, policy)
        reason = runtime_class_refusal(pod)
        if reason:
            return _refusal(pod, reason, candidates, users, policy)
        return Admission(
            allowed=True, policy=policy, pod=canonical(pod), message=None, considered=candidates, asked=users
        )

    def _candidates(self, pod: Pod, users: tuple[User, ...], namespace: str) -> PSPCandidates:
        return PSPCandidates(self._policies, pod, users, namespace, self._uses, self._outcomes)

    def _update(
        self, pod: JSONObject, user: User | None, namespace: str, old: JSONObject | None
    ) -> Admission:
        before = None if old is None else set_defaults("Pod", old, self.version)
        if before is not None:
            before.setdefault("metadata", {})["namespace"] = namespace
            if self.version < USE_COUNTS_SINCE:
                drop_disabled_fields(before["spec"], self.version, {})
        prepare_pod(pod, self.version, pod if before is None else before)
        if before is not None and _only_owners_changed(pod, before):
            reason = "PodSecurityPolicy does not judge updates that touch only owners and finalizers"
            return Admission(allowed=True, policy=None, pod=canonical(pod), message=None, not_judged=reason)
        view, words = view_of(pod), self._behavior.words
        users = _users_to_ask(view.spec.service_account_name, namespace, user)
        candidates = self._candidates(view, users, namespace)
        if not self._usable_at_all:
            return _refusal(pod, words.none, candidates, users)
        hint = view.metadata.annotations.get(VALIDATED_ANNOTATION, "")
        winner = candidates.winner(may_change=False, hint=hint)
        if winner is None:
            return _refusal(pod, _with_errors(words.validate, candidates.refusals()), candidates, users)
        return Admission(
            allowed=True,
            policy=winner[0],
            pod=canonical(pod),
            message=None,
            considered=candidates,
            asked=users,
        )


def _users_to_ask(account: str, namespace: str, user: User | None) -> tuple[User, ...]:
    """The users whose `use` counts: the account (here not in system:authenticated), then the requester."""
    users = []
    if account:
        users.append(
            User(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{account}", service_account_groups(namespace))
        )
    if user is not None:
        users.append(user)
    return tuple(users)


def _with_errors(words: str, errors: Iterable[FieldError]) -> str:
    """A refusal with its errors as Go prints a list: `[]` when there are none."""
    return f"{words}: [{' '.join(map(str, errors))}]"


def _refusal(
    pod: JSONObject,
    reason: str,
    considered: PSPCandidates,
    users: tuple[User, ...],
    filled_in_by: str = "",
) -> Admission:
    return Admission(
        allowed=False,
        policy=None,
        pod=None,
        message=forbidden(pod, reason),
        considered=considered,
        asked=users,
        filled_in_by=filled_in_by,
    )


def _only_owners_changed(pod: JSONObject, old: JSONObject) -> bool:
    """Whether only ownerReferences and finalizers differ (pkg/registry/rbac/helpers.go, 1.24)."""
    before, after = canonical(old), canonical(pod)
    old_metadata, new_metadata = before.get("metadata", {}), after.get("metadata", {})
    return before.get("spec") == after.get("spec") and all(
        new_metadata.get(key) == old_metadata.get(key) for key in _COMPARED
    )
