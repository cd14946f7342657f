"""Compares who reaches what in random clusters, and how soon, with a naive restatement of every technique."""

from hypothesis import given, settings

from rbacpsp import Cluster
from rbacpsp.paths import Paths
from rbacpsp.paths.edges import BY_NAME
from rbacpsp.paths.place import Place as PathPlace
from tests.paths.restated.objects import JSON, Place, RawCluster, Version
from tests.paths.restated.random_clusters import clusters
from tests.paths.restated.reach import (
    ACTIONS,
    FOLLOWING,
    FREE,
    Steps,
    all_steps,
    certain,
    distances,
    starts,
)

SETS = "one-of"
"""The technique of sets of places; the restatement has their members only."""


def test_every_technique_is_restated() -> None:
    assert {*ACTIONS, *FOLLOWING} == BY_NAME.keys() - {SETS}
    assert {name for name, technique in BY_NAME.items() if not technique.cost} - {SETS} == FREE


@given(clusters())
@settings(max_examples=50)
def test_paths_lead_where_a_naive_search_leads(cluster: tuple[list[JSON], Version]) -> None:
    """Paths miss nothing that is certain, claim nothing that is impossible, and are as long as they must be.

    The two restatements only differ where a subject binds a role to itself.
    """
    objects, version = cluster
    raw = RawCluster(objects, version)
    possible = all_steps(raw)
    sure = certain(raw, possible)
    goals = goals_of(raw, possible)
    paths = Cluster.from_objects(objects, kubernetes_version=f"{version[0]}.{version[1]}").paths()
    for start in starts(raw):
        found = lengths(paths, shown(start), goals)
        others = goals - {shown(start)}
        shortest, longest = (away(steps, start, others) for steps in (possible, sure))
        assert longest.keys() <= found.keys() <= shortest.keys(), start
        for goal, length in found.items():
            assert shortest[goal] <= length <= longest.get(goal, length), (start, goal)


def goals_of(cluster: RawCluster, steps: Steps) -> set[Place]:
    """Every subject, cluster-admin, a node, the secrets of each namespace and identities of clouds."""
    reached = {place for found in steps.values() for place in found}
    return set(map(shown, starts(cluster))) | {
        place for place in reached if place[0] in {"cluster-admin", "node", "secrets", "cloud"}
    }


def shown(start: Place) -> Place:
    """The place as paths show it: members as their group."""
    return ("Group", "", start[2]) if start[0] == "Members" else start


def away(steps: Steps, start: Place, goals: set[Place]) -> dict[Place, int]:
    """How many actions the goals are away from a start; what is reached without an action is not a goal."""
    return {goal: length for goal, length in distances(steps, start).items() if length and goal in goals}


def lengths(paths: Paths, start: Place, goals: set[Place]) -> dict[Place, int]:
    """The lengths of the paths from a start to the goals."""
    found = {tuple(path.goal): path.length for path in paths.from_(PathPlace(*start)).paths}
    return {goal: found[goal] for goal in goals if goal in found}
