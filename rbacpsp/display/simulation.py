"""How a simulation is shown: what policies decide about every pod of a cluster."""

from rbacpsp.cli.simulate_text import reasons, summary_lines
from rbacpsp.cli.simulation_rows import COLUMNS, WIDE, row_cells
from rbacpsp.display.view import ResultView, Showing
from rbacpsp.model.result import counted
from rbacpsp.report.answer import Table
from rbacpsp.report.escape import lines
from rbacpsp.report.table import columns
from rbacpsp.simulate import Simulation

_EMPTY = "No workload and no pod was loaded."


def _table(simulation: Simulation) -> Table:
    return Table(COLUMNS, list(map(row_cells, simulation)), WIDE)


def _text(simulation: Simulation) -> str:
    rows = list(simulation)
    if not rows:
        return _EMPTY
    summary = "\n".join(summary_lines(rows, simulation.summary))
    refusals = "\n".join(reasons(rows))
    return f"{lines(summary)}\n\n{columns(_table(simulation).narrow())}" + (
        f"\n{lines(refusals)}" if refusals else ""
    )


def _view(simulation: Simulation) -> ResultView:
    rows = list(simulation)
    refused = sum(row.refused for row in rows)
    if not rows:
        return ResultView(_EMPTY)
    return ResultView(
        f"{counted(len(rows), 'row')}, {refused} refused",
        not refused,
        tuple(summary_lines(rows, simulation.summary)),
        (_table(simulation),),
        tuple(reasons(rows)),
        ".frame()",
    )


SHOWN = {"Simulation": Showing(_text, _view)}
