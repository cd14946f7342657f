"""Tests `rbacpsp rules`: the rules that apply to a subject."""

import json
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]


def test_it_shows_each_rule_with_the_role_that_contains_it(run: Run) -> None:
    assert run("rules alice -n team-a").stdout == (
        "GROUPS   RESOURCES   URLS                  NAMES   VERBS      SCOPE          ROLE\n"
        "                     /healthz,/metrics/*           get        cluster-wide   ClusterRole/probe\n"
        '""       pods                                      get,list   team-a         Role/pod-reader\n'
        '""       pods/log                                  get        team-a         Role/pod-reader\n'
        '""       secrets                           token   get        team-a         Role/one-secret\n'
    )


def test_wildcards_are_expanded_and_counted(run: Run) -> None:
    result = run("rules alice -n team-a --expand")
    assert result.stdout == (
        "GROUP   RESOURCE   NAMES   VERBS\n"
        "        pods               get,list\n"
        "        pods/log           get\n"
        "        secrets    token   get\n"
    )
    assert result.stderr == "4 permissions on 3 resources; URLs are not counted.\n"
    everything = json.loads(run("rules Group/ops --expand --kubernetes-version 1.24 -o json").stdout)
    assert everything["count"] == len(everything["items"]) > 500
    assert {
        "group": "policy",
        "resource": "podsecuritypolicies",
        "subresource": "",
        "verb": "use",
        "resourceNames": [],
    } in everything["items"]


def test_a_role_that_is_missing_is_reported(run: Run) -> None:
    result = run("rules User/bob -n team-a")
    assert result.stdout == (
        "GROUPS   RESOURCES   URLS                  NAMES   VERBS   SCOPE          ROLE\n"
        "                     /healthz,/metrics/*           get     cluster-wide   ClusterRole/probe\n"
    )
    assert result.stderr == 'Warning: role.rbac.authorization.k8s.io "gone" not found\n'


def test_a_group_holds_only_the_rules_that_are_bound_to_it(run: Run) -> None:
    assert run("rules Group/system:serviceaccounts -o name").stdout == "clusterrole/nodes\n"


def test_a_note_says_that_system_masters_needs_no_rule(run: Run) -> None:
    result = run("rules Group/system:masters")
    assert result.stdout == ""
    assert result.stderr.splitlines()[0] == (
        "Members of system:masters can do everything, without any rule: RBAC is not consulted for them."
    )


def test_an_empty_answer_suggests_what_to_try(run: Run, cluster: str) -> None:
    result = run("rules Group/nobody")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == ("No rule applies to Group/nobody in any namespace.\n")
    result = run("rules dave -n team-a --without ClusterRoleBinding/everyone")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == (
        "No rule applies to User/dave in namespace team-a. To see what it may do elsewhere: rbacpsp "
        f"rules User/dave -f {cluster} --bootstrap never --without ClusterRoleBinding/everyone\n"
    )


def test_a_note_says_that_a_node_may_do_more_than_rbac_allows(run: Run) -> None:
    assert (
        "Warning: the Node authorizer, which lets a node read what its pods need, is not evaluated here\n"
    ) in (run("rules system:node:n1").stderr)
