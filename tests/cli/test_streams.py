"""Tests closed and full streams: one sentence and exit 2, with or without a buffer."""

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CLUSTER = """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: boss}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
"""
BASH = shutil.which("bash")
PROGRAM = f"{sys.executable} -m rbacpsp"


@pytest.fixture
def cluster(tmp_path: Path) -> Path:
    path = tmp_path / "in.yaml"
    path.write_text(CLUSTER, encoding="utf-8")
    return path


def shell(line: str, folder: Path, *, unbuffered: bool) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"} if unbuffered else os.environ
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_closed_stdin_is_an_error(cluster: Path, unbuffered: bool) -> None:
    assert shell(f"{PROGRAM} who-can get pods -f - <&-", cluster.parent, unbuffered=unbuffered) == (
        2,
        "error: <stdin>: standard input is closed; name a file, or pipe data to it\n",
    )


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("command", ["roles get pods -f in.yaml", "--help", "who-can --help"])
def test_a_closed_stdout_is_an_error(cluster: Path, command: str, unbuffered: bool) -> None:
    assert shell(f"{PROGRAM} {command} >&-", cluster.parent, unbuffered=unbuffered) == (
        2,
        "error: the answer cannot be written: standard output is closed\n",
    )


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_cut_report_is_an_error(cluster: Path, unbuffered: bool) -> None:
    line = f"ulimit -f 2; {PROGRAM} audit -o html -f in.yaml > out.html"
    code, said = shell(line, cluster.parent, unbuffered=unbuffered)
    assert code == 2
    assert said.splitlines()[-1] == "error: the answer cannot be written: File too large"


@pytest.mark.parametrize("lost", ["2>/dev/full", "2>&-", "2>gone"])
@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("roles get pods -f in.yaml", 0),
        ("can-i get pods --as eve -f in.yaml", 1),
        ("psa check --level restricted pod.yaml", 1),
        ("roles get pods -f none.yaml", 2),
        ("nosuch", 2),
        ("", 2),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
def test_messages_that_nobody_reads_change_no_exit_code(
    cluster: Path, command: str, code: int, lost: str, unbuffered: bool
) -> None:
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: a}]}}"
    (cluster.parent / "pod.yaml").write_text(pod, encoding="utf-8")
    line = f"{PROGRAM} {command} {lost}"
    if lost == "2>gone":  # a pipe whose reader has left
        line = f"mkfifo gone; (exec <gone) & exec 2>gone; wait; {PROGRAM} {command}"
    assert shell(line, cluster.parent, unbuffered=unbuffered)[0] == code


def test_no_file_takes_the_place_of_a_closed_stream(cluster: Path) -> None:
    program = (
        "import subprocess, sys; from rbacpsp.cli.streams import prepare_streams; prepare_streams();"
        "file = open('out.txt', 'w'); subprocess.run(['sh', '-c', 'echo said >&2']); file.close();"
        "print(sys.stdin, sys.stderr.isatty())"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f'{sys.executable} -c "{program}" <&- 2>&-'],
        cwd=cluster.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "None False\n")
    assert (cluster.parent / "out.txt").read_text(encoding="utf-8") == ""


def test_a_pipe_that_does_not_block_gets_the_whole_answer(cluster: Path) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    command = [sys.executable, "-m", "rbacpsp", "audit", "-o", "html", "-f", str(cluster)]
    with subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE, text=True) as process:
        os.close(writer)
        assert process.stderr is not None
        select.select([process.stderr], [], [], 1)  # the pipe is full before it is read
        with os.fdopen(reader, encoding="utf-8") as answer:
            page = answer.read()
        said = process.stderr.read()
    assert (process.returncode, page.rstrip()[-7:]) == (0, "</html>"), said


@pytest.mark.parametrize("place", [">/dev/full", ">&-", ">gone"])
@pytest.mark.parametrize(
    "program",
    [
        "_RBACPSP_COMPLETE=bash_complete COMP_WORDS='rbacpsp who' COMP_CWORD=1 {python} -m rbacpsp",
        "{python} -c 'from rbacpsp.__main__ import plugin_completion as main; main()' who",
    ],
)
def test_a_shell_that_does_not_read_its_completions_sees_no_traceback(
    tmp_path: Path, program: str, place: str
) -> None:
    line = f"{program.format(python=sys.executable)} {place}"
    if place == ">gone":
        line = f"mkfifo gone; (exec <gone) & exec 3>gone; wait; {line.replace('>gone', '>&3')}"
    assert shell(line, tmp_path, unbuffered=False) == (0, "")


def test_an_unexpected_error_gives_a_traceback_but_not_the_exit_code_of_no() -> None:
    program = (
        "import sys; from rbacpsp.cli.lazy import LazyGroup; LazyGroup.invoke = None;"
        "sys.argv = ['rbacpsp', 'rule']; from rbacpsp.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.endswith("TypeError: 'NoneType' object is not callable\n")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("sample acme", "sample_clusters cannot be written: No such file or directory"),
        ("explore -f {cluster}", "rbacpsp-explore.html cannot be written: No such file or directory"),
        ("roles get pods -f {cluster} -O a", "a cannot be written: No such file or directory"),
        ("roles get pods -f a", "a: there is no such file; check the path"),
    ],
)
def test_a_removed_working_directory_is_a_one_line_error(cluster: Path, command: str, error: str) -> None:
    line = f"mkdir gone; cd gone; rmdir ../gone; {PROGRAM} {command.format(cluster=cluster)}"
    assert shell(line, cluster.parent, unbuffered=False) == (2, f"error: {error}\n")


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("PermissionError(13, 'Permission denied', 'a/b')", "a/b: Permission denied"),
        (
            "OSError(24, 'Too many open files')",
            "the system refused something that this needs: Too many open files",
        ),
        ("OSError(28, 'No space left on device')", "the answer cannot be written: No space left on device"),
    ],
)
def test_what_the_system_refuses_is_a_one_line_error(failure: str, error: str) -> None:
    program = (
        "import sys; from rbacpsp.cli.commands.rule import explain_rule\n"
        f"def refused(*_, **__): raise {failure}\n"
        "explain_rule.callback = refused; sys.argv = ['rbacpsp', 'rule']\n"
        "from rbacpsp.__main__ import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {error}\n")


@pytest.mark.parametrize(
    "place", ["/dev/stdout | cat", "/dev/stderr 2>&1", "/dev/fd/1 >> out.txt; cat out.txt", ">(cat) | cat"]
)
@pytest.mark.skipif(not BASH, reason="bash is missing")
def test_a_file_may_be_an_open_stream(cluster: Path, place: str) -> None:
    line = f"{PROGRAM} roles get pods --bootstrap never -o name -f in.yaml -O {place}"
    done = subprocess.run(
        [str(BASH), "-o", "pipefail", "-c", line],
        cwd=cluster.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "clusterrole/boss\n", "")


WITH_A_FILE = [
    "audit -f {cluster} --policy {file}",
    "audit -f {cluster} --baseline {file}",
    "test {file} -f {cluster}",
    "review {file} -f {cluster}",
    "roles get pods -f {file}",
    "lookup -f {cluster} --with {file}",
    "psa check {file}",
]


@pytest.mark.parametrize("command", WITH_A_FILE)
@pytest.mark.parametrize(
    ("file", "error"),
    [
        ("''", '"": there is no such file; check the path'),
        ("none", "none: there is no such file; check the path"),
        ("/dev/zero", "/dev/zero: this is a device, not a file; name a file, a folder or -"),
        ("fifo", "fifo: this is a named pipe, not a file; name a file, a folder or -"),
    ],
)
def test_what_is_no_file_is_a_one_line_error_at_once(
    cluster: Path, command: str, file: str, error: str
) -> None:
    os.mkfifo(cluster.parent / "fifo")
    line = f"{PROGRAM} {command.format(cluster=cluster, file=file)}"
    assert shell(line, cluster.parent, unbuffered=False) == (2, f"error: {error}\n")


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("usage '' -f {cluster}", '"": there is no such file; check the path'),
        ("fleet audit '' -O results", '"": there is no such file or folder'),
        ("roles get pods -f {cluster} -O ''", '"" cannot be written: No such file or directory'),
        ("sample acme -O ''", '"" cannot be written: No such file or directory'),
        ("schema --all -O ''", '"" cannot be written: No such file or directory'),
        ("whoami --kubeconfig /dev/zero", "/dev/zero is a device, not a kubeconfig: name a file"),
        ("whoami --kubeconfig .", ". is a folder, not a kubeconfig: name the file"),
        (
            "audit -f {cluster} --baseline {cluster}",
            "{cluster}, line 1: this is not JSON; a baseline is a report that -o json wrote",
        ),
    ],
)
def test_what_cannot_be_a_file_is_named_with_what_to_do(cluster: Path, line: str, error: str) -> None:
    if "fleet" in line:
        pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")
    ran = shell(f"{PROGRAM} {line.format(cluster=cluster)}", cluster.parent, unbuffered=False)
    assert ran == (2, f"error: {error.format(cluster=cluster)}\n")
