"""Tests that the installed wheel works, and names all its dependencies."""

import ast
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

from tests.ci.source import source

ROOT = Path(__file__).parents[1]
PACKAGES = {"yaml": "pyyaml", "mcp_types": "mcp", "cel_expr_python": "cel-expr-python", "google": "protobuf"}
"""Modules that are named otherwise than what is installed."""


@pytest.mark.slow
def test_the_wheel_installed_in_an_empty_environment_answers(tmp_path: Path) -> None:
    sources = source(tmp_path / "sources", "v9.8.7")
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(tmp_path / "dist"),
    ]
    subprocess.run(build, cwd=sources.path, env=sources.environment, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    uv = shutil.which("uv")
    venv.create(tmp_path / "empty", with_pip=uv is None)
    python = tmp_path / "empty" / "bin" / "python"
    pip: list[str | Path] = (
        [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    )
    subprocess.run([*pip, "--quiet", "--no-index", "--no-deps", wheel], check=True, capture_output=True)
    # Its dependencies are those of this environment: nothing is downloaded. `make demo` installs them alone.
    (place,) = (tmp_path / "empty").glob("lib/python*/site-packages")
    (place / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    program = tmp_path / "empty" / "bin" / "rbacpsp"
    cluster = str(ROOT / "sample_clusters" / "psp-by-example")
    question = ["psp", "users", "100-psp", "-o", "name", "-f", cluster]
    ran = subprocess.run([program, *question], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines() == [
        "Group/system:masters",
        "ServiceAccount/kube-system:clusterrole-aggregation-controller",
        "ServiceAccount/kube-system:tiller",
    ]
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    assert version.stdout == "9.8.7\n"


def test_every_package_that_is_imported_is_a_dependency() -> None:
    imported = set()
    for file in (ROOT / "rbacpsp").rglob("*.py"):
        if file.match("testing/pytest.py"):  # who imports it runs pytest
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module)
    foreign = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names - {"rbacpsp"}
    foreign -= {"pytest"}  # its plugin is loaded by pytest alone
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["fleet"], *extras["mcp"], *extras["migrate"]]
    wanted += [each for each in extras["notebook"] if each.startswith("matplotlib")]  # what draws
    named = {re.split(r"[^A-Za-z0-9_-]", each)[0].lower() for each in wanted}
    assert {PACKAGES.get(name, name) for name in foreign} == named
