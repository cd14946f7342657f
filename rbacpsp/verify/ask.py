"""Queries the server with reviews and dry runs, none of which stores anything."""

import re
from dataclasses import dataclass
from secrets import token_hex
from typing import TypeVar
from urllib.parse import quote

import msgspec

from rbacpsp.model import PolicyRule, Request, User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.mismatch import json_mismatch
from rbacpsp.sources.answers import HTTPAnswer
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.refusals import ConnectError, RefusedError
from rbacpsp.verify.questions import AccessQuestion, PodQuestion

T = TypeVar("T")
_REVIEWS = "/apis/authorization.k8s.io/v1"
_VERSION = "authorization.k8s.io/v1"
_RULES_REVIEW = "SelfSubjectRulesReview"
_INVALID = 422


class VerifyError(Exception):
    """The server's answers cannot be compared; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """An answer of the server."""

    allowed: bool
    words: str
    """The reason, or the message of a refusal."""
    status: int = 200
    pod: JSONObject | None = None
    warnings: tuple[str, ...] = ()

    @property
    def invalid(self) -> bool:
        """Whether the API refused the object as invalid, which is not compared."""
        return self.status == _INVALID


class ServerRules(msgspec.Struct, rename="camel"):
    """The status of a SelfSubjectRulesReview."""

    resource_rules: list[PolicyRule] = []
    non_resource_rules: list[PolicyRule] = []
    evaluation_error: str = ""


class _RulesReview(msgspec.Struct):
    """What a server always sends has no default: another answer is not one about rules that nobody has."""

    status: ServerRules


class _ReviewStatus(msgspec.Struct):
    allowed: bool
    reason: str = ""


class _Review(msgspec.Struct):
    status: _ReviewStatus


class Asker:
    """Queries one server with one login."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def access(self, question: AccessQuestion) -> ServerAnswer:
        """Ask a SubjectAccessReview.

        Raises:
            RefusedError: The login may not ask about others.
            ConnectError: No answer.
        """
        user = question.user
        spec = {"user": user.name, "groups": list(user.groups), **_attributes(question.request)}
        return self._review("SubjectAccessReview", spec)

    def own_access(self, request: Request) -> ServerAnswer:
        """Ask a SelfSubjectAccessReview.

        Raises:
            RefusedError: The login may not even ask about itself.
            ConnectError: No answer.
        """
        return self._review("SelfSubjectAccessReview", dict(_attributes(request)))

    def may(self, verb: str, resource: str, group: str = "") -> bool:
        """Whether the login itself may do something everywhere."""
        return self.own_access(Request(verb, group=group, resource=resource)).allowed

    def rules(self, namespace: str, user: User | None) -> ServerRules:
        """Ask a SelfSubjectRulesReview, as a user who is impersonated or as the login.

        Raises:
            RefusedError: The server does not answer.
            ConnectError: No answer.
            ValueError: The user is one that cannot be impersonated.
        """
        body = {"apiVersion": _VERSION, "kind": _RULES_REVIEW, "spec": {"namespace": namespace}}
        path = f"{_REVIEWS}/{_RULES_REVIEW.lower()}s"
        rules = _decoded(self._connection.post(path, body, headers=_impersonation(user)), _RulesReview).status
        hide = self._connection.login.hide
        return msgspec.structs.replace(rules, evaluation_error=hide(rules.evaluation_error))

    @property
    def may_ask_about_others(self) -> bool:
        """Whether the login may ask SubjectAccessReviews."""
        return self.may("create", "subjectaccessreviews", "authorization.k8s.io")

    @property
    def may_impersonate(self) -> bool:
        """Whether the login may act as any user, group and service account, and is not impersonating now."""
        return not self._connection.login.impersonation and all(
            self.may("impersonate", resource) for resource in ("users", "groups", "serviceaccounts")
        )

    def require_dry_run(self) -> None:
        """Check that the server supports dryRun, with a request that stores nothing even if it does not.

        A server that supports the parameter refuses an invalid value; an old one, or a proxy that drops it,
        answers the review.

        Raises:
            VerifyError: The server does not support dryRun.
            ConnectError: No answer.
        """
        spec = {"nonResourceAttributes": {"verb": "get", "path": "/"}}
        body = {"apiVersion": _VERSION, "kind": "SelfSubjectAccessReview", "spec": spec}
        query = {"dryRun": "rbacpsp-asks-whether-this-is-heeded"}
        try:
            self._connection.post(f"{_REVIEWS}/selfsubjectaccessreviews", body, query)
        except RefusedError as refused:
            if refused.status in {400, _INVALID} and "dryRun" in refused.message:
                return
            raise VerifyError(
                f"it cannot be determined whether the server respects dryRun: {refused}"
            ) from None
        raise VerifyError(
            f"{self._connection.login.server} ignores dryRun: asking it about pods would create them"
        )

    def pod(self, question: PodQuestion) -> ServerAnswer:
        """Ask for a pod's creation in a dry run.

        Raises:
            RefusedError: The server cannot answer.
            ConnectError: No answer.
            ValueError: The user is one that cannot be impersonated.
        """
        headers = _impersonation(question.user)
        try:
            answer = self._connection.try_pod(question.namespace, question.pod, headers)
        except RefusedError as refused:
            if refused.status not in {403, _INVALID}:
                raise
            return ServerAnswer(False, refused.message, refused.status)
        return ServerAnswer(True, "", 201, _decoded(answer, JSONObject), answer.warnings)

    def stores_nothing(self, namespace: str, account: str) -> bool | None:
        """Create a pod of a service account in a dry run, and check that it was not stored.

        Returns whether PodSecurityPolicy is enforced; None if that is unknown, since a pod whose account is
        missing is refused before.

        Raises:
            VerifyError: The pod was stored.
            ConnectError: No answer.
        """
        name = f"rbacpsp-verify-{token_hex(4)}"
        metadata = {"name": name, "namespace": namespace}
        container = {"name": "probe", "image": "registry.k8s.io/pause:3.9"}
        spec = {"serviceAccountName": account, "containers": [container]}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        try:
            answer = self.pod(PodQuestion(None, namespace, pod))
        except RefusedError:
            return None
        if answer.pod is None:
            return True if "PodSecurityPolicy: " in answer.words else None
        try:
            self._connection.get(f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{name}")
        except RefusedError as refused:
            if refused.status in {403, 404}:
                annotations = (answer.pod.get("metadata") or {}).get("annotations") or {}
                return "kubernetes.io/psp" in annotations
            raise ConnectError(
                f"it cannot be determined whether a dry run stores anything: {refused}"
            ) from None
        raise VerifyError(
            f"the server stored a pod in a dry run: remove it (kubectl delete pod -n {namespace} "
            f"{name}); no more questions are sent"
        )

    def _review(self, kind: str, spec: JSONObject) -> ServerAnswer:
        body = {"apiVersion": _VERSION, "kind": kind, "spec": spec}
        status = _decoded(self._connection.post(f"{_REVIEWS}/{kind.lower()}s", body), _Review).status
        return ServerAnswer(status.allowed, self._connection.login.hide(status.reason))


def _decoded(answer: HTTPAnswer, form: type[T]) -> T:
    """An answer's content.

    Raises:
        RefusedError: It is something else, for example the answer of a proxy.
    """
    try:
        return msgspec.json.decode(answer.body, type=form)
    except (msgspec.MsgspecError, RecursionError):
        why = json_mismatch(answer.body, form)
        raise RefusedError(200, f"the answer is not the server's: {why}") from None


def _impersonation(user: User | None) -> list[tuple[str, str]]:
    """The headers that make a request another user's."""
    if user is None:
        return []
    return [("Impersonate-User", user.name), *(("Impersonate-Group", group) for group in user.groups)]


def _attributes(request: Request) -> JSONObject:
    if request.path is not None:
        return {"nonResourceAttributes": {"verb": request.verb, "path": request.path}}
    fields = ("namespace", "verb", "group", "resource", "subresource", "name")
    return {"resourceAttributes": {field: getattr(request, field) for field in fields}}


def from_rbac(words: str) -> bool:
    """Whether a reason is from RBAC: it has that prefix, since 1.37 two of them, or is empty."""
    return words == "" or words.removeprefix("rbac: ").startswith("RBAC: ")


def same_words(words: str, other: str) -> bool:
    """Whether two reasons are equal except for the order of the errors in brackets."""
    return words == other or _parts(words) == _parts(other)


def _parts(words: str) -> list[str]:
    inside = re.fullmatch(r"(?:rbac: )?RBAC: \[(.*)\]", words, re.DOTALL)
    return sorted(inside[1].split(", ")) if inside else [words]
