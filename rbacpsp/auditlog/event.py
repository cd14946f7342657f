"""Audit events as the API server writes them: only the fields on which an answer depends are decoded.

Source: k8s.io/apiserver/pkg/apis/audit/v1/types.go (1.24 and 1.37); v1beta1 has the same fields.
"""

from typing import Literal

import msgspec
from msgspec import Raw, Struct, field

COMPLETE = "ResponseComplete"
STARTED = "ResponseStarted"
PANIC = "Panic"


class Actor(Struct, gc=False):
    """Who made a request (authentication.k8s.io UserInfo)."""

    username: str | None = ""
    groups: tuple[str, ...] | None = ()


class Impersonated(Struct, gc=False):
    """The user that a request impersonates."""

    username: str | None = ""
    groups: tuple[str, ...] | None = ()
    uid: str | None = ""
    extra: dict[str, tuple[str, ...] | None] | None = None


class ObjectRef(Struct, gc=False, rename="camel"):
    """The object or URL that a request is for."""

    resource: str | None = ""
    namespace: str | None = ""
    name: str | None = ""
    api_group: str | None = ""
    subresource: str | None = ""


class Annotations(Struct, gc=False):
    """The annotations that the server adds while it handles a request."""

    decision: str | None = field(default="", name="authorization.k8s.io/decision")
    reason: str | None = field(default="", name="authorization.k8s.io/reason")
    admit_policy: str | None = field(default="", name="podsecuritypolicy.policy.k8s.io/admit-policy")
    enforce_policy: str | None = field(default="", name="pod-security.kubernetes.io/enforce-policy")
    exempt: str | None = field(default="", name="pod-security.kubernetes.io/exempt")


class Authentication(Struct, gc=False, rename="camel"):
    """How a request was authenticated."""

    impersonation_constraint: str | None = ""
    """The verb of constrained impersonation (`impersonate:user-info`), if that was used."""


NOBODY = Raw(b"null")
"""The value of events without a user: all share this object, so that it can be compared with `is`."""


class Event(Struct, gc=False, rename="camel"):
    """One audit event; an object without one of the first three fields is not an event."""

    kind: Literal["Event"]
    api_version: Literal["audit.k8s.io/v1", "audit.k8s.io/v1beta1"]
    audit_id: str = field(name="auditID")
    stage: str | None = ""
    verb: str | None = ""
    request_uri: str | None = field(default="", name="requestURI")
    user: Raw = NOBODY
    """An `Actor`; few are distinct, so each is decoded once: see `Actors`."""
    impersonated_user: Raw = NOBODY
    """An `Impersonated`."""
    object_ref: ObjectRef | None = None
    annotations: Annotations | None = None
    authentication_metadata: Raw = NOBODY
    """An `Authentication`."""
    request_received_timestamp: str | None = ""
    stage_timestamp: str | None = ""

    def keep(self) -> None:
        """Copy the parts that refer to the block of bytes, so that the block can be freed."""
        self.user = self.user.copy()
        self.impersonated_user = self.impersonated_user.copy()
        self.authentication_metadata = self.authentication_metadata.copy()


User = tuple[str, tuple[str, ...]]
"""The name and the groups of a user."""

_MOST = 50_000
"""How many distinct users are kept; ids of tokens make one user appear as many."""
_ACTOR = msgspec.json.Decoder(Actor | None)
_IMPERSONATED = msgspec.json.Decoder(Impersonated | None)
_AUTHENTICATION = msgspec.json.Decoder(Authentication | None)


class Actors:
    """Decodes users, each distinct text once."""

    def __init__(self) -> None:
        self._known: dict[bytes, User] = {}
        self.get = self._known.get

    def user(self, value: bytes) -> User:
        """The user of a JSON value; a nameless one if it is not a user."""
        actor = self._known.get(value)
        if actor is None:
            actor = _user(value)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[value] = actor
        return actor


def _user(value: bytes) -> User:
    try:
        actor = _ACTOR.decode(value)
    except msgspec.MsgspecError:
        actor = None
    return ("", ()) if actor is None else (actor.username or "", actor.groups or ())


def impersonated(event: Event) -> Impersonated | None:
    """The impersonated user of an event, if there is one."""
    try:
        decoded: Impersonated | None = _IMPERSONATED.decode(event.impersonated_user)
    except msgspec.MsgspecError:
        return None
    return decoded


def constraint(event: Event) -> str:
    """The verb of constrained impersonation; empty if that was not used."""
    try:
        metadata = _AUTHENTICATION.decode(event.authentication_metadata)
    except msgspec.MsgspecError:
        return ""
    return (metadata.impersonation_constraint or "") if metadata else ""
