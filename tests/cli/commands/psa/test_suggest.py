"""Tests `rbacpsp psa suggest`: the strictest level of each namespace, and the obstacles to the next."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from click.testing import Result

from tests.cli.commands.psa.test_label import OBJECTS, namespace_with_modes

Run = Callable[..., Result]

HARD = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "main",
            "image": "i",
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}


def deployment_of_spec(name: str, namespace_name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace_name},
        "spec": {"template": {"spec": spec}},
    }


CLUSTER = [
    *OBJECTS,
    namespace_with_modes("hard", enforce="privileged"),
    deployment_of_spec("web", "hard", HARD),
    namespace_with_modes("soft"),
    deployment_of_spec("web", "soft", {"containers": [{"name": "main", "image": "i"}]}),
]


def test_the_first_obstacle_to_the_next_level_is_named(call: Run, write: Callable[..., str]) -> None:
    result = call("psa", "suggest", "-f", write(CLUSTER), "--version", "v1.30")
    rows = [line.split("   ") for line in result.stdout.splitlines()]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        [
            "NAMESPACE",
            "ENFORCES",
            "COULD ENFORCE",
            "JUDGED",
            "NEXT LEVEL",
            "BLOCKED BY",
            "CHECK",
            "FIELD",
        ],
        ["empty", "privileged:latest", "restricted:v1.30", "nothing"],
        ["hard", "privileged:latest", "restricted:v1.30", "1 workload"],
        [
            "nowhere",
            "privileged:latest",
            "privileged:v1.30",
            "1 pod",
            "baseline:v1.30",
            "pod/lost",
            "hostNamespaces",
            "spec.hostPID",
        ],
        [
            "shop",
            "baseline:v1.30",
            "privileged:v1.30",
            "3 pods",
            "baseline:v1.30",
            "pod/c",
            "hostNamespaces",
            "spec.hostNetwork",
        ],
        [
            "soft",
            "privileged:latest",
            "baseline:v1.30",
            "1 workload",
            "restricted:v1.30",
            "deployment/web",
            "allowPrivilegeEscalation",
            "spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation (and 3 more)",
        ],
    ]
    assert result.stderr == (
        "Kubernetes 1.37, assumed.\nNothing was judged in empty: where nothing runs, every level is met.\n"
    )
    assert result.exit_code == 0


def test_wide_and_csv_name_every_obstacle(call: Run, write: Callable[..., str]) -> None:
    result = call("psa", "suggest", "soft", "-f", write(CLUSTER), "--version", "v1.30", "-o", "csv")
    head = "soft,privileged:latest,baseline:v1.30,1 workload,restricted:v1.30,deployment/web"
    context = "spec.template.spec.containers[0].securityContext"
    assert result.stdout.splitlines() == [
        "namespace,enforces,could enforce,judged,next level,blocked by,check,field",
        f"{head},allowPrivilegeEscalation,{context}.allowPrivilegeEscalation",
        f"{head},capabilities_restricted,{context}.capabilities.drop",
        f"{head},runAsNonRoot,{context}.runAsNonRoot",
        f"{head},seccompProfile_restricted,{context}.seccompProfile.type",
    ]


def test_yaml_is_namespaces_to_apply(call: Run, write: Callable[..., str]) -> None:
    result = call(
        "psa", "suggest", "soft", "hard", "-f", write(CLUSTER), "--kubernetes-version", "1.31", "-o", "yaml"
    )
    hard, soft = yaml.safe_load_all(result.stdout)
    prefix = "pod-security.kubernetes.io/"
    assert soft == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "soft",
            "labels": {
                f"{prefix}enforce": "baseline",
                f"{prefix}enforce-version": "v1.31",
                f"{prefix}audit": "restricted",
                f"{prefix}audit-version": "v1.31",
                f"{prefix}warn": "restricted",
                f"{prefix}warn-version": "v1.31",
            },
        },
    }
    assert hard["metadata"]["labels"][f"{prefix}enforce"] == "restricted"


def test_the_suggested_labels_are_accepted_without_a_warning(
    call: Run, write: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = write(CLUSTER)
    patches = list(yaml.safe_load_all(call("psa", "suggest", "-f", path, "-o", "yaml").stdout))
    labels = [
        f"{patch['metadata']['name']}={patch['metadata']['labels']['pod-security.kubernetes.io/enforce']}"
        f":{patch['metadata']['labels']['pod-security.kubernetes.io/enforce-version']}"
        for patch in patches
    ]
    result = call("psa", "label", *labels, "-f", path)
    assert result.exit_code == 0
    assert "Warning" not in result.stdout
    applied = tmp_path_factory.mktemp("patch") / "labels.yaml"
    applied.write_text(yaml.safe_dump_all(patches), encoding="utf-8")
    rows = call("psa", "suggest", "-f", path, "--with", str(applied), "-o", "json").stdout
    assert all(item["enforces"] == item["couldEnforce"] for item in json.loads(rows)["items"])


def test_json_has_every_blocker(call: Run, write: Callable[..., str]) -> None:
    (item,) = json.loads(call("psa", "suggest", "nowhere", "-f", write(CLUSTER), "-o", "json").stdout)[
        "items"
    ]
    assert item["blockers"] == [
        {
            "object": {"kind": "Pod", "name": "lost"},
            "failures": [
                {"check": "hostNamespaces", "reason": "host namespaces", "fields": ["spec.hostPID"]}
            ],
        }
    ]
    assert (item["couldEnforce"], item["nextLevel"]) == ("privileged:v1.37", "baseline:v1.37")


def test_an_exempt_namespace_is_reported_and_gets_no_labels(
    call: Run, write: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = tmp_path_factory.mktemp("config") / "admission.yaml"
    config.write_text(
        "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n"
        "exemptions: {namespaces: [soft]}\n",
        encoding="utf-8",
    )
    arguments = ("psa", "suggest", "soft", "--admission-config", str(config), "-f", write(CLUSTER))
    result = call(*arguments, "-o", "csv")
    assert result.stdout.splitlines()[1].startswith("soft,exempt,baseline:v1.37")
    assert result.stderr == (
        "Kubernetes 1.37, assumed.\nLabels have no effect in soft: the admission configuration exempts it.\n"
    )
    assert call(*arguments, "-o", "yaml").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["gone"], 'namespaces "gone" not found'),
        (["--version", "1.2"], '--version: must be "latest" or "v1.x"'),
    ],
)
def test_a_wrong_argument_is_a_one_line_error(
    call: Run, write: Callable[..., str], arguments: list[str], error: str
) -> None:
    result = call("psa", "suggest", *arguments, "-f", write(CLUSTER))
    assert (result.stdout, result.exit_code) == ("", 2)
    assert result.stderr.splitlines()[0] == f"error: {error}"
