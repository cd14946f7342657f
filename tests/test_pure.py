"""Tests that decisions are pure, as CONTRIBUTING.md requires: they depend only on their arguments."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rbacpsp"
PURE = ("apply", "rbac", "pods", "psp", "scc", "pss", "admission", "simulate", "audit", "paths")
OUTSIDE = frozenset(
    {
        *(
            "os",
            "sys",
            "io",
            "shutil",
            "tempfile",
            "glob",
            "subprocess",
            "socket",
            "ssl",
            "urllib3",
            "logging",
        ),
        *("time", "random", "secrets", "uuid", "locale", "getpass", "platform", "signal"),
        *("click", "rich", "kubernetes"),
    }
)
"""Modules that reach files, the network, the environment, the clock, chance or a terminal."""
CALLS = frozenset({"open", "print", "input", "breakpoint", "exit", "quit"})
METHODS = frozenset(
    {
        *("read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "rglob", "is_file", "is_dir"),
        *("exists", "mkdir", "unlink", "today", "now", "utcnow", "getenv"),
    }
)
OWN_DATA = frozenset({"audit/examples.py", "audit/vendors.py"})
"""What reads only the data that the program brings, as `catalog/` does."""


def impurities(source: str) -> Iterator[str]:
    """The side effects of a module, one line each."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                result = [alias.name for alias in names if alias.name.partition(".")[0] in OUTSIDE]
            case ast.ImportFrom(module=str(module)):
                result = [module] if module.partition(".")[0] in OUTSIDE else []
            case ast.Call(func=ast.Name(id=name)):
                result = [f"{name}()"] if name in CALLS else []
            case ast.Call(func=ast.Attribute(attr=name)):
                result = [f".{name}()"] if name in METHODS else []
            case _:
                result = []
        yield from (f"line {getattr(node, 'lineno', 0)}: {each}" for each in result)


@pytest.mark.parametrize("room", PURE)
def test_a_decision_reads_no_file_clock_or_environment_and_prints_nothing(room: str) -> None:
    result = {
        str(module.relative_to(PACKAGE)): there
        for module in sorted((PACKAGE / room).rglob("*.py"))
        if module.relative_to(PACKAGE).as_posix() not in OWN_DATA
        and (there := list(impurities(module.read_text(encoding="utf-8"))))
    }
    assert result == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os", ["line 1: os"]),
        ("from time import sleep", ["line 1: time"]),
        ("def f():\n    import random", ["line 2: random"]),
        ("print(1)", ["line 1: print()"]),
        ("from datetime import datetime\nx = datetime.now()", ["line 2: .now()"]),
        ("Path('x').read_text()", ["line 1: .read_text()"]),
        ("from rbacpsp.model import Request\nRequest('get')", []),
    ],
)
def test_impure_code_is_found(source: str, found: list[str]) -> None:
    assert list(impurities(source)) == found
