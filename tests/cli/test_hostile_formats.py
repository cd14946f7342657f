"""Tests that hostile names in every field, and a hostile name of the file, do no harm in any format."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import yaml
from click.testing import Result

from rbacpsp.cli import main
from tests.auditlog.events import lines
from tests.cli.hostile import NAMES, audit_events, change, harm, objects, pod_spec, reviews

NAME, ACCOUNT, POD, CLUSTER = "{name}", "{account}", "{pod}", "{cluster}"
LOG, REVIEWS, CHANGE, MANIFEST = "{log}", "{reviews}", "{change}", "{manifest}"
OLD = ("--kubernetes-version", "1.24")
COMMANDS: list[tuple[str, ...]] = [
    ("audit", *OLD),
    ("audit", "--by", "finding"),
    ("audit", "--by", "subject"),
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
    ("usage", "grants", LOG),
    ("usage", "grants", LOG, "--all"),
    ("usage", "unused", LOG, "--min-days", "0"),
    *(
        ("usage", "unused", LOG, "--min-days", "0", "--by", part)
        for part in ("binding", "subject", "rule", "verb", "resource", "name", "url")
    ),
    ("usage", "denied", LOG),
    ("usage", "role", LOG, "--user", NAME),
    ("usage", "check", CHANGE, LOG),
    ("verify", "--audit-log", LOG),
    ("review", REVIEWS, "--as", NAME),
    ("review", REVIEWS, "--as", NAME, *OLD),
    ("describe", "clusterrole", NAME),
    ("describe", "rolebinding"),
    ("psp", "list", *OLD),
    ("psp", "describe", *OLD),
]
WITHOUT_FILES = {"diff", "psa check"}
"""The beginnings of commands that name their files as arguments."""
FIXES = [
    ("psa", "check", POD, "--fix"),
    ("psa", "check", POD, "--patch"),
    ("psa", "check", MANIFEST, "--fix"),
    ("psa", "check", MANIFEST, "--patch"),
    ("psa", "check", CLUSTER, "--fix"),
]


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


def values(folder: Path, evil: str) -> dict[str, str]:
    """The words that stand for a name and for files; the name is in the names of the files, too."""
    submitted = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": evil}, "spec": pod_spec(evil)}
    manifest = yaml.safe_dump(submitted, allow_unicode=True) + f"# {evil.splitlines()[-1]}\n"
    contents = {
        CLUSTER: json.dumps({"apiVersion": "v1", "kind": "List", "items": objects(evil)}),
        POD: json.dumps(submitted),
        MANIFEST: manifest,
        LOG: f"{lines(audit_events(evil)).decode()}{{broken {evil}\n",
        REVIEWS: "\n".join(map(json.dumps, reviews(evil))),
        CHANGE: json.dumps(change(evil)),
    }
    files = {
        word: folder / f"{word[1:-1]}{evil}.{'yaml' if word == MANIFEST else 'json'}" for word in contents
    }
    for word, file in files.items():
        file.write_text(contents[word], "utf-8")
    return {NAME: evil, ACCOUNT: f"User/{evil}"} | {word: str(file) for word, file in files.items()}


def assert_harmless(result: Result, form: str) -> None:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in {0, 1}, result.stderr
    assert harm(result.stdout, form) == []
    assert harm(result.stderr, "table") == []


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_format_is_harmed_by_a_name(
    call: Callable[..., Result], tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    named = values(tmp_path, NAMES[kind])
    words = [named.get(word, word) for word in command]
    if not any(" ".join(command).startswith(each) for each in WITHOUT_FILES):
        words += [f"-f{named[POD if command[0] == 'preflight' else CLUSTER]}"]
    for form in formats(command):
        assert_harmless(call(*words, "-o", form), form)


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("command", FIXES, ids=" ".join)
def test_no_fix_is_harmed_by_a_name(
    call: Callable[..., Result], tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    named = values(tmp_path, NAMES[kind])
    for form in ("yaml",) if "--fix" in command else ("yaml", "json"):
        result = call(*(named.get(word, word) for word in command), "-o", form)
        assert_harmless(result, form)
        read = list(yaml.load_all(result.stdout, Loader=yaml.CSafeLoader))
        assert NAMES[kind] in {document.get("metadata", {}).get("name") for document in read} | {
            item["metadata"]["name"] for document in read for item in document.get("items", ())
        }


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    "words", [(), ("--redact",), ("--subject", ACCOUNT), ("-n", NAME), OLD], ids=" ".join
)
def test_no_page_is_harmed_by_a_name(
    call: Callable[..., Result], tmp_path: Path, words: tuple[str, ...], kind: str
) -> None:
    named = values(tmp_path, NAMES[kind])
    page = tmp_path / f"page{NAMES[kind]}.html"
    result = call(
        "explore",
        *(named.get(word, word) for word in words),
        "-f",
        named[CLUSTER],
        "-O",
        str(page),
        "--no-open",
    )
    assert_harmless(result, "table")
    assert harm(page.read_text("utf-8"), "html") == []


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
