"""Tests the output and the exit codes of `rbacpsp audit` and `rbacpsp paths`."""

import json
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from rbacpsp.testing import ClusterBuilder

ROOT = Path(__file__).parents[2]
EKS = str(ROOT / "sample_clusters" / "psp-on-eks")
FRESH = str(ROOT / "sample_clusters" / "bootstrap-1.24")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments, "-f", EKS])


def written(folder: Path, text: str) -> str:
    file = folder / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_findings_at_the_threshold_give_exit_code_1() -> None:
    assert run("--fail-on", "high").exit_code == 1
    assert run("--fail-on", "critical").exit_code == 0
    assert run().exit_code == 0


def test_given_files_limit_the_report_and_the_exit_code_to_their_findings() -> None:
    whole = run("--severity", "high", "--by", "finding")
    named = run("--fail-on", "high", "--severity", "high", "--by", "finding", f"{EKS}/eks-defaults.yaml")
    (line,) = named.stdout.splitlines()[1:]
    assert line.split() in [each.split() for each in whole.stdout.splitlines()]
    assert line.startswith("high       RBP103   Group/system:authenticated")
    assert named.exit_code == 1
    assert "Warning: 11 findings do not depend on the given files.\n" in named.stderr
    assert run(EKS, "--severity", "high", "--by", "finding").stdout == whole.stdout
    assert run("--fail-on", "info", str(Path(__file__))).exit_code == 0


def test_without_a_cluster_only_the_given_files_are_read() -> None:
    alone = CliRunner().invoke(main, ["audit", f"{EKS}/eks-defaults.yaml", "-o", "json"])
    assert alone.exit_code == 0
    findings = json.loads(alone.stdout)["findings"]
    assert {grant["binding"]["file"] for each in findings for grant in each.get("grants", ())} == {
        f"{EKS}/eks-defaults.yaml"
    }


@pytest.mark.parametrize("name", ["nothing.yaml", "a\0b"])
def test_a_missing_file_is_a_one_line_error(name: str) -> None:
    result = run(name)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].endswith(": there is no such file; check the path")


def test_a_fresh_cluster_passes_the_gate() -> None:
    assert CliRunner().invoke(main, ["audit", "-f", FRESH, "--fail-on", "medium"]).exit_code == 0


def test_data_goes_to_stdout_and_the_summary_to_stderr() -> None:
    result = run("--severity", "high")
    assert result.stdout.split("\n")[1].startswith("high       delete RoleBinding psp-eks-restrictive/eks-")
    assert result.stderr.startswith(
        "After the first 2 changes 0 of 4 findings are left, and no subject reaches"
    )
    assert "\nKubernetes 1.24, assumed. 4 findings: 4 high." in result.stderr


def test_one_line_for_each_finding_is_printed_on_request() -> None:
    result = run("--severity", "high", "--by", "finding")
    assert result.stdout.split("\n")[1].startswith("high       RBP040   ServiceAccount/psp-eks-")
    assert result.stderr.startswith("Kubernetes 1.24, assumed. 4 findings: 4 high.")


def test_listing_suppressed_findings_needs_one_line_for_each_finding() -> None:
    plain = CliRunner().invoke(main, ["audit", "-f", FRESH, "--ruled-out"])
    assert "\n(Kubernetes creates this grant itself) " in plain.stdout
    refused = run("--ruled-out", "--by", "change")
    assert refused.exit_code == 2
    assert "--ruled-out lists findings, and --by change does not: use --by finding." in refused.stderr


def test_suppressed_findings_are_listed_on_request() -> None:
    result = CliRunner().invoke(main, ["audit", "-f", FRESH, "--ruled-out", "-o", "json"])
    because = {each["because"] for each in json.loads(result.stdout)["ruledOut"]}
    assert "Kubernetes creates this grant itself" in because


def test_a_report_is_the_baseline_of_the_next(tmp_path: Path) -> None:
    baseline = tmp_path / "old.json"
    baseline.write_text(run("-o", "json").stdout, encoding="utf-8")
    result = run("--baseline", str(baseline), "--fail-on", "info", "-o", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["findings"] == []


def test_a_policy_switches_rules_off(tmp_path: Path) -> None:
    off = "".join(f"  {each}: {{enabled: false}}\n" for each in ("RBP040", "RBP041", "RBP103", "RBP151"))
    policy = written(tmp_path, f"apiVersion: rbacpsp.io/v1\nkind: AuditPolicy\nrules:\n{off}")
    assert run("--policy", policy, "--fail-on", "high").exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "apiVersion: rbacpsp.io/v1\nkind: AuditPolicy\nrules:\n  RBP999: {}\n",
            'line 4, rules.RBP999: unknown rule "RBP999"',
        ),
        ("a: 1\n---\nb: 2\n", "a policy is one document, not 2"),
        ("a: [\n", "document 1"),
        ("", "a policy is one document, not 0"),
    ],
)
def test_an_invalid_policy_is_a_one_line_error_with_its_position(
    tmp_path: Path, text: str, message: str
) -> None:
    file = written(tmp_path, text)
    result = run("--policy", file)
    assert result.exit_code == 2
    assert file in result.stderr
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("text", ["not json", "[]"])
def test_an_invalid_baseline_is_a_one_line_error(tmp_path: Path, text: str) -> None:
    result = run("--baseline", written(tmp_path, text))
    assert result.exit_code == 2
    assert result.stderr.startswith(("Error: ", "error: "))


def test_a_missing_file_gives_exit_code_2() -> None:
    result = run("--policy", "nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml: there is no such file; check the path" in result.stderr


def test_paths_show_each_step_with_its_grant() -> None:
    result = CliRunner().invoke(main, ["paths", "-f", EKS, "--to", "node", "-o", "json"])
    (path,) = json.loads(result.stdout)["paths"]
    assert path["from"] == "ServiceAccount/psp-eks-restrictive:eks-test-user"
    assert path["steps"] == [
        {
            "who": "ServiceAccount/psp-eks-restrictive:eks-test-user",
            "becomes": "node",
            "technique": "take-node",
            "how": "runs a pod that takes over its node",
            "permission": path["steps"][0]["permission"],
            "through": "RoleBinding psp-eks-restrictive/eks-test-editor, "
            + path["steps"][0]["through"].partition(", ")[2],
            "because": path["steps"][0]["because"],
        }
    ]
    assert "admitted by policy eks.privileged" in path["steps"][0]["because"]


def test_paths_name_the_grant_whose_removal_closes_most_paths() -> None:
    result = CliRunner().invoke(main, ["paths", "-f", EKS, "--to", "node"])
    assert result.exit_code == 0
    assert result.stderr == (
        "Kubernetes 1.24, assumed.\n"
        "Removing ServiceAccount/psp-eks-restrictive:eks-test-user from RoleBinding "
        "psp-eks-restrictive/eks-test-editor cuts off the only subject that reaches node.\n"
    )


def test_a_goal_without_paths_is_reported() -> None:
    result = CliRunner().invoke(main, ["paths", "-f", EKS, "--from", "User/nobody", "--to", "node"])
    assert result.exit_code == 0
    assert result.stderr.startswith("User/nobody does not reach node")


def test_an_unknown_goal_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["paths", "-f", EKS, "--to", "User/"])
    assert result.exit_code == 2
    assert '"User/" is not a place' in result.stderr


@pytest.mark.parametrize("form", ["table", "json", "csv", "junit"])
@pytest.mark.parametrize(("gate", "code"), [("critical", 0), ("high", 1)])
def test_a_closed_pipe_does_not_change_the_exit_code(form: str, gate: str, code: int) -> None:
    builder = ClusterBuilder().role("r", {"verbs": ["list"], "apiGroups": [""], "resources": ["secrets"]})
    builder.bind("r", *(f"User/{number}-{'x' * 100}" for number in range(3000)))
    program = [sys.executable, "-m", "rbacpsp", "audit", "-f", "-", "-o", form, "--fail-on", gate]
    with Popen(program, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=ROOT) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(json.dumps({"kind": "List", "items": builder.objects}).encode())
        process.stdin.close()
        assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == code
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


def test_a_file_that_was_not_read_is_told(tmp_path: Path) -> None:
    read, other = tmp_path / "read.yaml", tmp_path / "other.yaml"
    for path in (read, other):
        path.write_text("{apiVersion: v1, kind: Namespace, metadata: {name: a}}\n", encoding="utf-8")
    for file, told in ((other, True), (read, False), (tmp_path, False)):
        result = CliRunner().invoke(main, ["audit", "-f", str(read), str(file)])
        assert (f"{file} is not among the files of -f: it was not read" in result.stderr) == told
