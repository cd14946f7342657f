"""The roles and bindings that Kubernetes brings itself, and whether something in a cluster is one of them.

The data, `data/bootstrap.jsonl`, is that of plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata of each
version named in it; a line is an object and the versions that bring it. What kubeadm adds so that nodes can
join, `data/kubeadm.jsonl`, is that of cmd/kubeadm/app/phases. A version in between is answered for by its two
neighbors: what either of them brings counts as Kubernetes' own.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain

import msgspec

from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Identity,
    Role,
    RoleBinding,
    Subject,
    Version,
)

Binding = RoleBinding | ClusterRoleBinding
AnyRole = Role | ClusterRole
_FILES = ("bootstrap.jsonl", "kubeadm.jsonl")


class Bootstrap:
    """What Kubernetes brings in a version; None: in any known version."""

    def __init__(self, version: Version | None = None) -> None:
        self.version = version
        self._bindings: dict[Identity, list[Binding]] = {}
        self._roles: dict[Identity, list[AnyRole]] = {}
        wanted = None if version is None else _neighbors(version)
        for versions, obj in _lines():
            if wanted is not None and wanted.isdisjoint(versions):
                continue
            key = (obj.kind, obj.namespace, obj.name)
            if isinstance(obj, RoleBinding | ClusterRoleBinding):
                self._bindings.setdefault(key, []).append(obj)
            else:
                self._roles.setdefault(key, []).append(obj)

    def roles(self, role: AnyRole) -> tuple[AnyRole, ...]:
        """The roles of that kind, namespace and name that Kubernetes brings."""
        return tuple(self._roles.get((role.kind, role.namespace, role.name), ()))

    def binding(self, binding: Binding) -> bool:
        """Whether Kubernetes brings a binding of that name, to that role."""
        key = (binding.kind, binding.namespace, binding.name)
        return key in self._bindings and any(True for _ in self._known(binding))

    def subject(self, binding: Binding, subject: Subject) -> bool:
        """Whether Kubernetes brings that binding, with that subject among its own."""
        return any(subject in known.subjects for known in self._known(binding))

    def role(self, role: AnyRole) -> bool:
        """Whether Kubernetes brings a role of that kind, namespace and name, whatever its rules are now."""
        return (role.kind, role.namespace, role.name) in self._roles

    def account(self, namespace: str, name: str) -> bool:
        """Whether Kubernetes' own bindings name that account: its controllers make theirs on demand."""
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


@cache
def _lines() -> tuple[tuple[frozenset[Version], Binding | AnyRole], ...]:
    folder = files("rbacpsp.audit").joinpath("data")
    lines: list[tuple[frozenset[Version], Binding | AnyRole]] = []
    for line in chain.from_iterable(folder.joinpath(file).read_bytes().splitlines() for file in _FILES):
        value = msgspec.json.decode(line)
        versions = frozenset(map(Version.parse, value.pop("versions")))
        obj = msgspec.convert(value, ClusterRole | Role | ClusterRoleBinding | RoleBinding)
        lines.append((versions, obj))
    return tuple(lines)


def known_versions() -> tuple[Version, ...]:
    """The versions whose bootstrap policy is known, ascending."""
    return tuple(sorted(frozenset().union(*(versions for versions, _ in _lines()))))


def _neighbors(version: Version) -> frozenset[Version]:
    known = known_versions()
    before = max((each for each in known if each <= version), default=known[0])
    after = min((each for each in known if each >= version), default=known[-1])
    return frozenset({before, after})
