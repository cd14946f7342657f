"""The notebooks run from the first cell to the last, and show what they say."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

BOTH = [["100-psp", "changed", "6", "True"], ["200-psp", "changed", "2", "False"]]
FLIPPED = [["100-psp", "changed", "6", "False"], ["200-psp", "unchanged", "0", "True"]]


def words(table: str) -> list[list[str]]:
    """The words of each line of a printed frame."""
    return [line.split() for line in table.splitlines()]


def shown(notebook: Any) -> list[str]:
    """The text of each code cell's output, in order."""
    texts = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            parts = [
                each.text
                if each.output_type == "stream"
                else each.data.get("text/markdown", each.data["text/plain"])
                for each in cell.outputs
            ]
            texts.append("".join(parts))
    return texts


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs(path: Path) -> None:
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.slow
def test_the_first_article_s_questions_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    path = ROOT / "notebooks" / "psp-by-example.ipynb"
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # it ships no types
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )
    client.execute()
    policies, hunt, users, picture, both, flip, lost, privileged, dm, reach, mended, way = shown(notebook)
    assert "MustRunAsNonRoot" in policies
    assert "cluster-admin" in hunt
    assert "system:controller:clusterrole-aggregation-controller" in hunt
    assert "replicaset-controller" not in hunt
    for holder in ("system:masters", "tiller", "clusterrole-aggregation-controller"):
        assert holder in users
        assert holder in picture
    assert picture.startswith("```mermaid\nflowchart LR\n")
    assert words(both) == [["verdict", "sets", "wins"], *BOTH]
    assert words(flip) == [["verdict", "sets", "wins"], *FLIPPED]
    assert "spec.containers[0].securityContext.runAsNonRoot" in lost
    assert privileged.count("Privileged containers are not allowed") == 2
    assert "system:serviceaccount:kube-system:replicaset-controller" in dm
    assert (
        'Error creating: pods "dm-xxxxxxxxxx-" is forbidden: PodSecurityPolicy: unable to admit pod: []' in dm
    )
    assert reach == "{'100-psp': {}, '200-psp': {}}"
    assert ["200-psp", "changed", "2", "True"] in words(mended)
    assert way.startswith("'Deployment:default/dm → ServiceAccount:kube-system/replicaset-controller → ")
