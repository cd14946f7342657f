"""What a family of edges is: which permission leads where, and on what condition."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rbacpsp.audit.admits import Admits
from rbacpsp.audit.permission import Match, Permission
from rbacpsp.audit.place import Place
from rbacpsp.audit.references import Reference
from rbacpsp.audit.view import View
from rbacpsp.model import ClusterRole, Role, Subject, Version
from rbacpsp.model.request import split_service_account


class Step(NamedTuple):
    """A place that is reached, and what makes it so, where that is not clear from the permission."""

    place: Place
    because: str = ""


class Held(NamedTuple):
    """A permission as a role in a scope gives it."""

    scope: str
    match: Match
    role: Role | ClusterRole
    subject: Subject | None = None
    """Who holds it, where the condition depends on that."""


class Site:
    """A cluster as the families of edges see it."""

    def __init__(self, view: View, admits: Admits) -> None:
        self.view = view
        self.admits = admits

    @property
    def version(self) -> Version | None:
        """The server's version."""
        return self.view.version

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace that anything names."""
        objects = self.view.objects
        names = {*objects.namespaces, *self.accounts, *(namespace for namespace, _ in objects.role_bindings)}
        names |= {namespace for namespace, _ in objects.roles}
        return tuple(sorted(names))

    @cached_property
    def accounts(self) -> dict[str, tuple[str, ...]]:
        """The service accounts that were loaded or that bindings name, by namespace."""
        found: dict[str, set[str]] = {}
        for namespace, name in self.view.objects.service_accounts:
            found.setdefault(namespace, set()).add(name)
        for subject in self.view.by_subject:
            account = (subject.namespace, subject.name) if subject.kind == "ServiceAccount" else None
            if subject.kind == "User":
                account = split_service_account(subject.name)
            if account:
                found.setdefault(account[0], set()).add(account[1])
        return {namespace: tuple(sorted(names)) for namespace, names in found.items()}

    @cached_property
    def token_secrets(self) -> dict[str, list[tuple[str, str]]]:
        """The service accounts that list a secret, by the name of the secret."""
        found: dict[str, list[tuple[str, str]]] = {}
        for key, account in self.view.objects.service_accounts.items():
            for secret in account.secrets:
                found.setdefault(secret.name, []).append(key)
        return found

    def reached(self, scope: str) -> Iterable[str]:
        """The namespaces that a scope covers."""
        return (scope,) if scope else self.namespaces


Targets = Callable[[Site, Held], Iterable[Step]]


@dataclass(frozen=True, eq=False)
class Technique:
    """A family of edges: whoever holds one of the permissions reaches the targets."""

    name: str
    title: str
    condition: str
    """When the edge exists, in words."""
    references: tuple[Reference, ...]
    permissions: tuple[Permission, ...] = ()
    targets: Targets | None = None
    also: tuple[tuple[Permission, ...], ...] = ()
    """Of each of these the holder needs one as well, in the same scope."""
    per_subject: Callable[[Site], bool] | None = None
    """Whether the condition depends on who holds the permission; it always does where `also` is not empty."""
    cost: int = 1
    """0 for what is no act of its own, such as being in a group."""
    links: Callable[[Site], Iterable[tuple[Place, Step]]] | None = None
    """Edges that need no permission."""

    def problems(self) -> list[str]:
        """What is missing in the data of the family."""
        found = [
            f"{self.name}: {field} is empty"
            for field in ("name", "title", "condition", "references")
            if not getattr(self, field)
        ]
        if bool(self.permissions) != (self.targets is not None) or not (self.permissions or self.links):
            found.append(f"{self.name}: it needs permissions with targets, or links")
        return found
