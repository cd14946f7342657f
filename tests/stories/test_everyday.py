"""Tests everyday questions about a small company, by a user who knows kubectl and `--help`."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main

ACME = str(Path(__file__).parents[2] / "sample_clusters" / "acme")
WEEK_BEFORE = str(Path(__file__).parents[2] / "sample_clusters" / "steps" / "acme" / "last-week.json")
Ask = Callable[[str], Result]


@pytest.fixture
def ask() -> Ask:
    def asked(line: str) -> Result:
        return CliRunner().invoke(main, [*shlex.split(line), "-f", ACME])

    return asked


def subjects(result: Result) -> list[str]:
    """The first column, without the title and the last line."""
    rows = [line.split("   ")[0] for line in result.stdout.splitlines()[1:]]
    return [row for row in rows if row and not row.startswith("and ")]


POWERFUL = [
    "Group/system:masters",
    "Group/acme:oncall",
    "Group/acme:platform",
    "Group/acme:sre",
    "ServiceAccount/argocd:argocd-application-controller",
    "ServiceAccount/backup:velero",
    "User/bob@example.com",
    "User/carol@example.com",
]


def test_who_can_delete_pods_in_prod(ask: Ask) -> None:
    result = ask("who-can delete pods -n prod")
    assert subjects(result) == POWERFUL
    assert result.stdout.splitlines()[-1] == (
        "and 13 of Kubernetes' own components: --include-system lists them"
    )
    assert len(subjects(ask("who-can delete pods -n prod --include-system"))) == 21
    assert len(json.loads(ask("who-can delete pods -n prod -o json").stdout)["items"]) == 21
    assert result.stderr == ""


def test_can_the_ci_account_create_deployments_in_prod(ask: Ask) -> None:
    asked = "can-i create deployments -n prod --why --as"
    result = ask(f"{asked} system:serviceaccount:ci:deployer")
    assert result.exit_code == 0
    assert 'RoleBinding "deployer/prod"' in result.stdout
    for name in ("deployer", "ci:deployer"):
        result = ask(f"{asked} {name}")
        assert result.exit_code == 1
        assert "try --as system:serviceaccount:ci:deployer" in result.stderr


@pytest.mark.parametrize("name", ["deployer", "ci:deployer", "sa/ci:deployer", "sa/deployer"])
def test_what_can_the_ci_account_do_everywhere(ask: Ask, name: str) -> None:
    document = json.loads(ask(f"rules {name} -o json").stdout)
    assert document["user"] == "system:serviceaccount:ci:deployer"
    scopes = [grant["scope"] for item in document["items"] for grant in item["grants"]]
    assert list(dict.fromkeys(scopes)) == ["cluster-wide", "prod", "staging"]
    assert {
        scope
        for item in json.loads(ask(f"rules {name} -n prod -o json").stdout)["items"]
        for scope in (grant["scope"] for grant in item["grants"])
    } == {"cluster-wide", "prod"}


@pytest.mark.parametrize("name", ["acme:developers", "group:acme:developers", "Group/acme:developers"])
def test_what_can_the_developers_do(ask: Ask, name: str) -> None:
    document = json.loads(ask(f"rules {name} -o json").stdout)
    roles = {
        (grant["scope"], grant["role"]["name"]) for item in document["items"] for grant in item["grants"]
    }
    assert roles == {("dev", "edit"), ("staging", "developer"), ("prod", "view")}


def test_what_can_somebody_do_who_is_not_logged_in(ask: Ask) -> None:
    result = ask("rules system:unauthenticated")
    assert "ClusterRole/view" in result.stdout
    assert "pods/log" in result.stdout
    assert result.stderr.startswith("system:unauthenticated is the group of everyone who is not logged in")


def test_which_service_accounts_are_not_used(ask: Ask) -> None:
    result = ask("lookup --unused")
    assert subjects(result) == ["ServiceAccount/dev:old-bot", "ServiceAccount/kube-system:metrics-server"]
    assert result.stdout.splitlines()[-1].startswith("and the account default, which every namespace has")
    document = json.loads(ask("lookup --unused -n dev -o json").stdout)
    assert [item["account"] for item in document["items"]] == [{"namespace": "dev", "name": "old-bot"}]


def test_who_is_cluster_admin_and_through_what(ask: Ask) -> None:
    assert subjects(ask("lookup --role cluster-admin")) == [
        "Group/acme:platform",
        "Group/system:masters",
        "ServiceAccount/backup:velero",
        "User/carol@example.com",
    ]
    assert subjects(ask("who-can '*' '*.*'")) == [
        "Group/system:masters",
        "Group/acme:platform",
        "ServiceAccount/argocd:argocd-application-controller",
        "ServiceAccount/backup:velero",
        "User/carol@example.com",
    ]


def test_who_can_read_secrets_in_prod(ask: Ask) -> None:
    assert subjects(ask("who-can get secrets -n prod")) == [
        "Group/system:masters",
        "Group/acme:audit",
        "Group/acme:oncall",
        "Group/acme:platform",
        "Group/acme:sre",
        "ServiceAccount/argocd:argocd-application-controller",
        "ServiceAccount/cert-manager:cert-manager",
        "ServiceAccount/ci:deployer",
        "ServiceAccount/monitoring:grafana",
        "ServiceAccount/backup:velero",
        "User/bob@example.com",
        "User/carol@example.com",
        "User/eve@auditor.example",
    ]


@pytest.mark.parametrize(
    "line", ["who-can exec pods", "who-can exec", "who-can create pods --subresource exec"]
)
def test_who_can_open_a_shell_in_a_pod_of_prod(ask: Ask, line: str) -> None:
    assert subjects(ask(f"{line} -n prod")) == POWERFUL


def test_who_can_impersonate_users(ask: Ask) -> None:
    assert subjects(ask("who-can impersonate users")) == [
        "Group/system:masters",
        "Group/acme:platform",
        "ServiceAccount/argocd:argocd-application-controller",
        "ServiceAccount/backup:velero",
        "User/carol@example.com",
    ]


def test_how_far_is_jenkins_from_cluster_admin(ask: Ask) -> None:
    document = json.loads(ask("paths --from jenkins --to cluster-admin -o json").stdout)
    assert [len(path["steps"]) for path in document["paths"]] == [4]
    assert "ClusterRole/edit in namespace argocd" in ask("paths --from jenkins --to cluster-admin").stdout


def test_does_the_binding_of_an_account_that_is_gone_still_do_anything(ask: Ask) -> None:
    result = ask("lookup deleted-sa -o wide")
    assert result.stdout.splitlines()[1] == (
        "ServiceAccount/staging:deleted-sa (no such account)   staging   ClusterRole/view   by name   "
        "RoleBinding/ghost"
    )


def test_a_binding_is_found_by_its_name_and_what_it_lacks_is_reported(ask: Ask) -> None:
    result = ask("lookup ghost")
    assert "but a RoleBinding has that name (rbacpsp describe rolebinding ghost -n staging" in result.stderr
    assert ask("describe rolebinding ghost -n staging").stderr.startswith(
        "Warning: RoleBinding ghost names ServiceAccount/staging:deleted-sa, which does not exist: the "
        "account gets these permissions as soon as somebody creates it\n"
    )
    assert ask("describe rolebinding broken -n dev").stderr.startswith(
        "Warning: RoleBinding broken refers to Role does-not-exist, which does not exist: it grants nothing "
        "until somebody creates the role\n"
    )


@pytest.mark.parametrize("goal", ["secrets:payments", "secrets -n payments"])
def test_a_picture_of_who_reaches_the_secrets_of_a_namespace_needs_no_other_program(
    ask: Ask, goal: str
) -> None:
    picture = ask(f"graph -o svg --to {goal}").stdout
    assert picture.startswith("<svg ")
    assert "payments" in picture


def test_who_gained_access_since_last_week() -> None:
    result = CliRunner().invoke(main, ["diff", WEEK_BEFORE, ACME, "-o", "json"])
    gained = {change["subject"]["name"] for change in json.loads(result.stdout)["access"]["gained"]}
    assert {"system:unauthenticated", "grafana", "velero", "bob@example.com"} <= gained


def test_what_prod_allows_that_staging_does_not() -> None:
    result = CliRunner().invoke(
        main, ["diff", ACME, ACME, "--old-namespace", "staging", "-n", "prod", "-o", "json"]
    )
    gained = {change["subject"]["name"] for change in json.loads(result.stdout)["access"]["gained"]}
    assert {"acme:oncall", "acme:developers", "bob@example.com"} <= gained


def test_which_ten_changes_make_the_cluster_safer(ask: Ask) -> None:
    result = ask("audit")
    lines = (result.stdout + result.stderr).splitlines()
    assert any("delete RoleBinding prod/oncall" in line for line in lines)
    assert any(line.startswith("After the first 10 changes ") for line in lines)


@pytest.mark.parametrize(
    ("line", "said", "code"),
    [
        (
            "rules ci:deployr",
            'serviceaccounts "deployr" not found in namespace ci; did you mean ServiceAccount/ci:deployer?',
            2,
        ),
        ("rules sa/deployr", "did you mean ServiceAccount/ci:deployer?", 2),
        ("rules deployr", "did you mean ServiceAccount/ci:deployer?", 0),
        ("lookup deployr", "did you mean ServiceAccount/ci:deployer?", 0),
        ("rules Group/acme:develpers", "did you mean Group/acme:developers?", 0),
        ("can-i get pods --as dave@exmple.com", "did you mean --as dave@example.com?", 1),
        ("who-can get pods -n prd", 'namespaces "prd" not found; did you mean prod?', 2),
        ("who-can delte pods", "verb 'delte' is not a known verb; did you mean delete?", 0),
        ("who-can get podz", "did you mean pods?", 2),
        ("lookup --role cluster-admn", "did you mean ClusterRole/cluster-admin?", 2),
        ("paths --to secrts", "did you mean secrets?", 2),
        ("describe clusterrole cluster-admn", "did you mean cluster-admin?", 2),
        ("whocan get pods", "did you mean who-can", 2),
    ],
)
def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(
    ask: Ask, line: str, said: str, code: int
) -> None:
    result = ask(line)
    assert said in result.stderr
    assert result.exit_code == code


def test_the_matrix_of_everything_says_where(ask: Ask) -> None:
    lines = ask("matrix --subject deployer -A --verbs get,delete").stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("secrets")] == [
        ["secrets", "prod", "yes", "no"],
        ["secrets", "staging", "yes", "yes"],
    ]


def test_everything_may_be_listed_as_kubectl_lists_it(ask: Ask) -> None:
    result = ask("can-i --list -A --as system:serviceaccount:ci:deployer")
    titles = [line for line in result.stdout.splitlines() if line.endswith(":")]
    assert titles == ["In every namespace:", "In namespace prod also:", "In namespace staging also:"]


def test_why_does_a_deployment_not_start(ask: Ask) -> None:
    result = ask("admit deployment/fraud-check -n payments")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "deployment/fraud-check in payments: taken, but its pods are refused by Pod Security"
    fixes = [line.partition("  (")[0].strip() for line in lines if line.startswith("  spec.") and "(" in line]
    assert fixes == [
        "spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation: false",
        'spec.template.spec.containers[0].securityContext.capabilities.drop: ["ALL"]',
        "spec.template.spec.securityContext.runAsNonRoot: true",
        'spec.template.spec.securityContext.seccompProfile.type: "RuntimeDefault"',
    ]


def test_an_object_is_not_a_refusal_and_the_command_for_it_is_named(ask: Ask) -> None:
    result = ask("explain deployment/fraud-check -n payments")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: deployment/fraud-check is an object, not a refusal; to check whether the server would "
        f"accept it: rbacpsp admit deployment/fraud-check -n payments -f {ACME}\n"
    )


@pytest.mark.parametrize("line", ["psp users", "psp list", "psp admit deployment/fraud-check"])
def test_no_policy_applies_since_the_server_has_none(ask: Ask, line: str) -> None:
    result = ask(line)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: no PodSecurityPolicy was read")
    assert "PodSecurityPolicy was removed in Kubernetes 1.25: ask Pod Security instead" in result.stderr


def test_what_would_break_if_a_namespace_enforced_more(ask: Ask) -> None:
    result = ask("psa label prod=restricted")
    assert result.exit_code == 1
    assert [
        line.partition(" could not")[0] for line in result.stderr.splitlines() if "could not" in line
    ] == [
        "CronJob report",
        "Deployment web",
        "StatefulSet postgres",
    ]


def test_a_refused_user_sees_the_missing_permission_and_its_fix(ask: Ask) -> None:
    message = (
        'pods is forbidden: User "dave@example.com" cannot list resource "pods" in API group "" in the '
        'namespace "dev"'
    )
    result = ask(f"explain {shlex.quote(message)} -o json")
    (item,) = json.loads(result.stdout)["items"]
    told = [(part["what"], part["text"]) for part in item["explanation"]]
    missing = (
        "RoleBinding broken of namespace dev names Role does-not-exist, which does not exist: it grants "
        "nothing until that is created"
    )
    assert ("roleRef", missing) in told
    fixes = [text for what, text in told if what == "remedy"]
    assert any(text.startswith("ClusterRole/view allows it") for text in fixes)
    assert any(text.startswith("a Role with only list pods") for text in fixes)
    assert not any("system:controller:" in text for text in fixes)


def test_a_warning_of_pod_security_is_explained_with_its_fix(ask: Ask) -> None:
    message = (
        'violates PodSecurity "restricted:v1.30": runAsNonRoot != true (pod must set '
        "securityContext.runAsNonRoot=true)"
    )
    result = ask(f"explain {shlex.quote(message)}")
    assert result.exit_code == 0
    assert "rbacpsp psa check FILE --level restricted --version v1.30 --fix" in result.stdout
    assert "rbacpsp psa explain runAsNonRoot" in result.stdout


@pytest.mark.parametrize("line", ["psa label --all baseline", "psa suggest", "audit"])
def test_a_label_that_does_not_mean_what_it_says_is_named(ask: Ask, line: str) -> None:
    assert 'enforce of namespace cert-manager is "restrictd"' in ask(line).stderr


def test_what_a_rule_is_about() -> None:
    result = CliRunner().invoke(main, ["rule", "RBP041"])
    assert result.stdout.startswith("RBP041 write-workloads: Creates or changes workloads\n")
    for part in (
        "why it matters:",
        "what an attacker gains:",
        "how to fix it:",
        "this is a finding:",
        "this is not a finding:",
    ):
        assert part in result.stdout


def test_a_pull_request_that_gives_an_account_full_control_fails_the_gate(tmp_path: Path) -> None:
    binding = tmp_path / "bot.yaml"
    binding.write_text(
        "apiVersion: rbac.authorization.k8s.io/v1\n"
        "kind: ClusterRoleBinding\n"
        "metadata: {name: bot}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\n"
        "subjects: [{kind: ServiceAccount, name: bot, namespace: ci}]\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(main, ["audit", "-f", str(binding), "--fail-on", "high", "-o", "json"])
    worst = json.loads(result.stdout)["findings"][0]
    assert (result.exit_code, worst["severity"], worst["rule"]) == (1, "critical", "RBP001")
