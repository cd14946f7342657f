"""Finds the user that the server sees behind a login.

A SelfSubjectReview reports it (v1 in 1.28, v1beta1 in 1.27, v1alpha1 in 1.26). On older servers it is read
from the client certificate, or from a TokenReview of the login's own token if that is allowed, or from the
refusal of a path that does not exist, which names the user but not the groups. The two reviews are POSTs that
store nothing; all other requests here are GETs.
"""

import re
import ssl
from dataclasses import dataclass
from typing import Any

import msgspec

from rbacpsp.model.certificate import subject
from rbacpsp.model.go import desanitized, unquote
from rbacpsp.model.request import ALL_AUTHENTICATED, ANONYMOUS, User, split_service_account
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.refusals import ConnectError, RefusedError

_REVIEWS = tuple(f"authentication.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
_NOWHERE = "/rbacpsp-asks-who-it-is"
_REFUSED = re.compile(rf'forbidden: User "(.*)" cannot get path "{_NOWHERE}"', re.DOTALL)
_UNASKABLE = frozenset({403, 404, 405})


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as the server sees one."""

    user: User
    source: str
    """The source: `SelfSubjectReview`, `client certificate`, `TokenReview` or `refusal`."""
    groups_known: bool
    """False if only the name is known; the groups are then those that every such user has."""


class _UserInfo(msgspec.Struct):
    username: str = ""
    groups: tuple[str, ...] = ()


class _Status(msgspec.Struct, rename="camel"):
    user_info: _UserInfo = msgspec.field(default_factory=_UserInfo)
    user: _UserInfo = msgspec.field(default_factory=_UserInfo)
    authenticated: bool = False


class _Review(msgspec.Struct):
    status: _Status = msgspec.field(default_factory=_Status)


def whoami(connection: Connection) -> Identity:
    """The user that the server sees behind the connection's login.

    Raises:
        ConnectError: No answer, the login is not accepted, or no source reports the user.
    """
    login = connection.login
    for version in _REVIEWS:
        info = _review(connection, f"{version}/selfsubjectreviews", "SelfSubjectReview", {}).user_info
        if info.username:
            return Identity(User(info.username, info.groups), "SelfSubjectReview", groups_known=True)
    authorization = login.authorization()
    if not login.impersonation:
        certificate_user = None if authorization else _certified(login.certificate)
        if certificate_user:
            return Identity(certificate_user, "client certificate", groups_known=True)
        scheme, _, token = (authorization or "").partition(" ")
        spec = {"token": token} if scheme.lower() == "bearer" else {}
        status = (
            _review(connection, f"{_REVIEWS[0]}/tokenreviews", "TokenReview", spec) if spec else _Status()
        )
        if status.authenticated:
            return Identity(User(status.user.username, status.user.groups), "TokenReview", groups_known=True)
    try:
        connection.get(_NOWHERE)
    except RefusedError as refused:
        match = _REFUSED.search(refused.message)
        if refused.status == 403 and match:
            return _named(unquote(desanitized(match[1])))
    raise ConnectError(f"{login.server} does not report the user of this login: name the user with --as")


def _named(name: str) -> Identity:
    account = split_service_account(name)
    if account:
        return Identity(User.service_account(*account), "refusal", groups_known=True)
    return Identity(User.impersonate(name), "refusal", groups_known=name == ANONYMOUS)


def _review(connection: Connection, review_path: str, kind: str, spec: dict[str, Any]) -> _Status:
    """The status of a review; an empty one if the server does not know or allow it."""
    version = review_path.rpartition("/")[0]
    body = {"apiVersion": version, "kind": kind} | ({"spec": spec} if spec else {})
    try:
        return msgspec.json.decode(connection.post(f"/apis/{review_path}", body).body, type=_Review).status
    except RefusedError as refused:
        if refused.status not in _UNASKABLE:
            raise ConnectError(
                f"{connection.login.server} does not report the user of this login: {refused}"
            ) from None
    except (msgspec.MsgspecError, RecursionError):
        pass
    return _Status()


def _certified(text: str) -> User | None:
    """The user of a client certificate in PEM; None if there is none that can be read."""
    try:
        first = text[text.index("-----BEGIN CERTIFICATE-----") :].partition("-----END CERTIFICATE-----")
        name, groups = subject(ssl.PEM_cert_to_DER_cert("".join(first[:2])))
    except ValueError:
        return None
    return User(name, (*groups, ALL_AUTHENTICATED))
