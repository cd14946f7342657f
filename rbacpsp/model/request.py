"""Users and requests: the two parts of a SubjectAccessReview, and the request to an admission plugin."""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from difflib import get_close_matches
from typing import Any, Protocol, Self, runtime_checkable
from warnings import warn

from rbacpsp.model.groups import GROUP_OF
from rbacpsp.model.wrong import require, said, several

ALL_AUTHENTICATED = "system:authenticated"
ALL_UNAUTHENTICATED = "system:unauthenticated"
ANONYMOUS = "system:anonymous"
MASTERS = "system:masters"
ALL_SERVICE_ACCOUNTS = "system:serviceaccounts"
SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"

_OF_RESOURCE = "resourceAttributes"
_OF_URL = "nonResourceAttributes"
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""A DNS subdomain in the words of RFC 1123: the name of most objects."""


def service_account_groups(namespace: str) -> tuple[str, str]:
    """The groups every service account of a namespace is in (apiserver serviceaccount.MakeGroupNames)."""
    return (ALL_SERVICE_ACCOUNTS, f"{ALL_SERVICE_ACCOUNTS}:{namespace}")


def split_service_account(user: str) -> tuple[str, str] | None:
    """The (namespace, name) of a service account's user name, or None for every other user.

    Source: apiserver/pkg/authentication/serviceaccount/util.go SplitUsername, 1.24.
    """
    if not user.startswith(SERVICE_ACCOUNT_PREFIX):
        return None
    namespace, _, name = user.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
    return (namespace, name) if _LABEL.fullmatch(namespace) and SUBDOMAIN.fullmatch(name) else None


_OF_ATTRIBUTES = frozenset(
    {
        *("verb", "group", "resource", "subresource", "name", "namespace", "path"),
        *("version", "fieldSelector", "labelSelector"),
    }
)
_OF_SPEC = frozenset({_OF_RESOURCE, _OF_URL, "user", "groups", "uid", "extra"})
_OF_ANSWER = frozenset({"allowed", "denied", "reason", "evaluationError", "subjects"})
"""What a recorded answer adds to the question that it answers."""


def _refuse_unknown(given: Mapping[str, Any], known: frozenset[str]) -> None:
    for key in given:
        if key not in known:
            close = get_close_matches(str(key)[:40], known, 1)
            advice = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(known))}"
            raise ValueError(f"{said(key)} is no attribute of a request; {advice}")


def _several(groups: Iterable[str]) -> tuple[str, ...]:
    if isinstance(groups, str):  # whose letters would pass for groups
        raise TypeError(f"groups must be several names, such as ({groups[:40]!r},), not one string")
    return several("groups", groups, "several names")


@dataclass(frozen=True, slots=True)
class User:
    """A user as the API server sees one: a name and its groups, verbatim. Nothing is added to them.

    Raises:
        TypeError: The groups are one string.
    """

    name: str
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", _several(self.groups))

    @classmethod
    def impersonate(cls, name: str, groups: Iterable[str] = ()) -> Self:
        """The user that `--as` and `--as-group` make of a name, with the groups that the server adds.

        A service account without groups gets its own; everyone gets `system:authenticated`, except for
        `system:anonymous`, who gets `system:unauthenticated`.
        Source: apiserver/pkg/endpoints/filters/impersonation.go, 1.24.
        """
        require("name", name, str, "a string")
        given = list(_several(groups))
        account = split_service_account(name)
        if account and not given:
            given = list(service_account_groups(account[0]))
        if name == ANONYMOUS:
            if ALL_UNAUTHENTICATED not in given:
                given.append(ALL_UNAUTHENTICATED)
        elif ALL_AUTHENTICATED not in given and ALL_UNAUTHENTICATED not in given:
            given.append(ALL_AUTHENTICATED)
        return cls(name, tuple(given))

    @classmethod
    def service_account(cls, namespace: str, name: str) -> Self:
        """An authenticated service account, with its three groups.

        Raises:
            TypeError: The namespace or the name is no string.
        """
        require("namespace", namespace, str, "a string")
        require("name", name, str, "a string")
        groups = (*service_account_groups(namespace), ALL_AUTHENTICATED)
        return cls(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}", groups)


@runtime_checkable
class Resolves(Protocol):
    """What knows the resources of a server: a Cluster."""

    def request(self, text: str) -> "Request":
        """A request in words."""


def _asks_outside() -> bool:
    """Whether somebody else's code constructs a request, and not this program."""
    caller = sys._getframe(3).f_globals.get("__name__", "")  # noqa: SLF001 - only the frame tells the caller
    return caller.partition(".")[0] not in {"rbacpsp", "dataclasses", "copy"}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: attributes of a resource, or a URL path. Taken verbatim, nothing is defaulted."""

    verb: str
    _: KW_ONLY
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str | None = None
    """Not None makes it a request for a URL that is no resource; the other fields are then unused."""

    def __post_init__(self) -> None:
        resource: object = self.resource  # a wrong type is told where the request is asked
        group = GROUP_OF.get(resource) if isinstance(resource, str) and not self.group else None
        if group is not None and self.path is None and _asks_outside():
            warn(
                f"{self.resource} are resources of the API group {group}, and the request is for those of "
                f'the core group, which has none: write group="{group}"',
                stacklevel=3,
            )

    @classmethod
    def parse(cls, text: str, cluster: "Resolves") -> "Request":
        """A request in the words of the command line: `create deployments.apps/web -n prod`.

        Resources are found as kubectl finds them. A request for what lives in no namespace has none; without
        `-n` it is for all namespaces at once. `get /healthz` is for a URL.

        Args:
            text: A verb and a resource with its name, or a URL; `-n` and `--subresource`.
            cluster: The cluster that knows the resources.

        Raises:
            ValueError: The words do not make a request, or the server has no such resource.
        """
        require("text", text, str, "a string")
        if not isinstance(cluster, Resolves):
            raise TypeError(f"cluster must be a Cluster, not {said(cluster)}")
        return cluster.request(text)

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Self:
        """Read `resourceAttributes` or `nonResourceAttributes` of a SubjectAccessReview's spec.

        A mapping that holds either key is taken to be the spec itself, or a recorded answer, which repeats
        the spec beside its status. Null counts as absent. Fields that a review may have and no answer depends
        on are ignored; others are refused as slips.

        Raises:
            ValueError: Both or neither kind of attributes are there, a key is unknown, a value is no string.
        """
        if not isinstance(attributes, Mapping):
            raise ValueError("the attributes must be an object")
        given = [key for key in (_OF_RESOURCE, _OF_URL) if attributes.get(key) is not None]
        if len(given) > 1:
            raise ValueError(f"{_OF_RESOURCE} and {_OF_URL} exclude each other")
        if not given and (_OF_RESOURCE in attributes or _OF_URL in attributes):
            raise ValueError(f"one of {_OF_RESOURCE} and {_OF_URL} must be given")
        inner = attributes[given[0]] if given else attributes
        if not isinstance(inner, Mapping):
            raise ValueError("the attributes must be an object")
        if not given and not {"verb", "resource", "path"} & inner.keys():
            raise ValueError("there is no verb, resource or path")
        _refuse_unknown(attributes, _OF_SPEC | _OF_ANSWER if given else _OF_ATTRIBUTES | _OF_SPEC)
        _refuse_unknown(inner, _OF_ATTRIBUTES if given else _OF_ATTRIBUTES | _OF_SPEC)
        about_url = given == [_OF_URL] if given else inner.get("path") is not None
        keys = ("path",) if about_url else ("group", "resource", "subresource", "name", "namespace")
        values = {key: "" if inner.get(key) is None else inner[key] for key in ("verb", *keys)}
        for key, value in values.items():
            if not isinstance(value, str):
                raise ValueError(f"{key} must be a string, not {said(value)}")
        return cls(values.pop("verb"), **values)

    @classmethod
    def from_review(cls, spec: Mapping[str, Any]) -> Self:
        """Read the spec of a review; fields that the server does not know are ignored, as it does.

        Raises:
            ValueError: Both or neither kind of attributes are there, or a value is no string.
        """
        known = {key: value for key, value in spec.items() if key in _OF_SPEC}
        for key in (_OF_RESOURCE, _OF_URL):
            inner = known.get(key)
            if isinstance(inner, Mapping):
                known[key] = {name: value for name, value in inner.items() if name in _OF_ATTRIBUTES}
        return cls.from_attributes(known)

    @property
    def combined_resource(self) -> str:
        """The resource as rules write it: `pods`, or `pods/log` with a subresource."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
"""The operations that admission plugins are asked about (apiserver/pkg/admission/interfaces.go, 1.24)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionRequest:
    """What admission plugins are told beside the object itself."""

    user: User | None = None
    """Who asks. None: nobody is known; PodSecurityPolicy then asks the pod's service account alone."""
    namespace: str | None = None
    """Where; None: as the object says, else `default`."""
    operation: str = "CREATE"
    """One of `OPERATIONS`."""
    old: Any = None
    """On an update what was there before, in the form of the object; None where it is not known."""
    subresource: str = ""
    """The part of the object that the request is for, for example `ephemeralcontainers`."""

    def place(self, metadata: Mapping[str, Any]) -> str:
        """The namespace, for an object with this metadata."""
        return self.namespace or metadata.get("namespace") or "default"
