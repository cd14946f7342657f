"""Tests whether policies are enforced: by the version, then by annotations of the newest pods."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.psp.enforcement import NEWEST, Enforcement
from rbacpsp.testing import pod

PSP = "kubernetes.io/psp"


def stored(name: str, second: int, *, marked: bool) -> dict[str, Any]:
    result = pod(name)
    result["metadata"] |= {
        "uid": name,
        "creationTimestamp": f"2026-01-01T00:00:{second:02}Z",
        "annotations": {PSP: "open"} if marked else {},
    }
    return result


def enforcement_of(*pods: dict[str, Any], version: str = "1.24") -> Enforcement:
    status = {"nodeInfo": {"kubeletVersion": f"v{version}.0"}}
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "status": status}
    return Cluster.from_objects([*pods, node]).psp_enforcement


def test_pods_that_carry_the_annotation_show_that_the_plugin_is_on() -> None:
    result = enforcement_of(stored("a", 1, marked=False), stored("b", 2, marked=True))
    assert result == Enforcement(
        enforced=True,
        reason=f"policies are enforced here: 1 of the 2 newest pods carry the annotation {PSP}",
    )


def test_pods_without_the_annotation_show_that_it_is_off() -> None:
    result = enforcement_of(stored("a", 1, marked=False), stored("b", 2, marked=False))
    assert result == Enforcement(
        enforced=False,
        reason="policies seem not to be enforced here: none of the 2 newest pods carries the annotation "
        f"{PSP}",
    )


def test_where_only_the_newest_lacks_it_the_plugin_may_have_been_switched_off() -> None:
    newest = stored("b", 2, marked=False)
    newest["metadata"]["namespace"] = "prod"
    result = enforcement_of(stored("a", 1, marked=True), newest)
    assert result.enforced is None
    assert result.reason.startswith("policies may no longer be enforced here: 1 of the 2 newest pods carry")
    assert result.reason.endswith("but not the newest, prod/b")


def test_twenty_pods_are_examined() -> None:
    pods = [stored(f"p{number}", number, marked=number in {0, 1, 21}) for number in range(22)]
    assert enforcement_of(*pods[:21]).reason.startswith(
        "policies may no longer be enforced here: 1 of the 20 newest"
    )
    assert enforcement_of(*pods).reason.startswith("policies are enforced here: 1 of the 20 newest")


def test_only_the_newest_pods_count() -> None:
    old = stored("z", 0, marked=True)
    new = [stored(f"p{number}", number + 1, marked=False) for number in range(NEWEST)]
    assert enforcement_of(old, *new).enforced is False


@pytest.mark.parametrize("pods", [[], [pod("manifest")]])
def test_without_a_stored_pod_enforcement_is_unknown(pods: list[dict[str, Any]]) -> None:
    result = enforcement_of(*pods)
    assert result == Enforcement(
        enforced=None, reason="it is unknown whether policies are enforced here: no stored pod was read"
    )


def test_since_1_25_nothing_is_enforced() -> None:
    result = enforcement_of(stored("a", 1, marked=True), version="1.25")
    assert result == Enforcement(
        enforced=False, reason="Kubernetes 1.25 does not enforce policies: they were removed in 1.25"
    )


def test_one_pod_is_described_in_the_singular() -> None:
    assert enforcement_of(stored("a", 1, marked=True)).reason == (
        f"policies are enforced here: the newest pod carries the annotation {PSP}"
    )
    assert enforcement_of(stored("a", 1, marked=False)).reason == (
        f"policies seem not to be enforced here: the newest pod does not carry the annotation {PSP}"
    )


@pytest.mark.parametrize("absent", ["uid", "creationTimestamp"])
def test_a_pod_counts_as_stored_by_what_only_a_server_sets(absent: str) -> None:
    half = stored("a", 2, marked=False)
    del half["metadata"][absent]
    assert enforcement_of(half).enforced is None
    assert enforcement_of(half, stored("b", 1, marked=True)).enforced is True
