"""Tests other commands on security context constraints, with the sample cluster."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import rbacpsp
from rbacpsp import User
from rbacpsp.cli import main

ROOT = Path(__file__).parents[4]
SAMPLE = str(ROOT / "sample_clusters" / "scc-on-openshift")
STEPS = ROOT / "sample_clusters" / "steps" / "scc-on-openshift"
MESSAGE = (
    'pods "mail-6b5d4c3b2a-" is forbidden: unable to validate against any security context constraint: '
    '[provider "anyuid": Forbidden: not usable by user or serviceaccount, provider restricted-v2: '
    ".containers[0].runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999]]"
)


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_admit_names_the_constraints_that_refuse_the_pods_of_a_workload() -> None:
    root = call(
        *("admit", str(STEPS / "mail.yaml"), "--as", "root", "--as-group", "system:masters"),
        *("-f", SAMPLE, "-o", "json"),
    )
    assert root.exit_code == 1
    (pod,) = json.loads(root.stdout)["pods"]
    assert (pod["refusedBy"], [step["by"] for step in pod["steps"]]) == ("scc", ["serviceaccount", "scc"])
    assert [change["kind"] for change in pod["mending"]] == ["edit", "grant"]


def test_submit_names_the_constraints_that_admit_a_pod() -> None:
    cluster = rbacpsp.load(SAMPLE)
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    submission = cluster.submit(pod, User.impersonate("root", groups=("system:masters",)))
    assert [(step.by, step.text) for step in submission.steps[1:3]] == [
        ("serviceaccount", "its service account exists"),
        ("scc", "admitted by terminals, through its creator"),
    ]
    nobody = cluster.submit({**pod, "spec": {**pod["spec"], "hostPID": True}})
    assert (nobody.refused_by, nobody.message is not None) == ("scc", True)
    exempt = cluster.submit({**pod, "metadata": {"name": "p", "namespace": "legacy"}})
    assert exempt.refused_by is None
    assert exempt.steps[2].text == (
        "the namespace has the label security.openshift.io/disable-securitycontextconstraints=true"
    )


def test_a_pasted_refusal_is_explained_for_each_provider_with_a_fix() -> None:
    result = call("explain", MESSAGE, "-f", SAMPLE, "-o", "json")
    lines = [(part["what"], part["text"]) for part in json.loads(result.stdout)["explanation"]]
    assert lines[1:3] == [
        (
            "restricted-v2",
            ".containers[0].runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999]",
        ),
        ("not usable", "by the service account and the creator: anyuid"),
    ]
    assert ("made by", "Deployment mail in namespace shop") in lines
    assert [text for what, text in lines if what == "remedy"] == [
        "leave out spec.containers[0].securityContext.runAsUser: then restricted-v2 admits it",
        "let its service account default use anyuid: then anyuid admits it",
    ]


def test_a_refusal_without_constraints_says_how_to_read_them() -> None:
    output = call("explain", MESSAGE, "-f", str(ROOT / "sample_clusters" / "rbac-workshop")).stdout
    assert "no security context constraints were loaded, so they cannot be checked" in output
