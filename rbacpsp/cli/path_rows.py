"""Paths as rows: a row for each step."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.paths.path import Path, PathStep
    from rbacpsp.paths.place import Place

_COLUMNS = ("from", "to", "step", "who", "how", "reaches", "through", "permission", "because")
_WIDE = frozenset({"to", "who", "permission", "because"})

ALL_LEFT_OUT = "Every path that was found is left out by --limit, the policy, a profile or the baseline."
"""The sentence for paths of which none is shown."""


def paths_table(paths: "Iterable[Path]", last: str = "") -> Table:
    """A row for each step; only the first row of a path has its start and goal."""
    rows = [_row(path, number, step) for path in paths for number, step in enumerate(path.steps, 1)]
    return Table(_COLUMNS, rows, _WIDE, last=last)


def path_names(paths: "Iterable[Path]", *, reached: bool) -> Sequence[str]:
    """The places that paths lead to, or the subjects where they start, as `--to` and `--from` take them."""
    return [_name(path.goal if reached else path.start) for path in paths]


def _name(place: "Place") -> str:
    return "secrets" if place.kind == "secrets" and not place.namespace else place.words


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
