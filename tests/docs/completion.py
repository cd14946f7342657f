"""Writes the data of shell completion; `python -m tests.docs.commands` runs it."""

import json
from typing import Any

import click

from rbacpsp.cli import main
from rbacpsp.cli.completion_names import static_names
from rbacpsp.cli.lazy import LazyGroup
from tests.docs import console

FILE = console.ROOT / "rbacpsp" / "completing" / "table.json"

KINDS = {
    "verb": "verbs",
    "verbs": "verbs",
    "resource": "resources",
    "target": "resources",
    "targets": "resources",
    "namespace": "namespaces",
    "old_namespace": "namespaces",
    "apply_namespace": "namespaces",
    "subject": "subjects",
    "subjects": "subjects",
    "start": "subjects",
    "goal": "goals",
    "role": "roles",
    "policy": "policies",
    "policies": "policies",
    "check": "checks",
    "rule": "rules",
    "rules": "rules",
}
"""What a parameter of a name takes."""
_HELP_ALL = {
    "names": ["--help-all"],
    "help": "Show this message with every option explained.",
    "kind": "flag",
}
_HELP = {"names": ["-h", "--help"], "help": "Show this message and exit.", "kind": "flag"}


def text() -> str:
    """The whole table."""
    commands: dict[str, Any] = {}
    _add(commands, main, "")
    names = {kind: sorted(there) for kind, there in static_names().items()}
    return json.dumps({"commands": commands, "names": names}, separators=(",", ":"), sort_keys=True) + "\n"


def _add(commands: dict[str, Any], command: click.Command, path: str) -> None:
    inside: dict[str, str] = {}
    if isinstance(command, LazyGroup):
        for name, lazy in sorted(command._lazy.items()):
            inside[name] = lazy.summary
            _add(commands, lazy.load(), f"{path} {name}".strip())
    parameters = command.params
    commands[path] = {
        "commands": inside,
        "options": [
            _option(parameter)
            for parameter in parameters
            if isinstance(parameter, click.Option) and not parameter.hidden
        ]
        + ([] if inside else [_HELP_ALL])
        + [_HELP],
        "arguments": _arguments(path, parameters) if not inside else [],
    }


def _option(option: click.Option) -> dict[str, Any]:
    result = _value(option)
    if option.is_flag:
        result = {"kind": "flag"}
    return {"names": [*option.opts], "help": option.help or "", **result}


def _arguments(path: str, parameters: list[click.Parameter]) -> list[dict[str, Any]]:
    if path == "can-i":
        return [{"kind": "verbs"}, {"kind": "resources"}]
    return [
        {**_value(parameter), **({"many": True} if parameter.nargs == -1 else {})}
        for parameter in parameters
        if isinstance(parameter, click.Argument)
    ]


def _value(parameter: click.Parameter) -> dict[str, Any]:
    if isinstance(parameter.type, click.Choice):
        return {"kind": "choices", "choices": list(parameter.type.choices)}
    if isinstance(parameter.type, click.Path):
        return {"kind": "file"}
    return {"kind": KINDS.get(parameter.name or "", "")}
