"""The Python on the README runs as it stands."""

import re
import subprocess
import sys

import pytest

from tests.docs import console

BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", (console.ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_runs_from_the_projects_folder(block: str) -> None:
    command = [sys.executable, "-W", "error", "-c", block]
    assert subprocess.run(command, cwd=console.ROOT, check=True, capture_output=True).stderr == b""
