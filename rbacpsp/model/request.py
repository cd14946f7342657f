"""Who asks, and for what: the two halves of a SubjectAccessReview."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

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


def _several(groups: Iterable[str]) -> tuple[str, ...]:
    if isinstance(groups, str):  # whose letters would pass for groups
        raise TypeError(f"groups must be several names, such as ({groups!r},), not one string")
    return tuple(groups)


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

        A service account without groups gets its own; everyone gets `system:authenticated`, but for
        `system:anonymous`, who gets `system:unauthenticated`.
        Source: apiserver/pkg/endpoints/filters/impersonation.go, 1.24.
        """
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
        """An authenticated service account, with its three groups."""
        groups = (*service_account_groups(namespace), ALL_AUTHENTICATED)
        return cls(f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}", groups)


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

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Self:
        """Read `resourceAttributes` or `nonResourceAttributes` of a SubjectAccessReview's spec.

        A mapping that holds either key is taken to be the spec itself. Null counts as absent, and what a
        request has no field for is passed over, as the server does.

        Raises:
            ValueError: Both or neither kind of attributes are there, or a value is no string.
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
        about_url = given == [_OF_URL] if given else inner.get("path") is not None
        keys = ("path",) if about_url else ("group", "resource", "subresource", "name", "namespace")
        values = {key: "" if inner.get(key) is None else inner[key] for key in ("verb", *keys)}
        for key, value in values.items():
            if not isinstance(value, str):
                raise ValueError(f"{key} must be a string, not {value!r}")
        return cls(values.pop("verb"), **values)

    @property
    def combined_resource(self) -> str:
        """The resource as rules write it: `pods`, or `pods/log` with a subresource."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource
