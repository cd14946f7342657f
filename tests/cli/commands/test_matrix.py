"""Tests the cells of `rbacpsp matrix`: yes, no, or n/a."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_a_resource_shows_its_verbs_for_every_subject(run: Run) -> None:
    header, *rows = run("matrix pods -n team-a").stdout.splitlines()
    assert header.split() == [
        *("SUBJECT", "GET", "LIST", "WATCH", "CREATE", "UPDATE", "PATCH", "DELETE", "DELETECOLLECTION"),
    ]
    assert [row.split() for row in rows] == [
        ["Group/system:masters", *["yes"] * 8],
        ["Group/ops", *["yes"] * 8],
        ["ServiceAccount/ci:runner", "yes", "yes", *["no"] * 6],
        ["User/alice", "yes", "yes", *["no"] * 6],
    ]


def test_a_verb_that_the_server_does_not_serve_is_not_applicable(run: Run) -> None:
    assert run("matrix pods --verbs get,use -n team-a --no-headers").stdout == (
        "Group/system:masters       yes   n/a\n"
        "Group/ops                  yes   n/a\n"
        "ServiceAccount/ci:runner   yes   n/a\n"
        "User/alice                 yes   n/a\n"
    )


def test_a_subject_shows_every_resource_with_a_yes(run: Run) -> None:
    assert run("matrix --subject alice -n team-a").stdout == (
        "RESOURCE   GET   LIST   WATCH   CREATE   UPDATE   PATCH   DELETE   DELETECOLLECTION\n"
        "pods       yes   yes    no      no       no       no      no       no\n"
        "pods/log   yes   n/a    n/a     n/a      n/a      n/a     n/a      n/a\n"
    )


def test_a_cluster_scoped_resource_is_requested_without_a_namespace(run: Run) -> None:
    assert run("matrix --subject carol --verbs get -n team-b --no-headers").stdout == "nodes   yes\n"
    assert run("matrix --subject dave --verbs get -n team-b").stdout == ""


def test_json_maps_each_verb(run: Run) -> None:
    answer = json.loads(run("matrix nodes --verbs get,use -o json").stdout)
    assert answer == {
        "apiVersion": "rbacpsp.io/v1",
        "kind": "Matrix",
        "kubernetesVersion": "1.37",
        "versionAssumed": True,
        "resource": "nodes",
        "items": [
            {"subject": name, "verbs": {"get": "yes", "use": "n/a"}}
            for name in (
                "Group/system:masters",
                "Group/ops",
                "Group/system:serviceaccounts",
                "User/carol",
            )
        ],
    }


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("matrix", "give either a RESOURCE or --subject SUBJECT"),
        ("matrix pods --subject alice", "give either a RESOURCE or --subject SUBJECT"),
        ("matrix /healthz", "a matrix needs a resource, not a URL"),
        ("matrix podz", "the server doesn't have a resource type 'podz': did you mean pods?"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(run: Run, line: str, error: str) -> None:
    result = run(line)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == f"error: {error}\nSee 'rbacpsp matrix --help'.\n"
