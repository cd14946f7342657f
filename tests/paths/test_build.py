"""Tests that the graph of paths is built once, and is the same with and without shared work."""

import pickle
from copy import copy
from dataclasses import replace
from itertools import chain

import pytest

from rbacpsp import Cluster
from rbacpsp.files import load
from rbacpsp.model import Version
from rbacpsp.paths import Paths, parse_place
from rbacpsp.paths.build import PathGraphBuilder
from rbacpsp.paths.edges import TECHNIQUES
from rbacpsp.paths.findings import GOALS
from rbacpsp.paths.graph import Graph
from rbacpsp.paths.path import Path
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.clusters import CREATE_PODS, EVE, base
from tests.paths.test_paths import CASES

UNSHARED = tuple(replace(each, alike=None) if each.alike else each for each in TECHNIQUES)
"""Every family as if each permission and name led to places of its own."""


def edges(graph: Graph) -> set[tuple[object, ...]]:
    """The edges, in words."""
    return {
        (
            graph.places[edge.source],
            graph.places[edge.target],
            edge.technique.name if edge.technique else "",
            edge.cause.reason,
            edge.cause.rule_match,
        )
        for edge in graph.edges()
    }


@pytest.mark.parametrize("name", sorted(CASES))
def test_permissions_that_count_as_equal_give_the_same_edges(name: str) -> None:
    for build, _ in CASES[name]:
        site = build().paths()._facts
        assert edges(PathGraphBuilder(site).build()) == edges(PathGraphBuilder(site, UNSHARED).build())


@pytest.mark.parametrize("folder", ["acme", "psp-by-example", "bootstrap-1.36"])
def test_sharing_changes_no_edge_of_a_whole_cluster(folder: str) -> None:
    site = load(f"sample_clusters/{folder}").paths()._facts
    assert edges(PathGraphBuilder(site).build()) == edges(PathGraphBuilder(site, UNSHARED).build())


def reaching() -> Cluster:
    """Eve makes pods beside a strong account and reads a token."""
    builder = base().role("r", CREATE_PODS, rule("get", "secrets")).bind("r", EVE, namespace="a")
    return builder.build(kubernetes_version="1.30")


def test_audits_and_paths_of_a_cluster_share_one_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[PathGraphBuilder] = []
    build = PathGraphBuilder.build

    def counted(self: PathGraphBuilder) -> Graph:
        built.append(self)
        return build(self)

    monkeypatch.setattr(PathGraphBuilder, "build", counted)
    cluster = reaching()
    cluster.audit()
    cluster.paths().to(parse_place("cluster-admin"))
    cluster.audit(rules=[])
    assert len(built) == 1


def test_an_audit_does_not_affect_the_next_one() -> None:
    cluster = reaching()
    fresh = [(finding.fingerprint, finding.severity) for finding in reaching().audit().findings]
    cluster.audit(rules=[])
    assert [(finding.fingerprint, finding.severity) for finding in cluster.audit().findings] == fresh
    assert [(finding.fingerprint, finding.severity) for finding in cluster.audit().findings] == fresh


def test_findings_have_the_same_data_as_their_path() -> None:
    for build, _ in chain.from_iterable(CASES.values()):
        cluster = build()
        paths = Paths(cluster.objects, cluster.authorizer, version=cluster._stated_version)
        for goal in GOALS:
            tree = paths.toward(goal.place)
            seen: set[tuple[int, int]] = set()
            granting: set[int] = set()
            for lazy in paths.starting(tree):
                path = lazy.path
                objects = [obj for grant in path.grants for obj in (grant.binding, grant.role)]
                assert list(lazy.granting_objects(set())) == list(path.granting_objects(set())) == objects
                granting.update(map(id, lazy.granting_objects(seen)))
                assert granting.issuperset(map(id, objects))
                assert (lazy.start, lazy.length, lazy.kubernetes_own) == (
                    path.start,
                    path.length,
                    path.kubernetes_own,
                )
                assert lazy.evidence == path.evidence
                assert tree.technique(lazy.source) is path.steps[0].technique
                for place in (goal.place, parse_place("cluster-admin"), parse_place("node")):
                    passed = place in {step.target for step in path.steps}
                    assert tree.passes(lazy.source, place) == passed


def test_the_grants_of_findings_end_at_the_goal_in_a_large_graph() -> None:
    builder = ClusterBuilder()
    for number in range(300):  # Python keeps smaller numbers as one object each
        builder.role(f"r{number}", rule("get", "secrets", names=str(number))).bind(
            f"r{number}", f"User/u{number}"
        )
    builder.role("z", rule("impersonate", "users", names="zoe")).bind("z", EVE)
    paths = builder.build().paths()
    tree = paths.toward(parse_place("User/zoe"))
    assert tree.goal > 256
    (lazy,) = paths.starting(tree)
    assert [obj.metadata.name for obj in lazy.granting_objects(set())] == ["z", "z"]


def test_a_path_of_a_finding_is_pickled_as_the_path_that_it_is() -> None:
    paths = reaching().paths()
    lazy = next(iter(paths.starting(paths.toward(parse_place("cluster-admin")))))
    read = pickle.loads(pickle.dumps(lazy))  # noqa: S301 - our own bytes
    assert isinstance(read, Path)
    assert read.words == lazy.words


def test_copied_paths_are_those_of_the_same_cluster() -> None:
    for version in (Version(1, 22), None):
        objects = reaching().objects
        paths = Paths(
            objects, Cluster(objects).authorizer, version=version, version_is_assumed=version is None
        )
        copied = copy(paths)
        goal = parse_place("cluster-admin")
        assert [path.words for path in copied.to(goal)] == [path.words for path in paths.to(goal)]
        assert copied.to(goal)
        assert (copied.view.version, copied.view.version_is_assumed) == (
            paths.view.version,
            paths.view.version_is_assumed,
        )
