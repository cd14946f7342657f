"""Recognizes the objects that Kubernetes or kubeadm creates itself."""

from collections.abc import Iterator
from functools import cache, cached_property

from rbacpsp.catalog.bootstrap import bootstrap_policy, every_policy, kubeadm_policy
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Identity, Role, RoleBinding, Subject, Version

Binding = RoleBinding | ClusterRoleBinding
AnyRole = Role | ClusterRole


@cache
def of_any_version() -> "Bootstrap":
    """The bootstrap objects of all recorded versions; computed once."""
    return Bootstrap()


class Bootstrap:
    """The bootstrap objects of a version; None: of all recorded versions."""

    def __init__(self, version: Version | None = None) -> None:
        self.version = version
        self._bindings: dict[Identity, list[Binding]] = {}
        self._roles: dict[Identity, list[AnyRole]] = {}
        bootstrap_objects = (
            every_policy() if version is None else (*bootstrap_policy(version), *kubeadm_policy(version))
        )
        for obj in bootstrap_objects:
            key = (obj.kind, obj.namespace, obj.name)
            if isinstance(obj, RoleBinding | ClusterRoleBinding):
                self._bindings.setdefault(key, []).append(obj)
            else:
                self._roles.setdefault(key, []).append(obj)
        self._names = {name for _, _, name in self._bindings}

    def roles(self, role: AnyRole) -> tuple[AnyRole, ...]:
        """The bootstrap roles with the kind, namespace and name of a role."""
        return tuple(self._roles.get((role.kind, role.namespace, role.name), ()))

    def binding(self, binding: Binding) -> bool:
        """Whether a binding of that name to that role is a bootstrap object."""
        return binding.metadata.name in self._names and any(True for _ in self._known(binding))

    def subject(self, binding: Binding, subject: Subject) -> bool:
        """Whether a binding is a bootstrap object that names that subject."""
        return binding.metadata.name in self._names and any(
            subject in known.subjects for known in self._known(binding)
        )

    def role(self, role: AnyRole) -> bool:
        """Whether there is a bootstrap role of that kind, namespace and name, whatever its rules are now."""
        return (role.kind, role.namespace, role.name) in self._roles

    def account(self, namespace: str, name: str) -> bool:
        """Whether bootstrap bindings name that account: controllers create theirs on demand."""
        return (namespace, name) in self._accounts

    @cached_property
    def _accounts(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (subject.namespace, subject.name)
            for known in self._bindings.values()
            for binding in known
            for subject in binding.subjects
            if subject.kind == "ServiceAccount"
        )

    def _known(self, binding: Binding) -> Iterator[Binding]:
        key = (binding.kind, binding.namespace, binding.name)
        return (known for known in self._bindings.get(key, ()) if known.role_ref == binding.role_ref)
