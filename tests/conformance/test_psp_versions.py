"""Compares recorded answers of the admission plugins of twelve releases, where they differ."""

import copy
import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rbacpsp.model import Document, Objects, User, Version
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.pods.shape import plain_copy
from rbacpsp.psp import Admission, Admitter
from rbacpsp.rbac import Authorizer
from tests.conformance.test_psp import READ, check_refusal

JSON = dict[str, Any]

with gzip.open(Path(__file__).parent / "data" / "psp-versions.jsonl.gz", "rt", encoding="utf-8") as file:
    BATCHES: list[JSON] = [json.loads(line) for line in file]
RELEASES = sorted(
    {
        release
        for batch in BATCHES
        for case in batch["cases"]
        for group in case["results"]
        for release in group["versions"]
    },
    key=Version.parse,
)


def admitter(batch: JSON, release: str) -> Admitter:
    objects = Objects()
    document = Document("recorded")
    for item in batch["cluster"]["items"]:
        objects.add(msgspec.convert(plain_copy(item), READ[item["kind"]]), document)
    return Admitter(objects, Authorizer(objects), Version.parse(release))


def check(admission: Admission, case: JSON, result: JSON) -> None:
    if not result["allowed"]:
        check_refusal(admission, {"result": result})
        return
    assert admission.allowed, admission.message
    assert admission.pod == result["pod"]
    if "old" not in case:
        assert admission.policy == result["psp"]


@pytest.mark.parametrize("release", RELEASES)
def test_every_recorded_pod_is_judged_as_that_release_did(release: str) -> None:
    judged = 0
    for batch in BATCHES:
        judge = admitter(batch, release)
        for case in batch["cases"]:
            for group in case["results"]:
                if release in group["versions"]:
                    submitted = copy.deepcopy(case["pod"])
                    admission = judge.admit(
                        case["pod"],
                        AdmissionRequest(
                            user=User(case["as"], tuple(case["groups"])),
                            namespace=case["namespace"],
                            operation="UPDATE" if "old" in case else "CREATE",
                            old=case.get("old"),
                        ),
                    )
                    assert case["pod"] == submitted, "the pod was modified"
                    check(admission, case, group["result"])
                    judged += 1
    assert judged > 100


def test_every_recorded_case_distinguishes_two_releases() -> None:
    for batch in BATCHES:
        for case in batch["cases"]:
            answers = [group["result"] for group in case["results"]]
            assert len(answers) > 1
            assert all(one != other for one, other in pairwise(answers))


def test_no_recorded_release_or_case_is_left_out() -> None:
    assert RELEASES == [
        "1.13.12",
        "1.14.10",
        "1.15.12",
        "1.16.15",
        "1.17.17",
        "1.18.20",
        "1.19.16",
        "1.20.15",
        "1.21.14",
        "1.22.17",
        "1.23.17",
        "1.24.17",
    ]
    assert sum(len(batch["cases"]) for batch in BATCHES) == 654
