"""Answers the reviews of `oc adm policy scc-subject-review` and `scc-review`.

They differ from admission. Only the spec of the pod counts: no annotations, no ServiceAccount plugin, no
exempt namespaces. A user has only the groups of the review. Constraints whose ranges cannot be read cause an
error only for those who may use them.

Source: openshift/openshift-apiserver pkg/security/apiserver/registry/podsecuritypolicysubjectreview and
podsecuritypolicyreview, release-4.21.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass

from rbacpsp.model.go import aggregate, quote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.objects import Objects
from rbacpsp.model.pod import Pod
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX, User, service_account_groups
from rbacpsp.model.scc import SecurityContextConstraints
from rbacpsp.model.version import Version
from rbacpsp.pods.canonical import canonical
from rbacpsp.pods.changes import write_back
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.shape import view_of
from rbacpsp.scc.answer import PodRefusedError
from rbacpsp.scc.mutate import mutate
from rbacpsp.scc.providers import Providers
from rbacpsp.scc.rules import SCCRules
from rbacpsp.scc.use import UseChecks
from rbacpsp.scc.validate import validate

NOBODY = "at least one of user, groups or serviceAccountName must be specified"


class ReviewRefusedError(ValueError):
    """The server's error message for a review; `stage` names the check that fails."""

    def __init__(self, stage: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage
        """`validation`, `provider` or `serviceaccount`."""


@dataclass(frozen=True, slots=True)
class SubjectReview:
    """Which constraints admit a pod for a user, its service account, or either; true when some do."""

    scc: str | None = None
    """The first constraints that one of them may use and that admit the pod."""
    spec: JSONObject | None = None
    """The spec with the defaults of these constraints; only if it names a service account."""

    def __bool__(self) -> bool:
        return self.scc is not None


@dataclass(frozen=True, slots=True)
class AccountReview:
    """Which constraints admit a pod for service accounts by themselves."""

    allowed: tuple[tuple[str, str, JSONObject | None], ...] = ()
    """The account, constraints that it may use and that admit the pod, and the spec with their defaults if it
    names an account; in the server's order."""

    def __bool__(self) -> bool:
        return bool(self.allowed)


class Reviewer:
    """Answers the reviews of one cluster."""

    def __init__(
        self,
        objects: Objects,
        uses: UseChecks,
        providers: Providers,
        version: Version,
    ) -> None:
        self._objects = objects
        self._uses = uses
        self._providers = providers
        self._version = version

    def subject_review(self, spec: JSONObject, namespace: str, user: User | None) -> SubjectReview:
        """Which constraints admit a pod of this spec for a user or the account that the spec names.

        Args:
            spec: The pod's spec; never modified.
            namespace: Where.
            user: The user, with all its groups; None: only the account is checked.

        Raises:
            ReviewRefusedError: The server answers with an error.
            ValueError: A field of the spec has the wrong type.
        """
        pod = self._pod(spec)
        account = pod.get("spec", {}).get("serviceAccountName") or ""
        users = [user] if user is not None and (user.name or user.groups) else []
        users += [_account_user(namespace, account)] if account else []
        if not users:
            raise ReviewRefusedError("validation", NOBODY)
        try:
            ready = self._providers.rules_for(self._usable(users, namespace), namespace)
        except PodRefusedError as error:
            raise ReviewRefusedError("provider", error.reason) from None
        for rules in ready:
            admitted = _filled_in_if_admitted(pod, rules)
            if admitted is not None:
                return SubjectReview(rules.name, admitted["spec"] if account else None)
        return SubjectReview()

    def account_review(self, spec: JSONObject, namespace: str, accounts: Iterable[str] = ()) -> AccountReview:
        """Which constraints admit a pod of this spec for accounts by themselves.

        Args:
            spec: The pod's spec; never modified.
            namespace: Where.
            accounts: By name; default: the one that the spec names, else `default`.

        Raises:
            ReviewRefusedError: There is no such account.
            ValueError: A field of the spec has the wrong type.
        """
        pod = self._pod(spec)
        named_account = pod.get("spec", {}).get("serviceAccountName") or ""
        account_names = list(accounts) or [named_account or "default"]
        missing = [
            account_name
            for account_name in account_names
            if self._objects.lacks_account(namespace, account_name)
        ]
        if missing:
            words = (
                f"unable to retrieve ServiceAccount {account_name}: "
                f"serviceaccount {quote(account_name)} not found"
                for account_name in missing
            )
            raise ReviewRefusedError("serviceaccount", aggregate(list(words)))
        admitting: list[tuple[str, str, JSONObject | None]] = []
        for account in account_names:
            usable = self._usable([_account_user(namespace, account)], namespace)
            try:
                ready = self._providers.rules_for(usable, namespace)
            except PodRefusedError:
                continue  # the server silently omits such an account
            for rules in ready:
                admitted = _filled_in_if_admitted(pod, rules)
                if admitted is not None:
                    admitting.append((account, rules.name, admitted["spec"] if named_account else None))
        return AccountReview(tuple(admitting))

    def _pod(self, spec: JSONObject) -> JSONObject:
        return set_defaults("Pod", {"apiVersion": "v1", "kind": "Pod", "spec": spec}, self._version)

    def _usable(self, users: Iterable[User], namespace: str) -> list[SecurityContextConstraints]:
        return [
            constraint
            for constraint in self._providers.constraints
            if any(self._uses.check(user, namespace, constraint).allowed for user in users)
        ]


def _account_user(namespace: str, account: str) -> User:
    return User(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{account}", service_account_groups(namespace))


def _filled_in_if_admitted(pod: JSONObject, rules: SCCRules) -> JSONObject | None:
    """The pod with the defaults of constraints; None if they refuse it."""
    view = view_of(pod)
    after: Pod = mutate(rules, view)
    if validate(rules, after):
        return None
    filled_pod = deepcopy(pod)
    write_back(filled_pod, view, after)
    stored: JSONObject = canonical(filled_pod)
    return stored
