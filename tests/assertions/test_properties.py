"""Compares assertions on random clusters with an independent implementation of RBAC."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.model.json import JSONObject
from tests.comparison.test_access_properties import naive, states

SUBJECTS: dict[str, tuple[str, list[str]]] = {
    "User/alice": ("alice", ["system:authenticated"]),
    "Group/dev": ("", ["dev", "system:authenticated"]),
    "Group/alice": ("", ["alice", "system:authenticated"]),
    "ServiceAccount/a:bot": (
        "system:serviceaccount:a:bot",
        ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
    ),
}
RESOURCES = {"pods": "", "deployments.apps": "apps"}
SPACES = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("a", "b")]

accesses = st.fixed_dictionaries(
    {
        "verbs": st.lists(st.sampled_from(["get", "list"]), min_size=1, max_size=2),
        "resources": st.lists(st.sampled_from(sorted(RESOURCES)), min_size=1, max_size=2),
        "namespaces": st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2),
    },
    optional={"names": st.lists(st.sampled_from(["web", "other"]), min_size=1, max_size=2)},
)


def expected(items: list[JSONObject], who: str, access: JSONObject) -> list[bool]:
    """Whether each combination is allowed."""
    user, groups = SUBJECTS[who]
    return [
        naive.authorize(
            items,
            user,
            groups,
            {
                "verb": verb,
                "group": RESOURCES[resource],
                "resource": resource.partition(".")[0],
                "name": name,
                "namespace": namespace,
            },
        ).allowed
        for verb, resource, namespace, name in product(
            access["verbs"], access["resources"], access["namespaces"], access.get("names", [""])
        )
    ]


@given(states, st.sampled_from(sorted(SUBJECTS)), accesses)
@settings(max_examples=150, deadline=None, database=None)
def test_can_and_cannot_agree_with_every_request(
    items: list[JSONObject], who: str, access: JSONObject
) -> None:
    cluster = Cluster.from_objects([*items, *SPACES], kubernetes_version="1.30")
    assertions = [{"name": verb, "who": who, verb: access} for verb in ("can", "cannot")]
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": assertions}
    can, cannot = rbacpsp.test(cluster, body).items
    allowed = expected(items, who, access)
    assert (can.result == "pass") <= all(allowed)
    assert (can.result == "fail") <= (not all(allowed))
    assert (cannot.result == "pass") <= (not any(allowed))
    assert (cannot.result == "fail") <= any(allowed)
    assert bool(cannot.grants) == (cannot.result == "fail")
    named = any(
        naive.applies(
            subject, *SUBJECTS[who][:1], SUBJECTS[who][1][:1] if who.startswith("Group") else [], space
        )
        for item in items
        for space in [item["metadata"].get("namespace", "")]
        for subject in item.get("subjects", [])
    )
    if not named:
        assert {can.result, cannot.result} == {"cannot be asked"}
    elif any(allowed):
        assert cannot.result == "fail"


ALONE: dict[str, tuple[str, str]] = {
    "User/alice": ("alice", ""),
    "User/bot": ("bot", ""),
    "User/dev": ("dev", ""),
    "Group/dev": ("", "dev"),
    "Group/alice": ("", "alice"),
    "Group/bot": ("", "bot"),
    "Group/system:serviceaccount:a:bot": ("", "system:serviceaccount:a:bot"),
    **{
        f"ServiceAccount/{space}:{name}": (f"system:serviceaccount:{space}:{name}", "")
        for space, name in product(
            ["a", "b"], ["alice", "dev", "system:serviceaccount:a:bot", "bot", "system:masters"]
        )
    },
    "User/system:masters": ("system:masters", ""),
}
"""Every subject that bindings may mean but the group system:masters, with its name and its group."""


def alone(items: list[JSONObject], who: str, access: JSONObject) -> bool:
    """Whether the bindings of a subject itself allow any combination."""
    user, group = ALONE[who]
    held = []
    for namespace in ("", "a", "b"):
        for binding, place in naive.bindings(items, namespace):
            if place == namespace and any(
                naive.applies(subject, user, [group] if group else [], place)
                for subject in binding["subjects"]
            ):
                held += [(place, rule) for rule in naive.role_rules(items, binding["roleRef"], place)[0]]
    asked = [
        {
            "verb": verb,
            "group": RESOURCES[resource],
            "resource": resource.partition(".")[0],
            "subresource": "",
            "name": name,
            "namespace": namespace,
        }
        for verb, resource, namespace, name in product(
            access["verbs"], access["resources"], access["namespaces"], access.get("names", [""])
        )
    ]
    return any(
        place in {"", one["namespace"]} and naive.allows(rule, one) for one in asked for place, rule in held
    )


@given(states, accesses)
@settings(max_examples=100, deadline=None, database=None)
def test_only_fails_exactly_when_another_subject_may_do_any_of_it(
    items: list[JSONObject], access: JSONObject
) -> None:
    cluster = Cluster.from_objects([*items, *SPACES], kubernetes_version="1.30")
    assertion = {"name": "only", "only": [], "can": access}
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": [assertion]}
    [found] = rbacpsp.test(cluster, body).items
    others = [who for who in ALONE if alone(items, who, access)]
    assert found.result == ("fail" if others else "pass"), (others, found.why)
    assert bool(found.grants) == bool(others)
