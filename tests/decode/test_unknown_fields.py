"""Tests that unknown fields are dropped and reported, since they may be typos."""

import io
import json
from typing import Any

import pytest

from rbacpsp.decode import decode_objects
from rbacpsp.decode.schema import checked
from rbacpsp.model import Objects
from rbacpsp.model.value_path import path_text
from rbacpsp.sources import read_files
from rbacpsp.testing import role
from tests.work import calls

GROUP = "rbac.authorization.k8s.io/v1"


def role_with_rule(name: str, **rule: Any) -> dict[str, Any]:
    return role(name, rule, namespace="d")


def read(text: str) -> Objects:
    return read_files(["-"], stdin=io.BytesIO(text.encode())).objects


def test_a_typo_is_left_out_and_named_with_its_line_and_the_likely_field() -> None:
    objects = read(
        f"apiVersion: {GROUP}\nkind: Role\nmetadata: {{name: r, namespace: d}}\nrules:\n"
        "- resources: [pods]\n  verb: [get]\n"
    )
    assert objects.warnings == [
        (
            "<stdin>, document 1, line 6: Role d/r: rules[0].verb is not a field and was left out;"
            " did you mean verbs?"
        )
    ]
    assert objects.roles["d", "r"].rules[0].verbs == ()


def test_unknown_fields_of_json_are_reported_like_those_of_yaml() -> None:
    objects = read(
        json.dumps(
            {"kind": "List", "apiVersion": "v1", "items": [role_with_rule("r", verb=["get"])]}, indent=1
        )
    )
    assert objects.warnings == [
        (
            "<stdin>, document 1, line 14: Role d/r: rules[0].verb is not a field and was left out;"
            " did you mean verbs?"
        )
    ]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"containers": [{"name": "a", "securityContxt": {}}]}, "spec.containers[0].securityContxt"),
        ({"securityContext": {"runAsUsr": 1}}, "spec.securityContext.runAsUsr"),
        ({"volumes": [{"name": "v", "hostpath": {"path": "/"}}]}, "spec.volumes[0].hostpath"),
        ({"hostnetwork": None}, "spec.hostnetwork"),
    ],
)
def test_a_pod_is_checked_all_the_way_down_and_case_counts(spec: dict[str, Any], path: str) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "d"}, "spec": spec}
    objects = decode_objects([pod])
    assert len(objects.warnings) == 1
    assert objects.warnings[0].startswith(
        f"<objects>, document 1: Pod d/p: {path} is not a field and was left out;"
    )
    assert path.rsplit(".", maxsplit=1)[-1] not in json.dumps(objects.pods["d", "p"].body)


def test_a_policy_is_checked_in_the_parts_that_it_shares_with_pods() -> None:
    policy = {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": {"name": "p"},
        "spec": {"seLinux": {"rule": "MustRunAs", "seLinuxOptions": {"levle": "s0"}}},
    }
    text = json.dumps({"kind": "List", "apiVersion": "v1", "items": [policy]})
    assert read(text).warnings == [
        (
            "<stdin>, document 1, line 1: PodSecurityPolicy p:"
            " spec.seLinux.seLinuxOptions.levle is not a field"
            " and was left out; did you mean level?"
        )
    ]


def test_many_unknown_fields_of_one_kind_are_counted() -> None:
    warnings = decode_objects([role_with_rule(f"r{n}", verb=["get"]) for n in range(30)]).warnings
    assert len(warnings) == 21
    assert warnings[-1] == "<objects>: Role: rules[].verb is not a field, left out 10 times more"


@pytest.mark.parametrize("form", ["one line", "lines", "YAML"])
def test_the_list_of_unknown_fields_is_bounded(form: str) -> None:
    """Counting all lines again for each of them would take minutes."""
    many = {f"field{number}": 1 for number in range(10_000)}
    whole = role_with_rule("r", verbs=["get"]) | many
    text = json.dumps(whole, indent=None if form == "one line" else 1)
    warnings = read(text.replace("{", "---\n{", 1) if form == "YAML" else text).warnings
    assert len(warnings) == 201
    assert ": Role d/r: field0 is not a field and was left out; remove it" in warnings[0]
    assert warnings[-1] == "<stdin>: 9800 more keys that are not fields were left out"


def test_each_of_many_fields_is_found_on_its_line() -> None:
    whole = {"apiVersion": GROUP, "kind": "Role", "metadata": {"name": "r"}, "b": {"a": [1]}, "a": 2, "c": 3}
    lines = [warning.split(": ")[0] for warning in read(json.dumps(whole, indent=1)).warnings]
    assert lines == [f"<stdin>, document 1, line {line}" for line in (7, 12, 13)]


def test_a_long_field_name_is_not_compared_with_known_ones() -> None:
    """Comparing five million characters with each field would take minutes."""
    assert len(read(json.dumps(role_with_rule("r") | {"x" * 5_000_000: 1})).warnings) == 1


def test_a_hostile_field_name_is_written_out() -> None:
    (warning,) = decode_objects([{**role_with_rule("r"), "a\x1b[2Jb": 1}]).warnings
    assert warning == (
        r'<objects>, document 1: Role d/r: ["a\x1b[2Jb"] is not a field and was left out; remove it'
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("hostNetwork", "true", 'spec.hostNetwork must be a boolean and is the string "true"'),
        (
            "activeDeadlineSeconds",
            1.5,
            "spec.activeDeadlineSeconds must be a whole number and is the number 1.5",
        ),
        ("priority", 1 << 31, "spec.priority is 2147483648, which does not fit into 32 bits"),
        ("nodeSelector", ["a"], "spec.nodeSelector must be a map of strings and is a list"),
        ("nodeSelector", {"a": 1}, "spec.nodeSelector.a must be a string and is the number 1"),
        ("containers", {}, "spec.containers must be a list of objects and is an object"),
        ("containers", ["a"], 'spec.containers[0] must be an object and is the string "a"'),
        ("overhead", {"cpu": "much"}, 'spec.overhead.cpu must be a quantity and is the string "much"'),
    ],
)
def test_a_wrong_type_is_reported_with_its_path_and_the_expected_type(
    field: str, value: Any, message: str
) -> None:
    _, issues = checked("Pod", "v1", {"metadata": {"name": "p"}, "spec": {field: value}})
    (issue,) = issues
    assert f"{path_text(issue.path)} {issue.message}" == message


def test_a_body_is_copied_and_never_changed() -> None:
    body = {"metadata": {"name": "p", "foo": 1}, "spec": {"hostPID": None, "containers": [None]}}
    before = json.dumps(body)
    kept, _ = checked("Pod", "v1", body)
    assert json.dumps(body) == before
    assert kept == {"metadata": {"name": "p"}, "spec": {"containers": [{}]}}


def test_a_pod_is_checked_with_few_calls_a_field() -> None:
    container = {
        "name": "c",
        "image": "i",
        "env": [{"name": f"E{n}", "value": "x"} for n in range(10)],
        "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1"}},
        "ports": [{"containerPort": 80, "protocol": "TCP"}],
        "securityContext": {"runAsUser": 1, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    }
    body = {"metadata": {"name": "p", "labels": {"a": "b"}}, "spec": {"containers": [container] * 2}}
    checked("Pod", "v1", body)
    assert calls(lambda: checked("Pod", "v1", body)) < 1000  # 650 today
