"""Random small clusters in which every technique occurs often, and near misses of each as well."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from rbacpsp.testing.manifests import binding, namespace, policy, role, service_account
from tests.paths.restated.admission import DISABLED, LEVEL, RUN_LEVEL
from tests.paths.restated.objects import JSON, Version
from tests.paths.restated.permissions import NAMES, NEEDS, Permission
from tests.paths.restated.surroundings import surroundings
from tests.paths.restated.templates import CONSTRAINTS, POLICIES

Draw = Callable[[st.SearchStrategy[Any]], Any]
T = TypeVar("T")

NAMESPACES = ("a", "b", "kube-system")
SUBJECTS = (
    *("User/eve",) * 14,
    *("User/bob", "User/system:anonymous", "User/system:serviceaccount:a:x"),
    *("Group/devs", "Group/admins", "Group/system:authenticated", "Group/system:unauthenticated"),
    *("Group/system:serviceaccounts", "Group/system:serviceaccounts:a", "Group/system:nodes"),
    *("ServiceAccount/a:strong", "ServiceAccount/a:x", "ServiceAccount/b:x", "ServiceAccount/c:far"),
    "ServiceAccount/kube-system:replicaset-controller",
)
VERSIONS: tuple[Version, ...] = ((1, 15), (1, 17), (1, 22), (1, 24), (1, 24), (1, 30), (1, 36))


def one(draw: Draw, items: Sequence[T]) -> T:
    """One of some items."""
    picked: T = draw(st.sampled_from(items))
    return picked


def often(draw: Draw, tenths: int) -> bool:
    """True in so many tenths of all cases."""
    return bool(draw(st.integers(0, 9)) < tenths)


@st.composite
def clusters(draw: Draw) -> tuple[list[JSON], Version]:
    """The objects of a cluster, and its version."""
    version = one(draw, VERSIONS)
    objects = [namespace(name, _labels(draw)) for name in NAMESPACES]
    for home, name in (("a", "strong"), ("a", "x"), ("b", "x")):
        if often(draw, 8):
            objects.append(service_account(home, name, **_account(draw)))
    names = draw(st.lists(st.sampled_from(sorted(POLICIES)), max_size=3, unique=True))
    objects += [policy(name, **POLICIES[name].spec) for name in names]
    if often(draw, 3):
        names = draw(st.lists(st.sampled_from(sorted(CONSTRAINTS)), min_size=1, max_size=4, unique=True))
        objects += [_constraints(draw, name) for name in names]
    return objects + _grants(draw) + surroundings(draw, NAMESPACES), version


def _constraints(draw: Draw, name: str) -> JSON:
    """Constraints that list some users and groups."""
    users = ("eve", "system:serviceaccount:a:strong", "system:serviceaccount:b:x", "")
    groups = ("system:authenticated", "system:serviceaccounts:a", "devs", "", "")
    metadata = {"apiVersion": "security.openshift.io/v1", "kind": "SecurityContextConstraints"}
    return {
        **metadata,
        "metadata": {"name": name},
        "users": [user for user in (one(draw, users),) if user],
        "groups": [group for group in (one(draw, groups),) if group],
        "seLinuxContext": {"type": "MustRunAs"},
        **CONSTRAINTS[name].spec,
    }


def _labels(draw: Draw) -> dict[str, str]:
    level = one(draw, ("", "", "privileged", "baseline", "restricted"))
    exempt = one(draw, ({}, {}, {}, {RUN_LEVEL: "1"}, {RUN_LEVEL: "2"}, {DISABLED: "true"}))
    return ({LEVEL: level} if level else {}) | exempt


def _account(draw: Draw) -> JSON:
    fields: JSON = {"automountServiceAccountToken": False} if often(draw, 2) else {}
    return fields | ({"secrets": [{"name": one(draw, NAMES["secrets"])}]} if often(draw, 3) else {})


def _grants(draw: Draw) -> list[JSON]:
    """Roles and their bindings: of what some techniques need, which often is granted in several parts."""
    objects: dict[tuple[str, str, str], JSON] = {}
    for needed in draw(st.lists(st.sampled_from(NEEDS), min_size=3, max_size=9)):
        parts = [[permission] for permission in needed] if often(draw, 3) else [list(needed)]
        whose, where = one(draw, SUBJECTS), one(draw, ("", "", "", "a", "b"))
        for part in parts:
            rules = [_rule(draw, permission) for permission in part]
            scope = where if often(draw, 8) else one(draw, ("", "a", "b"))
            subject = whose if often(draw, 7) else one(draw, SUBJECTS)
            for made in _granted(draw, f"{len(objects) // 2}", rules, subject, scope):
                objects[made["kind"], made["metadata"].get("namespace", ""), made["metadata"]["name"]] = made
    return list(objects.values())


def _granted(draw: Draw, number: str, rules: list[JSON], subject: str, scope: str) -> list[JSON]:
    name, local = f"r{number}", bool(scope) and often(draw, 5)
    kind = "Role" if local else "ClusterRole"
    made = [role(name, *rules, namespace=scope if local else "")]
    if not local and often(draw, 1):
        label = {"part-of": name}
        made[0]["metadata"] |= {"name": f"part-of-{name}", "labels": label}
        whole = role(name)
        made.append(whole | {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": label}]}})
    return [*made, binding(name, subject, namespace=scope, kind=kind, name=f"b{number}")]


def _rule(draw: Draw, permission: Permission) -> JSON:
    verbs, resource, group = permission
    rule: JSON = {"verbs": verbs.split(), "apiGroups": [group], "resources": [resource]}
    if often(draw, 1):
        rule |= {one(draw, ("verbs", "apiGroups", "resources")): ["*"]}
    if often(draw, 2):
        names = NAMES.get(resource, ("x",))
        rule["resourceNames"] = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
    return rule
