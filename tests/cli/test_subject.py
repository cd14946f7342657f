"""Tests how subjects are parsed as people type them."""

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from rbacpsp.testing import binding, role, rule

Run = Callable[..., Result]

OBJECTS = [
    role("view", rule("get", "pods")),
    binding("view", "User/both", "Group/both", "Group/dev", "User/group:dev", name="a"),
    binding("view", "ServiceAccount/ci:bot", "ServiceAccount/qa:bot", "ServiceAccount/ci:only", name="b"),
]


@pytest.fixture
def ask(call: Run, write: Callable[..., str]) -> Run:
    file = write(OBJECTS)

    def run_line(line: str) -> Result:
        return call(*line.split(), "-f", file, "--bootstrap", "never")

    return run_line


def asked_as(result: Result) -> str:
    document = json.loads(result.stdout)
    return str(document["user"] or document["groups"][0])


@pytest.mark.parametrize(
    ("word", "who", "said"),
    [
        ("only", "system:serviceaccount:ci:only", '"only" is taken as ServiceAccount/ci:only.\n'),
        ("ci:only", "system:serviceaccount:ci:only", '"ci:only" is taken as ServiceAccount/ci:only.\n'),
        ("sa/only", "system:serviceaccount:ci:only", '"sa/only" is taken as ServiceAccount/ci:only.\n'),
        ("sa/ci:only", "system:serviceaccount:ci:only", ""),
        ("sa:ci:only", "system:serviceaccount:ci:only", ""),
        ("system:serviceaccount:ci:only", "system:serviceaccount:ci:only", ""),
        ("dev", "dev", '"dev" is taken as Group/dev.\n'),
        ("group/dev", "dev", ""),
        ("both", "both", '"both" is taken as User/both; there is also Group/both.\n'),
        ("group:dev", "group:dev", '"group:dev" is taken as User/group:dev; there is also Group/dev.\n'),
        ("user:both", "both", ""),
        ("stranger", "stranger", ""),
    ],
)
def test_a_word_means_the_subject_of_that_name(ask: Run, word: str, who: str, said: str) -> None:
    result = ask(f"rules {word} -o json")
    assert asked_as(result) == who
    assert result.stderr == said


@pytest.mark.parametrize("command", ["rules", "matrix --subject", "grant get pods --to", "paths --from"])
def test_two_subjects_of_one_name_are_both_listed(ask: Run, command: str) -> None:
    result = ask(f"{command} bot")
    assert result.exit_code == 2
    assert result.stderr == (
        'error: "bot" may be ServiceAccount/ci:bot or ServiceAccount/qa:bot: write which one you mean\n'
    )


def test_a_name_after_as_is_used_as_written_with_a_hint_about_its_likely_meaning(ask: Run) -> None:
    result = ask("can-i get pods --as bot")
    assert (result.stdout, result.exit_code) == ("no\n", 1)
    assert result.stderr == (
        '--as takes names as the server sees them, and no binding names a user "bot"; try --as '
        "system:serviceaccount:ci:bot or --as system:serviceaccount:qa:bot.\n"
    )
    assert ask("can-i get pods --as dev").stderr.endswith("try --as NAME --as-group dev.\n")
    assert ask("can-i get pods --as both").stderr == ""
    assert ask("can-i get pods --as bot --as-group dev").stderr == ""
