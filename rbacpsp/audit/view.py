"""What the rules look at: the objects of a cluster, with what is derived from them once."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from rbacpsp.audit.bootstrap import Bootstrap
from rbacpsp.audit.finding import Binding, Finding, user_of
from rbacpsp.audit.permission import Permission
from rbacpsp.model import Objects, RoleBinding, Subject, User, Version
from rbacpsp.model.request import MASTERS, split_service_account
from rbacpsp.model.version import V1_24
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.index import Roles
from rbacpsp.rbac.table import RoleRules

T = TypeVar("T")


class View:
    """The objects of a cluster as the rules see them."""

    def __init__(self, objects: Objects, authorizer: Authorizer, version: Version | None) -> None:
        self.objects = objects
        self.authorizer = authorizer
        self.version = version or objects.kubernetes_version or (V1_24 if objects.policies else None)
        """The server's version; None when nothing says it."""
        self.bootstrap = Bootstrap(self.version)
        self.roles = Roles(objects)
        self.powerful: dict[Subject, Finding] = {}
        """The worst finding of each service account among the rules about permissions, when high or worse."""
        self._memo: dict[object, Any] = {}
        self._holders: dict[tuple[Permission, str], frozenset[tuple[bool, str]]] = {}

    def memo(self, make: Callable[["View"], T]) -> T:
        """What a function makes of this view, made once."""
        if make not in self._memo:
            self._memo[make] = make(self)
        made: T = self._memo[make]
        return made

    @property
    def bindings(self) -> Iterator[Binding]:
        """Every binding: those of the whole cluster first."""
        yield from self.objects.cluster_role_bindings.values()
        yield from self.objects.role_bindings.values()

    def role_of(self, binding: Binding) -> RoleRules:
        """The role that a binding grants; its `error` is set when there is none."""
        return self.roles.resolve(binding.role_ref, binding.namespace)

    @staticmethod
    def subjects_of(binding: Binding) -> Iterator[Subject]:
        """The subjects that a binding reaches, each once, service accounts with their namespace.

        Left out are those that reach nobody: a service account without a namespace in a ClusterRoleBinding
        and unknown kinds; and `system:masters`, who are allowed everything before RBAC is asked.
        A User that is a service account by its name is given as that service account.
        """
        subjects = binding.subjects
        if len(subjects) == 1:
            found = _reached(binding, subjects[0])
            if found is not None:
                yield found
            return
        seen = set()
        for subject in subjects:
            found = _reached(binding, subject)
            if found is not None and found not in seen:
                seen.add(found)
                yield found

    def holds(self, subject: Subject, permissions: Sequence[Permission], scope: str) -> bool:
        """Whether the subject, through its implicit groups too, holds one of the permissions.

        In the namespace of the scope; where the scope is the whole cluster, in any namespace.
        """
        user = user_of(subject)
        for permission in permissions:
            if scope and not permission.namespaced:
                continue
            for verb in permission.verbs:
                if self.authorizer.authorize(user, permission.request(verb, scope)):
                    return True
                if not scope and permission.namespaced and self._anywhere(permission, verb) & _names(user):
                    return True
        return False

    def _anywhere(self, permission: Permission, verb: str) -> frozenset[tuple[bool, str]]:
        """Who holds a permission in at least one namespace."""
        key = (permission, verb)
        found = self._holders.get(key)
        if found is None:
            access = self.authorizer.who_can_anywhere(permission.request(verb, ""))
            found = self._holders[key] = frozenset(
                (False, user_of(each.subject).name)
                if each.subject.kind != "Group"
                else (True, each.subject.name)
                for each in access
            )
        return found


def _names(user: User) -> frozenset[tuple[bool, str]]:
    return frozenset({(False, user.name), *((True, group) for group in user.groups)})


def _reached(binding: Binding, subject: Subject) -> Subject | None:
    kind = subject.kind
    if kind == "ServiceAccount":
        if subject.namespace:
            return subject if not subject.api_group else Subject(kind, subject.name, subject.namespace)
        namespace = binding.namespace if type(binding) is RoleBinding else ""
        return Subject(kind, subject.name, namespace) if namespace else None
    if kind == "Group":
        return None if subject.name == MASTERS else subject
    if kind == "User":
        account = split_service_account(subject.name)
        return Subject("ServiceAccount", account[1], account[0]) if account else subject
    return None
