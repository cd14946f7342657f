"""The subjects for which bindings differ between two states, and all that is bound to them.

No question is asked of what is equal on both sides: a change of fifty bindings costs the same work in a
cluster of a hundred bindings as of a hundred thousand, except for one look at each.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from rbacpsp.comparison.region import Region, regions_of
from rbacpsp.model import ClusterRoleBinding, Objects, PolicyRule, Role, RoleBinding, RoleRef, Subject
from rbacpsp.model.request import SERVICE_ACCOUNT_PREFIX
from rbacpsp.model.subjects import user_of
from rbacpsp.rbac.decision import Grant
from rbacpsp.rbac.index import MASTERS_SUBJECT, Roles, subject_meant
from rbacpsp.rbac.table import RoleRules

Binding = RoleBinding | ClusterRoleBinding
Places = Mapping[Subject, Collection[str]]
"""The namespaces (empty: the cluster) in which the bindings of each subject differ; never none."""
Held = Mapping[str, Mapping[Region, list[Grant]]]
"""What a subject holds: by namespace (empty: everywhere) the regions, each with the grants of it."""


def meant(subject: Subject, namespace: str) -> Subject | None:
    """The subject that a binding means; None for nobody, and for those who hold everything on every side."""
    found = subject_meant(subject, namespace)
    return None if found == MASTERS_SUBJECT else found


class Bound:
    """The bindings of one state."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self._roles = Roles(objects)
        self._regions: dict[tuple[RoleRules, bool], list[tuple[int, Region]]] = {}

    def role(self, ref: RoleRef, namespace: str) -> RoleRules:
        """The role that a roleRef names."""
        return self._roles.resolve(ref, namespace)

    def regions(self, role: RoleRules, *, urls: bool) -> list[tuple[int, Region]]:
        """What the rules of a role allow, with the place of each rule."""
        key = (role, urls)
        if key not in self._regions:
            self._regions[key] = [
                (place, region)
                for place, rule in enumerate(role.rules)
                for region in regions_of(rule, urls=urls)
            ]
        return self._regions[key]

    def subjects(self, namespaces: Collection[str]) -> frozenset[Subject]:
        """Whom the bindings of some namespaces (empty: of the cluster) mean."""
        return frozenset(
            who
            for binding, namespace in _bindings(self.objects)
            if namespace in namespaces
            for subject in binding.subjects
            if (who := meant(subject, namespace))
        )

    def held(self, places: Places) -> dict[Subject, Held]:
        """What is bound to some subjects, as far as their differences depend on it."""
        found: dict[Subject, defaultdict[str, dict[Region, list[Grant]]]] = {}
        for namespace, binding, subject, who in _named(self.objects, places):
            role = self.role(binding.role_ref, namespace)
            here = found.setdefault(who, defaultdict(dict))[namespace]
            for place, region in self.regions(role, urls=not namespace):
                grant = Grant(binding, role.role, place, role.rules[place], subject, role.computed)
                here.setdefault(region, []).append(grant)
        return dict(found)


def _bindings(objects: Objects) -> Iterator[tuple[Binding, str]]:
    """Every binding that counts, with its namespace (empty: of the cluster)."""
    everywhere = ((binding, "") for binding in objects.cluster_role_bindings.values())
    local = ((binding, namespace) for (namespace, _), binding in objects.role_bindings.items() if namespace)
    return chain[tuple[Binding, str]](everywhere, local)


def _named(objects: Objects, places: Places) -> Iterator[tuple[str, Binding, Subject, Subject]]:
    """The bindings of some subjects that matter: namespace, binding, the subject as written and as meant."""
    groups = {who.name for who in places if who.kind == "Group"}
    users = {user_of(who).name for who in places if who.kind != "Group"}
    for binding, namespace in _bindings(objects):
        for place, subject in enumerate(binding.subjects):
            kind, name = subject.kind, subject.name
            if kind == "ServiceAccount":
                name = f"{SERVICE_ACCOUNT_PREFIX}{subject.namespace or namespace}:{name}"
            if name not in (groups if kind == "Group" else users) or subject in binding.subjects[:place]:
                continue
            who = meant(subject, namespace)
            there = places.get(who) if who else None
            if who and there and (not namespace or namespace in there or "" in there):
                yield namespace, binding, subject, who


def differing(old: Bound, new: Bound) -> Places:
    """The subjects of which a binding, or a role that is bound, is not the same on both sides, and where."""
    found: defaultdict[Subject, set[str]] = defaultdict(set)
    cluster_roles = {
        name
        for name in old.objects.cluster_roles.keys() | new.objects.cluster_roles.keys()
        if _cluster_rules(old, name) != _cluster_rules(new, name)
    }
    roles = {
        key
        for key in old.objects.roles.keys() | new.objects.roles.keys()
        if _rules(old.objects.roles.get(key)) != _rules(new.objects.roles.get(key))
    }

    def compare(binding: Binding, other: Binding | None, namespace: str) -> None:
        ref = binding.role_ref
        changed = ref.name in cluster_roles if ref.kind == "ClusterRole" else (namespace, ref.name) in roles
        if changed or other is None or other.subjects != binding.subjects or other.role_ref != ref:
            for subject in (*binding.subjects, *(other.subjects if other else ())):
                if who := meant(subject, namespace):
                    found[who].add(namespace)

    for mine, theirs, twice in ((old.objects, new.objects, True), (new.objects, old.objects, False)):
        for name, binding in mine.cluster_role_bindings.items():
            other = theirs.cluster_role_bindings.get(name)
            if twice or other is None:
                compare(binding, other, "")
        for key, local in mine.role_bindings.items():
            other_local = theirs.role_bindings.get(key)
            if key[0] and (twice or other_local is None):
                compare(local, other_local, key[0])
    return found


def _cluster_rules(bound: Bound, name: str) -> tuple[PolicyRule, ...]:
    return bound.role(RoleRef(kind="ClusterRole", name=name), "").rules


def _rules(role: Role | None) -> tuple[PolicyRule, ...]:
    return role.rules if role is not None else ()
