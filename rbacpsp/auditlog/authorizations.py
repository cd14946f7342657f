"""Converts audit events to the requests that the authorizer decided, and to impersonations.

The objectRef of an event is that of the authorizer's request, completed from the object that was sent: a
`create` has the name of the new object, although it was authorized without one. Sources:
apiserver/pkg/endpoints/request/requestinfo.go, pkg/audit/request.go and
pkg/endpoints/filters/impersonation (1.24 and 1.37).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from rbacpsp.auditlog.event import Event, constraint, impersonated
from rbacpsp.auditlog.event import User as EventUser
from rbacpsp.model import Request, User
from rbacpsp.model.request import (
    ALL_AUTHENTICATED,
    ALL_UNAUTHENTICATED,
    service_account_groups,
    split_service_account,
)

_NAMED_BY_SELECTOR = frozenset({"list", "watch"})
_NAME_SELECTOR = re.compile(r"(?:^|,)metadata\.name==?([^,!=\\]+)(?=,|$)")
_NO_SEGMENT = re.compile(r"[/%]")
_AUTHENTICATION = "authentication.k8s.io"
_NODE = "system:node:"
IMPERSONATE = "impersonate"
_ASSOCIATED_NODE = "impersonate:associated-node"


class AuthorizationRequest(NamedTuple):
    """A user and a request; equal for all events with the same decision of the authorizer."""

    user: str
    groups: tuple[str, ...]
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str | None = None

    @property
    def who(self) -> User:
        """The user, with the groups that the server knew."""
        return User(self.user, self.groups)

    @property
    def request(self) -> Request:
        """The request, verbatim."""
        if self.path is not None:
            return Request(self.verb, path=self.path)
        return Request(
            self.verb,
            group=self.group,
            resource=self.resource,
            subresource=self.subresource,
            name=self.name,
            namespace=self.namespace,
        )


Key = tuple[EventUser, str, str, str, str, str, str, str | None]
"""The fields of an `AuthorizationRequest` as a tuple, which is created faster: every event needs one."""


def asked(key: Key) -> AuthorizationRequest:
    """The request of a key."""
    (user, groups), verb, group, resource, subresource, namespace, name, path = key
    return AuthorizationRequest(user, groups, verb, group, resource, subresource, namespace, name, path)


def request_key(event: Event, who: EventUser) -> Key:
    """The request of an event that the authorizer decided, for the user or the impersonated user."""
    verb = event.verb or ""
    ref = event.object_ref
    if ref is None:
        return (who, verb, "", "", "", "", "", _path(event.request_uri or ""))
    resource, subresource = ref.resource or "", ref.subresource or ""
    namespace, object_name = ref.namespace or "", ref.name or ""
    if verb == "create":
        if not subresource:
            object_name = _created(event.request_uri or "", resource, object_name)
        if namespace and event.request_uri and "/namespaces/" not in event.request_uri:
            namespace = ""
    elif verb == "deletecollection":
        object_name = ""
    elif not object_name and verb in _NAMED_BY_SELECTOR:
        object_name = _selected(event.request_uri or "")
    return (who, verb, ref.api_group or "", resource, subresource, namespace, object_name, None)


def _path(uri: str) -> str:
    """The path of a URI as the server decodes it."""
    path = uri.partition("?")[0]
    if path[:1] != "/" and "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return unquote(path) if "%" in path else path


def _created(uri: str, resource: str, name: str) -> str:
    """The name of a `create` of a resource: empty, unless the request is for the URL of one object."""
    path = _path(uri)
    return name if name and path.endswith(f"/{resource}/{name}") and "/api" in path else ""


def _selected(uri: str) -> str:
    """The name that `fieldSelector=metadata.name=X` gives to a `list` or `watch`."""
    if "fieldSelector" not in uri:
        return ""
    selector = next((value for key, value in parse_qsl(uri.partition("?")[2]) if key == "fieldSelector"), "")
    match = _NAME_SELECTOR.search(selector)
    name = match[1] if match else ""
    return "" if name in {".", ".."} or _NO_SEGMENT.search(name) else name


class Impersonation(NamedTuple):
    """An impersonation that the server allowed before it authorized the request itself."""

    user: str
    groups: tuple[str, ...]
    as_user: str
    as_groups: tuple[str, ...]
    uid: str
    extra: tuple[tuple[str, tuple[str, ...]], ...]
    constraint: str
    """The verb of constrained impersonation; empty: `impersonate`."""
    target: Key | None
    """The request itself, on which constrained impersonation depends."""


def impersonation_of(event: Event, actor: EventUser, target: Key) -> Impersonation | None:
    """The impersonation of an event; None if nobody was impersonated."""
    impersonated_user = impersonated(event)
    if impersonated_user is None:
        return None
    verb = constraint(event)
    extra = (
        tuple(sorted((key, values or ()) for key, values in impersonated_user.extra.items()))
        if impersonated_user.extra
        else ()
    )
    return Impersonation(
        *actor,
        impersonated_user.username or "",
        impersonated_user.groups or (),
        impersonated_user.uid or "",
        extra,
        verb,
        target if verb else None,
    )


def impersonation_requests(impersonation: Impersonation) -> Iterator[AuthorizationRequest]:
    """The requests of an impersonation: for the user or account, each group, the uid and the extra values.

    Groups that the server adds were not requested.
    """
    who = (impersonation.user, impersonation.groups)
    verb = impersonation.constraint or IMPERSONATE
    group_of_resource = _AUTHENTICATION if impersonation.constraint else ""
    account = split_service_account(impersonation.as_user)
    if account:
        yield AuthorizationRequest(
            *who, verb, group_of_resource, "serviceaccounts", "", account[0], account[1]
        )
    elif impersonation.constraint and impersonation.as_user.startswith(_NODE):
        name = (
            "*" if impersonation.constraint == _ASSOCIATED_NODE else impersonation.as_user.removeprefix(_NODE)
        )
        yield AuthorizationRequest(*who, verb, group_of_resource, "nodes", "", "", name)
    else:
        yield AuthorizationRequest(*who, verb, group_of_resource, "users", "", "", impersonation.as_user)
    for group in _requested_groups(impersonation, account):
        yield AuthorizationRequest(*who, verb, group_of_resource, "groups", "", "", group)
    if impersonation.uid:
        yield AuthorizationRequest(*who, verb, _AUTHENTICATION, "uids", "", "", impersonation.uid)
    for key, values in impersonation.extra:
        for value in values:
            yield AuthorizationRequest(*who, verb, _AUTHENTICATION, "userextras", key, "", value)
    if impersonation.constraint and impersonation.target:
        target = asked(impersonation.target)
        mode = impersonation.constraint.partition(":")[2]
        yield target._replace(
            user=impersonation.user, groups=impersonation.groups, verb=f"impersonate-on:{mode}:{target.verb}"
        )


def _requested_groups(impersonation: Impersonation, account: tuple[str, str] | None) -> Iterator[str]:
    """The impersonated groups, without those that the server adds."""
    groups = impersonation.as_groups
    if impersonation.constraint and impersonation.as_user.startswith(_NODE):
        return
    if account and set(groups) == {*service_account_groups(account[0]), ALL_AUTHENTICATED}:
        return
    for index, group in enumerate(groups):
        last = index == len(groups) - 1
        if not (last and group in {ALL_AUTHENTICATED, ALL_UNAUTHENTICATED}):
            yield group
