"""Compares the difference of access, request by request, with a naive implementation."""

import importlib.util
import sys
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.comparison import AccessChange, diff, subtraction
from rbacpsp.model.json import JSONObject

GROUP = "rbac.authorization.k8s.io"


def plain() -> Any:
    """The naive implementation of RBAC in tests/rbac, which is not in a package."""
    result = Path(__file__).parents[1] / "rbac" / "naive.py"
    spec = importlib.util.spec_from_file_location("comparison_naive", result)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


naive = plain()

VERBS = ["get", "list", "*", "new"]
GROUPS = ["", "apps", "*", "new"]
RESOURCES = ["pods", "pods/log", "deployments/scale", "*/scale", "*/log", "*", "pods/*", "*/", "pods/"]
NAMES = ["web", "*", ""]
URLS = ["/api", "/api/*", "/ap*", "/api/**", "*", "", "/x"]
NAMESPACES = ["a", "b"]
PEOPLE = ["alice", "dev", "system:serviceaccount:a:bot", "bot", "system:masters"]

rules = st.fixed_dictionaries(
    {"verbs": st.lists(st.sampled_from(VERBS[:3]), max_size=2)},
    optional={
        "apiGroups": st.lists(st.sampled_from(GROUPS[:3]), max_size=2),
        "resources": st.lists(st.sampled_from(RESOURCES), max_size=3),
        "resourceNames": st.lists(st.sampled_from(NAMES), max_size=2),
        "nonResourceURLs": st.lists(st.sampled_from(URLS), max_size=2),
    },
)
subjects = st.fixed_dictionaries(
    {"kind": st.sampled_from(["User", "Group", "ServiceAccount", "Robot"]), "name": st.sampled_from(PEOPLE)},
    optional={"namespace": st.sampled_from(NAMESPACES)},
)
role_refs = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["Role", "ClusterRole"]),
        "name": st.sampled_from(["r", "s", "missing"]),
        "apiGroup": st.just(GROUP),
    }
)


def objects(kind: str, names: list[str], *, local: bool, **fields: Any) -> Any:
    metadata: dict[str, Any] = {"name": st.sampled_from(names)}
    if local:
        metadata["namespace"] = st.sampled_from(NAMESPACES)
    one = st.fixed_dictionaries(
        {
            "apiVersion": st.just(f"{GROUP}/v1"),
            "kind": st.just(kind),
            "metadata": st.fixed_dictionaries(metadata),
            **fields,
        }
    )
    return st.lists(
        one, max_size=4, unique_by=lambda each: (each["metadata"].get("namespace"), each["metadata"]["name"])
    )


some_rules = st.lists(rules, max_size=4)
some_subjects = st.lists(subjects, min_size=1, max_size=3)
states = st.tuples(
    objects("Role", ["r", "s"], local=True, rules=some_rules),
    objects("ClusterRole", ["r", "s"], local=False, rules=some_rules),
    objects("RoleBinding", ["x", "y"], local=True, subjects=some_subjects, roleRef=role_refs),
    objects("ClusterRoleBinding", ["x", "y", "z"], local=False, subjects=some_subjects, roleRef=role_refs),
).map(lambda parts: [item for part in parts for item in part])

ASKED: list[JSONObject] = [
    {"verb": verb, "group": group, "resource": resource, "subresource": sub, "name": name, "namespace": space}
    for verb, group, resource, sub, name, space in product(
        ["get", "list", "other"],
        ["", "apps", "other"],
        ["pods", "deployments", "other", "*", ""],
        ["", "log", "scale", "*", "other"],
        ["", "web", "*", "other"],
        ["", "a", "b", "other"],
    )
] + [
    {"verb": verb, "path": path}
    for verb, path in product(
        ["get", "list", "other"],
        ["", "/", "/x", "/xx", "/ap", "/apx", "/api", "/apix", "/api/", "/api/x", "*", "other", "/api/*"],
    )
]
"""Every request that the words above tell apart, and one more of each sort."""
WHO: list[tuple[str, str, tuple[str, ...]]] = [
    *(("User", name, (name, "")) for name in PEOPLE if not name.startswith("system:serviceaccount")),
    *(("Group", name, ("", name)) for name in PEOPLE if name != "system:masters"),
    *(
        ("ServiceAccount", f"{space}:{name}", (f"system:serviceaccount:{space}:{name}", ""))
        for space, name in product(NAMESPACES, PEOPLE)
    ),
]


def answers(items: list[JSONObject], user: str, group: str) -> set[int]:
    """The indexes of the allowed requests; every rule is compared with every request."""
    held = []
    for namespace in ("", *NAMESPACES):
        for binding, place in naive.bindings(items, namespace):
            if place == namespace and any(
                naive.applies(subject, user, [group], place) for subject in binding["subjects"]
            ):
                held += [(place, rule) for rule in naive.role_rules(items, binding["roleRef"], place)[0]]
    return allowed(held)


def allowed(held: list[tuple[str, JSONObject]]) -> set[int]:
    return {
        place
        for place, asked in enumerate(ASKED)
        if any(
            (namespace == "" or ("path" not in asked and asked["namespace"] == namespace))
            and naive.allows(rule, asked)
            for namespace, rule in held
        )
    }


def changed_requests(change: AccessChange) -> set[int]:
    """The requests of a change, according to its rule and its exceptions."""
    rule = msgspec.to_builtins(change.rule)
    holes = [(each.namespace, msgspec.to_builtins(each.rule)) for each in change.excepted]
    return allowed([(change.namespace, rule)]) - allowed(holes)


def spelled(change: AccessChange) -> tuple[str, str]:
    subject = change.subject
    return subject.kind, f"{subject.namespace}:{subject.name}" if subject.namespace else subject.name


@pytest.mark.parametrize("many", [subtraction.MANY, 2])
def test_gained_and_lost_are_exactly_the_difference_of_all_answers(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subtraction, "MANY", many)

    @given(states, states)
    @settings(max_examples=40, deadline=None, database=None)
    def holds(old: list[JSONObject], new: list[JSONObject]) -> None:
        access = diff(Cluster.from_objects(old), Cluster.from_objects(new)).access
        assert {spelled(change) for change in (*access.gained, *access.lost)} <= {who[:2] for who in WHO}
        for kind, name, (user, group) in WHO:
            before, after = answers(old, user, group), answers(new, user, group)
            gained = [changed_requests(change) for change in access.gained if spelled(change) == (kind, name)]
            lost = [changed_requests(change) for change in access.lost if spelled(change) == (kind, name)]
            assert set().union(*gained) == after - before
            assert set().union(*lost) == before - after
            if many > 2:
                for changes in (gained, lost):
                    for place, one in enumerate(changes):
                        assert one - set().union(*changes[:place], *changes[place + 1 :])

    holds()


def test_a_state_does_not_differ_from_itself_written_in_another_order() -> None:
    @given(states)
    @settings(max_examples=40, deadline=None, database=None)
    def holds(items: list[JSONObject]) -> None:
        turned = [
            {**item, **{key: item[key][::-1] for key in ("rules", "subjects") if key in item}}
            for item in items
        ]
        assert not diff(Cluster.from_objects(items), Cluster.from_objects(turned[::-1]))

    holds()
