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

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


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
    return (namespace, name) if _LABEL.fullmatch(namespace) and _SUBDOMAIN.fullmatch(name) else None


@dataclass(frozen=True, slots=True)
class User:
    """A user as the API server sees one: a name and its groups, verbatim. Nothing is added to them."""

    name: str
    groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))

    @classmethod
    def impersonate(cls, name: str, groups: Iterable[str] = ()) -> Self:
        """The user that `--as` and `--as-group` make of a name, with the groups that the server adds.

        A service account without groups gets its own; everyone gets `system:authenticated`, but for
        `system:anonymous`, who gets `system:unauthenticated`.
        Source: apiserver/pkg/endpoints/filters/impersonation.go, 1.24.
        """
        given = list(groups)
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

        A mapping that holds either key is taken to be the spec itself.

        Raises:
            ValueError: Neither a verb nor a path or resource is there, or a value is no string.
        """
        inner = attributes.get("resourceAttributes") or attributes.get("nonResourceAttributes") or attributes
        if not isinstance(inner, Mapping):
            raise ValueError("the attributes must be an object")
        values = {key: "" if value is None else value for key, value in inner.items()}
        for key in ("verb", "group", "resource", "subresource", "name", "namespace", "path"):
            if not isinstance(values.get(key, ""), str):
                raise ValueError(f"{key} must be a string, not {values[key]!r}")
        if "path" in values or "nonResourceAttributes" in attributes:
            return cls(values.get("verb", ""), path=values.get("path", ""))
        return cls(
            values.get("verb", ""),
            group=values.get("group", ""),
            resource=values.get("resource", ""),
            subresource=values.get("subresource", ""),
            name=values.get("name", ""),
            namespace=values.get("namespace", ""),
        )

    @property
    def combined_resource(self) -> str:
        """The resource as rules write it: `pods`, or `pods/log` with a subresource."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource
