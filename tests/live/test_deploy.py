"""Applies deploy/ to real servers, and runs its nightly script with the permissions that it grants."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.live.clusters import bound, user
from tests.live.server import ApiServer
from tests.live.test_kubectl_apply import kubectl

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]
ACCOUNT = "/api/v1/namespaces/rbacpsp/serviceaccounts/rbacpsp"


def nightly(server: ApiServer, reports: Path, token: str) -> subprocess.CompletedProcess[str]:
    """Run the script as the job's pod does: as its service account."""
    return subprocess.run(
        ["/bin/sh", ROOT / "deploy" / "nightly.sh"],
        env={
            "HOME": str(reports.parent),
            "KEEP": "2",
            "KUBECONFIG": str(server.kubeconfig(login={"token": token})),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "REPORTS": str(reports),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_is_applied_and_reports_what_changes_between_two_nights(
    untouched: ApiServer, tmp_path: Path
) -> None:
    applied = kubectl(untouched, "apply", "--validate=strict", "-k", ROOT / "deploy")
    assert {line.rpartition(" ")[2] for line in applied} == {"created"}
    assert {line.rpartition(" ")[2] for line in kubectl(untouched, "apply", "-k", ROOT / "deploy")} == {
        "unchanged"
    }
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = untouched.request("POST", f"{ACCOUNT}/token", asked)["status"]["token"]

    reports = tmp_path / "reports"
    reports.mkdir()
    first = nightly(untouched, reports, token)
    assert first.returncode == 0, first.stderr
    assert "could not be listed" not in first.stderr
    (reports / "latest").resolve().rename(reports / "2020-01-01T00-00-00Z")
    (reports / "latest").unlink()
    (reports / "latest").symlink_to("2020-01-01T00-00-00Z")
    untouched.create(bound("night", "", "ClusterRole", "cluster-admin", [user("mallory")]))
    second = nightly(untouched, reports, token)
    assert second.returncode == 0, second.stderr
    difference = json.loads((reports / "latest" / "diff.json").read_text(encoding="utf-8"))
    assert {each["subject"]["name"] for each in difference["access"]["gained"]} == {"mallory"}
    assert difference["access"]["lost"] == []


def test_the_pods_of_the_job_are_taken_by_the_level_of_their_namespace(own: ApiServer) -> None:
    kubectl(own, "apply", "-k", ROOT / "deploy")
    made = own.request("GET", "/apis/batch/v1/namespaces/rbacpsp/cronjobs/rbacpsp")
    template = made["spec"]["jobTemplate"]["spec"]["template"]
    pods = "/api/v1/namespaces/rbacpsp/pods"
    pod = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "night"}}
    alone = yaml.safe_load((ROOT / "deploy" / "pod" / "pod.yaml").read_text(encoding="utf-8"))
    for each in (pod, alone):
        taken = own.request("POST", f"{pods}?dryRun=All", each)
        assert taken["metadata"]["name"] == each["metadata"]["name"]
    privileged = json.loads(json.dumps(alone))
    privileged["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    with pytest.raises(Exception, match="violates PodSecurity"):
        own.request("POST", f"{pods}?dryRun=All", privileged)
