"""Tests that every example in --help runs as it is printed."""

import shlex
from inspect import cleandoc
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.cli.lazy import LazyGroup

ROOT = Path(__file__).parents[2]


def examples(command: click.Command) -> list[str]:
    """The lines below `Examples:`; one that ends in a backslash continues, `#` begins a comment."""
    _, _, text = cleandoc(command.help or "").partition("Examples:\n")
    block = text.split("\n\n")[0].replace("\\\n", " ")
    found = [line.strip() for line in block.splitlines()]
    if isinstance(command, LazyGroup):
        for lazy in command._lazy.values():
            found += examples(lazy.load())
    return [line for line in found if line.startswith("rbacpsp ")]


LIVE_COMMANDS = ("snapshot", "verify", "whoami")
ALL_EXAMPLES = sorted(set(examples(main)))
LIVE_EXAMPLES = [line for line in ALL_EXAMPLES if line.split()[1] in LIVE_COMMANDS]
"""Those that need a cluster; tests/live runs them."""
SERVED = "mcp"
"""What serves until its client leaves, and needs an extra; tests/cli/tools talks to it."""
EXAMPLES = [line for line in ALL_EXAMPLES if line not in LIVE_EXAMPLES and line.split()[1] != SERVED]


def test_the_help_has_examples() -> None:
    assert len(EXAMPLES) > 20


@pytest.mark.parametrize("line", EXAMPLES)
def test_an_example_runs_and_answers(line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if line.split()[1] == "fleet":
        pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
    for path in ROOT.iterdir() if line.split()[1] != "sample" else ():  # which writes the samples itself
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)  # where files that are written do no harm
    if line.startswith("rbacpsp fleet report "):
        CliRunner().invoke(main, ["fleet", "audit", "sample_clusters/acme", "-O", "results"])
    words, _, stdin = line.partition(" < ")
    given = (ROOT / stdin.strip()).read_text(encoding="utf-8") if stdin else None
    result = CliRunner().invoke(main, shlex.split(words)[1:], input=given)
    assert result.exit_code in {0, 1}, result.stderr
    assert "error:" not in result.stderr
    assert result.stdout or any(not path.is_symlink() for path in tmp_path.iterdir())
