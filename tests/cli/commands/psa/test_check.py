"""Tests `rbacpsp psa check`: the objects that violate a level, with file and line."""

import gzip
import importlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result

Run = Callable[..., Result]
SCHEMA = Path(__file__).parents[3] / "audit" / "data" / "sarif-schema-2.1.0.json"

APP = """\
# The whole application.
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      hostNetwork: true
      containers:
      - name: main
        image: web
        securityContext:
          privileged: true
          capabilities:
            drop: [ALL]
      - name: side
        image: side
---
apiVersion: v1
kind: Pod
metadata:
  name: good
spec:
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
  - name: main
    image: good
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""

WORDS = "restricted:latest"


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of a Service, a Deployment that violates the baseline and a Pod that is restricted."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.yaml").write_text(APP, encoding="utf-8")
    return "app.yaml"


def test_the_table_has_a_line_for_each_object_and_violating_field(call: Run, app: str) -> None:
    result = call("psa", "check", app)
    assert result.stdout == (
        "app.yaml:6: deployment/web in shop violates restricted:latest\n"
        "  LINE   CHECK                       FIELD\n"
        "  14     hostNamespaces              spec.template.spec.hostNetwork\n"
        "  19     privileged                  spec.template.spec.containers[0].securityContext.privileged\n"
        "  18     allowPrivilegeEscalation    spec.template.spec.containers[0].securityContext"
        ".allowPrivilegeEscalation\n"
        "  22     allowPrivilegeEscalation    spec.template.spec.containers[1].securityContext"
        ".allowPrivilegeEscalation\n"
        "  22     capabilities_restricted     spec.template.spec.containers[1].securityContext"
        ".capabilities.drop\n"
        "  18     runAsNonRoot                spec.template.spec.containers[0].securityContext.runAsNonRoot\n"
        "  22     runAsNonRoot                spec.template.spec.containers[1].securityContext.runAsNonRoot\n"
        "  18     seccompProfile_restricted   spec.template.spec.containers[0].securityContext"
        ".seccompProfile.type\n"
        "  22     seccompProfile_restricted   spec.template.spec.containers[1].securityContext"
        ".seccompProfile.type\n"
        "app.yaml:25: pod/good meets restricted:latest\n"
    )
    assert result.stderr == (
        "Kubernetes 1.37, assumed.\n2 checked: 1 violate restricted:latest, 1 meet it.\nSkipped, since "
        "they contain no pod or pod template of a known kind: 1 Service.\n"
    )
    assert result.exit_code == 1


def test_wide_adds_the_messages_of_the_server(call: Run, app: str) -> None:
    result = call("psa", "check", app, "--level", "baseline", "--version", "v1.24", "-o", "wide")
    assert result.stdout == (
        "app.yaml:6: deployment/web in shop violates baseline:v1.24\n"
        "  LINE   CHECK            FIELD                                                         MESSAGE\n"
        "  14     hostNamespaces   spec.template.spec.hostNetwork                                "
        "host namespaces (hostNetwork=true)\n"
        "  19     privileged       spec.template.spec.containers[0].securityContext.privileged   "
        'privileged (container "main" must not set securityContext.privileged=true)\n'
        "app.yaml:25: pod/good meets baseline:v1.24\n"
    )


def test_csv_has_a_row_for_each_field_and_name_lists_violating_objects(call: Run, app: str) -> None:
    rows = call("psa", "check", app, "--level", "baseline", "-o", "csv").stdout.splitlines()
    assert rows == [
        "object,namespace,place,verdict,check,field,level,message",
        (
            "deployment/web,shop,app.yaml:14,violates,hostNamespaces,spec.template.spec.hostNetwork,"
            "baseline:latest,host namespaces (hostNetwork=true)"
        ),
        (
            "deployment/web,shop,app.yaml:19,violates,privileged,"
            "spec.template.spec.containers[0].securityContext.privileged,baseline:latest,"
            '"privileged (container ""main"" must not set securityContext.privileged=true)"'
        ),
        "pod/good,,app.yaml:25,meets,,,baseline:latest,",
    ]
    assert call("psa", "check", app, "-o", "name").stdout == "deployment/web\n"
    markdown = call("psa", "check", app, "--level", "baseline", "-o", "markdown").stdout
    assert markdown.splitlines()[0] == "| OBJECT | NAMESPACE | PLACE | VERDICT | CHECK | FIELD |"


def test_json_and_yaml_contain_checks_levels_and_positions(call: Run, app: str) -> None:
    result = call("psa", "check", app, "--level", "baseline", "-o", "json")
    document = json.loads(result.stdout)
    assert (document["apiVersion"], document["kind"]) == ("rbacpsp.io/v1", "PodSecurityCheckList")
    assert document["items"] == [
        {
            "object": {"kind": "Deployment", "namespace": "shop", "name": "web"},
            "file": "app.yaml",
            "document": 2,
            "line": 6,
            "level": "baseline:latest",
            "verdict": "violates",
            "failures": [
                {
                    "check": "hostNamespaces",
                    "level": "baseline",
                    "since": "v1.0",
                    "reason": "host namespaces",
                    "detail": "hostNetwork=true",
                    "fields": [{"path": "spec.template.spec.hostNetwork", "line": 14}],
                },
                {
                    "check": "privileged",
                    "level": "baseline",
                    "since": "v1.0",
                    "reason": "privileged",
                    "detail": 'container "main" must not set securityContext.privileged=true',
                    "fields": [
                        {"path": "spec.template.spec.containers[0].securityContext.privileged", "line": 19}
                    ],
                },
            ],
        },
        {
            "object": {"kind": "Pod", "name": "good"},
            "file": "app.yaml",
            "document": 3,
            "line": 25,
            "level": "baseline:latest",
            "verdict": "meets",
            "failures": [],
        },
    ]
    assert call("psa", "check", app, "-o", "yaml").stdout.startswith("apiVersion: rbacpsp.io/v1\n")


def test_sarif_has_a_result_for_each_failed_check_with_its_position(call: Run, app: str) -> None:
    log = json.loads(call("psa", "check", app, "-o", "sarif").stdout)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert [result["ruleId"] for result in run["results"]] == [
        "hostNamespaces",
        "privileged",
        "allowPrivilegeEscalation",
        "capabilities_restricted",
        "runAsNonRoot",
        "seccompProfile_restricted",
    ]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    first = run["results"][0]
    assert first["level"] == "error"
    assert first["message"]["text"] == (
        "deployment/web in shop violates restricted:latest: host namespaces (hostNetwork=true)"
    )
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "app.yaml"},
                "region": {"startLine": 14},
            },
            "logicalLocations": [{"fullyQualifiedName": "spec.template.spec.hostNetwork", "kind": "member"}],
        }
    ]
    assert re.fullmatch("[0-9a-f]{32}", first["partialFingerprints"]["rbacpsp/v1"])
    dropped = run["results"][3]
    assert dropped["level"] == "warning"
    assert dropped["message"]["text"].endswith('securityContext.capabilities.drop=\\["ALL"\\])')
    escalation = run["results"][2]
    assert [
        (location["id"], location["physicalLocation"]["region"]["startLine"])
        for location in escalation["relatedLocations"]
    ] == [(1, 22)]


def test_sarif_is_valid_for_any_names_and_marks_truncation(
    call: Run, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    jsonschema = importlib.import_module("jsonschema")
    validator = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    evil = "e\x1b[31m](x) {0}\u202e\\\r\n"
    pod = {
        "kind": "Pod",
        "metadata": {"name": evil},
        "spec": {"hostPID": True, "containers": [{"name": evil}]},
    }
    for name, stdin in ((app, ""), ("-", f" {json.dumps(pod)}"), ("-", "kind: Service\n")):
        log = json.loads(call("psa", "check", "--allow-empty", name, "-o", "sarif", stdin=stdin).stdout)
        assert [error.message for error in validator.iter_errors(log)] == []
    monkeypatch.setattr("rbacpsp.report.pod_security_sarif.MOST_RESULTS", 2)
    log = json.loads(call("psa", "check", app, "-o", "sarif").stdout)
    (invocation,) = log["runs"][0]["invocations"]
    assert [note["message"]["text"] for note in invocation["toolExecutionNotifications"]] == [
        "4 results are left out: code scanning shows 2."
    ]
    assert [result["level"] for result in log["runs"][0]["results"]] == ["error", "error"]
    assert [error.message for error in validator.iter_errors(log)] == []


def test_junit_has_a_case_for_each_object_and_failures_for_violations(call: Run, app: str) -> None:
    page = call("psa", "check", app, "--level", "baseline", "-o", "junit").stdout
    assert page == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="rbacpsp psa check" tests="2" failures="1">\n'
        '  <testsuite name="app.yaml" tests="2" failures="1">\n'
        '    <testcase classname="app.yaml" name="deployment/web in shop" file="app.yaml" line="6">\n'
        '      <failure type="baseline:latest" message="deployment/web in shop violates baseline:latest">'
        "app.yaml:14: spec.template.spec.hostNetwork: host namespaces (hostNetwork=true)\n"
        "app.yaml:19: spec.template.spec.containers[0].securityContext.privileged: privileged "
        '(container "main" must not set securityContext.privileged=true)</failure>\n'
        "    </testcase>\n"
        '    <testcase classname="app.yaml" name="pod/good" file="app.yaml" line="25"/>\n'
        "  </testsuite>\n"
        "</testsuites>\n"
    )
    passed = call("psa", "check", app, "--fail-on", "none", "-o", "junit").stdout
    root = ET.fromstring(passed)  # noqa: S314 - the program's own output
    assert root.get("failures") == "0"
    assert len(root.findall(".//system-out")) == 1


HARDENING = "kind: Pod\nmetadata: {name: soft}\nspec: {containers: [{name: a, image: i}]}\n"


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [(HARDENING, "any", 1), (HARDENING, "baseline", 0), (HARDENING, "none", 0), (APP, "baseline", 1)],
)
def test_an_option_selects_what_counts_as_a_failure(
    call: Run, tmp_path: Path, text: str, fail_on: str, code: int
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert call("psa", "check", str(path), "--fail-on", fail_on).exit_code == code


def test_a_restricted_check_that_stands_for_a_baseline_one_does_not_hide_it(call: Run) -> None:
    """At restricted the baseline check of capabilities does not run, but its verdict counts."""
    added = (
        "kind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: a\n    image: i\n"
        "    securityContext: {capabilities: {add: [SYS_ADMIN]}}\n"
    )
    assert call("psa", "check", "-", "--fail-on", "baseline", stdin=added).exit_code == 1
    beyond = added.replace("SYS_ADMIN", "CHOWN")
    assert call("psa", "check", "-", "--fail-on", "baseline", stdin=beyond).exit_code == 0


def test_helm_output_lists_and_json_are_read_with_their_line_numbers(call: Run) -> None:
    helm = f"---\n# Source: chart/templates/a.yaml\n---\n# Source: chart/templates/b.yaml\n{HARDENING}"
    assert call("psa", "check", "-", stdin=helm).stdout.splitlines()[:3] == [
        "<stdin>:5: pod/soft violates restricted:latest",
        "  LINE   CHECK                       FIELD",
        "  7      allowPrivilegeEscalation    spec.containers[0].securityContext.allowPrivilegeEscalation",
    ]
    pods = [{"metadata": {"name": name}, "spec": {"containers": [{"name": "a"}]}} for name in ("one", "two")]
    listed = json.dumps({"kind": "PodList", "apiVersion": "v1", "items": pods}, indent=1)
    places = [line for line in call("psa", "check", "-", stdin=listed).stdout.splitlines() if "pod/" in line]
    assert places == [
        "<stdin>:5: pod/one violates restricted:latest",
        "<stdin>:17: pod/two violates restricted:latest",
    ]
    assert listed.splitlines()[16].strip() == "{"


def test_a_folder_and_gzip_are_read(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.yaml.gz").write_bytes(gzip.compress(HARDENING.encode()))
    (tmp_path / "y.json").write_text('{"kind": "ConfigMap"}', encoding="utf-8")
    assert "x.yaml.gz:1: pod/soft violates" in call("psa", "check", str(tmp_path)).stdout


def test_every_kind_with_pods_is_checked_at_its_template(call: Run) -> None:
    template = {"spec": {"containers": [{"name": "a", "image": "i"}]}}
    kinds: list[dict[str, Any]] = [
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "spec": {"jobTemplate": {"spec": {"template": template}}},
        },
        {"apiVersion": "v1", "kind": "PodTemplate", "template": template},
        *(
            {"apiVersion": version, "kind": kind, "spec": {"template": template}}
            for version, kind in (
                ("apps/v1", "DaemonSet"),
                ("apps/v1", "Deployment"),
                ("batch/v1", "Job"),
                ("apps/v1", "ReplicaSet"),
                ("v1", "ReplicationController"),
                ("apps/v1", "StatefulSet"),
            )
        ),
    ]
    stdin = json.dumps({"kind": "List", "items": [kind | {"metadata": {"name": "x"}} for kind in kinds]})
    items = json.loads(call("psa", "check", "-", "-o", "json", stdin=stdin).stdout)["items"]
    assert [item["failures"][0]["fields"][0]["path"].partition("spec.containers")[0] for item in items] == [
        "spec.jobTemplate.spec.template.",
        "template.",
        *["spec.template."] * 6,
    ]


def test_an_unknown_kind_is_skipped_and_reported(call: Run) -> None:
    stdin = "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nmetadata: {name: x}\n"
    result = call("psa", "check", "--allow-empty", "-", stdin=stdin)
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == (
        "The files contain no pod and no workload: nothing was checked.\nSkipped, because they "
        "contain no pod template: 1 Job.batch.volcano.sh (it refers to one elsewhere, or has "
        "none).\n"
    )


@pytest.mark.parametrize(
    "options", [(), ("-o", "json"), ("-o", "junit"), ("-o", "sarif"), ("--fix",), ("--patch",)]
)
def test_files_without_any_pod_prove_nothing(call: Run, options: tuple[str, ...]) -> None:
    stdin = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    result = call("psa", "check", *options, "-", stdin=stdin)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr == (
        "Skipped, since they contain no pod or pod template of a known kind: 1 ConfigMap.\n"
        "error: the files contain no pod and no workload: nothing was checked; check the path, or allow it "
        "with --allow-empty\n"
    )


def test_where_empty_input_is_allowed_files_without_any_pod_need_no_fix(call: Run) -> None:
    stdin = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
    result = call("psa", "check", "--fix", "--allow-empty", "-", stdin=stdin)
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr.startswith("The files contain no pod and no workload: nothing was checked.\n")


def test_exempt_objects_of_the_admission_configuration_are_not_checked(call: Run, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n"
        "exemptions: {namespaces: [kube-system], runtimeClasses: [kata]}\n",
        encoding="utf-8",
    )
    stdin = (
        "kind: Pod\nmetadata: {name: a, namespace: kube-system}\nspec: {hostPID: true}\n---\n"
        "kind: Pod\nmetadata: {generateName: b-}\nspec: {hostPID: true, runtimeClassName: kata}\n---\n"
        "kind: Pod\nmetadata: {name: c}\nspec: {hostPID: true}\n"
    )
    arguments = ("psa", "check", "-", "--level", "baseline", "--admission-config", str(config))
    result = call(*arguments, stdin=stdin)
    assert result.stdout == (
        "<stdin>:1: pod/a in kube-system is exempt: its namespace is\n"
        "<stdin>:5: pod/b-* is exempt: its runtime class kata is\n"
        "<stdin>:9: pod/c violates baseline:latest\n"
        "  LINE   CHECK            FIELD\n"
        "  11     hostNamespaces   spec.hostPID\n"
    )
    assert (
        result.stderr
        == "Kubernetes 1.37, assumed.\n3 checked: 1 violate baseline:latest, 0 meet it, 2 are exempt.\n"
    )
    items = json.loads(call(*arguments, "-o", "json", stdin=stdin).stdout)["items"]
    assert [item.get("because") for item in items] == ["its namespace is", "its runtime class kata is", None]


@pytest.mark.parametrize(
    ("version", "detail"),
    [
        ("1.24", 'container.apparmor.security.beta.kubernetes.io/a="unconfined"'),
        (
            "1.36",
            (
                "annotation must not set AppArmor profile type to "
                '"container.apparmor.security.beta.kubernetes.io/a="unconfined""'
            ),
        ),
    ],
)
def test_the_server_version_decides_the_words_for_a_policy_version(
    call: Run, version: str, detail: str
) -> None:
    stdin = (
        "kind: Pod\nmetadata:\n  name: p\n  annotations:\n"
        "    container.apparmor.security.beta.kubernetes.io/a: unconfined\nspec: {containers: [{name: a}]}\n"
    )
    arguments = ("psa", "check", "-", "--level", "baseline", "-o", "json", "--kubernetes-version", version)
    (item,) = json.loads(call(*arguments, stdin=stdin).stdout)["items"]
    (failure,) = item["failures"]
    path = "metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]"
    assert failure["fields"] == [{"path": path, "line": 5}]
    assert (failure["reason"], failure["detail"]) == ("forbidden AppArmor profile", detail)


@pytest.mark.parametrize(
    ("arguments", "stdin", "error"),
    [
        (["nowhere.yaml"], None, "nowhere.yaml: there is no such file; check the path"),
        (["-", "--version", "1.25"], HARDENING, 'must be "latest" or "v1.x"'),
        (
            ["-", "--level", "strict"],
            HARDENING,
            '"strict" is not one of privileged, baseline, restricted',
        ),
        (["-", "--fix", "--patch"], HARDENING, "cannot be combined"),
        (
            ["-", "--fix", "-o", "sarif"],
            HARDENING,
            "--fix does not write sarif: leave out -o, or use -o yaml",
        ),
        (["-", "--fix", "-o", "json"], HARDENING, "--fix does not write json: leave out -o, or use -o yaml"),
        (
            ["-", "--patch", "-o", "csv"],
            HARDENING,
            "--patch does not write csv: leave out -o, or use -o yaml or",
        ),
        (
            ["-"],
            "kind: Pod\nmetadata: {name: p}\nspec: {containers: 7}\n",
            "<stdin>, line 1: spec.containers",
        ),
        (["-"], "kind: Pod\nmetadata: 7\n", "<stdin>, line 1: metadata must be an object"),
    ],
)
def test_a_wrong_argument_is_a_one_line_error(
    call: Run, arguments: list[str], stdin: str | None, error: str
) -> None:
    result = call("psa", "check", *arguments, stdin=stdin)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert error in result.stderr.splitlines()[0]
    assert result.stderr.startswith("error: ")


@pytest.mark.parametrize(
    "form", ["table", "wide", "json", "yaml", "csv", "markdown", "name", "sarif", "junit"]
)
def test_no_control_character_is_printed(call: Run, form: str) -> None:
    evil = "e\x1b[31m\u202e\x07|`<b>,=1]]>&\"'\r\nroot"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": evil, "namespace": evil},
        "spec": {"hostPID": True, "containers": [{"name": evil, "image": evil}], "runtimeClassName": evil},
    }
    result = call("psa", "check", "-", "-o", form, stdin=json.dumps([pod])[1:-1])
    assert result.exit_code == 1
    assert result.stdout.replace("\n", "").isprintable()
    assert not any(line.startswith(("root", "=")) for line in result.stdout.splitlines())
    if form == "junit":
        ET.parse(io.StringIO(result.stdout))  # noqa: S314 - the program's own output


def test_a_pod_that_the_server_refuses_anyway_is_noted(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "pod.yaml"
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {
            "containers": [
                {
                    "name": "c",
                    "image": "i",
                    "securityContext": {"privileged": True, "allowPrivilegeEscalation": False},
                }
            ]
        },
    }
    path.write_text(json.dumps(body), encoding="utf-8")
    result = call("psa", "check", "--level", "privileged", str(path))
    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == (
        f'{path}, line 1: the API server refuses this whatever the level is: Pod "p" is invalid: '
        "spec.containers[0].securityContext: Invalid value: {...}: cannot set `allowPrivilegeEscalation` to "
        "false and `privileged` to true"
    )
    stored = body | {"metadata": {"name": "p", "uid": "1", "resourceVersion": "1"}}
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert "refuses this" not in call("psa", "check", str(path)).stderr
