"""Users and requests, which are the parts of a SubjectAccessReview, and requests to admission plugins."""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from difflib import get_close_matches
from typing import Any, Protocol, Self, runtime_checkable
from warnings import warn

from rbacpsp.model.argument_types import require, said, several
from rbacpsp.model.groups import GROUP_OF

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
"""A DNS subdomain as RFC 1123 defines it: the name of most objects."""


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


_RESOURCE_KEYS = ("group", "resource", "subresource", "name", "namespace")
_KNOWN = {
    _OF_RESOURCE: frozenset({"verb", *_RESOURCE_KEYS, "version", "fieldSelector", "labelSelector"}),
    _OF_URL: frozenset({"verb", "path"}),
}
"""The attributes of each kind of request."""
_OF_ATTRIBUTES = frozenset.union(*_KNOWN.values())
_OF_SPEC = frozenset({_OF_RESOURCE, _OF_URL, "user", "groups", "uid", "extra"})
_OF_ANSWER = frozenset({"allowed", "denied", "reason", "evaluationError", "subjects"})
"""The keys that a recorded answer adds to the spec of the review."""


def _refuse_unknown(attributes: Mapping[str, Any], known: frozenset[str]) -> None:
    for key in attributes:
        if key not in known:
            close = get_close_matches(str(key)[:40], known, 1)
            advice = f"did you mean {close[0]}?" if close else f"known attributes: {', '.join(sorted(known))}"
            raise ValueError(f"unknown attribute {said(key)} of a request; {advice}")


def _several(groups: Iterable[str]) -> tuple[str, ...]:
    if isinstance(groups, str):  # else each letter would be a group
        raise TypeError(f"groups must be several names, such as ({groups[:40]!r},), not one string")
    return several("groups", groups, "several names")


@dataclass(frozen=True, slots=True)
class User:
    """A user as the API server sees one: a name and groups, to which nothing is added.

    Raises:
        TypeError: The groups are one string.
    """

    name: str
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", _several(self.groups))

    @classmethod
    def impersonate(cls, name: str, groups: Iterable[str] = ()) -> Self:
        """The user that kubectl's `--as` and `--as-group` name, with the groups that the server adds.

        A service account without groups gets its own; everyone gets `system:authenticated`, except for
        `system:anonymous`, who gets `system:unauthenticated`.
        Source: apiserver/pkg/endpoints/filters/impersonation.go, 1.24.
        """
        require("name", name, str, "a string")
        group_list = list(_several(groups))
        account = split_service_account(name)
        if account and not group_list:
            group_list = list(service_account_groups(account[0]))
        if name == ANONYMOUS:
            if ALL_UNAUTHENTICATED not in group_list:
                group_list.append(ALL_UNAUTHENTICATED)
        elif ALL_AUTHENTICATED not in group_list and ALL_UNAUTHENTICATED not in group_list:
            group_list.append(ALL_AUTHENTICATED)
        return cls(name, tuple(group_list))

    @classmethod
    def service_account(cls, namespace: str, name: str) -> Self:
        """An authenticated service account, with its three groups.

        Raises:
            TypeError: The namespace or the name is not a string.
        """
        require("namespace", namespace, str, "a string")
        require("name", name, str, "a string")
        groups = (*service_account_groups(namespace), ALL_AUTHENTICATED)
        return cls(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}", groups)


@runtime_checkable
class Resolves(Protocol):
    """An object that knows the resources of a server, such as a Cluster."""

    def request(self, text: str) -> "Request":
        """Read a request in the words of the command line."""


def _asks_outside() -> bool:
    """Whether code outside of this program constructs a request."""
    caller = sys._getframe(3).f_globals.get("__name__", "")  # noqa: SLF001 - only the frame tells the caller
    return caller.partition(".")[0] not in {"rbacpsp", "dataclasses", "copy"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a resource, by its attributes, or for a URL path. No field is defaulted."""

    verb: str
    _: KW_ONLY
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str | None = None
    """Not None makes it a request for a non-resource URL; the other fields are then ignored."""

    def __post_init__(self) -> None:
        resource: object = self.resource  # a wrong type is reported where the request is used
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

        Resources are looked up as kubectl does. A request for a cluster-scoped resource has no namespace;
        without `-n` it is for all namespaces at once. `get /healthz` is for a URL.

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

        A mapping with either key is read as the spec itself, or as a recorded answer, which repeats the spec
        next to its status. Null counts as absent. Fields of a review on which no answer depends are ignored;
        unknown fields are refused.

        Raises:
            ValueError: Both or neither kind of attributes are present, both a path and a resource, a key is
            unknown, or a value is not a string.
        """
        if not isinstance(attributes, Mapping):
            raise ValueError("the attributes must be an object")
        present_keys = [key for key in (_OF_RESOURCE, _OF_URL) if attributes.get(key) is not None]
        if len(present_keys) > 1:
            raise ValueError(f"{_OF_RESOURCE} and {_OF_URL} exclude each other")
        if not present_keys and (_OF_RESOURCE in attributes or _OF_URL in attributes):
            raise ValueError(f"one of {_OF_RESOURCE} and {_OF_URL} must be given")
        inner = attributes[present_keys[0]] if present_keys else attributes
        if not isinstance(inner, Mapping):
            raise ValueError("the attributes must be an object")
        if not present_keys and not {"verb", "resource", "path"} & inner.keys():
            raise ValueError("there is no verb, resource or path")
        _refuse_unknown(attributes, _OF_SPEC | _OF_ANSWER if present_keys else _OF_ATTRIBUTES | _OF_SPEC)
        if present_keys:
            _refuse_unknown(inner, _KNOWN[present_keys[0]])
        about_url = present_keys == [_OF_URL] if present_keys else inner.get("path") is not None
        if about_url and (others := [key for key in _RESOURCE_KEYS if inner.get(key)]):
            raise ValueError(f"path and {others[0]} exclude each other: a request is for a URL or a resource")
        keys = ("path",) if about_url else _RESOURCE_KEYS
        values = {key: "" if inner.get(key) is None else inner[key] for key in ("verb", *keys)}
        for key, value in values.items():
            if not isinstance(value, str):
                raise ValueError(f"{key} must be a string, not {said(value)}")
        return cls(values.pop("verb"), **values)

    @classmethod
    def from_review(cls, spec: Mapping[str, Any]) -> Self:
        """Read the spec of a review; unknown fields are ignored, as the server does.

        Raises:
            ValueError: Both or neither kind of attributes are present, or a value is not a string.
        """
        known = {key: value for key, value in spec.items() if key in _OF_SPEC}
        for key in (_OF_RESOURCE, _OF_URL):
            inner = known.get(key)
            if isinstance(inner, Mapping):
                known[key] = {name: value for name, value in inner.items() if name in _KNOWN[key]}
        return cls.from_attributes(known)

    @property
    def combined_resource(self) -> str:
        """The resource as rules write it: `pods`, or `pods/log` with a subresource."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


OPERATIONS = ("CREATE", "UPDATE", "DELETE", "CONNECT")
"""The operations that admission plugins handle (apiserver/pkg/admission/interfaces.go, 1.24)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionRequest:
    """What an admission plugin knows about a request besides the object."""

    user: User | None = None
    """Who sends the request. None: unknown; PodSecurityPolicy then checks only the pod's service account."""
    namespace: str | None = None
    """The namespace; None: that of the object, else `default`."""
    operation: str = "CREATE"
    """One of `OPERATIONS`."""
    old: Any = None
    """On an update the old object, in the same form; None if it is not known."""
    subresource: str = ""
    """The part of the object that the request is for, for example `ephemeralcontainers`."""

    def namespace_of(self, metadata: Mapping[str, Any]) -> str:
        """The namespace of the request for an object with this metadata."""
        return self.namespace or metadata.get("namespace") or "default"
