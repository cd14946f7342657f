"""Tests the complete output of `rbacpsp who-can` on a small cluster."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

Run = Callable[..., Result]

GONE = 'Warning: role.rbac.authorization.k8s.io "gone" not found\n'


def test_it_names_the_subjects_their_scope_role_and_binding(run: Run) -> None:
    result = run("who-can get pods -n team-a")
    assert result.stdout == (
        "SUBJECT                    SCOPE          ROLE                    BINDING\n"
        "Group/system:masters       cluster-wide   <every>                 <none>\n"
        "Group/ops                  cluster-wide   ClusterRole/admin-all   admins\n"
        "ServiceAccount/ci:runner   team-a         Role/pod-reader         readers\n"
        "User/alice                 team-a         Role/pod-reader         readers\n"
    )
    assert (result.stderr, result.exit_code) == (GONE, 0)


def test_all_namespaces_means_in_at_least_one_and_says_where(run: Run) -> None:
    assert run("who-can get pods -A").stdout == run("who-can get pods -n team-a").stdout
    assert "alice" not in run("who-can get pods").stdout


def test_the_namespace_is_dropped_for_cluster_scoped_resources(run: Run) -> None:
    for scope in ("-n team-b", "-A"):
        assert run(f"who-can get nodes {scope}").stdout == (
            "SUBJECT                        SCOPE          ROLE                    BINDING\n"
            "Group/system:masters           cluster-wide   <every>                 <none>\n"
            "Group/ops                      cluster-wide   ClusterRole/admin-all   admins\n"
            "Group/system:serviceaccounts   cluster-wide   ClusterRole/nodes       nodes\n"
            "User/carol                     cluster-wide   ClusterRole/nodes       nodes\n"
        )


def test_requests_for_namespaces_and_policies_have_a_namespace(run: Run) -> None:
    own = json.loads(run("who-can get namespaces/team-a -n x -o json").stdout)
    assert own["request"]["resourceAttributes"]["namespace"] == "team-a"
    used = json.loads(run("who-can use psp/p -n x -o json --kubernetes-version 1.24").stdout)
    assert used["request"]["resourceAttributes"] == {
        "namespace": "x",
        "verb": "use",
        "group": "policy",
        "resource": "podsecuritypolicies",
        "name": "p",
    }


def test_who_can_answers_about_policies_that_the_server_no_longer_has(run: Run) -> None:
    document = json.loads(run("who-can use psp -n x -o json --kubernetes-version 1.36").stdout)
    assert document["request"]["resourceAttributes"]["group"] == "policy"


def test_wide_shows_the_rules_and_expanding_shows_the_members_of_groups(run: Run) -> None:
    wide = run("who-can get pods --subresource log -n team-a -o wide").stdout
    assert [line.split() for line in wide.splitlines()[::3]] == [
        ["SUBJECT", "SCOPE", "ROLE", "BINDING", "THROUGH", "RULES", "CONTROLS"],
        ["ServiceAccount/ci:runner", "team-a", "Role/pod-reader", "readers", "1"],
    ]
    expanded = run("who-can get nodes --expand --no-headers").stdout
    assert [line.split() for line in expanded.splitlines() if "runner" in line or "job-" in line] == [
        [
            "ServiceAccount/kube-system:job-controller",
            "cluster-wide",
            "ClusterRole/nodes",
            "nodes",
            "Group/system:serviceaccounts",
            "CronJob,",
            "Job",
        ],
        [
            "ServiceAccount/ci:runner",
            "cluster-wide",
            "ClusterRole/nodes",
            "nodes",
            "Group/system:serviceaccounts",
        ],
    ]


def test_a_url_is_asked_for_without_a_namespace(run: Run) -> None:
    result = run("who-can get /metrics/x -n team-a")
    assert result.stdout == (
        "SUBJECT                      SCOPE          ROLE                    BINDING\n"
        "Group/system:masters         cluster-wide   <every>                 <none>\n"
        "Group/ops                    cluster-wide   ClusterRole/admin-all   admins\n"
        "Group/system:authenticated   cluster-wide   ClusterRole/probe       everyone\n"
    )
    assert result.stderr == ""


def test_json_carries_the_grants_with_their_provenance(run: Run) -> None:
    answer = json.loads(run("who-can get secrets/token -n team-a -o json").stdout)
    assert answer["kind"] == "WhoCan"
    assert answer["items"][0] == {
        "subject": {"kind": "Group", "name": "system:masters", "apiGroup": "rbac.authorization.k8s.io"},
        "grants": [],
    }
    assert answer["items"][2] == {
        "subject": {"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"},
        "grants": [
            {
                "binding": {"kind": "RoleBinding", "namespace": "team-a", "name": "secret"},
                "role": {"kind": "Role", "namespace": "team-a", "name": "one-secret"},
                "ruleIndex": 0,
                "rule": {
                    "verbs": ["get"],
                    "apiGroups": [""],
                    "resources": ["secrets"],
                    "resourceNames": ["token"],
                },
                "subject": {"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"},
                "scope": "team-a",
                "reason": 'RBAC: allowed by RoleBinding "secret/team-a" of Role "one-secret" to User "alice"',
            }
        ],
    }


@pytest.mark.parametrize("word", ["po", "pod", "pods", "PODS", "pods.v1."])
def test_a_resource_is_known_by_all_its_names(run: Run, word: str) -> None:
    assert run(f"who-can get {word} -n team-a").stdout == run("who-can get pods -n team-a").stdout


def test_a_name_that_is_a_subresource_is_pointed_out(run: Run) -> None:
    result = run("who-can get pods/log")
    assert result.stderr == (
        '"pods/log" is taken as pods named "log"; for the subresource use pods --subresource log\n'
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("who-can pods get", "the verb comes first: rbacpsp who-can get pods"),
        ("who-can get podz", "the server doesn't have a resource type 'podz': did you mean pods?"),
        (
            "who-can get qqqqqq",
            "the server doesn't have a resource type 'qqqqqq': write a custom resource as NAME.GROUP",
        ),
        ("who-can get /x --subresource log", "--subresource can not be used with a URL"),
        ("who-can get", "RESOURCE[/NAME]|URL is missing"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(run: Run, line: str, error: str) -> None:
    result = run(line)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == f"error: {error}\nSee 'rbacpsp who-can --help'.\n"


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("who-can veiw pods", "verb 'veiw' is not a known verb"),
        (
            "who-can get widgets.example.com",
            (
                "the server doesn't have a resource type 'widgets' in group 'example.com'; it is used "
                "as spelled"
            ),
        ),
        ("who-can get configmaps --subresource x", "configmaps has no subresource 'x': it has none"),
    ],
)
def test_a_doubtful_question_is_answered_with_a_warning(run: Run, line: str, warning: str) -> None:
    result = run(line)
    assert result.stderr.splitlines()[0] == f"Warning: {warning}"
    assert result.exit_code == 0
    assert "Group/ops" in result.stdout or "veiw" in line


def test_if_no_bound_role_grants_it_the_next_command_is_named(call: Run, write: Callable[..., str]) -> None:
    file = write([])
    result = call("who-can", "get", "pods", "--bootstrap", "never", "-f", file)
    assert result.stdout == (
        "SUBJECT                SCOPE          ROLE      BINDING\n"
        "Group/system:masters   cluster-wide   <every>   <none>\n"
    )
    assert result.stderr == (
        f"No bound role grants it. See which roles would: rbacpsp roles get pods -f {file} --bootstrap "
        "never\n"
    )
