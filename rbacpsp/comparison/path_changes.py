"""Compares the paths to cluster-admin and to nodes: new, gone, shorter and longer ones."""

from typing import Protocol

from msgspec import Struct

from rbacpsp.model.result import counts
from rbacpsp.paths import Paths, parse_place
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import Place

GOALS = ("cluster-admin", "node")


class Reaching(Protocol):
    """A state in which paths are searched."""

    def paths(self) -> Paths:
        """The escalation paths."""


class PathChange(Struct, frozen=True):
    """A subject that reaches a goal in both states, with shortest paths of different lengths."""

    old: Path
    new: Path


class PathDifference(Struct, frozen=True):
    """How the paths of two states differ; false if subjects reach the same goals with as many actions."""

    new: tuple[Path, ...]
    """The shortest path in the new state of each subject without a path to the goal in the old one."""
    gone: tuple[Path, ...]
    """The shortest path in the old state of each subject without a path to the goal in the new one."""
    worse: tuple[PathChange, ...] = ()
    """The paths that became shorter."""
    better: tuple[PathChange, ...] = ()
    """The paths that became longer."""

    def __repr__(self) -> str:
        return counts(self, "new", "gone", "worse", "better")

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.worse or self.better)


def path_difference(old: Reaching, new: Reaching) -> PathDifference:
    """How the paths to cluster-admin and to root on a node differ, without those of bootstrap subjects."""
    before, after = _shortest(old.paths()), _shortest(new.paths())
    all_changes = [PathChange(before[key], path) for key, path in after.items() if key in before]
    changes = [change for change in all_changes if not change.new.kubernetes_own]
    return PathDifference(
        tuple(path for key, path in after.items() if key not in before and not path.kubernetes_own),
        tuple(path for key, path in before.items() if key not in after and not path.kubernetes_own),
        tuple(change for change in changes if change.new.length < change.old.length),
        tuple(change for change in changes if change.new.length > change.old.length),
    )


def _shortest(paths: Paths) -> dict[tuple[Place, Place], Path]:
    """The shortest path by goal and start."""
    return {(path.goal, path.start): path for goal in map(parse_place, GOALS) for path in paths.to(goal)}
