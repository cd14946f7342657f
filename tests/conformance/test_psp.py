"""Compares every recorded answer of a 1.24 API server's PodSecurityPolicy plugin."""

import copy
import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rbacpsp.model import (
    ClusterRole,
    ClusterRoleBinding,
    Document,
    Namespace,
    Objects,
    PodSecurityPolicy,
    Role,
    RoleBinding,
    ServiceAccount,
    User,
)
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.pods.shape import plain_copy
from rbacpsp.psp import Admission, Admitter
from rbacpsp.rbac import Authorizer

DATA = Path(__file__).parent / "data"
READ: dict[str, Any] = {
    kind.__name__: kind
    for kind in (
        ClusterRole,
        ClusterRoleBinding,
        Namespace,
        PodSecurityPolicy,
        Role,
        RoleBinding,
        ServiceAccount,
    )
}
JSON = dict[str, Any]


def batches(name: str) -> list[JSON]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def admitter(batch: JSON) -> Admitter:
    objects = Objects()
    document = Document("recorded")
    for item in batch["cluster"]["items"]:
        objects.add(msgspec.convert(plain_copy(item), READ[item["kind"]]), document)
    return Admitter(objects, Authorizer(objects))


CREATES = batches("psp-create.jsonl.gz")
UPDATES = batches("psp-update.jsonl.gz")


def stored(pod: JSON) -> JSON:
    """A recorded pod without the exceptions in data/README.md: tolerations of another plugin, a null."""
    pod = copy.deepcopy(pod)
    pod["spec"].pop("tolerations", None)
    if "generateName" in pod["metadata"]:
        pod["metadata"]["name"] = pod["metadata"]["generateName"] + "xxxxx"
    for volume in pod["spec"].get("volumes", ()):
        claim = volume.get("ephemeral", {}).get("volumeClaimTemplate", {})
        if claim.get("metadata") == {"creationTimestamp": None}:
            del claim["metadata"]
    return pod


def possible_messages(admission: Admission) -> set[str]:
    """The message with the blocks of the policies in every order, since the server's is random."""
    assert admission.message is not None
    blocks = [
        " ".join(map(str, considered.errors))
        for considered in admission.considered.values()
        if considered.usable and considered.errors
    ]
    whole = f"[{' '.join(blocks)}]"
    assert admission.message.endswith(whole)
    head = admission.message.removesuffix(whole)
    return {f"{head}[{' '.join(order)}]" for order in itertools.permutations(blocks)}


def check_refusal(admission: Admission, case: JSON) -> None:
    assert admission.message == case["result"]["message"] or case["result"]["message"] in possible_messages(
        admission
    )
    assert admission.pod is None
    assert admission.policy is None


@pytest.mark.parametrize("batch", CREATES, ids=[str(batch["batch"]) for batch in CREATES])
def test_every_recorded_pod_is_created_or_refused_as_the_server_did(batch: JSON) -> None:
    judge = admitter(batch)
    for number, case in enumerate(batch["cases"]):
        submitted = copy.deepcopy(case["pod"])
        user = User.impersonate(case["as"], case["groups"])
        admission = judge.admit(case["pod"], AdmissionRequest(user=user, namespace=case["namespace"]))
        assert case["pod"] == submitted, f"case {number}: the pod was modified"
        result = case["result"]
        assert bool(admission) == result["allowed"], f"case {number}: {admission.message}"
        if result["allowed"]:
            assert admission.policy == result["psp"], f"case {number}"
            assert admission.pod == stored(result["pod"]), f"case {number}"
            assert admission.message is None
        else:
            check_refusal(admission, case)


@pytest.mark.parametrize("batch", UPDATES, ids=[str(batch["batch"]) for batch in UPDATES])
def test_every_recorded_update_is_allowed_or_refused_as_the_server_did(batch: JSON) -> None:
    judge = admitter(batch)
    for number, case in enumerate(batch["cases"]):
        old = copy.deepcopy(case["pod"])
        del old["metadata"]["labels"]["touched"]
        submitted = copy.deepcopy(case["pod"])
        user = User.impersonate(case["as"], case["groups"])
        admission = judge.admit(
            case["pod"], AdmissionRequest(user=user, namespace=case["namespace"], operation="UPDATE", old=old)
        )
        assert case["pod"] == submitted, f"case {number}: the pod was modified"
        assert bool(admission) == case["result"]["allowed"], f"case {number}: {admission.message}"
        if not case["result"]["allowed"]:
            check_refusal(admission, case)


def test_no_recorded_case_is_left_out() -> None:
    assert sum(len(batch["cases"]) for batch in CREATES) == 4400
    assert sum(len(batch["cases"]) for batch in UPDATES) == 555
