"""Tests `rbacpsp psa check --fix` and `--patch`: fixes are verified, and the rest is reported."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import Result

Run = Callable[..., Result]

TWO = """\
# A service first.
apiVersion: v1
kind: Service
metadata: {name: web}   # nothing to fix
---
# Source: chart/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      # the program itself
      - name: "main"
        image: web   # no tag
---
---
kind: Pod
metadata: {name: flow}
spec: {containers: [{name: a, image: i}], securityContext: {runAsNonRoot: false}}
"""

MENDED = """\
# Source: chart/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
      # the program itself
      - name: "main"
        image: web   # no tag
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: ["ALL"]
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
---
kind: Pod
metadata: {name: flow}
spec: {containers: [{name: a, image: i, securityContext: \
{allowPrivilegeEscalation: false, capabilities: {drop: ["ALL"]}}}], \
securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}}
"""


def test_comments_order_and_quotes_survive_and_the_result_meets_the_level(call: Run) -> None:
    result = call("psa", "check", "-", "--fix", stdin=TWO)
    assert result.stdout == MENDED
    assert result.stderr.splitlines() == [
        "1 other document without a change is not printed.",
        (
            "deployment/web: spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation "
            "is set to false (allowPrivilegeEscalation)."
        ),
        (
            "deployment/web: spec.template.spec.containers[0].securityContext.capabilities.drop is set to "
            '["ALL"] (capabilities_restricted).'
        ),
        "deployment/web: spec.template.spec.securityContext.runAsNonRoot is set to true (runAsNonRoot).",
        (
            "deployment/web: spec.template.spec.securityContext.seccompProfile.type is set to "
            '"RuntimeDefault" (seccompProfile_restricted).'
        ),
        (
            "pod/flow: spec.containers[0].securityContext.allowPrivilegeEscalation is set to false "
            "(allowPrivilegeEscalation)."
        ),
        (
            'pod/flow: spec.containers[0].securityContext.capabilities.drop is set to ["ALL"] '
            "(capabilities_restricted)."
        ),
        "pod/flow: spec.securityContext.runAsNonRoot is set to true instead of false (runAsNonRoot).",
        (
            'pod/flow: spec.securityContext.seccompProfile.type is set to "RuntimeDefault" '
            "(seccompProfile_restricted)."
        ),
        "2 of 2 objects meet restricted:latest with these fixes.",
        "Kubernetes 1.37, assumed.",
    ]
    assert result.exit_code == 0
    again = call("psa", "check", "-", stdin=result.stdout)
    assert again.exit_code == 0
    assert call("psa", "check", "-", "--fix", stdin=result.stdout).stdout == ""


@pytest.mark.parametrize(
    "comment", ["\u202egnp", "\u2028", "##vso[task.complete]", "a ##[error]b"], ids=ascii
)
def test_a_document_on_which_a_terminal_or_a_ci_system_would_act_is_written_anew(
    call: Run, comment: str
) -> None:
    pod = f"kind: Pod\nmetadata: {{name: 'p'}} # {comment}\nspec: {{containers: [{{name: a, image: i}}]}}\n"
    result = call("psa", "check", "-", "--fix", stdin=f"{pod}---\n{pod.replace(comment, 'kept')}")
    assert result.exit_code == 0
    harmful, harmless = result.stdout.split("---\n")
    assert yaml.safe_load(harmful) == yaml.safe_load(harmless)
    assert harmful.startswith("kind: Pod\nmetadata:\n  name: p\nspec:\n")
    assert harmless.startswith("kind: Pod\nmetadata: {name: 'p'} # kept\n")
    assert result.stderr.startswith(
        "<stdin>: a document with control characters or commands of a CI system is written anew, with "
        "escapes and without its comments.\n"
    )


def test_a_fixed_value_with_a_control_character_keeps_its_meaning(call: Run) -> None:
    pod = {"kind": "Pod", "metadata": {"name": "p", "annotations": {"a": "\u2028\u202e", "b": "::error::"}}}
    text = json.dumps({**pod, "spec": {"containers": [{"name": "a", "image": "i"}]}}, ensure_ascii=False)
    result = call("psa", "check", "-", "--fix", stdin=text)
    assert yaml.safe_load(result.stdout)["metadata"] == pod["metadata"]
    assert result.stdout.replace("\n", "").isprintable()


def test_lines_that_end_as_on_windows_are_kept(call: Run) -> None:
    text = "kind: Pod\nmetadata: {name: p} # \u00e4\nspec: {containers: [{name: a, image: i}]}\n"
    result = call("psa", "check", "-", "--fix", stdin=text.replace("\n", "\r\n"))
    assert "# \u00e4" in result.stdout
    assert "written anew" not in result.stderr


def test_the_patch_finds_containers_by_name_and_names_the_object(call: Run) -> None:
    result = call("psa", "check", "-", "--patch", stdin=TWO)
    deployment, pod = yaml.safe_load_all(result.stdout)
    context = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    container = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert deployment == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [{"name": "main", "securityContext": container}],
                    "securityContext": context,
                }
            }
        },
    }
    assert pod == {
        "kind": "Pod",
        "metadata": {"name": "flow"},
        "spec": {"containers": [{"name": "a", "securityContext": container}], "securityContext": context},
    }
    pod_text = "kind: Pod\nmetadata: {name: p, namespace: shop}\nspec: {containers: [{name: a, image: i}]}\n"
    patch = json.loads(call("psa", "check", "-", "--patch", "-o", "json", stdin=pod_text).stdout)
    assert patch["metadata"] == {"name": "p", "namespace": "shop"}


def test_a_violation_that_cannot_be_fixed_is_reported_and_fails(call: Run) -> None:
    stdin = (
        "kind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  containers:\n"
        "  - name: a\n    securityContext:\n      privileged: true\n"
        "      runAsUser: 0\n"
    )
    result = call("psa", "check", "-", "--fix", stdin=stdin)
    unfixed = [line for line in result.stderr.splitlines() if "is not fixed" in line]
    assert unfixed == [
        (
            "pod/p: hostNamespaces is not fixed (spec.hostNetwork): the manifest does not show what the "
            "program needs: edit the fields."
        ),
        (
            "pod/p: privileged is not fixed (spec.containers[0].securityContext.privileged): the manifest "
            "does not show what the program needs: edit the fields."
        ),
        (
            "pod/p: allowPrivilegeEscalation is not fixed (spec.containers[0].securityContext"
            ".allowPrivilegeEscalation): a privileged container, or one with SYS_ADMIN, cannot forbid it."
        ),
        (
            "pod/p: runAsNonRoot is not fixed (spec.containers[0].securityContext.runAsNonRoot): the pod or "
            "a container asks to run as user 0: choose another user first."
        ),
        (
            "pod/p: runAsUser is not fixed (spec.containers[0].securityContext.runAsUser): choose a user "
            "other than 0 that the image can run as, or leave the choice to the image."
        ),
    ]
    assert result.stderr.splitlines()[-2] == "0 of 1 objects meet restricted:latest with these fixes."
    assert result.exit_code == 1
    assert call("psa", "check", "-", "--fix", "--fail-on", "none", stdin=stdin).exit_code == 0


def test_a_yaml_alias_is_not_edited_and_a_patch_is_offered(call: Run) -> None:
    stdin = (
        "kind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n"
        "  - {name: a, securityContext: &c {readOnlyRootFilesystem: true}}\n"
        "  - {name: b, securityContext: *c}\n"
    )
    result = call("psa", "check", "-", "--fix", stdin=stdin)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == (
        "error: <stdin>: spec.containers[0].securityContext is an alias: edit it by hand; --patch "
        "writes the change as a separate patch\n"
    )
    assert call("psa", "check", "-", "--patch", stdin=stdin).exit_code == 0


def test_json_lists_and_several_files_are_edited_in_place(call: Run, tmp_path: Path) -> None:
    pods = [
        {"kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [{"name": "a"}]}}
        for name in ("one", "two")
    ]
    (tmp_path / "a.json").write_text(json.dumps({"kind": "List", "items": pods}, indent=2), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(
        "kind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a}]}", encoding="utf-8"
    )
    result = call("psa", "check", str(tmp_path), "--fix")
    assert result.stdout.count("---\n") == 1
    listed, pod = yaml.safe_load_all(result.stdout)
    assert [item["spec"]["securityContext"]["runAsNonRoot"] for item in listed["items"]] == [True, True]
    assert pod["metadata"]["name"] == "x"
    again = call("psa", "check", "-", stdin=result.stdout)
    assert again.exit_code == 0


def test_where_nothing_violates_the_level_nothing_is_printed(call: Run) -> None:
    result = call("psa", "check", "-", "--fix", "--level", "baseline", stdin=TWO)
    assert result.stdout == ""
    assert (
        result.stderr == "Nothing needs a fix: nothing violates baseline:latest.\nKubernetes 1.37, assumed.\n"
    )


@pytest.mark.parametrize("option", ["--fix", "--patch"])
def test_the_given_files_are_not_changed(call: Run, tmp_path: Path, option: str) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    assert call("psa", "check", str(path), option).exit_code == 0
    assert path.read_text(encoding="utf-8") == TWO


@pytest.mark.parametrize("odd", ['command: ["true"] \t# say nothing', "args: [001:db8::]", "args: [!!str 5]"])
def test_fix_reads_the_same_inputs_as_check(call: Run, odd: str) -> None:
    text = f"kind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: c\n    image: i\n    {odd}\n"
    result = call("psa", "check", "-", "--fix", stdin=text)
    assert result.exit_code == 0
    assert odd in result.stdout
    assert call("psa", "check", "-", stdin=result.stdout).exit_code == 0


def test_an_edit_that_would_change_another_value_is_refused(call: Run) -> None:
    pod_text = "kind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - image: |+\n      b\n\n    name: c\n"
    assert call("psa", "check", "-", "--fix", stdin=pod_text).exit_code == 0
    pod_text = "kind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    image: |+\n      b\n\n"
    refused = call("psa", "check", "-", "--fix", stdin=pod_text)
    assert refused.exit_code == 2
    assert refused.stderr == "error: <stdin>: the edit changes more than was asked for; use --patch\n"
