"""Tests which paths are new or gone between two states."""

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import binding, role, rule

GROUP = "rbac.authorization.k8s.io"


BASE = [
    role("cluster-admin", rule("*", "*", "*")),
    role("tokens", rule("create", "serviceaccounts/token")),
    role("bind", rule("bind", "clusterroles", GROUP)),
    role("bindings", rule("create patch", "clusterrolebindings", GROUP)),
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot", "namespace": "ci"}},
    binding("bind", "ServiceAccount/ci:bot", name="bot-binds"),
]
DEV = binding("tokens", "User/dev", name="dev-tokens")
BOT = binding("bindings", "ServiceAccount/ci:bot", name="bot-bindings")


def paths(old: list[JSONObject], new: list[JSONObject]) -> tuple[set[str], set[str]]:
    found = rbacpsp.diff(
        Cluster.from_objects(old, kubernetes_version="1.30"),
        Cluster.from_objects(new, kubernetes_version="1.30"),
    ).paths
    result = [
        {path.start.words for path in several if path.goal.words == "cluster-admin"}
        for several in (found.new, found.gone)
    ]
    return result[0], result[1]


def test_two_harmless_bindings_together_open_a_path() -> None:
    assert paths(BASE, [*BASE, DEV]) == (set(), set())
    assert paths([*BASE, DEV], [*BASE, DEV, BOT]) == ({"User/dev", "ServiceAccount/ci:bot"}, set())
    assert paths([*BASE, DEV, BOT], [*BASE, DEV]) == (set(), {"User/dev", "ServiceAccount/ci:bot"})


def test_an_old_path_is_not_new_although_a_shorter_one_is_added() -> None:
    old = [*BASE, DEV, BOT]
    new = [*old, binding("cluster-admin", "User/dev", name="more")]
    assert paths(old, new) == (set(), set())
    clusters = [Cluster.from_objects(state, kubernetes_version="1.30") for state in (old, new)]
    for several, word, acts in ((clusters, "worse", (2, 1)), (clusters[::-1], "better", (1, 2))):
        found = rbacpsp.diff(*several).paths
        assert [
            (each.new.start.words, each.new.goal.words, each.old.length, each.new.length)
            for each in getattr(found, word)
        ] == [("User/dev", "cluster-admin", *acts), ("User/dev", "node", *acts)]
        assert len(found.worse) + len(found.better) == 2
