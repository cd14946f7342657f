"""Tests files that commands check: wrong types are one line each, and --keep-going skips them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rbacpsp.decode import LoadError
from rbacpsp.sources import read_judged

Run = Callable[..., Result]

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p"},
    "spec": {"hostPID": True, "containers": [{"name": "c", "image": "i"}]},
}
POLICY = {
    "apiVersion": "policy/v1beta1",
    "kind": "PodSecurityPolicy",
    "metadata": {"name": "open"},
    "spec": {
        "volumes": ["*"],
        **{rule: {"rule": "RunAsAny"} for rule in ("runAsUser", "seLinux", "fsGroup", "supplementalGroups")},
    },
}
COMMANDS = [
    ("psa", "check"),
    ("psa", "check", "--fix"),
    ("psa", "check", "--patch"),
    ("psp", "admit", "--as", "ann"),
    ("psp", "fix", "--as", "ann"),
]
WRONG: list[Any] = [["Pod"], {"a": 1}, 5, True, "", None, [], "x" * 300]


@pytest.fixture
def policy(tmp_path: Path) -> str:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(POLICY), encoding="utf-8")
    return str(path)


def asked(command: tuple[str, ...], policy: str) -> tuple[str, ...]:
    return (*command, "-f", policy) if command[0] == "psp" else command


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("field", ["kind", "apiVersion"])
def test_a_kind_that_is_not_a_string_is_named_with_its_line(
    call: Run, tmp_path: Path, policy: str, command: tuple[str, ...], field: str
) -> None:
    path = tmp_path / "in.json"
    path.write_text(
        json.dumps({"items": [{**POD, field: ["Pod"]}], "kind": "List"}, indent=1), encoding="utf-8"
    )
    done = call(*asked(command, policy), str(path))
    assert done.exit_code == 2
    line = path.read_text(encoding="utf-8").split("\n").index(f'   "{field}": [') + 1
    assert done.stderr == (
        f"error: {path}, document 1, line {line}: {field} must be a string and is a list;"
        " write it as a string\n"
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(COMMANDS),
    st.sampled_from(
        [
            ("kind",),
            ("apiVersion",),
            ("metadata",),
            ("metadata", "name"),
            ("metadata", "namespace"),
            ("spec",),
            ("spec", "containers"),
            ("spec", "containers", 0),
            ("spec", "containers", 0, "name"),
            ("spec", "containers", 0, "securityContext"),
            ("spec", "volumes"),
            ("spec", "hostPID"),
        ]
    ),
    st.sampled_from(WRONG),
)
def test_a_wrong_type_anywhere_gives_no_traceback(
    call: Run, tmp_path: Path, policy: str, command: tuple[str, ...], path: tuple[Any, ...], wrong: Any
) -> None:
    body = json.loads(json.dumps(POD))
    here = body
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = wrong
    file = tmp_path / "in.json"
    file.write_text(json.dumps(body), encoding="utf-8")
    done = call(*asked(command, policy), str(file))
    assert done.exit_code in {0, 1, 2}
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code != 2 or "error: " in done.stderr


def test_a_container_without_a_name_cannot_be_patched(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps({**POD, "spec": {"containers": [{"image": "i"}]}}), encoding="utf-8")
    done = call("psa", "check", "--fix", str(path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"error: {path}, document 1, line 1: spec.containers[0] has no name: fix the manifest\n"
    )


@pytest.mark.parametrize("command", [COMMANDS[0], COMMANDS[3]], ids=" ".join)
def test_one_invalid_file_does_not_stop_the_folder(
    call: Run, tmp_path: Path, policy: str, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "bad.yaml").write_text("{{ if }}\n", encoding="utf-8")
    (folder / "good.json").write_text(json.dumps(POD), encoding="utf-8")
    arguments = (*asked(command, policy), str(folder))
    said = f"{folder}/bad.yaml, line 1: this is a Helm template; render it with helm template\n"
    assert (call(*arguments).exit_code, call(*arguments).stderr) == (2, f"error: {said}")
    done = call(*arguments, "--keep-going")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"Warning: skipped: {said}")
    assert "pod/p in default" in done.stdout.replace("pod/p violates", "pod/p in default")
    assert call(*arguments, "--keep-going", "--strict").exit_code == 3


def test_an_invalid_review_among_others_is_skipped(call: Run, tmp_path: Path, policy: str) -> None:
    good = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "ann", "resourceAttributes": {"verb": "get", "resource": "pods"}},
    }
    path = tmp_path / "reviews.yaml"
    path.write_text(f"---\n{json.dumps(good)}\n---\na: [\n---\nkind: Other\n", encoding="utf-8")
    assert call("review", str(path), "-f", policy).exit_code == 2
    done = call("review", str(path), "-f", policy, "--keep-going")
    assert done.exit_code == 0
    assert done.stdout.count("allowed: false") == 1
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["Warning", "Warning"]


def test_files_without_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.yaml"
    path.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(LoadError, match="nothing was read"):
        read_judged([path])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_empty_file_beside_others_is_a_warning_and_alone_an_error(
    call: Run, tmp_path: Path, policy: str, command: tuple[str, ...]
) -> None:
    pod, empty = tmp_path / "pod.json", tmp_path / "empty.yaml"
    pod.write_text(json.dumps(POD), encoding="utf-8")
    empty.write_text("# nothing\n", encoding="utf-8")
    words = f"{empty}: nothing was read: this is empty"
    beside = call(*asked(command, policy), str(empty), str(pod))
    assert beside.exit_code in {0, 1}
    assert f"Warning: {words}" in beside.stderr
    assert call(*asked(command, policy), str(empty), str(pod), "--strict").exit_code == 3
    alone = call(*asked(command, policy), str(empty))
    assert (alone.exit_code, alone.stdout) == (2, "")
    assert words in alone.stderr


def test_a_dotted_folder_with_manifests_counts_for_strict(call: Run, tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    for path in (tmp_path / "a.json", tmp_path / ".hidden" / "b.json"):
        path.write_text(json.dumps(POD), encoding="utf-8")
    asked = ("who-can", "get", "pods", "-f", str(tmp_path))
    assert f"Warning: {tmp_path}/.hidden: this folder is skipped" in call(*asked).stderr
    assert call(*asked, "--strict").exit_code == 3
