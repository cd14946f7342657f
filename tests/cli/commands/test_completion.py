"""Tests the completion scripts for shells."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from rbacpsp.completing.names import cache_of
from tests.docs import completion, console

ACME = str(console.ROOT / "sample_clusters" / "acme")
PROGRAM = f"{sys.prefix}/bin"
"""Where the program is installed."""
BASH, ZSH = shutil.which("bash"), shutil.which("zsh")
FISH = shutil.which("fish")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))


def completed(*words: str) -> list[str]:
    environment = {
        **os.environ,
        "_RBACPSP_COMPLETE": "bash_complete",
        "COMP_WORDS": "\n".join(("rbacpsp", *words)),
        "COMP_CWORD": str(len(words)),
    }
    process = subprocess.run(
        [sys.executable, "-m", "rbacpsp"], env=environment, capture_output=True, text=True, check=True
    )
    assert process.stderr == ""
    return [line.removeprefix("plain,") for line in process.stdout.splitlines()]


def of_acme(*words: str) -> list[str]:
    """The completions after the names have been read."""
    source = ("-f", ACME)
    path = cache_of(source)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        command = [sys.executable, "-m", "rbacpsp.cli.completion_names", str(path), *source]
        subprocess.run(command, check=True, capture_output=True)
    return completed(words[0], *source, *words[1:])


def test_commands_and_options_are_completed() -> None:
    assert completed("who") == ["who-can", "whoami"]
    assert completed("psp", "ad") == ["admit", "advise"]
    assert completed("lookup", "--ro") == ["--role"]
    assert completed("lookup", "-o", "js") == ["json"]
    assert completed("lookup", "--output=js") == ["--output=json"]
    assert completed("lookup", "-f", "clu") == ["file,clu"]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("who-can", "del"), ["delete", "deletecollection"]),
        (("who-can", "get,wat"), ["get,watch"]),
        (("who-can", "get", "secr"), ["secrets"]),
        (("can-i", "get", "pods,conf"), ["pods,configmaps"]),
        (("rule", "RBP04"), [f"RBP04{number}" for number in range(8)]),
        (("psa", "explain", "runAs"), ["runAsNonRoot", "runAsUser"]),
        (("paths", "--to", "n"), ["node"]),
    ],
)
def test_names_that_every_cluster_has_are_offered_at_once(words: tuple[str, ...], offered: list[str]) -> None:
    assert completed(*words) == offered


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("who-can", "get", "pods", "-n", "p"), ["payments", "prod"]),
        (("rules", "User/b"), ["User/bob@example.com"]),
        (("lookup", "--role", "cluster-ad"), ["cluster-admin"]),
        (
            ("matrix", "--subject", "ServiceAccount/ci:d"),
            ["ServiceAccount/ci:default", "ServiceAccount/ci:deployer"],
        ),
        (("paths", "--to", "secrets:pr"), ["secrets:prod"]),
    ],
)
def test_names_of_a_cluster_are_those_of_its_files(words: tuple[str, ...], offered: list[str]) -> None:
    assert of_acme(*words) == offered


def test_names_are_read_in_the_background_for_the_next_completion() -> None:
    words = ("who-can", "-f", ACME, "get", "pods", "-n", "pro")
    candidates = completed(*words)
    for _ in range(600):
        if candidates:
            break
        time.sleep(0.1)
        candidates = completed(*words)
    assert candidates == ["prod"]


def test_an_unreadable_cluster_gives_no_completions_and_no_error() -> None:
    assert completed("rules", "-f", "/nowhere/at/all", "User/") == []
    assert completed("rules", "User/") == []


def test_completion_knows_the_options_of_all_commands() -> None:
    assert completion.FILE.read_text(encoding="utf-8") == completion.text(), (
        "run python -m tests.docs.commands"
    )


def test_nothing_of_the_program_is_imported() -> None:
    code = (
        "import sys; from rbacpsp.completing import names, shells; "
        "print([name for name in sys.modules if name.startswith(('rbacpsp.', 'click', 'msgspec'))])"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout == (
        "['rbacpsp.completing', 'rbacpsp.completing.names', 'rbacpsp.completing.words', "
        "'rbacpsp.completing.shells']\n"
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_the_program(call: Callable[..., Result], shell: str) -> None:
    result = call("completion", shell)
    assert f"_RBACPSP_COMPLETE={shell}_complete" in result.stdout
    assert result.exit_code == 0


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_bash_completes_with_the_script() -> None:
    script = f"""
        export PATH="{PROGRAM}:$PATH"
        source <(rbacpsp completion bash)
        COMP_WORDS=(rbacpsp who-can get,wat) COMP_CWORD=2
        _rbacpsp_completion rbacpsp
        echo "${{COMPREPLY[@]}}"
    """
    process = subprocess.run([BASH or "", "-c", script], capture_output=True, text=True, check=True)
    assert process.stdout == "get,watch\n"


@pytest.mark.skipif(ZSH is None, reason="there is no zsh")
def test_zsh_loads_the_script_without_compinit() -> None:
    script = f'export PATH="{PROGRAM}:$PATH"; source <(rbacpsp completion zsh); echo $_comps[rbacpsp]'
    process = subprocess.run([ZSH or "", "-f", "-c", script], capture_output=True, text=True, check=True)
    assert process.stdout == "_rbacpsp_completion\n"


@pytest.mark.skipif(ZSH is None, reason="there is no zsh")
def test_zsh_completes_what_is_typed_with_the_script() -> None:
    script = f"""
        export PATH="{PROGRAM}:$PATH"
        zmodload zsh/zpty
        zpty shell zsh -f
        zpty -w shell 'source <(rbacpsp completion zsh); echo ready'
        zpty -r shell seen '*ready*ready*'
        zpty -w -n shell $'rbacpsp who-can get,wat\\t'
        zpty -r shell seen '*get,watch*' && echo completed
    """
    process = subprocess.run([ZSH or "", "-f", "-c", script], check=False, capture_output=True, text=True)
    assert process.stdout == "completed\n", process.stderr


@pytest.mark.skipif(FISH is None, reason="there is no fish")
def test_fish_completes_with_the_script() -> None:
    script = f"""
        set -x PATH "{PROGRAM}" $PATH
        rbacpsp completion fish | source
        complete -C "rbacpsp who-can get,wat"
    """
    process = subprocess.run([FISH or "", "-c", script], capture_output=True, text=True, check=True)
    assert process.stdout == "get,watch\n"


def test_an_unknown_shell_is_a_usage_error(call: Callable[..., Result]) -> None:
    assert call("completion", "csh").exit_code == 2
