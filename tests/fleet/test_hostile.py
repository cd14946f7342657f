"""Tests that hostile names of clusters, files, contexts, subjects and objects harm no fleet command."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from rbacpsp.cli import main
from tests.cli.hostile import NAMES, harm, objects
from tests.fleet.fleets import cluster, packed, rows

pytest.importorskip("pyarrow", reason="a fleet needs the extra: pip install 'rbacpsp[fleet]'")

NAME, SOURCE, ASSERTIONS, NAMING = "{name}", "{source}", "{assertions}", "{names}"
OLD = ("--kubernetes-version", "1.24")
COMMANDS: list[tuple[str, ...]] = [
    ("audit", *OLD),
    ("audit", "--names", NAMING),
    ("paths", "--to", "node"),
    ("paths", "--from", f"User/{NAME}"),
    ("psa", "suggest"),
    ("psp", "users", *OLD),
    ("simulate", *OLD),
    ("test", ASSERTIONS),
    ("ask", "who-can get pods --expand"),
    ("ask", "lookup"),
    ("ask", "psp users"),
]


def formats(*words: str) -> list[str]:
    """Every format that a command offers."""
    command: click.Command = main
    for word in ("fleet", *words):
        if isinstance(command, click.Group):
            command = command.get_command(click.Context(command), word) or command
    return next(
        [str(choice) for choice in option.type.choices]
        for option in command.params
        if "-o" in option.opts and isinstance(option.type, click.Choice)
    )


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["fleet", *map(str, words)])


def assert_harmless(result: Result, form: str, codes: frozenset[int] = frozenset({0, 1, 3})) -> None:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in codes, result.stderr
    assert harm(result.stdout, form) == []
    assert harm(result.stderr, "table") == []


def values(folder: Path, evil: str) -> dict[str, str]:
    """A folder of a snapshot and of a file that is none, and the files of options."""
    folder.mkdir()
    content = {"apiVersion": "v1", "kind": "List", "items": objects(evil)}
    (folder / f"{evil}.json.gz").write_bytes(packed(content))
    (folder / f"b{evil}.json").write_text(f"{{broken {evil}", "utf-8")
    assertion = {"name": evil, "who": f"User/{evil}", "can": {"verbs": ["get"], "resources": ["pods"]}}
    assertions = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": [assertion]}
    others = folder.parent / f"o{evil}"
    others.mkdir()
    (others / "access.json").write_text(json.dumps(assertions), "utf-8")
    quoted = f"c{evil}".replace('"', '""')
    (others / "names.csv").write_text(f'"{quoted[1:]}.json.gz","{quoted}"\n', "utf-8", newline="")
    return {NAME: evil, ASSERTIONS: str(others / "access.json"), NAMING: str(others / "names.csv")}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_format_is_harmed_by_a_name(tmp_path: Path, command: tuple[str, ...], kind: str) -> None:
    evil = NAMES[kind]
    folder = tmp_path / f"s{evil}"
    named = values(folder, evil)
    words = [word.replace(NAME, evil) if NAME in word else named.get(word, word) for word in command]
    results = tmp_path / f"r{evil}"
    for form in formats(*command):
        result = call(*words, folder, "-O", results, "--run", "a", "--workers", "1", "-o", form)
        assert_harmless(result, form)
    assert len(rows(results, "clusters", "a")) == 2


@pytest.mark.parametrize("kind", NAMES)
def test_no_report_is_harmed_by_a_name(tmp_path: Path, kind: str) -> None:
    evil = NAMES[kind]
    folder, results = tmp_path / f"s{evil}", tmp_path / f"r{evil}"
    values(folder, evil)
    (folder / f"o{evil}.json.gz").write_bytes(packed(cluster(4)))
    audit = ("audit", folder, "-O", results, "--workers", "1", *OLD)
    assert call(*audit, "--run", "one").exit_code == 3
    content = [one for one in objects(evil) if one["kind"] != "ClusterRoleBinding"]
    (folder / f"{evil}.json.gz").write_bytes(packed({"apiVersion": "v1", "kind": "List", "items": content}))
    assert call(*audit, "--run", "two").exit_code == 3
    for form in formats("report"):
        assert_harmless(call("report", results, "--reference", f"o{evil}", "-o", form), form)


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize(
    "words",
    [
        ("audit", f"gone{NAME}"),
        ("audit", f"gone{NAME}*"),
        ("audit", f"{NAME}://bucket"),
        ("audit", f"s3:///{NAME}"),
        ("audit", f"https://127.0.0.1:1/{NAME}"),
        ("audit", f"contexts:{NAME}"),
        ("audit", SOURCE, "--run", NAME),
        ("audit", SOURCE, "--names", NAME),
        ("audit", SOURCE, "--names", NAMING),
        ("audit", SOURCE, "--policy", NAME),
        ("audit", SOURCE, "--memory", NAME),
        ("audit", SOURCE, "--engine", "dask", "--scheduler", NAME),
        ("ask", NAME, SOURCE),
        ("ask", f"who-can get pods {NAME}", SOURCE),
        ("test", NAME, SOURCE),
        ("report", NAME),
        ("report", SOURCE, "--run", NAME),
    ],
    ids=" ".join,
)
def test_no_refusal_is_harmed_by_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], kind: str
) -> None:
    evil = NAMES[kind]
    config = tmp_path / f"k{evil}"
    context = {"name": f"c{evil}", "context": {"cluster": evil, "user": evil}}
    config.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "contexts": [context]}), "utf-8")
    monkeypatch.setenv("KUBECONFIG", str(config))
    monkeypatch.chdir(tmp_path)
    named = values(tmp_path / f"s{evil}", evil) | {SOURCE: str(tmp_path / f"s{evil}")}
    Path(named[NAMING]).write_text(f'"a","{evil.replace(chr(34), chr(34) * 2)}"\n"a","b"\n', "utf-8")
    used = [named.get(word, word).replace(NAME, evil) for word in words]
    more = () if words[0] == "report" else ("-O", tmp_path / f"r{evil}")
    assert_harmless(call(*used, *more), "table", frozenset({2}))


@pytest.mark.parametrize("kind", NAMES)
def test_no_unread_cluster_is_harmed_by_the_names_of_its_context(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    evil = NAMES[kind].replace(",", "")
    config = tmp_path / "config"
    parts = {
        "contexts": [{"name": evil, "context": {"cluster": evil, "user": evil, "namespace": evil}}],
        "clusters": [{"name": evil, "cluster": {"server": f"http://127.0.0.1:1/{evil}"}}],
        "users": [{"name": evil, "user": {"token": evil}}],
    }
    config.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **parts}), "utf-8")
    monkeypatch.setenv("KUBECONFIG", str(config))
    for form in formats("audit"):
        result = call("audit", f"contexts:{evil}", "-O", tmp_path / "r", "--run", "a", "-o", form)
        assert_harmless(result, form, frozenset({3}))
    (row,) = rows(tmp_path / "r", "clusters", "a")
    assert row["status"] == "unreadable"
