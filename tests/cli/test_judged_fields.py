"""Tests that unknown fields of checked pods are reported and not stored."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rbacpsp.cluster import Cluster
from rbacpsp.decode.unknown_fields import known_fields, unknown_fields
from rbacpsp.model import User
from rbacpsp.sources import read_manifest_files
from rbacpsp.testing import ClusterBuilder

Run = Callable[..., Result]
POD = """\
kind: Pod
metadata: {name: p, namespace: reef}
spec:
  readOnlyRootFilesystem: true
  containers:
  - name: c
    image: i
    securityContext: {allowPriviligeEscalation: false}
"""
WARNINGS = (
    "Warning: pod.yaml, document 1, line 4: Pod reef/p: spec.readOnlyRootFilesystem is not a field and was "
    "left out; remove it\n"
    "Warning: pod.yaml, document 1, line 8: Pod reef/p: "
    "spec.containers[0].securityContext.allowPriviligeEscalation is not a field and was left out; did you "
    "mean allowPrivilegeEscalation?\n"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pod.yaml").write_text(POD, encoding="utf-8")
    Path("cluster.yaml").write_text("kind: List\napiVersion: v1\nitems: []\n", encoding="utf-8")


@pytest.mark.parametrize(
    "arguments", [("psa", "check"), ("psa", "check", "--fix"), ("psa", "check", "--patch")]
)
def test_check_and_fix_report_fields_that_the_server_refuses(call: Run, arguments: tuple[str, ...]) -> None:
    result = call(*arguments, "pod.yaml")
    assert result.exit_code == 1
    assert result.stderr.startswith(WARNINGS)
    if len(arguments) > 2:
        assert result.stderr.endswith(
            "0 of 1 objects meet restricted:latest with these fixes.\n"
            "kubectl refuses 1 of the objects, because they have unknown fields: see the warnings.\n"
            "Kubernetes 1.37, assumed.\n"
        )


@pytest.mark.parametrize("command", ["admit", "fix"])
def test_policy_commands_report_fields_that_the_server_refuses(call: Run, command: str) -> None:
    result = call(
        "psp", command, "pod.yaml", "-f", "cluster.yaml", "--as", "ann", "--kubernetes-version", "1.24"
    )
    assert WARNINGS in result.stderr


def test_the_stored_pod_lacks_unknown_fields() -> None:
    builder = ClusterBuilder().policy("open", privileged=True).may_use("open", "Group/system:authenticated")
    cluster = Cluster.from_objects(builder.objects, kubernetes_version="1.24")
    admission = cluster.admit(POD, user=User("ann", groups=("system:authenticated",)))
    assert admission.pod is not None
    assert "readOnlyRootFilesystem" not in admission.pod["spec"]
    assert admission.pod["spec"]["containers"][0]["securityContext"] == {}


def test_an_empty_list_of_projections_is_stored_as_null() -> None:
    builder = ClusterBuilder().policy("open", privileged=True).may_use("open", "Group/system:authenticated")
    cluster = Cluster.from_objects(builder.objects, kubernetes_version="1.24")
    volume = {"name": "v", "projected": {"sources": []}}
    pod = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [], "volumes": [volume]}}
    admission = cluster.admit(pod, user=User("ann", groups=("system:authenticated",)))
    assert admission.pod is not None
    assert admission.pod["spec"]["volumes"][0]["projected"] == {"sources": None, "defaultMode": 420}


def test_other_invalid_objects_are_not_reported_here() -> None:
    wrong = {"kind": "Pod", "spec": {"hostPID": "yes", "bogus": 1}}
    assert known_fields(wrong) is wrong
    other = {"kind": "Widget", "apiVersion": "example.com/v1", "spec": {"bogus": 1}}
    assert known_fields(other) is other
    Path("other.yaml").write_text("kind: Widget\napiVersion: example.com/v1\nbogus: 1\n", encoding="utf-8")
    assert unknown_fields(read_manifest_files(["other.yaml"])) == ((), ())
