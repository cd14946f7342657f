"""Tests the tables of the page: numbers refer to the right rows, and omitted data is reported."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.page import Facts, Origin, path_tables
from rbacpsp.page.data import data, script_safe_json
from rbacpsp.testing import ClusterBuilder, binding, role, rule


def of(cluster: Cluster) -> dict[str, Any]:
    return data(Facts.of(cluster, None, Origin(), ""))


def small() -> Cluster:
    return Cluster.from_objects(
        [
            role("reader", rule("get", "secrets")),
            binding("reader", "User/alice", "User/bob", name="readers"),
            binding("x", "User/eve", name="gone"),
        ]
    )


def test_bindings_lead_to_roles_rules_and_subjects() -> None:
    tables = of(small())
    names = [each[1] for each in tables["bindings"]]
    assert names == ["gone", "readers"]
    namespace, _, number, subjects, flags = tables["bindings"][1]
    assert (namespace, flags) == (-1, 0)
    assert [tables["subjects"][subject][1] for subject in subjects] == ["alice", "bob"]
    kind, _, name, rules, _, error = tables["roles"][number]
    assert (kind, name, error) == ("ClusterRole", "reader", "")
    assert list(tables["rules"][rules[0]]) == [("get",), ("",), ("secrets",), (), ()]


def test_a_role_that_is_missing_says_so_in_the_words_of_the_server() -> None:
    tables = of(small())
    assert (
        tables["roles"][tables["bindings"][0][2]][5] == 'clusterrole.rbac.authorization.k8s.io "x" not found'
    )


def test_a_finding_names_its_rule_subject_and_binding() -> None:
    tables = of(small())
    row = next(finding for finding in tables["findings"] if tables["texts"][finding[4]] == "User/alice")
    assert tables["auditRules"][row[0]][1] == "Reads every secret"
    assert tables["bindings"][row[9][0][0]][1] == "readers"


def test_the_data_of_a_script_element_cannot_end_it() -> None:
    assert script_safe_json(["</script>&\u2028"]) == '["\\u003c/script\\u003e\\u0026\\u2028"]'


def test_a_graph_that_is_too_large_is_cut_to_the_goals(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster.from_objects([role("all", rule("*", "*", "*")), binding("all", "User/alice")])
    assert of(cluster)["pathsHeld"] == "all"
    monkeypatch.setattr(path_tables, "MOST", 1)
    cut = of(cluster)
    assert cut["pathsHeld"] == "goals"
    assert ["cluster-admin", "", "", "cluster-admin"] in cut["places"]


def test_with_policies_and_too_many_accounts_paths_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = (
        ClusterBuilder().policy("tight").may_use("tight", "User/alice").service_account("a", "b").build()
    )
    assert of(cluster)["pathsHeld"] == "all"
    monkeypatch.setattr(path_tables, "TOO_MANY", 0)
    left = of(cluster)
    assert (left["pathsHeld"], left["edges"], left["cuts"]) == ("none", [], [])
