"""How a cluster is shown: its version, and the number of objects of each kind."""

from collections import Counter

from rbacpsp.display.view import ResultView, Showing
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import line
from rbacpsp.report.table import columns
from rbacpsp.state import State


def _table(cluster: State) -> Table:
    counts = Counter(obj.kind for obj in cluster.listed)
    assumed = Counter(obj.kind for obj in cluster.listed if getattr(obj, "assumed", False))
    rows = [(kind, f"{count:,}", f"{assumed[kind]:,}") for kind, count in sorted(counts.items())]
    if assumed:
        return Table(("kind", "objects", "assumed"), rows)
    return Table(("kind", "objects"), [row[:2] for row in rows])


def _title(cluster: State) -> str:
    return f"A cluster of {cluster.version_words}"


def _text(cluster: State) -> str:
    return f"{line(_title(cluster))}\n{columns(_table(cluster))}"


def _view(cluster: State) -> ResultView:
    return ResultView(_title(cluster), tables=(_table(cluster),), notes=cluster.warnings)


SHOWN = {"State": Showing(_text, _view)}
