"""Tests that generated assertions pass, and that a changed one fails or cannot be asked."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.assertions import initial
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder
from tests.assertions.test_pods import LEVELS, POLICIES
from tests.assertions.test_properties import SPACES
from tests.assertions.test_reach import CLUSTER as REACHING
from tests.comparison.test_access_properties import states

SAMPLES = Path(__file__).parents[2] / "sample_clusters"
NAMES = ("psp-by-example", "psp-on-eks", "psp-migration", "pod-security-standards")
READ = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
EXEC = {"verbs": ["create"], "apiGroups": [""], "resources": ["pods/exec"]}
BUSY = (
    ClusterBuilder()
    .namespace("shop")
    .namespace("prod")
    .service_account("prod", "web")
    .role("reads", READ, EXEC)
    .bind("reads", "Group/devs", namespace="shop", kind="ClusterRole")
    .bind("reads", "ServiceAccount/prod:web", "User/eve", namespace="prod", kind="ClusterRole", name="both")
    .bind("all", "User/root")
    .role("all", {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]})
    .build(kubernetes_version="1.30")
)


def clusters() -> Iterator[tuple[str, Cluster]]:
    yield from {"policies": POLICIES, "levels": LEVELS, "reaching": REACHING, "busy": BUSY}.items()
    for name in NAMES:
        yield name, rbacpsp.load(SAMPLES / name)


CLUSTERS = dict(clusters())


def results(cluster: Cluster, assertions: list[JSONObject]) -> list[tuple[str, str]]:
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": assertions}
    return [(item.result, item.why) for item in rbacpsp.test(cluster, body).items]


@pytest.mark.parametrize("name", CLUSTERS)
def test_generated_assertions_pass_on_their_cluster(name: str) -> None:
    result = initial(CLUSTERS[name])
    assert len(result["assertions"]) >= 3
    assert len({assertion["name"] for assertion in result["assertions"]}) == len(result["assertions"])
    assert set(results(CLUSTERS[name], result["assertions"])) == {("pass", "")}


def mutants(assertion: JSONObject) -> Iterator[tuple[str, JSONObject]]:
    """Every small change of an assertion that makes it false or changes its subject."""

    def changed(what: str, **keys: Any) -> tuple[str, JSONObject]:
        kept = {
            key: value for key, value in copy.deepcopy(assertion).items() if keys.get(key, value) is not None
        }
        return what, kept | {key: value for key, value in keys.items() if value is not None}

    if "only" in assertion:
        for number in range(len(assertion["only"])):
            left = assertion["only"][:number] + assertion["only"][number + 1 :]
            yield changed("one is left out", only=left)
        yield changed("one is added", only=[*assertion["only"], "Group/system:unauthenticated"])
        yield changed("a misspelt one is added", only=[*assertion["only"], "User/nobody-is-called-so"])
    if "can" in assertion:
        can = assertion["can"]
        yield changed("an unserved resource", can={**can, "resources": ["secrtes"]})
        yield changed("a namespace that is not there", can={**can, "namespaces": ["nowhere"]})
        if assertion["only"]:
            yield changed("the opposite", only=None, who=assertion["only"], can=None, cannot=can)
    if "canReach" in assertion:
        yield changed("a goal that is not there", canReach="secrets:nowhere")
        if assertion["only"]:
            yield changed(
                "the opposite",
                only=None,
                who=assertion["only"],
                canReach=None,
                cannotReach=assertion["canReach"],
            )
    if "workload" in assertion:
        kind, namespace, _ = assertion["workload"].split("/")
        yield changed("another workload", workload=f"{kind}/{namespace}/nowhere")
    if "refused" in assertion:
        yield changed("the opposite", refused=not assertion["refused"])
    if "admittedBy" in assertion:
        yield changed("another policy", admittedBy="nowhere")
        yield changed("the opposite", admittedBy=None, refused=True)
    if "level" in assertion:
        yield changed("the opposite", level=None, refused=True)


@pytest.mark.parametrize("name", CLUSTERS)
def test_no_changed_assertion_passes(name: str) -> None:
    assertions = initial(CLUSTERS[name])["assertions"]
    made = [(what, each) for assertion in assertions for what, each in mutants(assertion)]
    assert len(made) >= 2 * len(assertions)
    came = results(CLUSTERS[name], [each for _, each in made])
    survived = [
        (what, each) for (what, each), (result, _) in zip(made, came, strict=True) if result == "pass"
    ]
    assert survived == []


def test_every_kind_of_assertion_is_changed() -> None:
    every = [assertion for cluster in CLUSTERS.values() for assertion in initial(cluster)["assertions"]]
    sorts = {key for each in every for key in each} - {"name"}
    assert sorts == {"only", "can", "canReach", "workload", "admittedBy", "refused", "level"}


def test_each_removed_grant_fails_an_assertion() -> None:
    """Mutants of the cluster: without any one of its bindings an assertion no longer passes."""
    assertions = initial(BUSY)["assertions"]
    for binding in (*BUSY.objects.role_bindings.values(), *BUSY.objects.cluster_role_bindings.values()):
        left = BUSY.changed(removed=[(binding.kind, binding.namespace, binding.name)])
        assert {result for result, _ in results(left, assertions)} != {"pass"}, binding.name


@given(states)
@settings(max_examples=40, deadline=None, database=None)
def test_assertions_are_generated_for_any_cluster_and_pass_on_it(items: list[JSONObject]) -> None:
    cluster = Cluster.from_objects([*items, *SPACES], kubernetes_version="1.30")
    found = initial(cluster)
    assert {result for result, _ in results(cluster, found["assertions"])} <= {"pass"}
