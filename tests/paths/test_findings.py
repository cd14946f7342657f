"""Tests that paths are findings, and that findings are as severe as the goals of their holder."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp import Cluster, Request
from rbacpsp.audit import AuditPolicy, Finding, read_policy
from rbacpsp.audit.rules import reach
from rbacpsp.cli import main
from rbacpsp.files import load
from rbacpsp.model import Subject, Version
from rbacpsp.model.subjects import subject_text, user_of
from rbacpsp.paths import parse_place
from rbacpsp.paths.findings import as_audit, unmatched_exceptions
from rbacpsp.testing import ClusterBuilder, binding, pod, rule
from tests.paths.clusters import CREATE_PODS, EVE, LEVEL, NO_NODE, NODE_POD, RBAC, base

IDS = {each.id for each in reach.RULES}
TODAY = date(2027, 1, 1)
OF_ANN = {"rule": "RBP150", "owner": "o", "reason": "r", "expires": "2027-06-01", "subject": "User/ann"}


def three() -> ClusterBuilder:
    """User/ann creates privileged pods, User/cid pods of a strong account, User/bea harmless pods."""
    builder = (
        base()
        .namespace("dev")
        .namespace("pay", {LEVEL: "restricted"})
        .add(pod("boss", namespace="a", serviceAccountName="strong"))
    )
    for name, namespace in (("ann", "dev"), ("bea", "pay"), ("cid", "a")):
        builder.role(name, CREATE_PODS, namespace=namespace).bind(name, f"User/{name}", namespace=namespace)
    return builder


def names(findings: Iterable[Finding]) -> list[str]:
    """The subjects of some findings."""
    return [finding.subject.name for finding in findings if finding.subject is not None]


def of(cluster: Cluster, number: str) -> list[Finding]:
    return [finding for finding in cluster.audit(today=TODAY).findings if finding.rule.id == number]


def summaries(findings: list[Finding]) -> list[tuple[str, str]]:
    return [
        (subject_text(finding.subject) if finding.subject else "", str(finding.severity))
        for finding in findings
    ]


def test_a_permission_is_raised_only_by_what_it_leads_to_in_its_namespace() -> None:
    builder = base().role("bind", rule("bind", "clusterroles", RBAC)).bind("bind", EVE)
    builder = builder.role("write", rule("create", "rolebindings", RBAC))
    for namespace in ("a", "b"):
        builder = builder.bind("write", EVE, namespace=namespace, kind="ClusterRole")
    builder = builder.policy("p", volumes=["projected"])  # so that nobody takes over a node
    findings = of(builder.build(kubernetes_version="1.22"), "RBP030")
    assert [(finding.scope, str(finding.severity), finding.detail) for finding in findings] == [
        ("a", "critical", "It leads to cluster-admin in 2 actions."),
        ("b", "high", ""),
    ]


def test_a_subject_that_reaches_full_control_is_a_finding() -> None:
    cluster = three().build(kubernetes_version="1.30")
    assert summaries(of(cluster, reach.CLUSTER_ADMIN)) == [("User/ann", "critical"), ("User/cid", "critical")]
    assert summaries(of(cluster, reach.NODE)) == [("User/ann", "high"), ("User/cid", "high")]


def test_the_severity_of_a_permission_follows_from_what_it_leads_to() -> None:
    cluster = three().build(kubernetes_version="1.30")
    assert summaries(of(cluster, "RBP040")) == [
        ("User/cid", "critical"),
        ("User/ann", "critical"),
        ("User/bea", "medium"),
    ]
    assert of(cluster, "RBP040")[0].detail == "It leads to cluster-admin in 2 actions."


def test_a_finding_lists_its_steps_and_grants() -> None:
    (_, cid) = of(three().build(kubernetes_version="1.30"), reach.CLUSTER_ADMIN)
    assert cid.said == (
        "1. User/cid runs a pod as a service account: any service account of namespace a "
        "(RoleBinding a/cid, rule 1 of Role a/cid). "
        "2. any service account of namespace a is one of them: ServiceAccount/a:strong. "
        "3. ServiceAccount/a:strong holds full control: cluster-admin "
        "(ClusterRoleBinding cluster-admin, rule 1 of ClusterRole cluster-admin)."
    )
    assert [grant.binding.name for grant in cid.grants] == ["cid", "cluster-admin"]


def test_a_fingerprint_is_that_of_subject_and_goal() -> None:
    before = of(three().build(kubernetes_version="1.30"), reach.CLUSTER_ADMIN)
    after = of(
        three()
        .role("x", rule("*", "*", "*"))
        .bind("x", "ServiceAccount/a:strong")
        .build(kubernetes_version="1.30"),
        reach.CLUSTER_ADMIN,
    )
    assert [each.fingerprint for each in before] == [each.fingerprint for each in after]


def test_full_control_is_reported_once() -> None:
    cluster = base().build(kubernetes_version="1.30")
    assert {finding.rule.id for finding in cluster.audit().findings} & IDS == set()


def test_a_member_of_a_reported_group_is_not_reported_too() -> None:
    cluster = (
        three()
        .bind("cid", "Group/system:serviceaccounts", namespace="a", name="all")
        .build(kubernetes_version="1.30")
    )
    assert [who for who, _ in summaries(of(cluster, reach.CLUSTER_ADMIN))] == [
        "Group/system:serviceaccounts",
        "User/ann",
        "User/cid",
    ]


def test_a_path_back_to_its_holder_does_not_raise_the_severity() -> None:
    builder = ClusterBuilder().namespace("a").service_account("a", "own", secrets=[{"name": "t"}])
    builder.role("r", rule("get", "secrets"), CREATE_PODS, namespace="a")
    cluster = builder.bind("r", "ServiceAccount/a:own", namespace="a").build(kubernetes_version="1.30")
    assert summaries(of(cluster, "RBP040")) == [("ServiceAccount/a:own", "high")]
    assert summaries(of(cluster, "RBP010")) == [("ServiceAccount/a:own", "medium")]


def test_the_verbs_of_a_permission_count() -> None:
    builder = ClusterBuilder().namespace("a").role("r", rule("create patch", "pods"), namespace="a")
    cluster = builder.bind("r", EVE, namespace="a").build(kubernetes_version="1.30")
    assert summaries(of(cluster, "RBP040")) == [(EVE, "high")]
    assert summaries(of(cluster, "RBP042")) == [(EVE, "low")]


@pytest.mark.parametrize(
    ("goal", "rules", "namespace", "actions", "severities"),
    [
        (reach.CLUSTER_ADMIN, rule("*", "*", "*"), "", 5, ("critical", "high")),
        (reach.NODE, CREATE_PODS, "", 3, ("high", "medium")),
        (reach.SYSTEM_SECRETS, rule("get list", "secrets"), "kube-system", 3, ("high", "medium")),
    ],
)
def test_a_goal_is_less_severe_if_many_actions_lead_to_it(
    goal: str, rules: dict[str, list[str]], namespace: str, actions: int, severities: tuple[str, str]
) -> None:
    """User n impersonates user n-1, and user 0 takes one action to the goal."""
    builder = ClusterBuilder().namespace("kube-system").role("last", rules)
    builder.bind("last", "User/0", namespace=namespace, kind="ClusterRole")
    for number in range(1, 7):
        builder.role(f"r{number}", rule("impersonate", "users", names=str(number - 1)))
        builder.bind(f"r{number}", f"User/{number}")
    found = dict(summaries(of(builder.build(kubernetes_version="1.30"), goal)))
    assert (found[f"User/{actions - 1}"], found[f"User/{actions}"]) == severities


def test_a_permission_is_as_severe_as_the_goals_of_its_own_holder() -> None:
    builder = ClusterBuilder().namespace("a").service_account("a", "x").policy("p", **NODE_POD)
    builder.may_use("p", EVE).role("r", CREATE_PODS).bind(
        "r", EVE, "User/zoe", namespace="a", kind="ClusterRole"
    )
    findings = of(builder.build(kubernetes_version="1.24"), "RBP040")
    assert summaries(findings) == [(EVE, "high"), ("User/zoe", "medium")]
    assert [finding.detail for finding in findings] == ["It leads to node in 1 action.", ""]


def test_a_permission_that_is_already_as_severe_is_not_changed() -> None:
    cluster = ClusterBuilder().namespace("a").role("r", CREATE_PODS).bind("r", EVE).build()
    assert summaries(of(cluster, reach.NODE)) == [(EVE, "high")]
    (finding,) = of(cluster, "RBP040")
    assert (str(finding.severity), finding.detail) == ("high", "")


def with_controller() -> ClusterBuilder:
    """The controller of replica sets, which creates pods anywhere by a bootstrap grant."""
    name = "system:controller:replicaset-controller"
    builder = base().role(name, CREATE_PODS)
    return builder.bind(name, "ServiceAccount/kube-system:replicaset-controller", name=name)


def test_bootstrap_grants_are_as_severe_as_their_rule_says() -> None:
    ruled_out = with_controller().build(kubernetes_version="1.30").audit().ruled_out
    assert {each.rule.id: (str(each.severity), each.detail) for each in ruled_out} == {
        "RBP040": ("high", ""),
        reach.CLUSTER_ADMIN: ("critical", ""),
        reach.NODE: ("high", ""),
        reach.SYSTEM_SECRETS: ("high", ""),
    }


def test_a_permission_that_leads_to_a_less_severe_goal_is_not_changed() -> None:
    """Eve makes plain pods as an account that becomes ann, who becomes zoe, who makes pods with a node."""
    builder = ClusterBuilder().namespace("a").service_account("a", "s")
    builder.policy("node", **NODE_POD).policy("plain", **NO_NODE)
    builder.may_use("node", "User/zoe").may_use("plain", EVE).role("r", CREATE_PODS)
    builder.bind("r", EVE, "User/zoe")
    for holder, name in (("ServiceAccount/a:s", "ann"), ("User/ann", "zoe")):
        builder.role(name, rule("impersonate", "users", names=name)).bind(name, holder)
    cluster = builder.build(kubernetes_version="1.24")
    assert (EVE, "medium") in summaries(of(cluster, reach.NODE))
    (finding,) = (each for each in of(cluster, "RBP040") if names([each]) == ["eve"])
    assert (str(finding.severity), finding.detail) == ("high", "")


@pytest.mark.parametrize("accounts", [("near", "far"), ("far", "near"), ("none", "near"), ("near", "none")])
def test_of_several_grants_the_most_severe_counts(accounts: tuple[str, str]) -> None:
    """Account near holds full control; account far impersonates somebody who does."""
    builder = ClusterBuilder().namespace("a").role("all", rule("*", "*", "*"))
    builder.bind("all", "ServiceAccount/a:near", "User/root")
    impersonates = rule("impersonate", "users", names="root")
    builder.role("root", impersonates).bind("root", "ServiceAccount/a:far")
    for number, account in enumerate(accounts):
        name = f"r{number}"
        builder.role(name, rule("create", "serviceaccounts/token", names=account), namespace="a")
        builder.bind(name, EVE, namespace="a")
    (finding,) = of(builder.build(kubernetes_version="1.30"), "RBP012")
    assert (str(finding.severity), finding.detail) == ("critical", "It leads to cluster-admin in 2 actions.")


def test_a_wildcard_is_as_severe_as_the_goals_of_any_of_its_permissions() -> None:
    builder = base().role("r", rule("patch", "*", "*"))
    cluster = builder.bind("r", EVE, namespace="a", kind="ClusterRole").build(kubernetes_version="1.30")
    (finding,) = of(cluster, "RBP003")
    assert (str(finding.severity), finding.detail) == ("critical", "It leads to cluster-admin in 2 actions.")


def test_findings_about_permissions_and_paths_of_one_subject_share_it() -> None:
    findings = three().build(kubernetes_version="1.30").audit(today=TODAY).findings
    of_ann = [each for each in findings if names([each]) == ["ann"]]
    assert [each.rule.id for each in of_ann] == ["RBP040", "RBP150", "RBP151"]
    assert len({id(each.subject) for each in of_ann}) == 1


def test_paths_through_full_control_are_not_reported_again() -> None:
    builder = ClusterBuilder().namespace("a", {LEVEL: "restricted"})
    builder.role("r", rule("impersonate", "users groups")).bind("r", EVE)
    cluster = builder.build(kubernetes_version="1.30")
    assert cluster.paths().between(parse_place(EVE), parse_place("node")) is not None
    assert {finding.rule.id for finding in cluster.audit().findings} & IDS == {reach.CLUSTER_ADMIN}


def test_every_verb_on_named_objects_is_not_full_control() -> None:
    builder = ClusterBuilder().namespace("a").role("r", rule("*", "*", "*", names="x"), CREATE_PODS)
    cluster = builder.bind("r", EVE).build(kubernetes_version="1.30")
    path = cluster.paths().between(parse_place(EVE), parse_place("cluster-admin"))
    assert path is not None
    assert [step.technique.name for step in path.steps] == ["create-role-in-cluster"]


def test_paths_that_begin_with_an_assumed_grant_are_found_where_assumed_objects_are_listed() -> None:
    found = {}
    for mode in ("auto", "always"):
        cluster = Cluster.from_objects([], kubernetes_version="1.30", bootstrap=mode)
        audit = cluster.audit(today=TODAY)
        found[mode] = {each.rule.id for each in (*audit.findings, *audit.ruled_out)} & IDS
    assert found == {"auto": set(), "always": {reach.CLUSTER_ADMIN, reach.NODE, reach.SYSTEM_SECRETS}}


def test_paths_that_begin_with_a_loaded_binding_or_a_loaded_role_are_found() -> None:
    edits = binding("edit", EVE, namespace="kube-system", kind="ClusterRole")
    name = "system:controller:replicaset-controller"
    (makes_pods,) = ClusterBuilder().role(name, CREATE_PODS).objects
    for obj, holder in ((edits, "eve"), (makes_pods, "replicaset-controller")):
        audit = Cluster.from_objects([obj], kubernetes_version="1.30", bootstrap="auto").audit(today=TODAY)
        nodes = (each for each in (*audit.findings, *audit.ruled_out) if each.rule.id == reach.NODE)
        assert names(nodes) == [holder]


def test_indirect_access_to_the_secrets_of_kube_system_is_a_finding() -> None:
    """Who mounts them, and who is sent them by a webhook; who reads them has a finding for that."""
    builder = ClusterBuilder().namespace("kube-system", {LEVEL: "restricted"})
    hook = rule("create", "validatingwebhookconfigurations", "admissionregistration.k8s.io")
    builder.role("hook", hook).bind("hook", "User/hook")
    for name, rules in (("mount", CREATE_PODS), ("read", rule("get list", "secrets"))):
        builder.role(name, rules).bind(name, f"User/{name}", namespace="kube-system", kind="ClusterRole")
    found = of(builder.build(kubernetes_version="1.30"), reach.SYSTEM_SECRETS)
    assert summaries(found) == [("User/hook", "high"), ("User/mount", "high")]


def test_permissions_with_the_same_goal_are_as_severe_as_their_own_steps() -> None:
    """To exec in a pod and to attach to it lead to a weak account, pods lead to a strong one."""
    rules = (rule("create", "pods/exec pods/attach"), CREATE_PODS)
    builder = base().add(pod("web", namespace="b", serviceAccountName="weak"))
    cluster = builder.role("r", *rules).bind("r", EVE).build(kubernetes_version="1.30")
    assert summaries(of(cluster, "RBP040")) == [(EVE, "critical")]


def test_a_permission_does_not_get_the_severity_of_another_one_of_its_rule() -> None:
    """To get nodes/proxy is to enter the pod of a strong account; the secrets hold no token."""
    builder = base().role("r", rule("get", "nodes/proxy secrets")).bind("r", EVE)
    builder.add(pod("boss", namespace="a", serviceAccountName="strong"))
    cluster = builder.build(kubernetes_version="1.30")
    assert summaries(of(cluster, "RBP050")) == [(EVE, "critical")]
    assert summaries(of(cluster, "RBP010")) == [(EVE, "high")]


@pytest.mark.parametrize(
    "change",
    [
        {"rules": {"RBP040": {"severity": "low"}}},
        {"rules": {"RBP150": {"enabled": False}, "RBP151": {"enabled": False}, "RBP152": {"enabled": False}}},
    ],
)
def test_a_policy_sets_the_severity_of_a_permission(change: dict[str, object]) -> None:
    policy = read_policy({"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy", **change})
    findings = three().build(kubernetes_version="1.30").audit(policy=policy, today=TODAY).findings
    assert {each.severity for each in findings if each.rule.id == "RBP040"} in ({"low"}, {"medium"})


def test_a_path_can_be_excepted_like_any_finding() -> None:
    policy = read_policy({"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy", "exceptions": [OF_ANN]})
    audit = three().build(kubernetes_version="1.30").audit(policy=policy, today=TODAY)
    assert summaries([finding for finding in audit.findings if finding.rule.id == "RBP150"]) == [
        ("User/cid", "critical")
    ]


def test_the_first_action_of_every_finding_is_confirmed_by_the_authorizer() -> None:
    cluster = three().build(kubernetes_version="1.30")
    for number in IDS:
        for finding in of(cluster, number):
            assert finding.subject is not None
            assert finding.request is not None
            assert cluster.authorize(user_of(finding.subject), finding.request)


@pytest.mark.parametrize("version", ["1.24", "1.36"])
def test_a_fresh_cluster_has_no_path_of_its_own(version: str) -> None:
    cluster = load(f"sample_clusters/bootstrap-{version}", kubernetes_version=version)
    audit = cluster.audit()
    assert [finding for finding in audit.findings if finding.rule.id in IDS] == []
    assert any(each.rule.id in IDS for each in audit.ruled_out)


@pytest.fixture
def source(tmp_path: Path) -> str:
    """The three users as a file."""
    file = tmp_path / "cluster.json"
    file.write_text(
        json.dumps({"apiVersion": "v1", "kind": "List", "items": three().objects}), encoding="utf-8"
    )
    return str(file)


@pytest.fixture
def run(source: str) -> Callable[..., tuple[int, str]]:
    """Runs a command on them: its exit code, and what it prints."""

    def run_it(*args: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, [*args, "-f", source, "--kubernetes-version", "1.30"])
        return result.exit_code, result.stdout

    return run_it


def test_paths_have_the_exit_codes_of_the_audit(run: Callable[..., tuple[int, str]]) -> None:
    assert run("paths", "--fail-on", "critical")[0] == 1
    assert run("paths", "--to", "secrets:pay", "--fail-on", "high")[0] == 0
    assert run("paths", "--to", "secrets:pay", "--fail-on", "medium")[0] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("--to", "secrets:pya"),
            'no namespace "pya" was read, nor anything in it: this gate would prove nothing',
        ),
        (("--to", "cloud:arn:x"), "nothing names cloud:arn:x: this gate would prove nothing"),
        (
            ("--from", "User/anna"),
            "no binding names User/anna: this gate would prove nothing; did you mean User/",
        ),
        (("--to", "Group/typo"), "no binding names Group/typo: this gate would prove nothing"),
    ],
)
def test_a_gate_about_what_nothing_names_is_refused(
    run: Callable[..., tuple[int, str]], tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    assert run("paths", *words)[0] == 0
    source = next(path for path in tmp_path.iterdir() if path.is_file())
    result = CliRunner().invoke(main, ["paths", *words, "-f", str(source), "--fail-on", "low"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error: {told}" in result.stderr


def test_known_paths_pass(run: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    for command in ("paths", "audit"):
        baseline = tmp_path / f"{command}.json"
        baseline.write_text(run(command, "-o", "json")[1], encoding="utf-8")
        assert run(command, "--baseline", str(baseline), "--fail-on", "info")[0] == 0


def test_paths_have_the_formats_of_the_audit(run: Callable[..., tuple[int, str]]) -> None:
    results = json.loads(run("paths", "-o", "sarif")[1])["runs"][0]["results"]
    assert {result["ruleId"] for result in results} == {"RBP150"}
    junit = run("paths", "-o", "junit")[1]
    assert '<testsuites name="rbacpsp paths" ' in junit
    assert "User/cid runs a pod as a service account" in junit
    assert "<strong>User/cid</strong>" in run("paths", "-o", "html")[1]
    assert {path["severity"] for path in json.loads(run("paths", "-o", "json")[1])["paths"]} == {"critical"}


def test_the_names_are_those_of_the_starts_or_of_what_a_start_reaches(
    run: Callable[..., tuple[int, str]],
) -> None:
    starts = ["Group/admins", "ServiceAccount/a:strong", "User/cid", "User/ann"]
    assert run("paths", "-o", "name")[1].splitlines() == starts
    reached = run("paths", "--from", "User/ann", "-o", "name")[1].splitlines()
    assert reached[:3] == ["cluster-admin", "node", "secrets:dev"]
    assert "secrets" in reached
    for goal in reached:
        assert run("paths", "--from", "User/ann", "--to", goal, "-o", "name")[1] == f"{goal}\n"


@pytest.mark.parametrize("words", [(), ("--from", "User/cid"), ("--limit", "0")])
def test_where_every_path_is_left_out_nobody_is_told_that_there_is_none(
    run: Callable[..., tuple[int, str]], source: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(run("paths", *words, "--limit", "100", "-o", "json")[1], encoding="utf-8")
    words = (*words, "--baseline", str(baseline), "-f", source, "--kubernetes-version", "1.30")
    for form in ("table", "name"):
        result = CliRunner().invoke(main, ["paths", *words, "-o", form])
        assert result.stdout == ""
        assert "Every path that was found is left out by --limit, the policy" in result.stderr
        assert "by the permissions that were loaded" not in result.stderr


def test_every_format_of_the_audit_contains_the_steps(run: Callable[..., tuple[int, str]]) -> None:
    findings = json.loads(run("audit", "-o", "json")[1])["findings"]
    steps = [each["steps"] for each in findings if each["rule"] == "RBP150"][-1]
    assert [step["how"] for step in steps] == [
        "runs a pod as a service account",
        "is one of them",
        "holds full control",
    ]
    for form in ("csv", "markdown", "sarif", "junit", "html", "yaml"):
        assert "User/cid runs a pod as a service account" in run("audit", "-o", form)[1].replace("\n", " ")
    assert "User/cid runs a pod as a service account" in run("audit", "--by", "finding", "-o", "wide")[1]


def test_a_policy_decides_about_paths_as_about_all_findings() -> None:
    paths = three().build(kubernetes_version="1.30").paths().to(parse_place("cluster-admin"))

    def judged(today: date | None, **policy: object) -> tuple[list[str], list[str]]:
        read = read_policy({"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy", **policy})
        audit = as_audit(paths, Version(1, 30), policy=read, today=today)
        return names(audit.findings), names(audit.ruled_out)

    every = ["admins", "strong", "ann", "cid"]
    assert names(as_audit(paths, Version(1, 30), today=TODAY).findings) == every
    assert judged(TODAY) == judged(None) == (every, [])
    assert judged(TODAY, exceptions=[OF_ANN]) == (["admins", "strong", "cid"], ["ann"])
    assert judged(None, exceptions=[OF_ANN]) == (every, [])
    assert judged(TODAY, rules={"RBP150": {"enabled": False}}) == ([], [])


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ((), ["exceptions[1] of the policy (RBP150, User/bea)"]),
        (("--limit", "1", "-o", "json"), ["exceptions[1] of the policy (RBP150, User/bea)"]),
        (("--to", "node"), ["exceptions[2] of the policy (RBP151, User/zed*)"]),
        (("--to", "secrets:pay"), []),
        (("--from", "User/bea"), ["exceptions[1] of the policy (RBP150, User/bea)"]),
        (("--from", "User/zed"), ["exceptions[4] of the policy (RBP153, User/zed)"]),
        (("--from", "User/zed", "--to", "secrets:pay"), []),
        (("--from", "User/ann", "--limit", "1"), []),
    ],
)
def test_exceptions_that_match_no_path_are_told_if_they_are_about_the_question(
    source: str, tmp_path: Path, question: tuple[str, ...], told: list[str]
) -> None:
    parts = [
        ("RBP150", "User/ann"),
        ("RBP150", "User/bea"),
        ("RBP151", "User/zed*"),
        (["RBP010", "RBP150"], "User/zed"),
        ("RBP153", "User/zed"),
        ("RBP040", "User/zed"),
    ]
    exceptions = [OF_ANN | {"rule": rule_ids, "subject": who} for rule_ids, who in parts]
    policy = tmp_path / "policy.json"
    content = {"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy", "exceptions": exceptions}
    policy.write_text(json.dumps(content), encoding="utf-8")
    result = CliRunner().invoke(main, ["paths", *question, "--policy", str(policy), "-f", source])
    warnings = [line for line in result.stderr.splitlines() if "exceptions[" in line]
    assert warnings == [f"Warning: {each} matches no finding: correct or remove it." for each in told]


def test_exceptions_about_paths_of_kubernetes_own_components_match() -> None:
    goal = parse_place("cluster-admin")
    paths = load("sample_clusters/bootstrap-1.24").paths().to(goal)
    exception = OF_ANN | {"subject": "ServiceAccount/kube-system:job-controller"}
    value = {"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy", "exceptions": [exception]}
    assert unmatched_exceptions(read_policy(value), paths, None, goal) == ()
    assert len(unmatched_exceptions(read_policy(value), (), None, goal)) == 1


def test_a_profile_explains_the_paths_of_its_components() -> None:
    account = "ServiceAccount/cattle-system:cattle"
    builder = ClusterBuilder().role("cattle-admin", rule("*", "*", "*"))
    builder.bind("cattle-admin", account, EVE, name="cattle-admin-binding")
    ways = builder.build().paths().to(parse_place("cluster-admin"))
    audit = as_audit(ways, Version(1, 30), policy=AuditPolicy(profiles=("rancher",)))
    assert (names(audit.findings), names(audit.ruled_out)) == (["eve"], ["cattle"])


def test_a_grant_opens_the_findings_and_paths_that_were_not_there() -> None:
    """Eve creates pods in namespace c; in namespace a she would run them as an account with full control."""
    builder = base().namespace("c", {LEVEL: "restricted"}).role("r", CREATE_PODS)
    cluster = builder.bind("r", EVE, namespace="c", kind="ClusterRole").build(kubernetes_version="1.30")
    after = builder.bind("r", EVE, namespace="a", kind="ClusterRole").build(kubernetes_version="1.30")
    create = Request("create", resource="pods", namespace="a")
    opens = cluster.opened_by(cluster.grant(create, Subject("User", "eve")))
    assert opens
    assert [(finding.rule.id, finding.scope) for finding in opens.findings] == [
        ("RBP040", "a"),
        ("RBP150", ""),
        ("RBP151", ""),
    ]
    goals_before, goals_after = (
        {path.goal for path in each.paths().from_(parse_place(EVE)).paths} for each in (cluster, after)
    )
    assert parse_place("secrets:c") in goals_before
    assert {path.goal for path in opens.paths} == goals_after - goals_before


def test_a_grant_that_opens_findings_or_paths_alone_is_true() -> None:
    builder = base().add(pod("web", namespace="b", serviceAccountName="weak"))
    cluster = builder.build(kubernetes_version="1.30")
    enter = Request("create", resource="pods", subresource="exec", name="web", namespace="b")
    open_up = Request("patch", group="networking.k8s.io", resource="networkpolicies", namespace="b")
    path, finding = (
        cluster.opened_by(cluster.grant(each, Subject("User", "eve"))) for each in (enter, open_up)
    )
    assert path
    assert (path.findings, parse_place("ServiceAccount/b:weak") in [each.goal for each in path.paths]) == (
        (),
        True,
    )
    assert finding
    assert ([each.rule.id for each in finding.findings], finding.paths) == (["RBP083"], ())


def test_a_grant_that_opens_nothing_is_false() -> None:
    cluster = base().build(kubernetes_version="1.30")
    opens = cluster.opened_by(
        cluster.grant(Request("get", resource="pods", namespace="a"), Subject("User", "eve"))
    )
    assert not opens
    assert (opens.findings, opens.paths) == ((), ())
