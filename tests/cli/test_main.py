"""Tests the program as a whole: fast start, one line for each error, documented exit codes."""

import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from inspect import cleandoc
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import COMMANDS, main
from rbacpsp.cli.lazy import Lazy, LazyGroup

HEAVY = ("kubernetes", "pandas", "networkx", "rich", "yaml", "jinja2", "tabulate", "msgspec")


def commands(group: LazyGroup, path: str = "rbacpsp") -> list[tuple[str, Lazy]]:
    """Every lazy command below a group with its path."""
    found = []
    for lazy in group._lazy.values():
        found.append((f"{path} {lazy.name}", lazy))
        command = lazy.load()
        if isinstance(command, LazyGroup):
            found += commands(command, f"{path} {lazy.name}")
    return found


ALL = commands(main)


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from rbacpsp.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "who-can" in done.stdout
    assert done.stderr == "[]\n"


def test_a_question_about_roles_in_a_snapshot_imports_only_what_it_needs(tmp_path: Path) -> None:
    """Imports take half of the time of such a question."""
    snapshot = str(tmp_path / "cluster.json.gz")
    main(["snapshot", "-f", "sample_clusters/bootstrap-1.24", "-O", snapshot], standalone_mode=False)
    unneeded = (
        "yaml",
        "urllib3",
        "rbacpsp.pods",
        "rbacpsp.psp",
        "rbacpsp.pss",
        "rbacpsp.scc",
        "rbacpsp.audit",
    )
    program = (
        "import sys\n"
        "from rbacpsp.cli import main\n"
        f"try:\n    main(['who-can', 'get', 'pods', '-f', {snapshot!r}])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {unneeded!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Group/system:masters" in done.stdout
    assert done.stdout.endswith("\n[]\n")


def test_help_imports_few_modules() -> None:
    """Imports take nearly all of the start-up time; about 80 modules are imported."""
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from rbacpsp.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted(set(sys.modules) - before), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = done.stderr.split()
    assert len(imported) < 110
    assert [name for name in imported if name.startswith("rbacpsp")] == [
        "rbacpsp",
        "rbacpsp.cli",
        "rbacpsp.cli.color",
        "rbacpsp.cli.command",
        "rbacpsp.cli.errors",
        "rbacpsp.cli.help",
        "rbacpsp.cli.lazy",
        "rbacpsp.cli.streams",
        "rbacpsp.report",
        "rbacpsp.report.escape",
    ]


@pytest.mark.parametrize(("path", "lazy"), ALL, ids=[path for path, _ in ALL])
def test_a_command_has_the_same_help_in_its_group(path: str, lazy: Lazy) -> None:
    command = lazy.load()
    assert command.name == lazy.name == path.rsplit(maxsplit=1)[-1]
    assert command.get_short_help_str(limit=200) == lazy.summary


@pytest.mark.parametrize(("path", "lazy"), ALL, ids=[path for path, _ in ALL])
def test_every_command_has_help_with_examples_and_every_option_is_explained(path: str, lazy: Lazy) -> None:
    command = lazy.load()
    if not isinstance(command, LazyGroup):
        assert f"Examples:\n  {path}" in cleandoc(command.help or "").replace("\b\n", "")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"


def test_commands_are_sorted() -> None:
    assert [lazy.name for lazy in COMMANDS] == sorted(lazy.name for lazy in COMMANDS)


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"{version('rbacpsp')}\n"


def failed(result: Result, code: int, *lines: str) -> None:
    assert (result.stdout, result.stderr.splitlines(), result.exit_code) == ("", list(lines), code)


def test_a_command_that_does_not_exist_is_named_with_what_is_close(call: Callable[..., Result]) -> None:
    failed(
        call("whocan"),
        2,
        'error: rbacpsp has no command "whocan"; did you mean who-can or whoami?',
        "See 'rbacpsp --help'.",
    )


@pytest.mark.parametrize("line", ["", "--", "psa"])
def test_without_a_command_the_help_is_shown_as_it_is(call: Callable[..., Result], line: str) -> None:
    name = f"rbacpsp {line.strip('-')}".strip()
    result = call(*line.split())
    shown = call(*line.strip("-").split(), "--help").stdout
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{shown}\nerror: {name} needs a command\nSee '{name} --help'.\n"


def test_an_option_before_the_command_gets_a_hint_about_its_position(call: Callable[..., Result]) -> None:
    failed(
        call("-n", "prod", "who-can", "get", "secrets"),
        2,
        "error: rbacpsp itself has no option -n: write rbacpsp COMMAND -n",
        "See 'rbacpsp --help'.",
    )
    assert call("psp", "--filename=x", "list").stderr.startswith(
        "error: rbacpsp psp itself has no option --filename: write rbacpsp psp COMMAND --filename\n"
    )


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("lookup --xyzzy", "there is no option --xyzzy"),
        ("lookup --stric", "there is no option --stric; did you mean --strict?"),
        ("lookup --output", "--output needs a value"),
        ("lookup --strict=1", "--strict takes no value"),
        ("lookup -o xml", '-o/--output: "xml" is not one of table, wide, json, yaml, csv, markdown, name'),
        ("lookup -k Foo x", '-k/--kind: "Foo" is not one of user, group, serviceaccount'),
        ("graph --hops x", '--hops: "x" is not a whole number of at least 0'),
        ("graph --hops -1", '--hops: "-1" is not a whole number of at least 0'),
        ("snapshot", "-O/--output-file/-o/--output is missing"),
        ("psp list a", 'rbacpsp psp list takes no more arguments, but got "a"'),
        ("completion", "SHELL is missing: write one of bash, zsh, fish"),
    ],
)
def test_usage_errors_have_our_own_messages(call: Callable[..., Result], line: str, error: str) -> None:
    """Click's messages change with its release."""
    name = re.match(r"(?:psp )?[a-z]+", line)
    assert name
    failed(call(*line.split()), 2, f"error: {error}", f"See 'rbacpsp {name[0]} --help'.")


def test_without_a_source_and_a_kubeconfig_the_error_says_how_to_give_one(
    call: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    failed(
        call("lookup"),
        2,
        "error: no kubeconfig: ~/.kube/config does not exist; "
        "name one with --kubeconfig, or files with -f where a command takes them",
    )


def test_a_missing_file_is_unreadable_input(call: Callable[..., Result]) -> None:
    result = call("lookup", "-f", "no/such/file")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: no/such/file")
    assert len(result.stderr.splitlines()) == 1


def test_an_invalid_version_is_a_usage_error(run: Callable[..., Result]) -> None:
    result = run("lookup --kubernetes-version latest")
    assert result.exit_code == 2
    assert '"latest" is not a Kubernetes version' in result.stderr


def test_standard_input_is_a_source(call: Callable[..., Result]) -> None:
    result = call(
        "lookup",
        "-f",
        "-",
        stdin="kind: ClusterRoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: b}\n"
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}\n"
        "subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]\n",
    )
    assert result.stdout == (
        "SUBJECT      SCOPE          ROLE                                 VIA\n"
        "User/alice   cluster-wide   ClusterRole/r (not in these files)   by name\n"
    )


BROKEN = (
    "kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: r, namespace: x}\nrules: {}\n"
)


def test_an_invalid_document_stops_the_command(call: Callable[..., Result]) -> None:
    result = call("lookup", "-f", "-", stdin=BROKEN)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")


def test_with_keep_going_an_invalid_document_is_reported_and_skipped(call: Callable[..., Result]) -> None:
    result = call("lookup", "--keep-going", "-f", "-", stdin=BROKEN)
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: ")


def test_with_strict_a_skipped_document_gives_exit_code_3(call: Callable[..., Result]) -> None:
    result = call("lookup", "--keep-going", "--strict", "-f", "-", stdin=BROKEN)
    assert result.exit_code == 3
    assert "--strict was given" in result.stderr


def test_too_little_memory_is_a_one_line_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_files(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("rbacpsp.sources.read_files", read_files)
    result = CliRunner().invoke(main, ["audit", "-f", "x.yaml"])
    assert (result.exit_code, result.stderr) == (
        2,
        "error: there is too little memory for this: read less at once, such as one namespace\n",
    )


def test_a_program_that_loaded_pyarrow_ends_without_waiting_for_its_threads() -> None:
    program = (
        "import atexit, sys, threading, time, types\n"
        "sys.modules['pyarrow'] = types.ModuleType('pyarrow')\n"
        "atexit.register(print, 'cleaned up')\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "words = 'rbacpsp can-i get pods --as x -f sample_clusters/bootstrap-1.24'\n"
        "sys.argv = words.split()\n"
        "from rbacpsp.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == "no\ncleaned up\n"
