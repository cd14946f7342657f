"""Tests that hostile names in every field, and a hostile name of the file, do no harm in any format."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

from rbacpsp.cli import main
from tests.cli.hostile import NAMES, harm, objects, pod_spec

ACCOUNT, POD, CLUSTER = "{account}", "{pod}", "{cluster}"
OLD = ("--kubernetes-version", "1.24")
COMMANDS: list[tuple[str, ...]] = [
    ("audit", *OLD),
    ("audit", "--by", "finding"),
    ("paths", "--to", "node"),
    ("paths", "--to", "cluster-admin"),
    ("paths", "--from", ACCOUNT),
    ("lookup",),
    ("lookup", ACCOUNT),
    ("lookup", "--unused"),
    ("who-can", "get", "pods", "--expand"),
    ("who-can", "get,list", "pods,secrets", "-A"),
    ("can-i", "get", "secrets", "--as", ACCOUNT, "--why"),
    ("can-i", "--list", "--as", ACCOUNT),
    ("roles", "get", "pods"),
    ("rules", ACCOUNT),
    ("rules", ACCOUNT, "--expand"),
    ("rules", "--all-subjects"),
    ("matrix", "pods"),
    ("matrix", "--subject", ACCOUNT),
    ("grant", "delete", "nodes", "--to", ACCOUNT),
    ("graph", *OLD),
    ("graph", "--subject", ACCOUNT),
    ("diff", "none", CLUSTER, "--all"),
    ("admit", POD, "--as", ACCOUNT, *OLD),
    ("preflight", "--as", ACCOUNT, "--on", CLUSTER),
    ("psp", "users", *OLD),
    ("psp", "users", "--matrix", *OLD),
    ("psp", "simulate", *OLD),
    ("psp", "advise", *OLD),
    ("psp", "unused", *OLD),
    ("psp", "admit", POD, *OLD),
    ("psp", "fix", POD, *OLD),
    ("psa", "check", CLUSTER),
    ("psa", "label", "--all", "restricted"),
    ("psa", "suggest"),
    ("psa", "who-can-bypass"),
    ("migrate", "plan", *OLD),
    ("migrate", "level", *OLD),
    ("migrate", "vap", *OLD),
    ("migrate", "kyverno", *OLD),
    ("migrate", "gatekeeper", *OLD),
]
WITHOUT_FILES = {"diff", "check"}
"""The words of commands that name their files as arguments."""


def formats(words: tuple[str, ...]) -> list[str]:
    """Every format that a command offers."""
    command: click.Command = main
    for word in words:
        if isinstance(command, click.Group):
            command = command.get_command(click.Context(command), word) or command
    return next(
        [str(choice) for choice in option.type.choices]
        for option in command.params
        if "-o" in option.opts and isinstance(option.type, click.Choice)
    )


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_format_is_harmed_by_a_name(
    call: Callable[..., Result], tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    evil = NAMES[kind]
    cluster, pod = tmp_path / f"c{evil}.json", tmp_path / f"p{evil}.json"
    cluster.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects(evil)}), "utf-8")
    submitted = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": evil}, "spec": pod_spec(evil)}
    pod.write_text(json.dumps(submitted), "utf-8")
    values = {ACCOUNT: f"User/{evil}", POD: str(pod), CLUSTER: str(cluster)}
    words = [values.get(word, word) for word in command]
    if not WITHOUT_FILES & set(command):
        words += ["-f", str(pod if command[0] == "preflight" else cluster)]
    for form in formats(command):
        result = call(*words, "-o", form)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code in {0, 1}, result.stderr
        assert harm(result.stdout, form) == []
        assert harm(result.stderr, "table") == []


def test_what_would_do_harm_is_found_in_every_format() -> None:
    evil = NAMES["markup"]
    assert harm(f"<p>{evil}</p>", "html") != []
    assert harm("<p><img src=x onerror=a>", "html") == ["img", "img src=x", "img onerror=a"]
    assert harm(f"| a |\n|---|\n| {evil} |\n", "markdown") != []
    assert harm("a,b\n=1;=2,c\n", "csv") != []
    assert harm("a\n::error::x\n", "table") == ["a command: ::error::x\n"]
    assert harm("::error title=a::x\nplain\n", "github") == ["plain"]
    assert harm("<svg onload='x'/>", "svg") == ["onload=x"]
    assert harm("\x1b", "name") == ["a control character"]
