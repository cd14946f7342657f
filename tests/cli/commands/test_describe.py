"""Tests that `rbacpsp describe` prints what kubectl prints."""

from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]

READERS = (
    "Name:         readers\n"
    "Labels:       <none>\n"
    "Annotations:  <none>\n"
    "Role:\n"
    "  Kind:  Role\n"
    "  Name:  pod-reader\n"
    "Subjects:\n"
    "  Kind            Name    Namespace\n"
    "  ----            ----    ---------\n"
    "  User            alice   \n"
    "  ServiceAccount  runner  ci\n"
)


@pytest.mark.parametrize(
    "kind", ["rolebinding", "rolebindings", "RoleBinding", "rolebindings.rbac.authorization.k8s.io"]
)
def test_a_kind_is_known_by_all_its_names(run: Run, kind: str) -> None:
    assert run(f"describe {kind} readers -n team-a").stdout == READERS


def test_a_description_has_no_rows_and_so_no_csv(run: Run) -> None:
    refused = run("describe rolebinding readers -n team-a -o csv")
    assert refused.exit_code == 2
    assert '"csv" is not one of table, wide, json, yaml, name' in refused.stderr


def test_several_descriptions_are_separated_by_two_lines_in_the_given_order(run: Run) -> None:
    described = run("describe rolebinding readers secret -n team-a").stdout
    assert described == READERS + "\n\n" + run("describe rolebinding secret -n team-a").stdout


def test_a_kind_and_a_name_may_be_one_word(run: Run) -> None:
    assert run("describe rolebinding/readers -n team-a").stdout == READERS
    result = run("describe rolebinding/readers secret -n team-a")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: there is no need to specify a resource type as a separate argument"
    )


def test_those_of_all_namespaces_are_sorted_by_namespace_and_name(run: Run) -> None:
    everywhere = run("describe rolebinding -A -o name").stdout.splitlines()
    assert [name.rpartition("/")[2] for name in everywhere] == ["lost", "readers", "secret", "nodes-here"]
    by_name = run("describe rolebinding readers -A")
    assert by_name.exit_code == 2
    assert by_name.stderr.startswith("error: a resource cannot be retrieved by name across all namespaces\n")
    assert run("describe psp -A").stderr == "No resources found.\n"


def test_an_unknown_name_is_taken_as_a_prefix(run: Run) -> None:
    assert run("describe rolebinding read -n team-a").stdout == READERS + "\n"
    several = (
        run("describe role o -n team-a -o name").stdout + run("describe role p -n team-a -o name").stdout
    )
    assert [name.rpartition("/")[2] for name in several.splitlines()] == ["one-secret", "pod-reader"]
    for not_one_name in ("describe rolebinding/read -n team-a", "describe rolebinding read secret -n team-a"):
        assert 'rolebindings.rbac.authorization.k8s.io "read" not found; did you mean' in (
            run(not_one_name).stderr
        )


def test_without_a_name_all_objects_of_the_namespace_are_described(run: Run) -> None:
    names = [line for line in run("describe role -n team-a").stdout.splitlines() if line.startswith("Name:")]
    assert names == ["Name:         one-secret", "Name:         pod-reader"]
    nothing = run("describe role")
    assert (nothing.stdout, nothing.stderr) == ("", "No resources found in default namespace.\n")


def test_yaml_is_the_object_itself(run: Run) -> None:
    assert run("describe clusterrole nodes -o yaml").stdout == (
        "kind: ClusterRole\n"
        "apiVersion: rbac.authorization.k8s.io/v1\n"
        "metadata:\n"
        "  name: nodes\n"
        "rules:\n"
        "- verbs:\n"
        "  - get\n"
        "  - list\n"
        "  apiGroups:\n"
        "  - ''\n"
        "  resources:\n"
        "  - nodes\n"
    )
    assert (
        run("describe clusterrole nodes -o name").stdout == "clusterroles.rbac.authorization.k8s.io/nodes\n"
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            "describe clusterrole nods",
            'clusterroles.rbac.authorization.k8s.io "nods" not found; did you mean nodes?',
        ),
        ("describe psp none", 'podsecuritypolicies.policy "none" not found'),
    ],
)
def test_a_missing_object_is_reported_in_the_words_of_the_server(run: Run, line: str, error: str) -> None:
    result = run(line)
    assert (result.stdout, result.stderr, result.exit_code) == ("", f"error: {error}\n", 2)


def test_a_kind_that_cannot_be_described_is_a_usage_error(run: Run) -> None:
    result = run("describe pod x")
    assert result.exit_code == 2
    assert '"pod" cannot be described' in result.stderr


def test_an_aggregated_role_is_shown_with_the_rules_that_the_controller_gives_it(call: Run) -> None:
    result = call("describe", "clusterrole", "view", "-f", "sample_clusters/bootstrap-1.24")
    assert (
        "  configmaps                                   []                 []              [get list watch]\n"
        in (result.stdout)
    )
    assert (
        result.stderr
        == "ClusterRole view: its rules are the ones that the aggregation controller computes.\n"
    )


def test_control_characters_of_an_annotation_are_shown(call: Run, write: Callable[..., str]) -> None:
    path = write(
        [
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRole",
                "metadata": {"name": "r", "annotations": {"a": "\x1b]0;owned\x07"}},
                "rules": [],
            }
        ]
    )
    assert "Annotations:  a: \\x1b]0;owned\\x07\n" in call("describe", "clusterrole", "r", "-f", path).stdout


def test_existing_objects_are_described_although_one_is_missing(run: Run) -> None:
    """As kubectl does: kubectl/pkg/cmd/describe/describe.go (1.24)."""
    result = run("describe rolebinding nope readers -n team-a")
    assert result.stdout == READERS
    assert result.stderr == 'error: rolebindings.rbac.authorization.k8s.io "nope" not found\n'
    assert result.exit_code == 2
