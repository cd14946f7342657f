"""Tests what a RoleBinding cannot grant or grants by name only, and the namespace of real requests."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result

from rbacpsp.testing import binding, role, rule

Run = Callable[..., Result]
Write = Callable[[list[dict[str, Any]]], str]


@pytest.fixture
def ask(call: Run, write: Write) -> Callable[..., Result]:
    """Runs a command line on a cluster where User/nora has one role, in namespace reef or everywhere."""

    def invoke(line: str, *rules: dict[str, Any], namespace: str = "reef") -> Result:
        path = write(
            [role("r", *rules), binding("r", "User/nora", namespace=namespace, kind="ClusterRole", name="b")]
        )
        return call(*line.split(), "-f", path, "--bootstrap", "never")

    return invoke


OWN = rule("get list delete", "namespaces namespaces/status")
KEY = rule("get update", "secrets", names="key")


@pytest.mark.parametrize("scope", ["", "-n other", "-A"])
def test_access_to_a_namespace_object_comes_from_its_own_role_bindings(
    ask: Callable[..., Result], scope: str
) -> None:
    assert "User/nora" in ask(f"who-can delete namespaces/reef {scope}", OWN).stdout
    assert "User/nora" in ask(f"who-can get ns/reef --subresource status {scope}", OWN).stdout
    assert "User/nora" not in ask(f"who-can delete namespaces/other {scope}", OWN).stdout


@pytest.mark.parametrize("verb", ["list", "watch", "create"])
def test_a_request_for_all_namespaces_is_granted_by_no_role_binding(
    ask: Callable[..., Result], verb: str
) -> None:
    everything = rule("*", "namespaces")
    for line in (f"{verb} namespaces/reef", f"{verb} namespaces/reef -A", f"{verb} namespaces -n reef -A"):
        assert "User/nora" not in ask(f"who-can {line}", everything).stdout
    assert "User/nora" in ask(f"who-can {verb} namespaces/reef", everything, namespace="").stdout


def test_a_matrix_of_a_namespace_uses_the_requests_of_clients(ask: Callable[..., Result]) -> None:
    assert ask("matrix namespaces/reef -n reef --verbs get,list,watch,delete", OWN).stdout == (
        "SUBJECT                GET   LIST   WATCH   DELETE\n"
        "Group/system:masters   yes   yes    yes     yes\n"
        "User/nora              yes   no     no      yes\n"
    )
    result = ask("matrix --subject nora -n reef", OWN)
    assert result.stdout == ""
    assert result.stderr == (
        "nora may not use any resource in namespace reef, except some objects by name.\nOnly by name: "
        "get,delete namespaces [reef]; get namespaces/status [reef].\n"
    )


def test_grants_by_name_are_reported(ask: Callable[..., Result]) -> None:
    assert ask("who-can get secrets -n reef", KEY).stderr == (
        "Only by name: secrets/key to User/nora through ClusterRole/r in namespace reef.\n"
    )
    assert ask("matrix --subject nora -n reef", KEY).stderr == (
        "nora may not use any resource in namespace reef, except some objects by name.\nOnly by name: "
        "get,update secrets [key].\n"
    )
    assert ask("can-i get secrets -n reef --as nora --why", KEY).stderr == "Only by name: secrets/key.\n"
    assert ask("can-i get secrets -n reef --as nora", KEY).stderr == ""
    document = json.loads(ask("who-can get secrets -n reef -o json", KEY).stdout)
    assert document["byName"][0]["names"] == ["key"]
    assert document["byName"][0]["grant"]["binding"]["name"] == "b"


def test_other_verbs_and_namespaces_are_not_among_what_is_granted_by_name(ask: Callable[..., Result]) -> None:
    assert "Only by name" not in ask("who-can delete secrets -n reef", KEY).stderr
    assert "Only by name" not in ask("who-can get secrets -n other", KEY).stderr
    assert "Only by name" in ask("who-can get secrets -A", KEY).stderr
    assert "byName" not in json.loads(ask("who-can get secrets/key -n reef -o json", KEY).stdout)


def test_no_advice_repeats_the_option_for_all_namespaces(ask: Callable[..., Result]) -> None:
    assert "-A" not in ask("who-can get secrets -n other", OWN).stderr
    assert "Try -A" in ask("who-can get secrets -n other", KEY).stderr
    assert "Try -A" in ask("who-can get namespaces -n other", OWN).stderr
    assert "-A" not in ask("who-can get secrets -A", OWN).stderr
    assert "-A" not in ask("who-can list nodes", OWN).stderr


def test_a_note_says_that_a_create_carries_no_name(ask: Callable[..., Result]) -> None:
    named_rule = rule("create deletecollection", "configmaps pods/exec", names="menu")
    note = (
        'A create request carries no object name: a grant for "menu" alone applies only when '
        "server-side apply or an update creates it.\n"
    )
    result = ask("can-i create configmap/menu --as nora -n reef", named_rule)
    assert (result.stdout, result.stderr) == ("yes\n", note)
    assert note in ask("who-can create configmaps/menu -n reef", named_rule).stderr
    assert note in ask("matrix configmaps/menu -n reef", named_rule).stderr
    assert (
        "carries no object name" in ask("can-i deletecollection cm/menu --as nora -n reef", named_rule).stderr
    )
    assert ask("can-i create pods/menu --subresource exec --as nora -n reef", named_rule).stderr == ""
    assert "Only by name" not in ask("who-can create configmaps -n reef", named_rule).stderr


def test_a_note_is_printed_once_for_all_columns(ask: Callable[..., Result]) -> None:
    assert ask("matrix pods/exec -n reef", rule("*", "*", "*")).stderr == (
        '"pods/exec" is taken as pods named "exec"; for the subresource use pods --subresource exec\n'
    )


SIGNER = "signers/kubernetes.io/kube-apiserver-client"
APPROVE = rule("approve", "signers", "certificates.k8s.io", names="kubernetes.io/*")


def test_a_subject_that_may_approve_for_a_domain_may_approve_for_its_signers(
    ask: Callable[..., Result],
) -> None:
    assert "User/nora" in ask(f"who-can approve {SIGNER}", APPROVE, namespace="").stdout
    assert "User/nora" not in ask("who-can approve signers/example.com/x", APPROVE, namespace="").stdout
    assert "User/nora" not in ask(f"who-can sign {SIGNER}", APPROVE, namespace="").stdout
    assert "User/nora" in ask(f"matrix {SIGNER} --verbs approve", APPROVE, namespace="").stdout
    assert "ClusterRole/r" in ask(f"roles approve {SIGNER}", APPROVE, namespace="").stdout
    result = ask(f"can-i approve {SIGNER} --as nora -A", APPROVE, namespace="")
    note = "The server allows it anyway: it also requires signers.certificates.k8s.io/kubernetes.io/*.\n"
    assert (result.stdout, result.stderr) == ("no\n", note)


SCRAPE = rule("get list", "nodes nodes/metrics pods")
URLS = {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}


def test_rules_mark_and_expansions_leave_out_what_a_role_binding_cannot_grant(
    ask: Callable[..., Result],
) -> None:
    assert ask("rules nora -n reef", SCRAPE, URLS).stdout == (
        "GROUPS   RESOURCES                  URLS       NAMES   VERBS      SCOPE   ROLE            "
        "NO EFFECT\n"
        '""       nodes,nodes/metrics,pods                      get,list   reef    ClusterRole/r   '
        "nodes,nodes/metrics\n"
        "                                    /metrics           get        reef    ClusterRole/r   /metrics\n"
    )
    assert ask("rules nora -n reef --expand", SCRAPE, URLS).stdout == (
        "GROUP   RESOURCE   NAMES   VERBS\n        pods               get,list\n"
    )
    everywhere = ask("rules nora -n reef", SCRAPE, URLS, namespace="")
    assert "NO EFFECT" not in everywhere.stdout
    grants = json.loads(ask("rules nora -n reef -o json", SCRAPE).stdout)["items"][0]["grants"]
    assert grants[0]["noEffect"] == ["nodes", "nodes/metrics"]


@pytest.mark.parametrize(
    ("policy_rule", "line"),
    [
        (rule("use", "podsecuritypolicies", "policy"), "policy   podsecuritypolicies           use"),
        (
            rule("bind escalate", "clusterroles", "rbac.authorization.k8s.io"),
            "rbac.authorization.k8s.io   clusterroles           bind",
        ),
        (rule("get list", "namespaces"), "        namespaces   reef    get"),
        (rule("list", "widgets", "example.com"), "example.com   widgets            list"),
    ],
)
def test_namespaced_requests_for_cluster_scoped_resources_are_kept(
    ask: Callable[..., Result], policy_rule: dict[str, Any], line: str
) -> None:
    result = ask("rules nora -n reef --expand --kubernetes-version 1.24", policy_rule)
    assert result.stdout.splitlines()[1:] == [line]


def test_an_expansion_leaves_out_what_no_request_can_match(ask: Callable[..., Result]) -> None:
    result = ask("rules nora -n reef --expand", rule("get GET", "pods pod"))
    assert result.stdout.splitlines()[1:] == ["        pods               get"]
    assert "3 permissions match no request as spelled and are left out" in result.stderr
