"""Tests the commands about a whole cluster: rows, texts and exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.testing import policy
from tests.simulate.build import JSON, builder, owner, stored, workload

ROOT = Path(__file__).parents[2]
SAMPLE = str(ROOT / "sample_clusters" / "psp-migration")
WITHOUT = ("--without", "clusterrolebinding/psp:privileged:authenticated")
KCM = "system:kube-controller-manager"

Write = Callable[..., str]


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["psp", *arguments])


def data(*arguments: str) -> Any:
    return json.loads(call(*arguments, "-o", "json").stdout)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(*objects: JSON, name: str = "cluster.json") -> str:
        path = tmp_path / name
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}), encoding="utf-8")
        return str(path)

    return written


def test_a_report_ends_with_0_whatever_is_refused() -> None:
    assert call("simulate", "-f", SAMPLE).exit_code == 0


def test_a_change_that_refuses_ends_with_1_and_one_that_does_not_with_0() -> None:
    assert call("simulate", "-f", SAMPLE, *WITHOUT).exit_code == 1
    assert call("simulate", "-f", SAMPLE, "--without", "psp/team-blue").exit_code == 0


def test_a_change_without_effect_says_so() -> None:
    result = call("simulate", "-f", SAMPLE, "--without", "psp/team-blue")
    assert (result.stdout, result.stderr) == ("", "Nothing changes for 6 rows.\nKubernetes 1.24, assumed.\n")


def test_a_namespace_that_was_not_read_is_doubted_and_refused_where_a_change_is_tried() -> None:
    words = ("simulate", "-n", "prdo", "-f", SAMPLE)
    result = call(*words)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No workload and no pod of prdo was loaded.\n" in result.stderr
    assert 'Warning: no namespace "prdo" was read, nor anything in it\n' in result.stderr
    result = call(*words, "--without", "psp/privileged")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "this gate would prove nothing" in result.stderr


def test_a_row_as_json_holds_its_whole_explanation() -> None:
    result = data("simulate", "-f", SAMPLE, "-n", "shop")
    assert result["kind"] == "Simulation"
    web = next(item for item in result["items"] if item["name"] == "web")
    assert web["verdict"] == "same"
    assert web["pods"] == ["web-6d4cf56db6-4kx2p", "web-6d4cf56db6-zt7wd"]
    assert web["recorded"] == [{"policy": "privileged", "pods": 2}]
    assert web["creator"]["user"] == "system:serviceaccount:kube-system:replicaset-controller"
    assert [grant["binding"]["name"] for grant in web["grants"]] == ["psp:privileged:authenticated"]
    assert {name: each["verdict"] for name, each in web["considered"].items()} == {
        "privileged": "unchanged",
        "restricted": "unchanged",
        "team-blue": "unchanged",
    }


def test_with_a_namespace_its_pods_are_counted_and_unused_policies_are_those_of_all_namespaces() -> None:
    summary = data("simulate", "-f", SAMPLE, "-n", "shop")["summary"]
    assert summary["pods"] == 4
    assert summary["podsByPolicy"] == {"privileged": 3}
    assert summary["unused"] == ["restricted", "team-blue"]


def test_a_difference_as_json_holds_both_sides_and_the_fields() -> None:
    result = data("simulate", "-f", SAMPLE, *WITHOUT)
    assert (result["kind"], result["unchanged"]) == ("SimulationDifference", 3)
    effects = {item["name"]: item["effect"] for item in result["items"]}
    assert effects == {
        "backup": "becomes refused",
        "cart": "becomes refused",
        "web": "gets another policy",
    }
    backup = result["items"][0]
    assert (backup["before"]["policy"], backup["after"]["policy"]) == ("privileged", None)
    assert backup["after"]["message"].endswith("PodSecurityPolicy: unable to admit pod: []")


def test_without_recorded_policies_the_pods_to_be_refused_are_reported(write: Write) -> None:
    result = call("simulate", "-f", write(policy("p"), stored("p", hostPID=True), workload("Job", "j")))
    assert result.stderr == (
        "Kubernetes 1.24, assumed.\n"
        "Policies seem not to be enforced here: no pod carries the annotation kubernetes.io/psp.\n"
        "Once they are enforced, 2 of the 2 rows would be refused.\n"
    )


def test_without_policies_a_note_says_that_every_pod_would_be_refused(write: Write) -> None:
    result = call("simulate", "-f", write(stored("p")), "--kubernetes-version", "1.24")
    assert "then refuses every pod: no providers available to validate pod request" in result.stderr
    assert "no providers available to validate pod request" in result.stdout


def test_a_simulation_on_a_server_without_policies_is_refused(write: Write) -> None:
    result = call("simulate", "-f", write(stored("p")), "--kubernetes-version", "1.30")
    assert result.exit_code == 2
    assert "PodSecurityPolicy was removed in Kubernetes 1.25, and this is 1.30" in result.stderr


def test_nothing_to_simulate_says_what_to_load(write: Write) -> None:
    result = call("simulate", "-f", write(policy("p")))
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr.startswith("No workload and no pod was loaded")


def test_shared_users_of_controllers_are_reported_and_can_be_overridden(write: Write) -> None:
    rule = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}
    cluster = builder(workload("Deployment", "web")).policy("p").may_use("p", f"User/{KCM}")
    objects = cluster.role("pods", rule).bind("pods", f"User/{KCM}")._objects
    path = write(*objects)
    result = call("simulate", "-f", path)
    assert result.stderr.startswith(
        "All controllers are assumed to be the one user system:kube-controller-manager: "
        "ClusterRoleBinding/pods lets it create pods."
    )
    assert data("simulate", "-f", path)["items"][0]["policy"] == "p"
    own = data("simulate", "-f", path, "--use-service-account-credentials=true")
    assert own["items"][0]["verdict"] == "unbound"


@pytest.mark.parametrize("text", ["Workflow", "Workflow=argo", "=argo:x", "Workflow=:x", "Workflow=argo:"])
def test_an_incomplete_controller_option_is_a_usage_error(text: str) -> None:
    result = call("simulate", "-f", SAMPLE, "--controller", text)
    assert result.exit_code == 2
    assert "write KIND=NAMESPACE:ACCOUNT" in result.stderr


def test_stuck_pods_are_listed_and_a_change_that_adds_some_ends_with_1() -> None:
    update = ("simulate", "--operation", "update", "--as", "alice", "-f", SAMPLE)
    now = call(*update)
    assert (now.stdout, now.stderr, now.exit_code) == (
        "",
        "Every pod could be updated.\nKubernetes 1.24, assumed.\n",
        0,
    )
    assert call(*update, *WITHOUT).exit_code == 1
    stuck = json.loads(call(*update, *WITHOUT, "-n", "shop", "-o", "json").stdout)["items"]
    assert [(each["name"], each["recorded"]) for each in stuck] == [
        ("cart-0", "privileged"),
        ("debug", "privileged"),
    ]


def test_hostile_names_never_reach_a_terminal(write: Write) -> None:
    name = "web\x1b[31m"
    result = call("simulate", "-f", write(policy("p"), stored(name, hostPID=True)), "--no-validate")
    assert "\x1b" not in result.output
    assert "web\\x1b[31m" in result.stdout


def test_two_policies_are_compared_field_by_field(write: Write) -> None:
    path = write(policy("a"), policy("b", hostPID=True), policy("c", hostIPC=True), policy("d"))
    assert call("compare", "a", "b", "-f", path).stdout == (
        "a is stricter than b: it admits fewer pods, and none that the other refuses.\n"
        "\n"
        "FIELD     a       b      a is\n"
        "hostPID   false   true   stricter\n"
    )
    assert data("compare", "b", "c", "-f", path)["relation"] == "incomparable"
    same = call("compare", "a", "d", "-f", path)
    assert (same.stdout, same.stderr) == ("", "a and d admit the same pods.\nKubernetes 1.24, assumed.\n")
    assert "volumes" in call("compare", "a", "d", "--all", "-f", path).stdout


def test_a_missing_policy_cannot_be_compared(write: Write) -> None:
    result = call("compare", "a", "x", "-f", write(policy("a")))
    assert result.exit_code == 2
    assert result.stderr == 'error: podsecuritypolicies.policy "x" not found; there are a\n'


def test_a_cluster_without_unused_policies_is_reported_as_such(write: Write) -> None:
    objects = builder(stored("p")).policy("p").may_use("p", "Group/system:serviceaccounts")._objects
    result = call("unused", "-f", write(*objects))
    assert (result.stdout, result.stderr) == (
        "",
        "Every policy is used, and every grant of one is needed.\nKubernetes 1.24, assumed.\n",
    )


def test_a_cluster_without_policies_has_no_use_of_them(write: Write) -> None:
    result = call("unused", "-f", write(stored("p")), "--kubernetes-version", "1.24")
    assert result.stderr.startswith(
        "No policies were loaded. A server with the PodSecurityPolicy plugin enabled"
    )


def test_advice_is_a_policy_its_grant_and_the_proofs_as_json() -> None:
    items = data("advise", "-n", "shop", "-f", SAMPLE)["items"]
    assert [[each["kind"] for each in item["objects"]] for item in items] == [
        ["PodSecurityPolicy", "Role", "RoleBinding"]
    ]
    assert {proof["holds"] for proof in items[0]["proofs"]} == {True}


def test_advice_can_be_had_for_every_namespace_and_every_account() -> None:
    items = data("advise", "-A", "--each-account", "-f", SAMPLE)["items"]
    assert [item["objects"][0]["metadata"]["name"] for item in items] == [
        "batch.default",
        "shop.default",
        "shop.web",
    ]


def test_advised_objects_admit_the_pods_that_they_were_made_of_when_they_are_loaded(tmp_path: Path) -> None:
    path = tmp_path / "advice.yaml"
    path.write_text(call("advise", "-n", "shop", "-f", SAMPLE).stdout, encoding="utf-8")
    result = call("simulate", "-f", SAMPLE, *WITHOUT, "--with", str(path), "-n", "shop", "-o", "json")
    assert {item["name"]: item["after"]["policy"] for item in json.loads(result.stdout)["items"]} == {
        "cart": "shop",
        "debug": "shop",
        "web": "restricted",
    }


def test_without_pods_there_is_nothing_to_advise(write: Write) -> None:
    result = call("advise", "-n", "empty", "-f", write(policy("p"), stored("p", owner("Job", "j"))))
    assert (result.stdout, result.exit_code) == ("", 0)
    assert (
        result.stderr
        == "There are no pods in empty for which a policy could be made.\nKubernetes 1.24, assumed.\n"
    )
    result = call(
        *("advise", "-n", "shop", "--service-account", "x", "--kubernetes-version", "1.24"),
        *("-f", write(stored("p"), name="other.json")),
    )
    assert (
        result.stderr
        == "There are no pods in shop that run as x for which a policy could be made.\nKubernetes 1.24.\n"
    )


def test_one_account_and_each_account_cannot_be_combined() -> None:
    result = call("advise", "--service-account", "x", "--each-account", "-f", SAMPLE)
    assert result.exit_code == 2


def test_the_matrix_counts_the_pods_of_each_cell() -> None:
    result = {
        f"{item['subject']['kind']}/{item['subject']['name']}": item
        for item in data("users", "--matrix", "-f", SAMPLE)["items"]
    }
    assert result["ServiceAccount/replicaset-controller"]["policies"] == {
        "privileged": {"namespaces": [""], "pods": 2}
    }
    assert result["ServiceAccount/web"]["policies"]["restricted"] == {"namespaces": ["shop"], "pods": 0}
