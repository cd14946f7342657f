"""Tests the facts that what-ifs about roles and bindings share: they depend on no role and no binding."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from rbacpsp import Cluster
from rbacpsp.audit.view import View
from rbacpsp.files import load
from rbacpsp.model import Identity, Objects
from rbacpsp.testing import ClusterBuilder, pod, rule

SAMPLES = ("acme", "psp-on-eks", "psp-migration", "rbac-workshop", "scc-on-openshift")
_ACCESS = ("roles", "cluster_roles", "role_bindings", "cluster_role_bindings")


class Untouchable(dict[Any, Any]):
    """A table that nobody may read."""

    def _refuse(self, *_: object) -> NoReturn:
        raise AssertionError("a fact that is shared reads a role or a binding")

    __getitem__ = __contains__ = __iter__ = __len__ = get = items = keys = values = _refuse


def sample(name: str) -> Cluster:
    return load(f"sample_clusters/{name}")


def findings(cluster: Cluster) -> list[tuple[object, ...]]:
    audit = cluster.audit()
    return [
        (each.fingerprint, each.severity, each.said, each.ruled_out)
        for each in (*audit.findings, *audit.ruled_out)
    ]


def own_bindings(objects: Objects) -> list[Identity]:
    bindings = (*objects.role_bindings.values(), *objects.cluster_role_bindings.values())
    return [(each.kind, each.namespace, each.name) for each in bindings if not each.assumed]


@pytest.mark.parametrize("name", SAMPLES)
def test_shared_facts_read_neither_roles_nor_bindings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = sample(name)
    asked: dict[Callable[..., Any], list[tuple[Any, ...]]] = {}
    lasting, lasting_of = View.lasting, View.lasting_of

    def record(view: View, make: Callable[[View], Any]) -> Any:
        asked[make] = [()]
        return lasting(view, make)

    def record_of(view: View, find: Callable[[View, Any], Any], item: Any) -> Any:
        asked.setdefault(find, []).append((item,))
        return lasting_of(view, find, item)

    with monkeypatch.context() as recording:
        recording.setattr(View, "lasting", record)
        recording.setattr(View, "lasting_of", record_of)
        cluster.audit()
    assert len(asked) > 5
    objects = cluster.objects
    view = View(objects, cluster.authorizer, cluster.kubernetes_version)
    expected = {make: [make(view, *items) for items in every] for make, every in asked.items()}
    objects.facts.clear()
    for table in _ACCESS:
        setattr(objects, table, Untouchable())
    for make, every in asked.items():
        assert [make(view, *items) for items in every] == expected[make]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_what_if_after_an_audit_finds_what_it_finds_without_one(name: str) -> None:
    cluster = sample(name)
    cluster.audit()
    for identity in own_bindings(cluster.objects)[:6]:
        changed = cluster.changed(removed=[identity])
        assert changed.objects.facts is cluster.objects.facts
        assert findings(changed) == findings(sample(name).changed(removed=[identity]))


def test_a_what_if_with_another_pod_shares_nothing() -> None:
    builder = ClusterBuilder().namespace("a").service_account("a", "x")
    builder.role("r", rule("*", "*", "*")).bind("r", "ServiceAccount/a:x")
    cluster = builder.build()
    before = findings(cluster)
    added = ClusterBuilder().add(pod("p", namespace="a", serviceAccountName="x")).build().loaded
    changed = cluster.changed(added)
    assert changed.objects.facts is not cluster.objects.facts
    assert "RBP130" in {finding.rule.id for finding in changed.audit().findings}
    assert findings(cluster) == before
