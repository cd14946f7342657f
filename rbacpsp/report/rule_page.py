"""The documentation of audit rules: what they find, why it matters, an example, the fix, and references."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill, indent
from typing import Any

from rbacpsp.audit.examples import Example, ExampleObjects, examples
from rbacpsp.audit.policy import EXPIRED
from rbacpsp.audit.rule import Rule
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.yaml import encode, joined

_WIDTH = 100
_SHORT = 80
"""Values that are not longer are on the same line as their key."""
_PLAIN = re.compile(r"(?!(?i:y|n|yes|no|on|off|true|false|null)\Z)[A-Za-z][A-Za-z0-9./-]*")
"""Strings that need no quotes."""
_NONE = {
    EXPIRED.id: "A policy file causes this finding, not objects of a cluster.",
}
"""The text for a rule without an example."""


def severity_words(rule: Rule) -> str:
    """The severity of a finding: `high`, or `high; medium for a grant in one namespace`."""
    if rule.namespaced is None or rule.namespaced == rule.severity:
        return str(rule.severity)
    return f"{rule.severity}; {rule.namespaced} for a grant in one namespace"


class RulePage:
    """The complete documentation of some rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    def spoken(self, *, wide: bool, headers: bool) -> Iterator[str]:  # noqa: ARG002 - the protocol's
        """A page for a terminal."""
        for number, rule in enumerate(self._rules):
            yield f"{chr(10) if number else ''}{rule.id} {rule.name}: {rule.title}\n"
            yield f"severity: {severity_words(rule)}\n"
            for title, text in _sections(rule):
                yield f"\n{title}:\n{indent(fill(text, _WIDTH - 2), '  ')}\n"
            for title, objects in _examples(rule):
                yield f"\n{title}:\n{indent(objects_yaml(objects), '  ')}"
            yield "\nreferences:\n"
            yield from (f"  {reference.title}\n    {reference.url}\n" for reference in rule.references)

    def markdown(self) -> Iterator[str]:
        """The same as Markdown; docs/audit-rules has such a page for each rule."""
        for number, rule in enumerate(self._rules):
            yield f"{chr(10) if number else ''}### {rule.id} {rule.name}\n\n{rule.title}. "
            yield f"Severity: {severity_words(rule)}.\n\n"
            for title, text in _sections(rule):
                yield f"**{title.capitalize()}**: {text}\n\n"
            for title, objects in _examples(rule):
                yield f"{title[:1].upper()}{title[1:]}:\n\n```yaml\n{objects_yaml(objects)}```\n\n"
            links = ", ".join(f"[{reference.title}]({reference.url})" for reference in rule.references)
            yield f"References: {links}\n"

    def tabulated(self, *, wide: bool) -> Table:  # noqa: ARG002 - the protocol's
        """A row for each rule."""
        columns = ("rule", "name", "severity", "finding", "why", "gain", "remedy", "references")
        rows = [
            (
                rule.id,
                rule.name,
                severity_words(rule),
                rule.title,
                rule.why,
                rule.gain,
                rule.remedy,
                " ".join(reference.url for reference in rule.references),
            )
            for rule in self._rules
        ]
        return Table(columns, rows)

    def document(self) -> dict[str, Any]:
        """The rules as one JSON object."""
        items = list(map(rule_json, self._rules))
        return {"apiVersion": API_VERSION, "kind": "AuditRuleList", "items": items}

    def named(self) -> Sequence[str]:
        """The ids."""
        return [rule.id for rule in self._rules]


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule with its examples."""
    example = examples().get(rule.id)
    return {
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "severity": str(rule.severity),
        **({"severityInOneNamespace": str(rule.namespaced)} if rule.namespaced is not None else {}),
        "why": rule.why,
        "gain": rule.gain,
        "remedy": rule.remedy,
        **({"examples": _example_json(example)} if example else {}),
        "references": [{"title": reference.title, "url": reference.url} for reference in rule.references],
    }


def _example_json(example: Example) -> dict[str, Any]:
    return {
        name: {"objects": list(objects.items), **({"version": objects.version} if objects.version else {})}
        for name, objects in (("finding", example.finding), ("none", example.none))
    } | ({"goal": example.goal} if example.goal else {})


def _sections(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "why it matters", rule.why
    yield "what an attacker gains", rule.gain
    yield "how to fix it", rule.remedy
    if rule.id not in examples():
        yield "example", _NONE[rule.id]


def _examples(rule: Rule) -> Iterator[tuple[str, ExampleObjects]]:
    example = examples().get(rule.id)
    if example is not None:
        command = f" of rbacpsp paths --to {example.goal}" if example.goal else ""
        yield f"this is a finding{command}", example.finding
        yield "this is not a finding", example.none


def _compact(item: dict[str, Any]) -> str:
    """An object with each short value on the line of its key."""
    return "".join(_entry(key, value) for key, value in item.items())


def _entry(key: str, value: Any) -> str:
    if isinstance(value, str):
        return encode({key: value})
    if len(short := _flow(value)) <= _SHORT:
        return f"{key}: {short}\n"
    if isinstance(value, list) and all(len(_flow(item)) <= _WIDTH for item in value):
        return f"{key}:\n" + "".join(f"- {_flow(item)}\n" for item in value)
    return encode({key: value})


def _flow(value: Any) -> str:
    """A value on one line: YAML in JSON's style, with plain keys."""
    match value:
        case dict():
            return f"{{{', '.join(f'{key}: {_flow(item)}' for key, item in value.items())}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case str() if _PLAIN.fullmatch(value):
            return value
    return json.dumps(value)


def objects_yaml(objects: ExampleObjects) -> str:
    """The objects of an example as YAML documents, short values on one line."""
    version = f"# Kubernetes {objects.version}\n" if objects.version else ""
    documents: Iterable[str] = map(_compact, objects.items)
    return version + ("".join(joined(documents)) or "# nothing\n")
