"""Tests the public names: few, imported on first use, and complete."""

import subprocess
import sys
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

import rbacpsp
from rbacpsp.cli import main
from rbacpsp.decode import LoadError


def test_load_is_the_function_and_no_package_has_that_name() -> None:
    assert callable(rbacpsp.load)
    assert find_spec("rbacpsp.load") is None
    assert rbacpsp.LoadError is LoadError


def test_every_public_name_exists() -> None:
    assert all(getattr(rbacpsp, name) for name in rbacpsp.__all__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ("msgspec", "yaml", "pandas", "networkx")
    code = f"import rbacpsp, sys; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_names_that_a_shell_completes_are_public() -> None:
    assert [name for name in dir(rbacpsp) if not name.startswith("__")] == sorted(
        set(rbacpsp.__all__) - {"__version__"}
    )


def test_help_imports_nothing_of_the_program() -> None:
    code = (
        "import sys; sys.argv[1:] = ['--help']\n"
        "from rbacpsp.__main__ import main; main()\n"
        "print([name for name in ('click', 'rbacpsp.cli', 'rbacpsp.model') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("Usage: rbacpsp [OPTIONS] COMMAND [ARGS]...\n")
    assert ran.stdout.endswith("\n[]\n")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["who-can", "--help"]])
def test_the_package_runs_as_the_program_does(arguments: list[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "rbacpsp", *arguments], capture_output=True, text=True, check=True
    )
    assert ran.stdout == CliRunner().invoke(main, arguments, prog_name="rbacpsp").stdout
