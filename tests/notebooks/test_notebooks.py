"""Tests that notebooks run completely and give the stored outputs."""

import re
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import stored

for module in ("matplotlib", "jupytext", "nbmake", "pyarrow"):
    pytest.importorskip(
        module, reason="notebooks need the extra notebook and the group notebook-tests: make test PURPOSE=all"
    )

SCRIPTS = pytest.mark.parametrize("script", stored.SCRIPTS, ids=lambda script: script.stem)


def test_there_are_six_notebooks_and_each_is_a_script_and_its_outputs() -> None:
    assert [script.stem for script in stored.SCRIPTS] == [
        "01-tour-of-a-cluster",
        "02-which-policy-wins",
        "03-security-review-from-frames",
        "04-leaving-psp",
        "05-escalation-paths",
        "06-what-changed",
    ]
    assert sorted(stored.FOLDER.glob("*.ipynb")) == [stored.stored(script) for script in stored.SCRIPTS]


@SCRIPTS
def test_a_stored_notebook_is_its_script(script: Path) -> None:
    notebook = nbformat.read(stored.stored(script), as_version=4)  # type: ignore[no-untyped-call]  # it ships no types
    nbformat.validate(notebook)
    assert stored.sources(notebook) == stored.sources(stored.notebook_of(script))
    assert all(cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")


@SCRIPTS
def test_a_notebook_has_texts_like_an_article_and_shows_its_outputs(script: Path) -> None:
    notebook = nbformat.read(stored.stored(script), as_version=4)  # type: ignore[no-untyped-call]  # as above
    first, *_, last = notebook.cells
    assert first.cell_type == last.cell_type == "markdown"
    assert re.match(r"# [A-Z]", first.source)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(len(cell.source.splitlines()) <= 20 for cell in code)
    assert sum(bool(cell.outputs) for cell in code) >= len(code) - 1
    assert stored.stored(script).stat().st_size < 600_000
    text = stored.stored(script).read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert str(stored.FOLDER.parent) not in text


@pytest.mark.slow
@SCRIPTS
def test_a_notebook_that_runs_again_shows_the_stored_outputs(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    path = stored.stored(script)
    expected = stored.shown(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]  # as above
    assert stored.shown(stored.run(path)) == expected
