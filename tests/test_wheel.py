"""The wheel is whole: installed alone, elsewhere, it gives a working program."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_wheel_installed_in_an_empty_environment_answers(tmp_path: Path) -> None:
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
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "empty", with_pip=shutil.which("uv") is None)
    python = tmp_path / "empty" / "bin" / "python"
    uv = shutil.which("uv")
    pip: list[str | Path] = [uv, "pip", "--python", python] if uv else [python, "-m", "pip"]
    subprocess.run([*pip, "install", "--quiet", wheel], check=True, capture_output=True)

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
    assert version.stdout == "0.1.0\n"
