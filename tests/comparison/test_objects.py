"""Tests which objects differ between two states."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.comparison import ObjectDifference
from rbacpsp.comparison.objects import kubectl_name
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import pod, policy

GROUP = "rbac.authorization.k8s.io"


def reader_role(*verbs: str, **metadata: Any) -> JSONObject:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Role",
        "metadata": {"name": "reader", "namespace": "a", **metadata},
        "rules": [
            {"verbs": list(verbs), "apiGroups": [""], "resources": ["pods"]},
            {"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"]},
        ],
    }


def compared(old: list[JSONObject], new: list[JSONObject]) -> ObjectDifference:
    return rbacpsp.diff(Cluster.from_objects(old), Cluster.from_objects(new)).objects


def summary(found: ObjectDifference) -> tuple[list[str], list[str], list[tuple[str, tuple[str, ...]]]]:
    return (
        [kubectl_name(each) for each in found.added],
        [kubectl_name(each) for each in found.removed],
        [(kubectl_name(each.new), each.fields) for each in found.changed],
    )


def test_objects_are_added_removed_and_changed_as_kubectl_names_them() -> None:
    old = [reader_role("get"), pod("web"), policy("p")]
    new = [
        reader_role("get", "list"),
        policy("p", allowPrivilegeEscalation=False),
        {**pod("web"), "kind": "Pod"},
    ]
    new[2]["metadata"] = {"name": "other"}
    assert summary(compared(old, new)) == (
        ["pod/other"],
        ["pod/web"],
        [
            ("podsecuritypolicy.policy/p", ("spec.allowPrivilegeEscalation",)),
            (f"role.{GROUP}/reader", ("rules[0].verbs",)),
        ],
    )


def test_server_fields_and_the_order_of_rules_are_not_a_change() -> None:
    stored = reader_role(
        "list",
        "get",
        uid="1",
        resourceVersion="7",
        generation=2,
        creationTimestamp="2026-01-01T00:00:00Z",
        annotations={"kubectl.kubernetes.io/last-applied-configuration": "{}"},
    )
    stored["rules"].reverse()
    assert not compared([reader_role("get", "list")], [stored])
    assert summary(compared([reader_role("get")], [reader_role("get", labels={"team": "a"})]))[2] == [
        (f"role.{GROUP}/reader", ("metadata.labels.team",))
    ]


def test_a_value_of_a_pod_is_never_shown() -> None:
    secret = [{"name": "TOKEN", "value": "s3cret"}]
    other = [{"name": "TOKEN", "value": "0ther"}]
    result = compared([pod("web", container={"env": secret})], [pod("web", container={"env": other})])
    assert summary(result)[2] == [("pod/web", ("spec.containers[0].env[0].value",))]


NAMES = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["get", "list"])), unique_by=lambda it: it[0]
)


@given(NAMES, NAMES)
@settings(max_examples=60, deadline=None, database=None)
def test_an_object_is_either_added_or_removed_or_changed(
    old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    states = [
        [{**reader_role(verb), "metadata": {"name": name, "namespace": "n"}} for name, verb in each]
        for each in (old, new)
    ]
    result = compared(*states)
    before, after = dict(old), dict(new)
    assert [each.name for each in result.added] == sorted(after.keys() - before.keys())
    assert [each.name for each in result.removed] == sorted(before.keys() - after.keys())
    assert [each.new.name for each in result.changed] == sorted(
        name for name in before.keys() & after.keys() if before[name] != after[name]
    )
