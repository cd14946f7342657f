"""Paths as rows: a row for each step."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.paths.path import Path, PathStep
    from rbacpsp.paths.place import Place

_COLUMNS = ("from", "to", "step", "who", "how", "reaches", "through", "permission", "because")
_WIDE = frozenset({"to", "who", "permission", "because"})


def paths_table(paths: "Iterable[Path]", last: str = "") -> Table:
    """A row for each step; only the first row of a path has its start and goal."""
    rows = [_row(path, number, step) for path in paths for number, step in enumerate(path.steps, 1)]
    return Table(_COLUMNS, rows, _WIDE, last=last)


def no_path_text(start: "Place | None", goal: "Place | None") -> str:
    """The sentence for a question without a path."""
    who = start.words if start else "Only system:masters and Kubernetes' own components"
    verb = "does not reach" if start else "reach"
    return f"{who} {verb} {goal.words if goal else 'anything'} by the permissions that were loaded."


def _row(path: "Path", number: int, step: "PathStep") -> list[str]:
    first = number == 1
    return [
        path.start.words if first else "",
        path.goal.words if first else "",
        str(number),
        step.source.words,
        step.technique.title,
        step.target.words,
        step.through or step.because,
        step.permission,
        step.because,
    ]
