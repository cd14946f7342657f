"""Who reaches cluster-admin or a node now and did not before, who no longer does, and who is nearer."""

from typing import Protocol

from msgspec import Struct

from rbacpsp.paths import Paths, parse_place
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import Place

GOALS = ("cluster-admin", "node")


class Reaching(Protocol):
    """A state in which paths are looked for."""

    def paths(self) -> Paths:
        """Who can become whom."""


class PathChange(Struct, frozen=True):
    """A subject that reaches a goal in both states, with shortest paths of different lengths."""

    old: Path
    new: Path


class PathDifference(Struct, frozen=True):
    """How the paths of two states differ; false where subjects reach the same goals in as many steps."""

    new: tuple[Path, ...]
    """The shortest path in the new state of each subject that reached the goal by none in the old one."""
    gone: tuple[Path, ...]
    """The shortest path in the old state of each subject that reaches the goal by none in the new one."""
    worse: tuple[PathChange, ...] = ()
    """The paths that became shorter."""
    better: tuple[PathChange, ...] = ()
    """The paths that became longer."""

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.worse or self.better)


def path_difference(old: Reaching, new: Reaching) -> PathDifference:
    """How the paths to cluster-admin and to root on a node differ; of Kubernetes' own none."""
    before, after = _shortest(old.paths()), _shortest(new.paths())
    both = [PathChange(before[key], path) for key, path in after.items() if key in before]
    theirs = [each for each in both if not each.new.brought]
    return PathDifference(
        tuple(path for key, path in after.items() if key not in before and not path.brought),
        tuple(path for key, path in before.items() if key not in after and not path.brought),
        tuple(their for their in theirs if their.new.length < their.old.length),
        tuple(each for each in theirs if each.new.length > each.old.length),
    )


def _shortest(paths: Paths) -> dict[tuple[Place, Place], Path]:
    """By goal and start the shortest path, for one goal after the other."""
    return {(path.goal, path.start): path for goal in map(parse_place, GOALS) for path in paths.to(goal)}
