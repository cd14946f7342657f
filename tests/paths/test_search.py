"""Compares the search for shortest paths with a naive implementation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.model import Version
from rbacpsp.paths import Paths
from rbacpsp.paths.edges.control import TECHNIQUES
from rbacpsp.paths.graph import Cause, Graph
from rbacpsp.paths.place import CLUSTER_ADMIN, NODE, Place

ACT, MEMBER = TECHNIQUES  # of cost 1, and of cost 0
CLOUD = Place("cloud", "", "role-of-a-node")
PLACES = [CLUSTER_ADMIN, NODE, Place("secrets", "a"), *(Place("User", "", name) for name in "pqrstu"), CLOUD]
FAR = 10**6

Edges = list[tuple[int, int, int]]
"""Source, target and cost."""

edges = st.lists(
    st.tuples(st.integers(0, len(PLACES) - 1), st.integers(0, len(PLACES) - 1), st.integers(0, 1)),
    max_size=40,
)


def paths_over(given_edges: Edges) -> Paths:
    """Paths whose graph has these edges."""
    cluster = Cluster.from_objects([])
    paths = Paths(cluster.objects, cluster.authorizer)
    graph = Graph()
    for place in PLACES:
        graph.id(place)
    for source, target, cost in given_edges:
        graph.add(source, target, Cause(ACT if cost else MEMBER), cost)
    paths.__dict__["graph"] = graph
    return paths


def distances(given_edges: Edges, start: int) -> list[int]:
    """The distance of every place from a start: relax every edge until no distance decreases."""
    far = [FAR] * len(PLACES)
    far[start] = 0
    for _ in PLACES:
        for source, target, cost in given_edges:
            far[target] = min(far[target], far[source] + cost)
    return far


@given(edges)
def test_a_path_is_as_long_as_the_distance(given_edges: Edges) -> None:
    paths = paths_over(given_edges)
    for start, place in enumerate(PLACES):
        far = distances(given_edges, start)
        for goal, wanted in enumerate(PLACES):
            result = paths.between(place, wanted)
            if start == goal or far[goal] == FAR:
                assert result is None
            else:
                assert result is not None
                assert result.length == far[goal]
                assert result.steps[0].source == place
                assert result.steps[-1].target == wanted
                for one, other in zip(result.steps, result.steps[1:], strict=False):
                    assert one.target == other.source


@given(edges)
def test_everybody_who_reaches_a_goal_is_found_by_a_shortest_path(given_edges: Edges) -> None:
    paths = paths_over(given_edges)
    for goal, place in enumerate(PLACES):
        expected = {
            start.words: distances(given_edges, number)[goal]
            for number, start in enumerate(PLACES)
            if start.kind in {"User", "cloud"}
            and number != goal
            and distances(given_edges, number)[goal] < FAR
        }
        result = paths.to(place)
        assert {path.start.words: path.length for path in result} == expected
        assert [path.length for path in result] == sorted(path.length for path in result)


@given(edges)
def test_everything_that_a_start_reaches_is_listed_with_goals_first(given_edges: Edges) -> None:
    paths = paths_over(given_edges)
    ranks = {"cluster-admin": 0, "node": 1, "secrets": 2, "cloud": 3, "User": 9}
    for start, place in enumerate(PLACES):
        far = distances(given_edges, start)
        expected = sorted(
            (ranks[wanted.kind], far[goal], wanted)
            for goal, wanted in enumerate(PLACES)
            if 0 < far[goal] < FAR
        )
        ways = paths.from_(place)
        assert [(ranks[path.goal.kind], path.length, path.goal) for path in ways.paths] == expected
        assert ways.total == len(expected)
        assert paths.from_(place, 1).paths == ways.paths[:1]


@given(edges)
def test_a_tree_gives_the_same_data_as_each_path(given_edges: Edges) -> None:
    paths = paths_over(given_edges)
    for goal, place in enumerate(PLACES):
        tree = paths.toward(place)
        far = [distances(given_edges, start)[goal] for start in range(len(PLACES))]
        assert tree.technique(goal) is None
        for source, start in enumerate(PLACES):
            if far[source] == FAR:
                assert not any(tree.passes(source, other) for other in PLACES)
                continue
            path = tree.path(source)
            targets = {step.target for step in path.steps}
            assert (path.start, path.goal, path.length) == (start, place, far[source])
            passed, here = [], source
            while here != goal:
                here = paths.graph.ends[1][tree.after[here]]
                passed.append(PLACES[here])
            assert passed == [step.target for step in path.steps]
            assert not path.steps or tree.technique(source) is path.steps[0].technique
            for number, other in enumerate(PLACES):
                assert tree.passes(source, other) == (other in targets)
                assert tree.comes_by(source, number) == (other in targets | {start})


def test_a_tree_knows_which_places_the_paths_of_a_large_graph_pass() -> None:
    cluster = Cluster.from_objects([])
    paths = Paths(cluster.objects, cluster.authorizer)
    graph = Graph()
    users = [Place("User", "", f"{number:03}") for number in range(400)]
    for user in users:
        graph.id(user)
    for number in range(300, 398):
        graph.add(number, number + 1, Cause(ACT), 1)
    paths.__dict__["graph"] = graph
    tree = paths.toward(users[398])
    assert [tree.passes(number, users[350]) for number in (340, 349, 350, 360)] == [True, True, False, False]
    assert [tree.comes_by(number, 350) for number in (340, 350, 360)] == [True, True, False]
    assert tree.passes(300, users[398])
    assert not tree.passes(300, users[399])
    assert not tree.passes(300, Place("User", "", "nobody"))
    assert tree.technique(398) is None


def test_actions_count_and_memberships_do_not() -> None:
    long = [(3, 4, 1), (4, 0, 1)]
    short = [(3, 5, 0), (5, 6, 0), (6, 0, 1)]
    result = paths_over([*long, *short]).between(PLACES[3], CLUSTER_ADMIN)
    assert result is not None
    assert (result.length, len(result.steps)) == (1, 3)


def test_a_place_does_not_lead_to_itself() -> None:
    paths = paths_over([(3, 4, 1), (4, 3, 1)])
    assert paths.between(PLACES[3], PLACES[3]) is None
    assert [path.start for path in paths.to(PLACES[3])] == [PLACES[4]]


def test_of_equally_short_paths_the_one_whose_edge_was_added_first_is_taken() -> None:
    start, left, right = 3, 4, 5
    paths = paths_over([(start, left, 1), (start, right, 1), (left, 0, 1), (right, 0, 1)])
    result = paths.between(PLACES[start], CLUSTER_ADMIN)
    assert result is not None
    assert [step.target for step in result.steps] == [PLACES[left], CLUSTER_ADMIN]


def test_of_equally_short_paths_the_first_is_taken_however_long_they_are() -> None:
    cluster = Cluster.from_objects([])
    paths = Paths(cluster.objects, cluster.authorizer)
    graph = Graph()
    users = [Place("User", "", f"{number:03}") for number in range(303)]
    for user in users:
        graph.id(user)
    for number in range(300):
        graph.add(number, number + 1, Cause(ACT), 1)
    for first, second in ((299, 301), (300, 302), (301, 302)):
        graph.add(first, second, Cause(ACT), 1)
    paths.__dict__["graph"] = graph
    result = paths.between(users[0], users[302])
    assert result is not None
    assert [step.target for step in result.steps] == [*users[1:301], users[302]]


def test_a_version_counts_as_known_unless_it_is_marked_as_assumed() -> None:
    objects, authorizer = Cluster.from_objects([]).objects, Cluster.from_objects([]).authorizer
    stated = Paths(objects, authorizer, version=Version(1, 30))
    assumed = Paths(objects, authorizer, version=Version(1, 30), version_is_assumed=True)
    assert (stated.view.version_is_assumed, assumed.view.version_is_assumed) == (False, True)
    assert Paths(objects, authorizer).view.version_is_assumed


def test_paths_are_not_changed() -> None:
    with pytest.raises((AttributeError, TypeError)):
        paths_over([]).other = None  # type: ignore[attr-defined]


def test_nobody_reaches_a_missing_place() -> None:
    paths = paths_over([(3, 0, 1)])
    nowhere = Place("secrets", "nowhere")
    assert paths.to(nowhere) == ()
    assert paths.cuts(nowhere) == ()
    assert list(paths.starting(paths.toward(nowhere))) == []
    assert paths.tree(nowhere) == set()
    assert paths.between(PLACES[3], nowhere) is paths.between(nowhere, CLUSTER_ADMIN) is None
    assert (paths.from_(nowhere).paths, paths.from_(nowhere).total) == ((), 0)


def test_of_two_edges_between_the_same_places_the_first_is_taken() -> None:
    paths = paths_over([(3, 0, 1), (3, 0, 1), (0, 4, 1), (0, 4, 1)])
    assert set(paths.toward(CLUSTER_ADMIN).after) == {-1, 0}
    assert set(paths.toward(PLACES[4]).after) == {-1, 0, 2}


def test_a_path_is_found_between_the_last_of_many_places() -> None:
    cluster = Cluster.from_objects([])
    paths = Paths(cluster.objects, cluster.authorizer)
    graph = Graph()
    users = [Place("User", "", f"{number:03}") for number in range(400)]
    for user in users:
        graph.id(user)
    for number in range(396, 399):
        graph.add(number, number + 1, Cause(ACT), 1)
    paths.__dict__["graph"] = graph
    result = paths.between(users[396], users[399])
    assert result is not None
    assert [step.target for step in result.steps] == users[397:]
    assert [path.start for path in paths.to(users[399])] == [users[398], users[397], users[396]]
    assert paths.between(users[396], users[396]) is None


def test_the_tree_of_a_goal_has_the_edges_of_its_shortest_paths_and_no_other() -> None:
    paths = paths_over([(3, 4, 1), (4, 0, 1), (3, 0, 1), (5, 3, 1), (0, 6, 1)])
    assert paths.tree(CLUSTER_ADMIN) == {1, 2, 3}
    assert paths.tree(PLACES[4]) == {0, 3}
    assert paths.tree(PLACES[6]) == {1, 2, 3, 4}
