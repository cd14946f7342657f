"""How escalation paths are shown."""

from collections.abc import Sequence

from rbacpsp.cli.path_rows import no_path_text, paths_table
from rbacpsp.cli.system_subjects import omitted_line
from rbacpsp.display.view import ResultView, Showing
from rbacpsp.paths.path import Path
from rbacpsp.paths.place import CLUSTER_ADMIN, NODE
from rbacpsp.paths.search import Paths, Ways
from rbacpsp.report.answer import Table
from rbacpsp.report.table import columns

_SHOWN = 50
"""The most paths that are listed with their steps."""


def _table(paths: Sequence[Path], last: str = "") -> Table:
    return paths_table(paths[:_SHOWN], last)


def _paths_text(paths: Paths) -> str:
    paths_to_admin = paths.to(CLUSTER_ADMIN)
    user_paths = [path for path in paths_to_admin if not path.kubernetes_own]
    if not user_paths:
        return no_path_text(None, CLUSTER_ADMIN)
    kubernetes_line = omitted_line(
        len(paths_to_admin) - len(user_paths), "paths of Kubernetes' own components"
    )
    return columns(_table(user_paths, kubernetes_line).narrow())


def _paths_view(paths: Paths) -> ResultView:
    by_goal = {goal: paths.to(goal) for goal in (CLUSTER_ADMIN, NODE)}
    user_paths = [path for goal_paths in by_goal.values() for path in goal_paths if not path.kubernetes_own]
    counts = ", ".join(
        f"{sum(not path.kubernetes_own for path in goal_paths)} to {goal.words}"
        for goal, goal_paths in by_goal.items()
    )
    kubernetes_count = sum(path.kubernetes_own for goal_paths in by_goal.values() for path in goal_paths)
    rows = [
        (path.start.words, path.goal.words, str(path.length), path.words)
        for path in sorted(user_paths, key=lambda path: path.order)
    ]
    return ResultView(
        f"Paths: {counts}",
        None,
        (),
        (Table(("from", "to", "actions", "how"), rows),),
        (f"Not counted: {kubernetes_count} of Kubernetes' own components.",) if kubernetes_count else (),
        ".frame()",
    )


def _way_text(path: Path) -> str:
    return columns(_table([path]).narrow())


def _way_view(path: Path) -> ResultView:
    rows = [
        (
            str(number),
            step.source.words,
            step.technique.title,
            step.target.words,
            step.through or step.because,
        )
        for number, step in enumerate(path.steps, 1)
    ]
    actions = f"{path.length} action{'' if path.length == 1 else 's'}"
    return ResultView(
        f"{path.start.words} to {path.goal.words}: {actions}",
        tables=(Table(("step", "who", "how", "reaches", "through"), rows),),
        more=".steps",
    )


def _ways_text(ways: Ways) -> str:
    return columns(_table(ways.paths).narrow()) if ways.paths else "No path was found."


def _ways_view(ways: Ways) -> ResultView:
    rows = [(path.goal.words, str(path.length), path.words) for path in ways.paths]
    return ResultView(
        f"{ways.total:,} path{'' if ways.total == 1 else 's'}",
        tables=(Table(("to", "actions", "how"), rows),),
        more=".paths",
    )


SHOWN = {
    "Path": Showing(_way_text, _way_view),
    "Paths": Showing(_paths_text, _paths_view),
    "Ways": Showing(_ways_text, _ways_view),
}
