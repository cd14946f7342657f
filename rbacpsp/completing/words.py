"""The command line up to the cursor: what may stand there."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple


class Choice(NamedTuple):
    """A word that may stand under the cursor."""

    value: str
    help: str = ""


class Place(NamedTuple):
    """What stands under the cursor."""

    kind: str
    """`choices`, `file`, or a kind of names such as `namespaces`; empty: nothing is known."""
    before: str
    """What of the word stays as it is, such as `get,` of `get,li`."""
    incomplete: str
    """What the names must begin with."""
    choices: tuple[Choice, ...] = ()
    source: tuple[str, ...] = ()
    """The options that say which cluster is asked."""


_SOURCES = frozenset({"-f", "--filename", "--context", "--kubeconfig", "--kubernetes-version"})
_LISTS = frozenset({"verbs", "resources"})
"""Kinds of which several may stand in one word, separated by commas."""


OF_A_CLUSTER = frozenset({"namespaces", "subjects", "roles", "policies", "resources", "goals"})
"""The kinds of names that are read from a cluster."""
EVERYWHERE = frozenset({"verbs", "resources", "goals", "checks", "rules"})
"""The kinds of names that are known without one, some of them or all."""


def static(kind: str) -> Sequence[str]:
    """The names of a kind that every cluster has."""
    found: Sequence[str] = table()["names"].get(kind, ())
    return found


@cache
def table() -> dict[str, Any]:
    """`commands`: each by its path, with its options and arguments; `names`: those of every cluster."""
    found: dict[str, Any] = json.loads(files("rbacpsp.completing").joinpath("table.json").read_bytes())
    return found


def place_of(words: Sequence[str], incomplete: str) -> Place:
    """What may stand in place of an incomplete word.

    Args:
        words: The words before it, without the program's.
        incomplete: What is typed of it.
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
            found = _option(options, name)
            if found is not None and found["kind"] != "flag":
                if not equals:
                    waiting = found
                elif name in _SOURCES:
                    source += [name, value]
        elif word in commands[path]["commands"]:
            path = f"{path} {word}".strip()
            options = commands[path]["options"]
        else:
            arguments += 1
    return _place(commands[path], waiting, incomplete, arguments, only_arguments, tuple(source))


def _place(
    command: dict[str, Any],
    waiting: dict[str, Any] | None,
    incomplete: str,
    arguments: int,
    only_arguments: bool,
    source: tuple[str, ...],
) -> Place:
    if waiting is not None:
        return _value(waiting, "", incomplete, source)
    if incomplete.startswith("-") and not only_arguments:
        name, equals, value = incomplete.partition("=")
        if equals:
            found = _option(command["options"], name)
            return _value(found, f"{name}=", value, source) if found else Place("", "", incomplete)
        return Place("choices", "", incomplete, tuple(_names(command["options"])), source)
    if command["commands"]:
        choices = tuple(Choice(*each) for each in command["commands"].items())
        return Place("choices", "", incomplete, choices, source)
    wanted = command["arguments"]
    if not wanted:
        return Place("", "", incomplete)
    last = min(arguments, len(wanted) - 1)
    if arguments > last and not wanted[last].get("many"):
        return Place("", "", incomplete)
    return _value(wanted[last], "", incomplete, source)


def _value(parameter: dict[str, Any], before: str, incomplete: str, source: tuple[str, ...]) -> Place:
    kind = parameter["kind"]
    choices = tuple(map(Choice, parameter.get("choices", ())))
    if kind in _LISTS and "," in incomplete:
        first, _, incomplete = incomplete.rpartition(",")
        before = f"{before}{first},"
    return Place(kind, before, incomplete, choices, source)


def _option(options: Iterable[dict[str, Any]], name: str) -> dict[str, Any] | None:
    return next((each for each in options if name in each["names"]), None)


def _names(options: Iterable[dict[str, Any]]) -> Iterator[Choice]:
    for each in options:
        yield from (Choice(name, each.get("help", "")) for name in each["names"])
