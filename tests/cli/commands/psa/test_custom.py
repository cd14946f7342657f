"""Tests psa check, label and suggest on custom resources with pod templates; others are counted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]

ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: x}
spec:
  template:
    spec:
      containers:
      - {name: c, image: i, securityContext: {privileged: true}}
"""
WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: hi-, namespace: x}
spec:
  templates:
  - name: fine
    container: {image: i}
  - name: bad
    script: {image: i, source: x}
    volumes:
    - {name: h, hostPath: {path: /}}
"""
KAFKA = "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {name: k, namespace: x}\n"
APP = """\
apiVersion: example.com/v1
kind: App
metadata: {name: a, namespace: x}
spec: {tpl: {spec: {hostNetwork: true, containers: [{name: c, image: i}]}}}
"""
ASSUMED = "Kubernetes 1.37, assumed.\n"
ADDS = (
    "What controllers add to the pods is not checked: the containers init and wait (Workflow.argoproj.io).\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., str]:
    def write_objects(*objects: str) -> str:
        path = tmp_path / "in.yaml"
        path.write_text("---\n".join(objects), encoding="utf-8")
        return str(path)

    return write_objects


def test_check_names_the_field_in_the_custom_resource(call: Run, file: Callable[..., str]) -> None:
    path = file(ROLLOUT, WORKFLOW)
    result = call("psa", "check", "--level", "baseline", path)
    assert result.stdout == (
        f"{path}:1: rollout/web in x violates baseline:latest\n"
        "  LINE   CHECK             FIELD\n"
        "  8      privileged        spec.template.spec.containers[0].securityContext.privileged\n"
        f"{path}:10: workflow/hi-* at spec.templates[0] in x meets baseline:latest\n"
        f"{path}:10: workflow/hi-* at spec.templates[1] in x violates baseline:latest\n"
        "  LINE   CHECK             FIELD\n"
        "  20     hostPathVolumes   spec.templates[1].volumes[0].hostPath\n"
    )
    assert result.stderr == ASSUMED + "3 checked: 2 violate baseline:latest, 1 meet it.\n" + ADDS
    assert result.exit_code == 1


def test_check_counts_and_names_objects_without_a_template(call: Run, file: Callable[..., str]) -> None:
    path = file(KAFKA, APP)
    result = call("psa", "check", "--allow-empty", path)
    assert result.stderr == (
        "The files contain no pod and no workload: nothing was checked.\nSkipped, because they "
        "contain no pod template: 1 Kafka.kafka.strimzi.io (its operator writes the pods; the "
        "StrimziPodSets that it makes hold them).\nCustom resources of other kinds were skipped: 1 "
        "App.example.com; --template-path names a pod template in one.\n"
    )
    options = ("--level", "baseline", "--template-path", "example.com/App=.spec.tpl")
    with_template_path = call("psa", "check", *options, path)
    assert "app/a in x violates baseline:latest" in with_template_path.stdout
    assert "App.example.com" not in with_template_path.stderr
    wrong = call("psa", "check", "--template-path", "App=.spec", path)
    assert wrong.exit_code == 2
    assert "write GROUP/KIND=PATH" in wrong.stderr


def test_a_wrong_type_in_a_template_is_reported_with_its_position(
    call: Run, file: Callable[..., str]
) -> None:
    bad = ROLLOUT.replace("privileged: true", "privileged: 3")
    result = call("psa", "check", file(bad))
    assert result.exit_code == 2
    assert (
        "spec.template: spec.containers[0].securityContext.privileged must be true or false" in result.stderr
    )
    audited = call("audit", "-f", file(bad))
    assert audited.exit_code == 0
    suggested = call("psa", "suggest", "-f", file(bad, APP))
    assert "its pods are not judged: Rollout x/web: spec.template: spec.containers" in suggested.stderr


def test_fix_does_not_change_custom_resources_and_reports_that(call: Run, file: Callable[..., str]) -> None:
    result = call("psa", "check", "--fix", file(ROLLOUT))
    assert result.exit_code == 1
    assert (
        "rollout/web in x violates restricted:latest: the template of a custom resource is not "
        "fixed automatically."
    ) in (result.stderr)


def test_suggest_counts_them_among_the_workloads(call: Run, file: Callable[..., str]) -> None:
    result = call("psa", "suggest", "-f", file(ROLLOUT, WORKFLOW, KAFKA), "-o", "json")
    (suggestion,) = json.loads(result.stdout)["items"]
    assert (suggestion["pods"], suggestion["workloads"], suggestion["couldEnforce"]) == (
        0,
        2,
        "privileged:v1.37",
    )
    assert [(blocker["object"]["kind"], blocker["object"]["name"]) for blocker in suggestion["blockers"]] == [
        ("Rollout", "web"),
        ("Workflow", ""),
    ]


NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: x}
spec: {containers: [{name: c, image: i}]}
"""


def test_label_judges_templates_where_no_pod_was_loaded(call: Run, file: Callable[..., str]) -> None:
    result = call("psa", "label", "x=baseline", "-f", file(NAMESPACE, ROLLOUT))
    assert result.stdout == "namespace/x labeled (server dry run)\n"
    assert result.stderr == ASSUMED + (
        "No pod of x was loaded, so that the template of one object was judged instead.\nRollout web "
        "could not recreate its pods: they violate baseline:latest (privileged).\n"
    )
    assert result.exit_code == 1
    fine = call("psa", "label", "x=baseline", "-f", file(NAMESPACE, ROLLOUT.replace("true", "false")))
    assert fine.stderr == ASSUMED + (
        "No pod of x was loaded, so that the template of one object was judged instead: it meets "
        "baseline:latest.\n"
    )
    assert fine.exit_code == 0


def test_label_judges_as_the_server_where_pods_were_loaded_or_nothing_is_enforced(
    call: Run, file: Callable[..., str]
) -> None:
    path = file(NAMESPACE, ROLLOUT, POD)
    assert call("psa", "label", "x=baseline", "-f", path).stderr == ASSUMED
    assert call("psa", "label", "x=privileged", "-f", file(NAMESPACE, ROLLOUT)).stderr == ASSUMED
    empty = call("psa", "label", "x=baseline", "-f", file(NAMESPACE), "-o", "json")
    assert json.loads(empty.stdout)["items"][0]["templates"] == {"judged": 0, "failing": []}
    assert empty.stderr == "Nothing was judged in x: no pod and no pod template was loaded there.\n"


def test_a_redacted_snapshot_leaves_custom_resources_out(file: Callable[..., str]) -> None:
    from rbacpsp import load

    redacted = load(file(NAMESPACE, ROLLOUT)).redacted()
    assert (redacted.objects.customs, redacted.objects.ignored) == ({}, {"Rollout": 1})


def test_a_snapshot_keeps_custom_resources(tmp_path: Path, file: Callable[..., str]) -> None:
    from rbacpsp import load

    path = tmp_path / "snapshot.json.gz"
    cluster = load(file(NAMESPACE, ROLLOUT, WORKFLOW))
    cluster.snapshot(path)
    again = load(path)
    assert [custom.body for custom in again.objects.customs.values()] == [
        custom.body for custom in cluster.objects.customs.values()
    ]
