"""Which paths to cluster-admin and to a node came and went."""

from typing import TYPE_CHECKING

from rbacpsp.cli.diff_output.section import Alarm, DiffSection, Location, plural
from rbacpsp.cli.origins import origin_json
from rbacpsp.report.answer import Table
from rbacpsp.report.path_steps import path_json

if TYPE_CHECKING:
    from rbacpsp.comparison import PathDifference
    from rbacpsp.model import Objects
    from rbacpsp.paths.path import Path, PathStep

_COLUMNS = ("change", "subject", "reaches", "acts", "by")
_TITLE = "A new path to full control"
_HELP = (
    "A user, a group or a service account reaches cluster-admin or root on a node by steps that RBAC allows."
)


def paths_section(difference: "PathDifference", new: "Objects") -> DiffSection:
    """The shortest paths to a goal that exist in one state only, or have another length in the other."""
    changes = (("shorter path", difference.worse), ("longer path", difference.better))
    listed = [
        *(("new path", path, str(path.length)) for path in difference.new),
        *(
            (word, path_change.new, f"{path_change.old.length} -> {path_change.new.length}")
            for word, path_changes in changes
            for path_change in path_changes
        ),
        *(("path gone", path, str(path.length)) for path in difference.gone),
    ]
    return DiffSection(
        "paths",
        (
            plural(len(difference.new), "new path", "new paths"),
            plural(len(difference.worse), "shorter path", "shorter paths"),
            plural(len(difference.better), "longer path", "longer paths"),
            plural(len(difference.gone), "path gone", "paths gone"),
        ),
        Table(
            _COLUMNS,
            [(word, path.start.words, path.goal.words, acts, _steps(path)) for word, path, acts in listed],
        ),
        tuple(
            (word, path.start.words, "", "reaches", path.goal.words, "", _steps(path), "", "")
            for word, path, _ in listed
        ),
        lambda: {
            "new": list(map(path_json, difference.new)),
            "gone": list(map(path_json, difference.gone)),
            "worse": [{**path_json(change.new), "was": change.old.length} for change in difference.worse],
            "better": [{**path_json(change.new), "was": change.old.length} for change in difference.better],
        },
        lambda: [_alarm(path, new) for path in difference.new],
    )


def _steps(path: "Path") -> str:
    return "; ".join(map(_step, path.steps))


def _step(step: "PathStep") -> str:
    by = step.through or step.because
    return f"{step.technique.title} ({by})" if by else step.technique.title


def _alarm(path: "Path", objects: "Objects") -> Alarm:
    words, location = _caused(path, objects)
    who, goal = path.start.words, path.goal.words
    return Alarm(
        "path-new",
        _TITLE,
        _HELP,
        "error",
        f"{who} reaches {goal}: {_steps(path)}.",
        words or who,
        location,
        (who, goal),
    )


def _caused(path: "Path", objects: "Objects") -> tuple[str, Location]:
    """The first binding of the path that was read from a file."""
    for step in path.steps:
        if step.grant is not None and (origin := origin_json(step.grant.binding, objects)):
            return step.through, (origin["file"], origin.get("line", 0))
    return "", ("", 0)
