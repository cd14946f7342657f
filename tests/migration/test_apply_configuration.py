"""Tests that apply configurations are merged into pods as a server merges them."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.migration.evaluation.apply_configuration import ApplyError, apply_configuration, as_map
from tests.migration.build import Server, cluster, pod_without_token
from tests.migration.configured import EXPRESSIONS, mutating, submitted

JSON = dict[str, Any]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Object{}", "{}"),
        ("Object{spec: Object.spec{hostNetwork: false}}", '{"spec": {"hostNetwork": false}}'),
        (
            "Object{metadata: Object.metadata{annotations: {'a: b': 'Object{c: 1}', \"k\": x ? y : z}}}",
            '{"metadata": {"annotations": {\'a: b\': \'Object{c: 1}\', "k": x ? y : z}}}',
        ),
        (
            (
                "Object{spec: Object.spec{containers: object.spec.containers.map(c, "
                "Object.spec.containers{name: c.name, ?stdin: c.?stdin})}}"
            ),
            '{"spec": {"containers": object.spec.containers.map(c, {"name": c.name, ?"stdin": c.?stdin})}}',
        ),
        (
            "Object{spec: Object.spec{\n  a: has(x) ? [b, c] : []\n}}",
            '{"spec": {\n  "a": has(x) ? [b, c] : []\n}}',
        ),
        ("myObject{a: 1}", "myObject{a: 1}"),
        ("Object{__namespace__: 'x'}", "{\"namespace\": 'x'}"),
    ],
)
def test_an_object_is_read_as_a_map(expression: str, expected: str) -> None:
    assert as_map(expression) == expected


def containers(*names: str) -> JSON:
    return {"spec": {"containers": [{"name": name, "image": name} for name in names]}}


def applied(before: JSON, configuration: Any) -> JSON:
    result = copy.deepcopy(before)
    apply_configuration(result, configuration)
    return result


def test_fields_are_merged_and_lists_by_their_keys() -> None:
    before = pod_without_token("web", {"runAsUser": 7})
    result = applied(
        before,
        {
            "metadata": {"annotations": {"a": "b"}},
            "spec": {
                "hostNetwork": False,
                "containers": [{"name": "c", "securityContext": {"privileged": False}}],
                "volumes": [{"name": "v", "emptyDir": {}}],
            },
        },
    )
    assert result["metadata"] == {"name": "web", "annotations": {"a": "b"}}
    assert result["spec"] == {
        "containers": [
            {"name": "c", "image": "app", "securityContext": {"runAsUser": 7, "privileged": False}}
        ],
        "automountServiceAccountToken": False,
        "hostNetwork": False,
        "volumes": [{"name": "v", "emptyDir": {}}],
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ab", "xa", "xab"),
        ("abc", "ca", "bca"),
        ("abc", "b", "abc"),
        ("", "ab", "ab"),
        ("ab", "", "ab"),
        ("ab", "xy", "abxy"),
        ("abc", "axc", "abxc"),
        ("abcd", "dxb", "acdxb"),
    ],
)
def test_the_order_of_a_merged_list_is_that_of_the_new_one(old: str, new: str, expected: str) -> None:
    result = applied(containers(*old), containers(*new))
    assert [container["name"] for container in result["spec"]["containers"]] == list(expected)


@given(st.permutations("abcdef"), st.lists(st.sampled_from("abcdefghi"), unique=True))
@settings(max_examples=100, deadline=None, database=None)
def test_a_merged_list_holds_every_item_once_and_keeps_the_new_order(old: list[str], new: list[str]) -> None:
    result = applied(containers(*old[:4]), containers(*new))
    names = [container["name"] for container in result["spec"]["containers"]]
    assert sorted(names) == sorted({*old[:4], *new})
    assert [name for name in names if name in new] == new
    kept = [name for name in old[:4] if name not in new]
    assert [name for name in names if name in kept] == kept


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        (
            {"spec": {"tolerations": [{"key": "x"}]}},
            "may not mutate atomic arrays, maps or structs: .spec.tolerations",
        ),
        (
            {"spec": {"nodeSelector": {"a": "b"}}},
            "may not mutate atomic arrays, maps or structs: .spec.nodeSelector",
        ),
        (
            {"spec": {"containers": [{"name": "c", "securityContext": {"capabilities": {"drop": ["ALL"]}}}]}},
            (
                "may not mutate atomic arrays, maps or structs: "
                ".spec.containers[0].securityContext.capabilities.drop"
            ),
        ),
        ({"spec": {"containers": [{"image": "x"}]}}, ".spec.containers: an item does not say its name"),
        (containers("x", "x"), ".spec.containers: two items have the same key"),
        ([], "the expression of an apply configuration must give an Object"),
    ],
)
def test_an_invalid_apply_configuration_is_refused_and_changes_nothing(configuration: Any, told: str) -> None:
    before = pod_without_token()
    after = copy.deepcopy(before)
    with pytest.raises(ApplyError) as caught:
        apply_configuration(after, configuration)
    assert str(caught.value) == told
    assert after == before


def test_a_port_without_a_protocol_is_of_tcp() -> None:
    before = containers("a")
    before["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "protocol": "TCP"}]
    result = applied(
        before, {"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 80, "name": "web"}]}]}}
    )
    assert result["spec"]["containers"][0]["ports"] == [
        {"containerPort": 80, "protocol": "TCP", "name": "web"}
    ]


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_a_policy_with_an_apply_configuration_is_evaluated(what: str) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    server = Server(cluster(), mutating(EXPRESSIONS[what]))
    stored, messages = server.create(submitted())
    spec = stored["spec"]
    seen: dict[str, Callable[[], bool]] = {
        "a field": lambda: spec["terminationGracePeriodSeconds"] == 7,
        "an annotation": lambda: stored["metadata"]["annotations"] == {"example.com/by": "root"},
        "labels": lambda: stored["metadata"]["annotations"] == {"x": "a{b: c"},
        "every container": lambda: (
            [container["securityContext"]["allowPrivilegeEscalation"] for container in spec["containers"]]
            == [False, True, False, False]
        ),
        "a sidecar before the first": lambda: (
            [container["name"] for container in spec["containers"]] == ["sidecar", "a", "b", "c", "d"]
        ),
        "the order turned": lambda: (
            [container["name"] for container in spec["containers"]] == ["a", "c", "d", "x", "b"]
        ),
        "a volume and its mount": lambda: spec["containers"][0]["volumeMounts"][0]["mountPath"] == "/tmp",  # noqa: S108 - a path in a pod
        "something only sometimes": lambda: spec["securityContext"]["runAsUser"] == 1000,
    }
    if what in seen:
        assert messages == []
        assert seen[what]()
    else:
        [message] = messages
        assert message.startswith("ApplyConfiguration: ")
