"""Parses the command line up to the cursor, and finds what may complete it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pkgutil import get_data
from typing import Any, NamedTuple


class Completion(NamedTuple):
    """A completion of the word under the cursor."""

    value: str
    help: str = ""


class ExpectedWord(NamedTuple):
    """What is expected under the cursor."""

    kind: str
    """`choices`, `file`, or a kind of names such as `namespaces`; empty: nothing is known."""
    before: str
    """The part of the word that is kept, such as `get,` of `get,li`."""
    incomplete: str
    """The prefix of the names."""
    choices: tuple[Completion, ...] = ()
    source: tuple[str, ...] = ()
    """The options that select the cluster."""


_SOURCES = frozenset({"-f", "--filename", "--context", "--kubeconfig", "--kubernetes-version"})
_LISTS = frozenset({"verbs", "resources"})
"""Kinds of which one word may contain several, separated by commas."""


OF_A_CLUSTER = frozenset({"namespaces", "subjects", "roles", "policies", "resources", "goals"})
"""The kinds of names that are read from a cluster."""
EVERYWHERE = frozenset({"verbs", "resources", "goals", "checks", "rules"})
"""The kinds of names that are known without a cluster, at least in part."""


def static(kind: str) -> Sequence[str]:
    """The names of a kind that every cluster has."""
    kind_names: Sequence[str] = table()["names"].get(kind, ())
    return kind_names


@cache
def table() -> dict[str, Any]:
    """`commands` by their path, with options and arguments; `names` that every cluster has."""
    content: dict[str, Any] = json.loads(get_data("rbacpsp.completing", "table.json") or b"")
    return content


def expected_words(words: Sequence[str], incomplete: str) -> ExpectedWord:
    """What may complete an incomplete word.

    Args:
        words: The words before it, without the name of the program.
        incomplete: Its typed part.
    """
    commands = table()["commands"]
    path = ""
    options = commands[path]["options"]
    waiting: dict[str, Any] | None = None
    name = ""
    arguments = 0
    only_arguments = False
    source: list[str] = []
    for word in words:
        if waiting is not None:
            if name in _SOURCES:
                source += [name, word]
            waiting = None
        elif word == "--" and not only_arguments:
            only_arguments = True
        elif word.startswith("-") and word != "-" and not only_arguments:
            name, equals, value = word.partition("=")
            option = _option(options, name)
            if option is not None and option["kind"] != "flag":
                if not equals:
                    waiting = option
                elif name in _SOURCES:
                    source += [name, value]
        elif word in commands[path]["commands"]:
            path = f"{path} {word}".strip()
            options = commands[path]["options"]
        else:
            arguments += 1
    return _expected(commands[path], waiting, incomplete, arguments, only_arguments, tuple(source))


def _expected(
    command: dict[str, Any],
    waiting: dict[str, Any] | None,
    incomplete: str,
    arguments: int,
    only_arguments: bool,
    source: tuple[str, ...],
) -> ExpectedWord:
    if waiting is not None:
        return _value(waiting, "", incomplete, source)
    if incomplete.startswith("-") and not only_arguments:
        name, equals, value = incomplete.partition("=")
        if equals:
            option = _option(command["options"], name)
            return _value(option, f"{name}=", value, source) if option else ExpectedWord("", "", incomplete)
        return ExpectedWord("choices", "", incomplete, tuple(_names(command["options"])), source)
    if command["commands"]:
        choices = tuple(Completion(*command_and_help) for command_and_help in command["commands"].items())
        return ExpectedWord("choices", "", incomplete, choices, source)
    expected_arguments = command["arguments"]
    if not expected_arguments:
        return ExpectedWord("", "", incomplete)
    last = min(arguments, len(expected_arguments) - 1)
    if arguments > last and not expected_arguments[last].get("many"):
        return ExpectedWord("", "", incomplete)
    return _value(expected_arguments[last], "", incomplete, source)


def _value(parameter: dict[str, Any], before: str, incomplete: str, source: tuple[str, ...]) -> ExpectedWord:
    kind = parameter["kind"]
    choices = tuple(map(Completion, parameter.get("choices", ())))
    if kind in _LISTS and "," in incomplete:
        first, _, incomplete = incomplete.rpartition(",")
        before = f"{before}{first},"
    return ExpectedWord(kind, before, incomplete, choices, source)


def _option(options: Iterable[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((option for option in options if name in option["names"]), None)


def _names(options: Iterable[dict[str, Any]]) -> Iterator[Completion]:
    for option in options:
        yield from (Completion(name, option.get("help", "")) for name in option["names"])
