"""A small interpreter of composite actions: it runs their shell steps like a runner of GitHub Actions.

Steps that use other actions are noted, not run. Source: GitHub's "Metadata syntax" and "Evaluate expressions
in workflows and actions".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.ci.repository import Repository

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_TOKEN = re.compile(r"\s*(&&|\|\||==|!=|!|\(|\)|'(?:[^']|'')*'|[A-Za-z_][\w.-]*)")


@dataclass
class Run:
    """The result of a run of an action."""

    log: str = ""
    code: int = 0
    """The exit code of the failed step, or 0."""
    failed: str = ""
    """The name of that step."""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """The other actions that it would run, each with its inputs."""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


def run(
    action: Path,
    repository: Repository,
    github: Mapping[str, Any],
    given: Mapping[str, str],
    environment: Mapping[str, str],
) -> Run:
    """Run an action in a repository.

    Args:
        action: The folder of its action.yml.
        repository: The checked-out repository.
        github: The github context.
        given: The inputs from a workflow.
        environment: Variables for the steps besides those of the runner; RUNNER_TEMP is required.
    """
    text = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))
    temp = Path(environment["RUNNER_TEMP"])
    context: dict[str, Any] = {"github": github, "steps": {}, "runner": {"temp": str(temp)}}
    unknown = set(given) - set(text["inputs"])
    assert not unknown
    context["inputs"] = {
        name: given.get(name, filled(value.get("default", ""), context))
        for name, value in text["inputs"].items()
    }
    done = Run()
    summary = temp / "summary.md"
    summary.touch()
    for number, step in enumerate(text["runs"]["steps"]):
        condition = str(step.get("if", "true")).removeprefix("${{").removesuffix("}}").strip()
        if done.code or not truth(evaluate(condition, context)):
            continue
        if "uses" in step:
            done.used[step["uses"]] = {key: filled(value, context) for key, value in step["with"].items()}
            continue
        output = temp / f"output-{number}"
        output.touch()
        script = temp / f"step-{number}.sh"
        script.write_text(filled(step["run"], context), encoding="utf-8")
        assert step["shell"] == "bash"
        result = repository.run(
            *("bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)),
            environment={
                **environment,
                **{key: filled(value, context) for key, value in step.get("env", {}).items()},
                "GITHUB_ACTION_PATH": str(action),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
            },
            check=False,
        )
        done.log += result.stdout + result.stderr
        if result.returncode:
            done.code, done.failed = result.returncode, step["name"]
        outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
        context["steps"][step.get("id", str(number))] = {"outputs": outputs}
    done.outputs = {name: filled(each["value"], context) for name, each in text["outputs"].items()}
    done.summary = summary.read_text(encoding="utf-8")
    return done


def filled(text: object, context: Mapping[str, Any]) -> str:
    """A value with its expressions replaced by their values."""
    return _EXPRESSION.sub(lambda found: shown(evaluate(found[1], context)), str(text))


def shown(value: object) -> str:
    """A value as text."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def truth(value: object) -> bool:
    """Whether a condition holds: an empty text, 0 and null do not."""
    return bool(value)


def evaluate(text: str, context: Mapping[str, Any]) -> Any:
    """The value of an expression of names, texts, !, ==, !=, &&, || and parentheses."""
    tokens = _TOKEN.findall(text)
    assert "".join(tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text), text
    value = _either(tokens, context)
    assert not tokens, text
    return value


def _either(tokens: list[str], context: Mapping[str, Any]) -> Any:
    value = _both(tokens, context)
    while tokens[:1] == ["||"]:
        tokens.pop(0)
        other = _both(tokens, context)
        value = value or other
    return value


def _both(tokens: list[str], context: Mapping[str, Any]) -> Any:
    value = _compared(tokens, context)
    while tokens[:1] == ["&&"]:
        tokens.pop(0)
        other = _compared(tokens, context)
        value = value and other
    return value


def _compared(tokens: list[str], context: Mapping[str, Any]) -> Any:
    value = _one(tokens, context)
    if tokens[:1] in (["=="], ["!="]):
        wanted = tokens.pop(0) == "=="
        return (shown(value).lower() == shown(_one(tokens, context)).lower()) == wanted
    return value


def _one(tokens: list[str], context: Mapping[str, Any]) -> Any:
    word = tokens.pop(0)
    if word == "!":
        return not _one(tokens, context)
    if word == "(":
        value = _either(tokens, context)
        assert tokens.pop(0) == ")"
        return value
    if word.startswith("'"):
        return word[1:-1].replace("''", "'")
    if word in {"true", "false"}:
        return word == "true"
    value = context
    for part in word.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
