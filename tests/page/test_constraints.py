"""Tests that the page shows the results of `scc list` and `scc simulate`."""

from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.page import Facts, Origin
from rbacpsp.page.data import data

SAMPLES = Path(rbacpsp.__file__).parents[1] / "sample_clusters"


@pytest.fixture(scope="module")
def openshift() -> Cluster:
    return rbacpsp.load(SAMPLES / "scc-on-openshift")


@pytest.fixture(scope="module")
def tables(openshift: Cluster) -> dict[str, Any]:
    return data(Facts.of(openshift, None, Origin(), ""))


def test_constraints_are_in_the_order_of_the_server(openshift: Cluster, tables: dict[str, Any]) -> None:
    tried = [(constraint[0], constraint[2]) for constraint in tables["constraints"]]
    assert tried[:4] == [("terminals", 20), ("anyuid", 10), ("restricted-v2", None), ("restricted-v3", None)]
    considered = openshift.scc_simulate().rows[0].ruling.admission.considered
    assert [name for name, _ in tried] == list(considered)


def test_constraints_have_their_lists_and_say_who_in_them_does_not_exist(tables: dict[str, Any]) -> None:
    terminals = tables["constraints"][0]
    assert terminals[5] == [
        ["ServiceAccount/shop:terminal", "users: system:serviceaccount:shop:terminal"],
        ["ServiceAccount/shop:kiosk", "users: system:serviceaccount:shop:kiosk"],
        ["Group/shop-admins", "groups: shop-admins"],
    ]
    assert terminals[6] == ["system:serviceaccount:shop:kiosk"]


def test_a_workload_has_every_verdict_of_the_simulation(openshift: Cluster, tables: dict[str, Any]) -> None:
    for row, table in zip(openshift.scc_simulate(), tables["workloads"], strict=True):
        assert (tuple(table[:3]), table[10]) == (row.key, row.verdict)
        for part, written in zip(row.parts, table[9], strict=True):
            admission = part.ruling.admission
            assert written[0] == (admission.policy or "")
            assert dict(written[3]) == part.recorded
            shown = [tables["considered"][number] for number in written[4]]
            assert [(each[0], each[3]) for each in shown] == [
                (name, each.verdict) for name, each in admission.considered.items()
            ]


def test_drift_is_counted_and_constraints_without_pods_are_unused(tables: dict[str, Any]) -> None:
    summary = tables["constraintSummary"]
    assert summary["verdicts"] == [["refused", 1], ["drift", 1], ["same", 1], ["no pods", 1]]
    assert "anyuid" in summary["unused"]
    assert not {"terminals", "restricted", "restricted-v2", "privileged"} & set(summary["unused"])


def test_a_cluster_with_policies_and_constraints_has_the_verdicts_of_both() -> None:
    cluster = rbacpsp.load(
        SAMPLES / "scc-on-openshift", SAMPLES / "psp-on-eks", kubernetes_version="1.24", keep_going=True
    )
    result = data(Facts.of(cluster, None, Origin(), ""))
    row = next(workload for workload in result["workloads"] if workload[2] == "till")
    assert [each[0] for each in row[9]] == ["restricted-v2"]
    assert row[8]
    assert row[5]
    assert len(row[5][0][4]) == len(result["policies"])


def test_a_cluster_without_constraints_has_no_tables_of_them() -> None:
    result = data(Facts.of(rbacpsp.load(SAMPLES / "psp-on-eks"), None, Origin(), ""))
    assert (result["constraints"], result["constraintSummary"]) == ([], {})
    assert {len(workload) for workload in result["workloads"]} <= {9}


def test_without_scripts_constraints_say_who_may_use_them(openshift: Cluster) -> None:
    page = openshift.explore().html
    plain = page[page.index("<noscript>") : page.index("</noscript>")]
    assert "<h2>Security context constraints (14)</h2>" in plain
    assert "<td>terminals</td><td>User/system:serviceaccount:shop:terminal" in plain
