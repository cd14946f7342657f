"""Tests completion of names, and suggestions for unknown ones."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from rbacpsp import Cluster, Request, Subject
from rbacpsp.model.name_mapping import Named
from rbacpsp.testing import ClusterBuilder

READ = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}


@pytest.fixture
def cluster() -> Cluster:
    return (
        ClusterBuilder()
        .namespace("prod")
        .service_account("prod", "web")
        .policy("100-psp")
        .policy("privileged")
        .role("read", READ)
        .bind(
            "read", "User/alice", "Group/devs", "ServiceAccount/ops:bot", namespace="prod", kind="ClusterRole"
        )
        .build()
    )


def test_subjects_policies_and_namespaces_are_found_by_name(cluster: Cluster) -> None:
    assert list(cluster.subjects) == [
        "Group/devs",
        "ServiceAccount/ops:bot",
        "ServiceAccount/prod:web",
        "User/alice",
    ]
    assert cluster.subjects["ServiceAccount/prod:web"] == Subject("ServiceAccount", "web", "prod")
    assert cluster.policies["100-psp"].name == "100-psp"
    assert list(cluster.namespaces) == ["prod"]


def test_a_name_is_completed_as_an_attribute_and_as_a_key(cluster: Cluster) -> None:
    assert dir(cluster.subjects) == [
        "Group_devs",
        "ServiceAccount_ops_bot",
        "ServiceAccount_prod_web",
        "User_alice",
    ]
    assert cluster.subjects.User_alice is cluster.subjects["User/alice"]
    assert cluster.policies._ipython_key_completions_() == ["100-psp", "privileged"]
    assert dir(cluster.policies) == ["privileged"]


def test_a_subject_can_be_passed_as_the_user_that_it_stands_for(cluster: Cluster) -> None:
    request = Request("get", resource="pods", namespace="prod")
    assert cluster.authorize(cluster.subjects.User_alice, request)
    assert cluster.authorize(cluster.subjects.Group_devs, request)
    assert not cluster.authorize(cluster.subjects["ServiceAccount/prod:web"], request)
    assert len(cluster.rules_for(cluster.subjects["ServiceAccount/ops:bot"], "prod")) == 1


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda it: it.policies["100-pps"],
            'there is no PodSecurityPolicy "100-pps"; did you mean "100-psp"?',
        ),
        (lambda it: it.subjects["alcie"], 'there is no subject "alcie"; did you mean "User/alice"?'),
        (lambda it: it.subjects.User_alcie, 'there is no subject "User_alcie"; did you mean "User/alice"?'),
        (lambda it: it.namespaces["x"], 'there is no namespace "x"; there are "prod"'),
        (
            lambda _: Cluster.from_objects([]).policies["x"],
            'there is no PodSecurityPolicy "x": there is none at all',
        ),
    ],
)
def test_a_misspelt_name_is_answered_with_similar_ones(
    cluster: Cluster, ask: Callable[[Any], Any], said: str
) -> None:
    with pytest.raises((KeyError, AttributeError)) as error:
        ask(cluster)
    assert str(error.value) == said


def test_names_that_would_be_the_same_attribute_are_keys_only() -> None:
    names = Named("thing", {"a-b": 1, "a.b": 2, "keys": 3, "c": 0})
    assert dir(names) == ["c"]
    assert (names["a-b"], names["a.b"], names["keys"], names.c) == (1, 2, 3, 0)
    assert names.get("d") is None
    assert "d" not in names


def test_names_never_change_and_can_be_copied(cluster: Cluster) -> None:
    with pytest.raises(AttributeError, match="the names never change"):
        cluster.subjects.User_alice = None
    assert copy.deepcopy(cluster.subjects) == cluster.subjects
    assert pickle.loads(pickle.dumps(cluster.subjects)) == cluster.subjects  # noqa: S301 - our own bytes
    assert repr(cluster.policies) == '<2 by name: "100-psp", "privileged">'


def test_ipython_offers_the_names(cluster: Cluster) -> None:
    completer: Any = pytest.importorskip("IPython.core.completer")
    offered = completer.IPCompleter(namespace={"cluster": cluster}, use_jedi=False)

    def after(typed: str) -> set[str]:
        with completer.provisionalcompleter():
            completions = list(offered.completions(typed, len(typed)))
        return {each.text.lstrip(".") for each in completions}

    assert {"User_alice", "Group_devs"} <= after("cluster.subjects.")
    assert after('cluster.policies["') >= {"100-psp", "privileged"}
