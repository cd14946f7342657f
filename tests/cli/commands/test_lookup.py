"""Tests the complete output of `rbacpsp lookup` on a small cluster."""

import json
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]


def test_without_a_name_every_binding_is_shown_and_a_missing_role_is_marked(run: Run) -> None:
    result = run("lookup")
    assert result.stdout == (
        "SUBJECT                        SCOPE          ROLE                                  VIA\n"
        "Group/ops                      cluster-wide   ClusterRole/admin-all                 by name\n"
        "Group/system:authenticated     cluster-wide   ClusterRole/probe                     by name\n"
        "Group/system:serviceaccounts   cluster-wide   ClusterRole/nodes                     by name\n"
        "ServiceAccount/ci:runner       team-a         Role/pod-reader                       by name\n"
        "User/alice                     team-a         Role/one-secret                       by name\n"
        "User/alice                     team-a         Role/pod-reader                       by name\n"
        "User/bob                       team-a         Role/gone (missing: grants nothing)   by name\n"
        "User/carol                     cluster-wide   ClusterRole/nodes                     by name\n"
        "User/dave                      team-b         ClusterRole/nodes                     by name\n"
    )
    assert result.stderr == ""


def test_a_part_of_a_name_finds_by_name_only(run: Run) -> None:
    assert run("lookup ali").stdout == (
        "SUBJECT      SCOPE    ROLE              VIA\n"
        "User/alice   team-a   Role/one-secret   by name\n"
        "User/alice   team-a   Role/pod-reader   by name\n"
    )


def test_a_subject_that_is_named_brings_its_implicit_groups(run: Run) -> None:
    result = run("lookup alice -o wide")
    assert [line.split("   ")[-1].strip() for line in result.stdout.splitlines()] == [
        "BINDING",
        "RoleBinding/secret",
        "RoleBinding/readers",
        "ClusterRoleBinding/everyone",
    ]
    assert run("lookup alice").stdout == (
        "SUBJECT                      SCOPE          ROLE                VIA\n"
        "User/alice                   team-a         Role/one-secret     by name\n"
        "User/alice                   team-a         Role/pod-reader     by name\n"
        "Group/system:authenticated   cluster-wide   ClusterRole/probe   implicit group\n"
    )
    assert result.stderr == (
        "Bindings of the groups that the server adds to every such subject are included: see VIA.\n"
    )


def test_a_service_account_has_three_implicit_groups_however_it_is_spelled(run: Run) -> None:
    expected = (
        "SUBJECT                        SCOPE          ROLE                VIA\n"
        "ServiceAccount/ci:runner       team-a         Role/pod-reader     by name\n"
        "Group/system:authenticated     cluster-wide   ClusterRole/probe   implicit group\n"
        "Group/system:serviceaccounts   cluster-wide   ClusterRole/nodes   implicit group\n"
    )
    for spelling in ("ServiceAccount/ci:runner", "sa/ci:runner", "system:serviceaccount:ci:runner"):
        assert run(f"lookup {spelling}").stdout == expected


def test_subjects_can_be_limited_to_a_kind(run: Run) -> None:
    assert run("lookup -k serviceaccount --no-headers").stdout == (
        "ServiceAccount/ci:runner   team-a   Role/pod-reader   by name\n"
    )


def test_a_role_shows_who_is_bound_to_it(run: Run) -> None:
    expected = (
        "SUBJECT                        SCOPE          ROLE                VIA\n"
        "Group/system:serviceaccounts   cluster-wide   ClusterRole/nodes   by name\n"
        "User/carol                     cluster-wide   ClusterRole/nodes   by name\n"
        "User/dave                      team-b         ClusterRole/nodes   by name\n"
    )
    assert run("lookup --role nodes").stdout == expected
    assert run("lookup --role ClusterRole/nodes").stdout == expected
    assert run("lookup --role Role/nodes").stdout == ""
    assert run("lookup dave --role nodes --no-headers").stdout == (
        "User/dave   team-b   ClusterRole/nodes   by name\n"
    )


def test_an_empty_answer_suggests_what_to_try(run: Run) -> None:
    result = run("lookup nobody")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == (
        'No binding names a subject like "nobody". Names are case-sensitive; without a name '
        "every subject is shown.\n"
    )


def test_json_says_whether_the_role_is_missing(run: Run) -> None:
    answer = json.loads(run("lookup User/bob -o json").stdout)
    assert answer["items"][0] == {
        "subject": {"kind": "User", "name": "bob", "apiGroup": "rbac.authorization.k8s.io"},
        "scope": "team-a",
        "role": {"kind": "Role", "name": "gone"},
        "missing": True,
        "via": "by name",
        "binding": {"kind": "RoleBinding", "namespace": "team-a", "name": "lost"},
    }


def test_a_service_account_without_a_namespace_is_a_usage_error(run: Run) -> None:
    result = run("lookup sa/runner")
    assert result.exit_code == 2
    assert result.stderr == (
        'error: "sa/runner" is not a service account: write ServiceAccount/NAMESPACE:NAME\nSee '
        "'rbacpsp lookup --help'.\n"
    )


def test_a_cluster_without_bindings_gets_no_hint_about_names(call: Run, write: Callable[..., str]) -> None:
    limits = (
        " This covers only these files and what every server has; a server may have more.\nKubernetes "
        "1.37, assumed.\n"
    )
    assert call("lookup", "-f", write([])).stderr == f"No binding names anything.{limits}"
    assert call("lookup", "-k", "user", "-f", write([])).stderr == f"No binding names a user.{limits}"
