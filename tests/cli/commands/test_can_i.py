"""Tests `rbacpsp can-i`: kubectl's answers, warnings and exit codes."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("line", "stdout", "stderr", "code"),
    [
        ("get pods -n team-a --as alice", "yes\n", "", 0),
        ("get pods --as alice", "no\n", "", 1),
        ("get pods -q --as alice", "", "", 1),
        ("get pods -q -n team-a --as alice", "", "", 0),
        ("get pods --subresource log -n team-a --as alice", "yes\n", "", 0),
        ("get pods -A --as alice", "no\n", "", 1),
        ("get secrets/token -n team-a --as alice", "yes\n", "", 0),
        ("get secrets -n team-a --as alice", "no\n", "", 1),
        ("get /metrics/x --as alice", "yes\n", "", 0),
        (
            "get pods --as bob -n team-a",
            'no - RBAC: role.rbac.authorization.k8s.io "gone" not found\n',
            "",
            1,
        ),
        (
            "get nodes --as dave -n team-b",
            "yes\n",
            "Warning: resource 'nodes' is not namespace scoped\n",
            0,
        ),
        ("get nodes --as dave -A", "no\n", "", 1),
        (
            "get csr --as alice",
            "no\n",
            (
                "Warning: resource 'certificatesigningrequests' is not namespace scoped in group "
                "'certificates.k8s.io'\n"
            ),
            1,
        ),
        ("get foo --as alice", "no\n", "Warning: the server doesn't have a resource type 'foo'\n", 1),
        (
            "get foo.example.com --as alice",
            "no\n",
            "Warning: the server doesn't have a resource type 'foo' in group 'example.com'\n",
            1,
        ),
        ("veiw pods --as alice", "no\n", "Warning: verb 'veiw' is not a known verb\n", 1),
        ("frob /x --as alice", "no\n", "Warning: verb 'frob' is not a known verb\n", 1),
        ("impersonate users --as alice", "no\n", "", 1),
        ("* * --as alice --as-group ops", "yes\n", "", 0),
        (
            "get pods --as system:node:n1",
            "no\n",
            (
                "Warning: the Node authorizer, which lets a node read what its pods need, is not "
                "evaluated here\n"
            ),
            1,
        ),
        ("get nodes --as system:serviceaccount:ci:any -A", "yes\n", "", 0),
    ],
)
def test_it_answers_as_kubectl_does(run: Run, line: str, stdout: str, stderr: str, code: int) -> None:
    result = run(f"can-i {line}")
    assert (result.stdout, result.stderr, result.exit_code) == (stdout, stderr, code)


@pytest.mark.parametrize(
    ("line", "stdout"),
    [
        (
            "get pods -n team-a --as alice",
            'yes\nRBAC: allowed by RoleBinding "readers/team-a" of Role "pod-reader" to User "alice"\n',
        ),
        (
            "get services --as alice",
            (
                'no\nservices is forbidden: User "alice" cannot get resource "services" in API group "" in '
                'the namespace "default"\n'
            ),
        ),
        (
            "get pods --as alice --as-group system:masters",
            "yes\nMembers of system:masters can do everything; RBAC is not consulted for them.\n",
        ),
    ],
)
def test_why_names_the_grants_or_the_refusal(run: Run, line: str, stdout: str) -> None:
    assert run(f"can-i --why {line}").stdout == stdout


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (
            "get pods",
            (
                "files do not say who is asking: pass --as USER (and --as-group GROUP), for example "
                "--as alice or --as system:serviceaccount:default:builder"
            ),
        ),
        ("get pods --as-group x", "--as-group needs --as: the server takes groups only together with a user"),
        ("get --as alice", "give a verb and a resource or URL, or --list for everything"),
        ("--list pods --as alice", "list option must be specified with no arguments"),
        (
            "--list -q --as alice",
            "--list can't be combined with --quiet, --subresource or --why",
        ),
        ("pods get --as alice", "the verb comes first: rbacpsp can-i get pods"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(run: Run, line: str, error: str) -> None:
    result = run(f"can-i {line}")
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == f"error: {error}\nSee 'rbacpsp can-i --help'.\n"


def test_a_kind_before_the_name_in_as_gives_a_hint(run: Run) -> None:
    result = run("can-i get pods -n team-a --as ServiceAccount/ci:runner")
    assert result.stdout == "no\n"
    assert "a service account is system:serviceaccount:NAMESPACE:NAME" in result.stderr


def test_json_contains_the_whole_decision(run: Run) -> None:
    result = run("can-i list pods --as bob -n team-a -o json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "apiVersion": "rbacpsp.io/v1",
        "kind": "CanI",
        "kubernetesVersion": "1.37",
        "versionAssumed": True,
        "user": "bob",
        "groups": ["system:authenticated"],
        "resourceAttributes": {"namespace": "team-a", "verb": "list", "resource": "pods"},
        "allowed": False,
        "reason": 'RBAC: role.rbac.authorization.k8s.io "gone" not found',
        "message": 'pods is forbidden: User "bob" cannot list resource "pods" in API group "" in the '
        'namespace "team-a": RBAC: role.rbac.authorization.k8s.io "gone" not found',
        "grants": [],
        "errors": ['role.rbac.authorization.k8s.io "gone" not found'],
    }


def test_a_list_is_kubectls_table(run: Run) -> None:
    result = run("can-i --list --as alice -n team-a")
    assert result.stdout == (
        "Resources   Non-Resource URLs   Resource Names   Verbs\n"
        "pods        []                  []               [get list]\n"
        "            [/healthz]          []               [get]\n"
        "            [/metrics/*]        []               [get]\n"
        "pods/log    []                  []               [get]\n"
        "secrets     []                  [token]          [get]\n"
    )
    assert result.stderr == (
        "The server's default roles were not loaded; what they allow everyone is missing below.\n"
    )
    without_headers = run("can-i --list --as alice -n team-a --no-headers").stdout
    assert without_headers.splitlines()[0] == "pods       []             []        [get list]"


def test_a_list_as_yaml_is_the_status_of_a_rules_review(run: Run) -> None:
    result = run("can-i --list --as carol -o yaml")
    assert result.stdout == (
        "apiVersion: rbacpsp.io/v1\n"
        "kind: Rules\n"
        'kubernetesVersion: "1.37"\n'
        "versionAssumed: true\n"
        "user: carol\n"
        "groups:\n"
        "- system:authenticated\n"
        "namespace: default\n"
        "status:\n"
        "  resourceRules:\n"
        "  - verbs:\n"
        "    - get\n"
        "    - list\n"
        "    apiGroups:\n"
        "    - ''\n"
        "    resources:\n"
        "    - nodes\n"
        "  nonResourceRules:\n"
        "  - verbs:\n"
        "    - get\n"
        "    nonResourceURLs:\n"
        "    - /healthz\n"
        "    - /metrics/*\n"
        "  incomplete: false\n"
    )


def test_a_user_without_self_reviews_gets_the_refusal_of_the_server(call: Run) -> None:
    result = call("can-i", "--list", "--as", "system:anonymous", "-f", "sample_clusters/bootstrap-1.24")
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.stderr == (
        'error: selfsubjectrulesreviews.authorization.k8s.io is forbidden: User "system:anonymous" cannot '
        'create resource "selfsubjectrulesreviews" in API group "authorization.k8s.io" at the cluster scope\n'
    )
