"""Tests the commands `rbacpsp migrate psa`, `level`, `check` and `plan`."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rbacpsp.cli import main

JSON = dict[str, Any]
ROOT = Path(__file__).parents[4]
CLUSTER = ROOT / "sample_clusters" / "psp-migration"
GENERATED = ROOT / "sample_clusters" / "steps" / "psp-migration" / "vap.yaml"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["migrate", *map(str, words)])


def test_the_generated_file_of_the_sample_is_up_to_date() -> None:
    assert run("vap", "-f", CLUSTER).stdout == GENERATED.read_text(encoding="utf-8")


def test_level_names_the_fields_that_keep_a_policy_from_each_level() -> None:
    result = run("level", "restricted", "-o", "json", "-f", CLUSTER)
    [level] = json.loads(result.stdout)["items"]
    assert (level["policy"], level["level"], level["exact"]) == ("restricted", "restricted", "privileged")
    assert [(blocker["level"], blocker["field"]) for blocker in level["blockers"]] == [
        ("baseline", "seLinux"),
        ("baseline", "apparmor.security.beta.kubernetes.io/allowedProfileNames"),
        ("restricted", "seccomp.security.alpha.kubernetes.io/allowedProfileNames"),
    ]


def test_level_of_a_missing_policy_is_a_one_line_error() -> None:
    result = run("level", "gone", "-f", CLUSTER)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        'error: podsecuritypolicies.policy "gone" not found; there are privileged, restricted, team-blue\n'
    )


def test_psa_writes_labels_and_patches_into_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "psa"
    assert run("psa", "-f", CLUSTER, "-O", folder).exit_code == 0
    names = ["01-namespace.yaml", "02-namespace.yaml", "03-namespace.yaml", "kustomization.yaml", "server"]
    assert sorted(path.name for path in folder.iterdir()) == names
    first = yaml.safe_load((folder / names[0]).read_text(encoding="utf-8"))
    assert first["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"


def test_check_reports_what_stays_equal_and_what_becomes_weaker(tmp_path: Path) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    same = run("check", GENERATED, "-f", CLUSTER)
    assert (same.exit_code, same.stdout) == (0, "")
    assert "Every pod is judged the same." in same.stderr
    assert "6 judged: 6 same, 0 stricter, 0 weaker" in same.stderr
    labels = tmp_path / "psa.yaml"
    labels.write_text(run("psa", "-f", CLUSTER).stdout, encoding="utf-8")
    weaker = run("check", labels, "-o", "json", "-f", CLUSTER)
    assert weaker.exit_code == 1
    answer = json.loads(weaker.stdout)
    assert (answer["kind"], answer["same"], answer["stricter"], answer["weaker"]) == (
        "MigrationCheck",
        4,
        0,
        2,
    )
    assert run("check", labels, "--fail-on", "never", "-f", CLUSTER).exit_code == 0


def test_check_reports_what_it_does_not_evaluate(tmp_path: Path) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    other_file = tmp_path / "other.yaml"
    other_file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n", encoding="utf-8")
    result = run("check", other_file, "-f", CLUSTER)
    assert "ConfigMap a is not evaluated here" in result.stderr


def test_check_of_an_invalid_expression_is_a_one_line_error(tmp_path: Path) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    broken = tmp_path / "broken.yaml"
    text = GENERATED.read_text(encoding="utf-8").replace(
        "variables.containers.all(", "variables.containers.each("
    )
    broken.write_text(text, encoding="utf-8")
    result = run("check", broken, "-f", CLUSTER)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1


def test_plan_is_a_checklist_a_page_and_json() -> None:
    markdown = run("plan", "-f", CLUSTER).stdout
    assert markdown.startswith("# Leaving PodSecurityPolicy\n")
    assert [line for line in markdown.splitlines() if line.startswith("## Step")] == [
        "## Step 1: Write down what policies fill in",
        "## Step 2: Generate the new policies, and check them",
        "## Step 3: Upgrade the cluster to a release that serves them",
        "## Step 4: Observe without refusing",
        "## Step 5: Start to refuse",
        "## Step 6: Remove PodSecurityPolicy",
        "## Step 7: Or undo the whole migration",
    ]
    page = run("plan", "-o", "html", "-f", CLUSTER).stdout
    assert page.startswith("<!DOCTYPE html>")
    assert "<h2>Step 5: Start to refuse</h2>" in page
    answer = json.loads(run("plan", "-o", "json", "-f", CLUSTER).stdout)
    assert answer["kind"] == "MigrationPlan"
    assert answer["steps"][0]["title"] == "Write down what policies fill in"
    assert answer["staticPods"] == ["kube-system/kube-apiserver-node-1"]


def test_check_of_an_invalid_object_is_a_one_line_error(tmp_path: Path) -> None:
    odd = tmp_path / "odd.yaml"
    text = GENERATED.read_text(encoding="utf-8").replace(
        "variables.containers.all(c, !c.?securityContext.?privileged.orValue(false))", "true"
    )
    odd.write_text(text, encoding="utf-8")
    result = run("check", odd, "-f", CLUSTER)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: a server rejects MutatingAdmissionPolicy podsecuritypolicies.rbacpsp.io: "
        "something is missing in spec.variables[14].expression, or has the wrong type\n"
    )


@pytest.mark.parametrize("step", ["psa", "level", "plan"])
def test_without_policies_there_is_a_one_line_error(step: str, tmp_path: Path) -> None:
    path = tmp_path / "namespace.json"
    path.write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}', encoding="utf-8")
    result = run(step, "-f", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: there is no PodSecurityPolicy to migrate\n"


@pytest.mark.parametrize("step", ["vap", "psa", "level", "plan"])
def test_an_invalid_policy_is_reported_with_its_position(step: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    open_ids = "seLinux: {rule: RunAsAny}, fsGroup: {rule: RunAsAny}, supplementalGroups: {rule: RunAsAny}"
    path.write_text(
        "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\n"
        f"metadata: {{name: bad}}\nspec: {{runAsUser: {{rule: Anyone}}, {open_ids}}}\n",
        encoding="utf-8",
    )
    result = run(step, "-f", path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert 'PodSecurityPolicy.policy "bad" is invalid: spec.runAsUser.rule: ' in result.stderr


def test_psa_writes_defaults_of_policies_into_manifests_and_keeps_comments() -> None:
    step = CLUSTER.parent / "steps" / "psp-migration" / "restricted-for-all.yaml"
    changed = ("--with", step, "--without", "clusterrolebinding/psp:privileged:authenticated")
    result = run("psa", "--edit", "-f", CLUSTER, *changed)
    assert result.exit_code == 0
    assert (
        result.stdout
        == """\
# cart asks for nothing special, but is not ready: it runs as whatever user its image names.
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: cart, namespace: shop, uid: s-cart}
spec:
  serviceName: cart
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
        - name: cart
          image: example/cart:3
          securityContext:
            capabilities:
              drop: ["ALL"]
            runAsNonRoot: true
            allowPrivilegeEscalation: false
      securityContext:
        supplementalGroups: [1]
        fsGroup: 1
"""
    )
    assert "statefulset/cart: 5 fields are set." in result.stderr
    nothing = run("psa", "--edit", "-f", CLUSTER)
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "No template relies on a policy: there is nothing to edit." in nothing.stderr


def test_a_check_of_no_pod_is_an_error() -> None:
    result = run("check", GENERATED, "-f", f"{CLUSTER}/policies.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no pod and no workload of the cluster was read: there is nothing to compare" in result.stderr


def test_the_commands_of_the_plan_do_what_its_steps_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    steps = json.loads(run("plan", "-f", CLUSTER, "-o", "json").stdout)["steps"]
    commands = [command for step in steps for command in step["commands"]]
    monkeypatch.chdir(tmp_path)
    for command in commands:
        words = command.replace("CLUSTER", str(CLUSTER)).split()
        if words[:2] == ["rbacpsp", "migrate"]:
            done = CliRunner().invoke(main, words[1:])
            assert done.exit_code == 0, (command, done.output)
        elif words[:2] == ["kubectl", "apply"]:
            assert words[-2] == "-k", f"{command}: kubectl applies a folder with a Kustomization by -k"
            assert (tmp_path / words[-1] / "kustomization.yaml").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["observe", "psa", "vap"]
