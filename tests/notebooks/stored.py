"""Stores notebooks: the script of each, with the outputs of a run.

`python -m tests.notebooks.stored [NAME...]` runs the scripts of notebooks/ and stores what they show. Left
out of what is stored is what differs between two runs of one program: addresses, counters, times,
progress, and notes of libraries on stderr. Pictures are compared by their kind, not by their pixels.
"""

import re
import sys
from pathlib import Path
from typing import Any

import nbformat

FOLDER = Path(__file__).parents[2] / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
SECONDS = 300
"""How long a cell may take on a busy machine."""

_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_PROGRESS = 'class="rbacpsp-progress"'


def notebook_of(script: Path) -> Any:
    """The notebook of a script, without outputs; the ids of its cells are their numbers."""
    import jupytext

    notebook = jupytext.read(script)
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata = {}
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def run(path: Path) -> Any:
    """A notebook after it ran in its folder, with the outputs that are stored.

    Raises:
        RuntimeError: A cell fails.
    """
    from nbmake.nb_run import NotebookRun

    result = NotebookRun(path, SECONDS).execute()
    if result.error is not None:
        raise RuntimeError(f"{path.name}: {result.error.trace}")
    for number, cell in enumerate(result.nb.cells, 1):
        cell.id, cell.metadata = f"cell-{number}", {}
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [kept for output in cell.outputs if (kept := _kept(output)) is not None]
    return result.nb


def _kept(output: Any) -> Any:
    """An output as it is stored; None if it is not stored."""
    if output.output_type == "stream":
        if output.name == "stderr":
            return None
        output.text = _ADDRESS.sub("0x...", output.text)
        return output
    if _PROGRESS in output.data.get("text/html", ""):
        return None
    if output.output_type == "execute_result":
        output.execution_count = None
    output.metadata = {}
    for kind, text in output.data.items():
        if kind.startswith("text/"):
            output.data[kind] = _ADDRESS.sub("0x...", text)
    return output


def shown(notebook: Any) -> list[list[Any]]:
    """The outputs of each cell, for comparison: texts as they are, pictures by their type."""
    return [
        [
            ("stream", output.text)
            if output.output_type == "stream"
            else {
                kind: "a picture" if kind.startswith("image/") else text for kind, text in output.data.items()
            }
            for output in cell.get("outputs", [])
        ]
        for cell in notebook.cells
    ]


def sources(notebook: Any) -> list[tuple[str, str]]:
    """The cells, without their outputs."""
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def stored(script: Path) -> Path:
    """The file of the notebook of a script."""
    return script.with_suffix(".ipynb")


def write(script: Path) -> None:
    """Run a script's notebook, and store it with its outputs."""
    path = stored(script)
    nbformat.write(notebook_of(script), path)  # type: ignore[no-untyped-call]  # it ships no types
    ran = run(path)
    fresh = notebook_of(script)
    for cell, done in zip(fresh.cells, ran.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs = done.outputs
    nbformat.write(fresh, path)  # type: ignore[no-untyped-call]  # as above


if __name__ == "__main__":
    for each in SCRIPTS:
        if not sys.argv[1:] or any(name in each.name for name in sys.argv[1:]):
            write(each)
