"""Tests descriptions that the recorded data lacks; kubectl 1.27 printed the expected texts."""

from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    ObjectMeta,
    PolicyRule,
    RoleBinding,
    RoleRef,
    Subject,
)
from rbacpsp.report.kubectl import describe_binding, describe_role


def test_a_binding_shows_its_role_and_its_subjects_in_their_own_order() -> None:
    binding = ClusterRoleBinding(
        metadata=ObjectMeta(
            name="eks:podsecuritypolicy:authenticated",
            labels={"eks.amazonaws.com/component": "pod-security-policy", "app": "x"},
            annotations={
                "kubectl.kubernetes.io/last-applied-configuration": "{}\n",
                "kubernetes.io/description": "Allow all authenticated users to create privileged pods.",
            },
        ),
        role_ref=RoleRef(kind="ClusterRole", name="eks:podsecuritypolicy:privileged"),
        subjects=(
            Subject(kind="ServiceAccount", name="runner", namespace="ci"),
            Subject(kind="Group", name="system:authenticated"),
        ),
    )
    assert describe_binding(binding) == (
        "Name:         eks:podsecuritypolicy:authenticated\n"
        "Labels:       app=x\n"
        "              eks.amazonaws.com/component=pod-security-policy\n"
        "Annotations:  kubernetes.io/description: Allow all authenticated users to create privileged pods.\n"
        "Role:\n"
        "  Kind:  ClusterRole\n"
        "  Name:  eks:podsecuritypolicy:privileged\n"
        "Subjects:\n"
        "  Kind            Name                  Namespace\n"
        "  ----            ----                  ---------\n"
        "  ServiceAccount  runner                ci\n"
        "  Group           system:authenticated  \n"
    )


def test_a_binding_without_subjects_still_shows_their_header() -> None:
    binding = RoleBinding(
        metadata=ObjectMeta(name="b", namespace="x"), role_ref=RoleRef(kind="Role", name="r")
    )
    assert describe_binding(binding) == (
        "Name:         b\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "Role:\n"
        "  Kind:  Role\n"
        "  Name:  r\n"
        "Subjects:\n"
        "  Kind  Name  Namespace\n"
        "  ----  ----  ---------\n"
    )


def annotated(**annotations: str) -> str:
    role = ClusterRole(metadata=ObjectMeta(name="r", annotations=annotations))
    return describe_role(role).split("Annotations:  ")[1].split("PolicyRule:")[0]


def test_an_annotation_longer_than_140_bytes_gets_its_own_line_cut_at_138() -> None:
    assert annotated(a="x" * 137) == f"a: {'x' * 137}\n"
    assert annotated(a="x" * 138) == f"a:\n                {'x' * 138}\n"
    assert annotated(a="é" * 70) == f"a:\n                {'é' * 69}...\n"


def test_an_annotation_of_many_lines_is_indented_and_loses_one_last_newline() -> None:
    assert annotated(a="one\n", b="one\ntwo\n\n") == (
        "a: one\n"
        "              b:\n"
        "                one\n"
        "                two\n"
        "                \n"
    )  # fmt: skip


def test_verbs_of_one_resource_are_joined_in_order_of_appearance_and_urls_are_not() -> None:
    role = ClusterRole(
        metadata=ObjectMeta(name="r"),
        rules=(
            PolicyRule(verbs=("watch", "get"), api_groups=("apps", ""), resources=("deployments/scale",)),
            PolicyRule(verbs=("get", "list"), api_groups=("apps",), resources=("deployments/scale",)),
            PolicyRule(verbs=("get",), api_groups=("",), resources=("pods",), resource_names=("b", "a")),
            PolicyRule(verbs=("get",), non_resource_urls=("/z", "/z")),
        ),
    )
    assert describe_role(role) == (
        "Name:         r\n"
        "Labels:       <none>\n"
        "Annotations:  <none>\n"
        "PolicyRule:\n"
        "  Resources               Non-Resource URLs  Resource Names  Verbs\n"
        "  ---------               -----------------  --------------  -----\n"
        "                          [/z]               []              [get]\n"
        "                          [/z]               []              [get]\n"
        "  pods                    []                 [a]             [get]\n"
        "  pods                    []                 [b]             [get]\n"
        "  deployments.apps/scale  []                 []              [watch get list]\n"
        "  deployments/scale       []                 []              [watch get]\n"
    )
