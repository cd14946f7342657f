"""Tests the matrix of subjects and policies: where each may use one, and how many pods depend on it."""

from rbacpsp import Cluster
from rbacpsp.simulate.matrix import Cell, MatrixRow, matrix
from tests.simulate.build import builder, owner, stored, workload


def cluster() -> Cluster:
    return (
        builder(
            workload("Deployment", "web"),
            stored("web-1", owner("Deployment", "web")),
            stored("web-2", owner("Deployment", "web")),
            stored("job", serviceAccountName="runner"),
        )
        .service_account("shop", "default")
        .service_account("shop", "idle")
        .service_account("shop", "runner")
        .policy("a")
        .policy("b")
        .may_use("a", "Group/system:serviceaccounts")
        .may_use("b", "ServiceAccount/shop:runner", "User/eve", namespace="shop")
        .role("pods", {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]}, namespace="shop")
        .bind("pods", "User/eve", namespace="shop")
        .build()
    )


def rows(namespace: str | None = None) -> dict[str, MatrixRow]:
    result = matrix(cluster().simulate(), ("a", "b"), namespace)
    return {f"{row.subject.kind}/{row.subject.name}": row for row in result}


def test_the_rows_are_creators_of_pods_named_subjects_and_subjects_that_pods_depend_on() -> None:
    assert list(rows()) == [
        "Group/system:masters",
        "Group/system:serviceaccounts",
        "ServiceAccount/daemon-set-controller",
        "ServiceAccount/default",
        "ServiceAccount/job-controller",
        "ServiceAccount/replicaset-controller",
        "ServiceAccount/replication-controller",
        "ServiceAccount/runner",
        "ServiceAccount/statefulset-controller",
        "User/eve",
    ]


def test_a_cell_has_its_namespaces_and_the_number_of_pods_that_depend_on_it() -> None:
    result = rows()
    assert result["Group/system:serviceaccounts"].cells == {"a": Cell(("",), 3)}
    assert result["ServiceAccount/default"].cells == {"a": Cell(("",), 2)}
    assert result["ServiceAccount/replicaset-controller"].cells == {"a": Cell(("",), 2)}
    assert result["ServiceAccount/runner"].cells == {"a": Cell(("",), 1), "b": Cell(("shop",), 0)}
    assert result["User/eve"].cells == {"b": Cell(("shop",), 0)}


def test_controllers_are_marked_and_people_who_create_pods_say_where() -> None:
    result = rows()
    assert result["ServiceAccount/replicaset-controller"].controls == ("Deployment", "ReplicaSet")
    assert result["User/eve"].creates == ("shop",)
    assert result["Group/system:masters"].creates == ("",)


def test_for_one_namespace_only_what_holds_there_counts() -> None:
    result = rows("elsewhere")
    assert "User/eve" not in result
    assert result["Group/system:serviceaccounts"].cells == {"a": Cell(("",), 0)}


def test_controllers_that_share_one_user_are_marked_on_that_user() -> None:
    shared = builder(workload("Deployment", "web"), stored("p", owner("Deployment", "web"))).policy("a")
    shared.may_use("a", "User/system:kube-controller-manager")
    result = {
        row.subject.name: row for row in matrix(shared.build().simulate(shared_controllers=True), ("a",))
    }
    manager = result["system:kube-controller-manager"]
    assert "Deployment" in manager.controls
    assert manager.cells == {"a": Cell(("",), 1)}
    assert "replicaset-controller" not in result
