"""`rbacpsp psp users --matrix`: a table of subjects and policies."""

from collections.abc import Sequence

from rbacpsp.cli.grants import subject_json
from rbacpsp.cli.spelling import scope_text
from rbacpsp.model.subjects import subject_text
from rbacpsp.report.answer import Answer, Table
from rbacpsp.simulate import Simulation
from rbacpsp.simulate.matrix import Cell, MatrixRow, matrix


def matrix_answer(simulation: Simulation, policies: Sequence[str], namespace: str | None) -> Answer:
    """Who may use which policy in which namespaces, and how many pods depend on it."""
    matrix_rows = matrix(simulation, policies, namespace)
    columns = ("subject", "controls", "creates pods", *policies)
    rows = [_cells(row, policies) for row in matrix_rows]
    items = [_json(row) for row in matrix_rows]
    names = [subject_text(row.subject) for row in matrix_rows]
    table = Table(columns, rows, named=frozenset(policies))
    return Answer("PolicyMatrix", table, {"policies": list(policies), "items": items}, names)


def _cells(row: MatrixRow, policies: Sequence[str]) -> tuple[str, ...]:
    uses = (_text(row.cells[policy]) if policy in row.cells else "" for policy in policies)
    return (subject_text(row.subject), ", ".join(row.controls), _places(row.creates), *uses)


def _text(cell: Cell) -> str:
    pods = f" ({cell.pods} pod{'' if cell.pods == 1 else 's'})" if cell.pods else ""
    return f"{_places(cell.scopes)}{pods}"


def _places(scopes: Sequence[str]) -> str:
    return scope_text("") if "" in scopes else ", ".join(scopes)


def _json(row: MatrixRow) -> dict[str, object]:
    return {
        "subject": subject_json(row.subject),
        "controls": list(row.controls),
        "createsPodsIn": list(row.creates),
        "policies": {
            policy: {"namespaces": list(cell.scopes), "pods": cell.pods} for policy, cell in row.cells.items()
        },
    }
