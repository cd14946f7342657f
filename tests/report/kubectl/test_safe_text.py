"""Tests that a line break in a name cannot forge a line; ordinary objects are unchanged."""

from rbacpsp.model import ClusterRole, ClusterRoleBinding, ObjectMeta, PolicyRule, RoleRef, Subject
from rbacpsp.report.kubectl import describe_binding, harmless, harmless_json


def test_an_object_without_control_characters_is_the_same_object() -> None:
    role = ClusterRole(
        metadata=ObjectMeta(name="r", annotations={"a": "one\n\ttwo"}),
        rules=(PolicyRule(verbs=("get",), api_groups=("",), resources=("pods",)),),
    )
    assert harmless(role) is role


def test_a_line_break_in_a_name_is_spelled_out() -> None:
    binding = ClusterRoleBinding(
        metadata=ObjectMeta(name="b\nRole:", labels={"a": "x\x1b"}, annotations={"a": "1\n2\x07"}),
        role_ref=RoleRef(kind="ClusterRole", name="r\t"),
        subjects=(Subject(kind="User", name="alice\n  Group  system:masters"),),
    )
    assert describe_binding(harmless(binding)) == (
        "Name:         b\\nRole:\n"
        "Labels:       a=x\\x1b\n"
        "Annotations:  a:\n"
        "                1\n"
        "                2\\x07\n"
        "Role:\n"
        "  Kind:  ClusterRole\n"
        "  Name:  r\\t\n"
        "Subjects:\n"
        "  Kind  Name                            Namespace\n"
        "  ----  ----                            ---------\n"
        "  User  alice\\n  Group  system:masters  \n"
    )


def test_json_keeps_its_shape() -> None:
    assert harmless_json({"a\n": ["b\x1b", 1, None, True]}) == {"a\\n": ["b\\x1b", 1, None, True]}
