"""Tests assertions about the subjects that reach a goal by any path."""

from typing import Any

import pytest

from rbacpsp import Cluster, User
from rbacpsp.testing import ClusterBuilder
from tests.assertions.put import put

GROUP = "rbac.authorization.k8s.io"
BIND = {"verbs": ["bind"], "apiGroups": [GROUP], "resources": ["clusterroles"]}
WRITE = {"verbs": ["create"], "apiGroups": [GROUP], "resources": ["clusterrolebindings"]}
TOKENS = {"verbs": ["create"], "apiGroups": [""], "resources": ["serviceaccounts/token"]}
READ = {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}


def cluster() -> Cluster:
    """The account ci:bot makes itself cluster-admin, and devs become that account."""
    return (
        ClusterBuilder()
        .namespace("ci")
        .namespace("shop")
        .service_account("ci", "bot")
        .service_account("ci", "idle")
        .role("cluster-admin", {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})
        .role("binds", BIND, WRITE)
        .bind("binds", "ServiceAccount/ci:bot")
        .role("tokens", TOKENS, namespace="ci")
        .bind("tokens", "Group/devs", namespace="ci")
        .role("keys", READ, namespace="shop")
        .bind("keys", "User/eve", namespace="shop")
        .bind("missing", "User/lost")
        .build(kubernetes_version="1.30")
    )


CLUSTER = cluster()


@pytest.mark.parametrize(
    ("fields", "expected", "why"),
    [
        ({"who": "User/eve", "cannotReach": "cluster-admin"}, "pass", ""),
        ({"who": "ServiceAccount/ci:idle", "cannotReach": "cluster-admin"}, "pass", ""),
        (
            {"who": ["ServiceAccount/ci:*"], "cannotReach": "cluster-admin"},
            "fail",
            "ServiceAccount/ci:bot reaches cluster-admin: binds a ClusterRole to itself",
        ),
        (
            {"who": "Group/devs", "cannotReach": "cluster-admin"},
            "fail",
            (
                "Group/devs reaches cluster-admin: requests a token; is one of them; "
                "binds a ClusterRole to itself"
            ),
        ),
        ({"who": "Group/devs", "cannotReach": "secrets:shop"}, "fail", None),
        (
            {"who": "Group/devs", "cannotReach": "ServiceAccount/ci:bot"},
            "fail",
            "Group/devs reaches ServiceAccount/ci:bot: requests a token; is one of them",
        ),
        ({"who": "Group/system:masters", "cannotReach": "node"}, "fail", None),
        ({"who": "Group/dves", "cannotReach": "node"}, "cannot be asked", "no object names Group/dves"),
        (
            {"who": "User/eve", "cannotReach": "User/evil"},
            "cannot be asked",
            "no object names User/evil",
        ),
        (
            {"who": "User/eve", "cannotReach": "secrets:shp"},
            "cannot be asked",
            'there is no object in a namespace "shp"',
        ),
        (
            {"who": "User/eve", "cannotReach": "User/eve"},
            "cannot be asked",
            "User/eve is itself the goal",
        ),
        (
            {"who": "User/lost", "cannotReach": "node"},
            "cannot be asked",
            (
                "ClusterRoleBinding missing of User/lost: "
                'clusterrole.rbac.authorization.k8s.io "missing" not found'
            ),
        ),
        ({"only": ["ServiceAccount/ci:bot", "Group/devs"], "canReach": "cluster-admin"}, "pass", ""),
        (
            {"only": ["Group/devs"], "canReach": "cluster-admin"},
            "fail",
            "ServiceAccount/ci:bot reaches cluster-admin as well: binds a ClusterRole to itself",
        ),
        (
            {"only": ["ServiceAccount/ci:bot", "Group/devs", "User/eve"], "canReach": "cluster-admin"},
            "fail",
            "User/eve does not reach cluster-admin",
        ),
    ],
)
def test_who_reaches_a_goal(fields: dict[str, Any], expected: str, why: str | None) -> None:
    result = put(CLUSTER, **fields)
    assert result.result == expected
    assert why is None or result.why == why
    assert bool(result.paths) == bool(result.grants)


def test_a_failure_shows_the_grants_of_the_path() -> None:
    result = put(CLUSTER, who="Group/devs", cannotReach="cluster-admin")
    assert [grant.binding.name for grant in result.grants] == ["binds", "tokens"]
    [path] = result.paths
    assert path.start.words == "Group/devs"


def test_the_user_of_the_login_has_all_its_groups() -> None:
    fields: dict[str, Any] = {"who": "live", "cannotReach": "cluster-admin"}
    assert put(CLUSTER, **fields).why == "the logged-in user is unknown: live needs a live cluster"
    assert put(CLUSTER, live=User("ann", ("system:authenticated",)), **fields).result == "pass"
    result = put(CLUSTER, live=User("ann", ("devs", "system:authenticated")), **fields)
    assert result.why.startswith("User/ann (live) reaches cluster-admin: requests a token")
    result = put(CLUSTER, live=User("root", ("system:masters",)), **fields)
    assert result.why == "User/root (live) reaches cluster-admin, as a member of system:masters"
    reads = {"verbs": ["get"], "resources": ["secrets"], "namespaces": ["shop"]}
    eve = User("eve", ("system:authenticated",))
    assert put(CLUSTER, live=eve, who=["live"], can=reads).result == "pass"
    assert put(CLUSTER, live=eve, who=["live"], cannot=reads).why.startswith(
        "User/eve (live) may get secrets"
    )
