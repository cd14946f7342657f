"""The public surface: small, lazy, and the names that it promises."""

import subprocess
import sys

import rbacpsp
import rbacpsp.load
from rbacpsp.load import LoadError


def test_load_is_the_function_though_a_package_has_that_name_too() -> None:
    assert callable(rbacpsp.load)
    assert rbacpsp.LoadError is LoadError


def test_every_public_name_is_there() -> None:
    assert all(getattr(rbacpsp, name) for name in rbacpsp.__all__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ("msgspec", "yaml", "pandas", "networkx")
    code = f"import rbacpsp, sys; print([name for name in {heavy} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
