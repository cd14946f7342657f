"""Tests that kubectl applies the output for an engine, as one stream and as a folder."""

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from tests.live.server import ApiServer

pytestmark = pytest.mark.live
SAMPLE = Path(__file__).parents[2] / "sample_clusters" / "psp-migration"


def kubectl(server: ApiServer, *words: str | Path, text: str = "") -> list[str]:
    """The lines that kubectl prints, without the server's warnings."""
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("not run: kubectl is missing")
    done = subprocess.run(
        [program, "--kubeconfig", str(server.kubeconfig()), *map(str, words)],
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("engine", ["vap", "psa"])
def test_kubectl_applies_it_as_a_stream_and_as_a_folder(own: ApiServer, engine: str, tmp_path: Path) -> None:
    words = ["migrate", engine, "-f", str(SAMPLE)]
    text = CliRunner().invoke(main, words).stdout
    first = kubectl(own, "apply", "--validate=strict", "-f", "-", text=text)
    assert first
    assert {line.rpartition(" ")[2] for line in first} <= {"created", "configured"}
    again = kubectl(own, "apply", "--validate=strict", "-f", "-", text=text)
    assert {line.rpartition(" ")[2] for line in again} == {"unchanged"}
    result = tmp_path / engine
    assert CliRunner().invoke(main, [*words, "-O", str(result)]).exit_code == 0
    folder = kubectl(own, "apply", "--validate=strict", "-k", result)
    assert sorted(folder) == sorted(again)
