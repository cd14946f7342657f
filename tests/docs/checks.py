"""Writes docs/checks, a page for each check of the Pod Security Standards: `python -m tests.docs.checks`."""

from collections.abc import Iterator
from typing import Any

from rbacpsp.audit.examples import ExampleObjects
from rbacpsp.model import Version
from rbacpsp.pss.checks import CHECKS, CheckRule, PodSecurityCheck
from rbacpsp.pss.levels import BASELINE, OLDEST_SERVER, RESTRICTED
from rbacpsp.report.rule_page import objects_yaml
from tests.docs import written
from tests.pss.test_checks import FIXTURES, checked

_HEAD = """\
# Checks of the Pod Security Standards

What the levels `baseline` and `restricted` demand of a pod: each check with its fields, every version of
its rule, a pod that it accepts and one that it refuses, in the server's words. `rbacpsp psa explain CHECK`
says it in a terminal, and [`rbacpsp psa check`](commands/psa-check.md) asks the checks of your manifests.
`privileged`, the third level, demands nothing.
"""
BY_ID = {check.id: check for check in CHECKS}


def page(name: str) -> str:
    """The page of a check."""
    check = BY_ID[name]
    parts = [
        f"# {name}\n",
        f"{check.demand} Part of the level `{check.level}`; [all checks](../checks.md).\n",
    ]
    for number, rule in enumerate(check.rules):
        parts += [f"## {_since(rule)}\n", *_restrictions(rule), *_overrides(rule)]
        fixture = FIXTURES[check.id, number]
        parts += [
            f"Accepted:\n\n```yaml\n{_pod(fixture.accepted)}```\n",
            f"Refused:\n\n```yaml\n{_pod(fixture.refused)}```\n",
            f"```text\n{fixture.reason}{_detail(check, number)}\n```\n",
        ]
    return "\n".join(parts)


def _since(rule: CheckRule) -> str:
    text = "Every version" if rule.since == Version(1, 0) else f"From policy version {rule.since} on"
    return text if rule.server == OLDEST_SERVER else f"{text}, as servers from {rule.server} on judge it"


def _restrictions(rule: CheckRule) -> Iterator[str]:
    for restriction in rule.restrictions:
        fields = "".join(f"- `{field}`\n" for field in restriction.fields)
        allowed = ", ".join(f"`{value}`" for value in restriction.allowed)
        yield f"Allowed values: {allowed}, in the fields\n\n{fields}"


def _overrides(rule: CheckRule) -> Iterator[str]:
    for name in rule.overrides:
        yield f"It is asked in place of [{name}]({name}.md).\n"


def _detail(check: PodSecurityCheck, number: int) -> str:
    result = check.rules[number].check_pod(checked(FIXTURES[check.id, number].refused))
    assert result is not None
    return f" ({result.detail})" if result.detail else ""


def _pod(fixture: dict[str, Any]) -> str:
    body = {key: value for key, value in fixture.items() if key != "annotations"}
    annotations = {"annotations": fixture["annotations"]} if "annotations" in fixture else {}
    metadata = {"metadata": {"name": "web", **annotations}}
    return objects_yaml(ExampleObjects(({"apiVersion": "v1", "kind": "Pod", **metadata, "spec": body},)))


def index() -> str:
    """The list of the checks."""
    parts = [_HEAD]
    for level in (BASELINE, RESTRICTED):
        rows = [
            (f"[{check.id}](checks/{check.id}.md)", str(check.rules[0].since), check.demand)
            for check in CHECKS
            if check.level == level
        ]
        parts.append(
            f"## {str(level).capitalize()}\n\n{written.table(('check', 'since', 'what it demands'), rows)}"
        )
    return "\n".join(parts)


PAGES = written.Written("checks", "checks", tuple(BY_ID), page, index)

if __name__ == "__main__":
    PAGES.write()
