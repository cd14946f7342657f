"""Tests that Ctrl-C ends the program with one line and 130, SIGTERM with 143, and that no file remains."""

import gzip
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rbacpsp.cluster import Cluster
from tests.live.fake import Fake

SAMPLE = Path(__file__).parents[2] / "sample_clusters" / "psp-migration"
PROGRAM = (
    "import sys, {module}, _thread, threading\n"
    "def interrupted(*args, **more):\n"
    "    raise KeyboardInterrupt\n"
    "{module}.{name} = interrupted\n"
    "from rbacpsp.__main__ import main\n"
    "sys.argv = ['rbacpsp', 'audit', '-f', {sample!r}]\n"
    "main()\n"
)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("click.core", "Context.__init__"),
        ("importlib", "import_module"),
        ("msgspec.json", "Decoder"),
        ("yaml", "CSafeLoader"),
        ("os", "listdir"),
    ],
)
def test_an_interrupt_anywhere_gives_one_line_and_exit_code_130(module: str, name: str) -> None:
    program = PROGRAM.format(module=module, name=name, sample=str(SAMPLE))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")
    assert done.stdout == ""


def test_an_interrupt_while_a_class_is_created_gives_one_line_and_exit_code_130() -> None:
    program = (
        "import sys, click\n"
        "class Interrupting:\n"
        "    def __set_name__(self, *more):\n"
        "        raise KeyboardInterrupt\n"
        "click.Context.__init__ = lambda *args, **more: type('New', (), {'a': Interrupting()})\n"
        "from rbacpsp.__main__ import main\n"
        "sys.argv = ['rbacpsp', 'audit']\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "interrupted")


INTERRUPTED_IMPORT = """
import sys
class Interrupting:
    def find_spec(name, *more):
        if name == "click" or name.startswith("rbacpsp.completing"):
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting)
import {module}
sys.argv = ["rbacpsp", "audit"]
{module}.{function}()
"""


def entry_points() -> list[str]:
    """The functions that the installed programs call."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["project"]["scripts"].values())


@pytest.mark.parametrize("place", entry_points())
def test_an_interrupt_while_a_program_is_imported_gives_one_line_and_exit_code_130(place: str) -> None:
    module, _, function = place.partition(":")
    program = INTERRUPTED_IMPORT.format(module=module, function=function)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


@pytest.mark.parametrize("place", entry_points())
def test_nothing_is_imported_before_a_program_handles_interrupts(place: str) -> None:
    module = place.partition(":")[0]
    program = (
        f"import sys; before = set(sys.modules); import {module}; print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "['gc', 'rbacpsp', 'rbacpsp.__main__']\n"


def test_an_interrupted_snapshot_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "cluster.json.gz"
    Cluster.from_objects([]).snapshot(target)
    before = target.read_bytes()
    program = (
        "import os, signal\n"
        "from rbacpsp.cluster import Cluster\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"Cluster.from_objects([]).snapshot({str(target)!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_bytes() == before
    # A leftover file does no harm: it is not read with its folder, and the next snapshot is written.
    assert [name for name in os.listdir(tmp_path) if not name.startswith(".")] == [target.name]  # noqa: PTH208
    Cluster.from_objects([]).snapshot(target)
    assert gzip.decompress(target.read_bytes())


TERMINATED = """
import os, signal, sys, time
import {module} as module
def end(*args, **more):
    os.kill(os.getpid(), signal.{signal})
    time.sleep(60)
module.{name} = end
from rbacpsp.__main__ import main
sys.argv = ["rbacpsp", *{words!r}]
main()
"""
"""A program that gets a signal when it calls a function."""


def terminated(
    module: str, name: str, *words: str, folder: Path, by: str = "SIGTERM"
) -> subprocess.CompletedProcess[str]:
    program = TERMINATED.format(module=module, name=name, words=words, signal=by)
    # Under nohup the tests ignore SIGHUP, and so would the program.
    program = f"import signal; signal.signal(signal.{by}, signal.SIG_DFL)\n{program}"
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(folder)},
    )


@pytest.mark.parametrize(("by", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_terminated_snapshot_leaves_only_the_old_file(by: str, code: int, tmp_path: Path) -> None:
    target = tmp_path / "cluster.json.gz"
    target.write_text("old", encoding="ascii")
    done = terminated("os", "fsync", "snapshot", "-f", str(SAMPLE), "-O", str(target), folder=tmp_path, by=by)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
    assert [path.read_text(encoding="ascii") for path in tmp_path.iterdir()] == ["old"]


def test_a_terminated_program_leaves_no_key_of_a_login_behind(tmp_path: Path) -> None:
    user = {"client-certificate-data": "a2V5", "client-key-data": "a2V5", "auth-provider": {"name": "oidc"}}
    kubeconfig = Fake("https://127.0.0.1:9").kubeconfig(tmp_path, user)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    words = ("who-can", "get", "pods", "--kubeconfig", kubeconfig)
    done = terminated("rbacpsp.sources.connection", "Connection._send", *words, folder=temporary)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
    assert list(temporary.iterdir()) == []


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    target = tmp_path / "cluster.json.gz"
    program = TERMINATED.format(
        module="os",
        name="fsync",
        words=("snapshot", "-f", str(SAMPLE), "-O", str(target)),
        signal="SIGHUP",
    ).replace("time.sleep(60)", "pass")
    ignored = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{program}"
    done = subprocess.run([sys.executable, "-c", ignored], capture_output=True, check=False)
    assert done.returncode == 0
    assert target.exists()
