"""Tests that the pages about formats, exit codes, the environment and configuration are complete."""

import ast
import re

from rbacpsp.decode import parse_yaml
from rbacpsp.pss import read_config
from rbacpsp.pss.levels import BASELINE
from rbacpsp.report.formats import NAMES
from rbacpsp.sources.kubeconfig import _PROXIES
from tests.docs import console, home, proof, written

_OF_A_SHELL = re.compile(r"COMP_|_RBACPSP_COMPLETE")
"""What a completion script sets for the program that it calls."""


def page(name: str) -> str:
    return (written.DOCS / f"{name}.md").read_text(encoding="utf-8")


def first_column(name: str) -> list[str]:
    """The words in the first column of the tables of a page."""
    rows = re.findall(r"^\| (`[^|]+) \|", page(name), re.MULTILINE)
    return [word for row in rows for word in re.findall(r"`([^`]+)`", row)]


def variables() -> set[str]:
    """The environment variables whose names appear in the program."""
    result = set()
    for path in (console.ROOT / "rbacpsp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="environ")), args=[name, *_]):
                    result.add(name)
                case ast.Subscript(value=ast.Attribute(attr="environ"), slice=name):
                    result.add(name)
    return {name.value for name in result if isinstance(name, ast.Constant) and isinstance(name.value, str)}


def test_every_format_is_described_once() -> None:
    assert sorted(first_column("formats")[1:]) == sorted(NAMES)


def test_every_variable_that_is_read_is_described() -> None:
    named = set(first_column("environment"))
    read = {name for name in variables() if not _OF_A_SHELL.match(name)}
    assert {"KUBECONFIG", "NO_COLOR"} <= read
    assert named == read | {name for name in _PROXIES if name.isupper()}


def test_the_example_configuration_is_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", page("configuration"), re.DOTALL)
    (value,) = parse_yaml(block)
    configuration = read_config(value)
    assert configuration.defaults.enforce.level == BASELINE
    assert configuration.exemptions.namespaces == ("kube-system",)


def test_every_exit_code_is_described() -> None:
    assert re.findall(r"^\| ([0-9]) \|", page("exit-codes"), re.MULTILINE) == ["0", "1", "2", "3"]


def test_the_counts_are_up_to_date() -> None:
    text = proof.PAGE.read_text(encoding="utf-8")
    assert proof.page(text) == text, "run python -m tests.docs.proof"
    assert proof.answers() > 30_000


def test_every_answer_that_is_recorded_is_counted() -> None:
    files = {path.relative_to(proof.DATA).as_posix() for path in proof.DATA.rglob("*.jsonl.gz")}
    counted = {f"{name}.jsonl.gz" for name, _, _ in proof.RECORDED}
    assert files - counted == {"scc/scc-clusters.jsonl.gz", "scc/scc-standard.jsonl.gz"}


def test_the_home_page_begins_like_the_readme() -> None:
    blocks = console.blocks(home.PAGE)
    assert blocks
    assert blocks[0] in console.blocks(console.ROOT / "README.md")
