"""Writes the tables of docs/audit.md: `python -m tests.docs.audit`."""

import re
from collections.abc import Iterable

from rbacpsp.audit import RULES, Rule
from rbacpsp.audit.edges import TECHNIQUES
from rbacpsp.audit.policy import EXPIRED
from tests.docs import console

PAGE = console.ROOT / "docs" / "audit.md"


def rules_table() -> str:
    """Every rule of the registry, in the order of the ids."""
    rows = [
        (rule.id, rule.title, _severity(rule), rule.gain)
        for rule in sorted((*RULES, EXPIRED), key=lambda rule: rule.id)
    ]
    return _table(("rule", "finding", "severity", "what an attacker gains"), rows)


def steps_table() -> str:
    """Every family of edges, in the order in which they are tried."""
    return _table(("step", "condition"), [(each.title, each.condition) for each in TECHNIQUES])


def _severity(rule: Rule) -> str:
    if rule.namespaced is None or rule.namespaced == rule.severity:
        return str(rule.severity)
    return f"{rule.severity}, {rule.namespaced}"


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [titles, ("---",) * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(text: str) -> str:
    """The page with its tables as they are now."""
    for name, table in (("rules", rules_table()), ("steps", steps_table())):
        begin = f"<!-- {name}: written by python -m tests.docs.audit -->\n"
        found = re.search(rf"(?<={begin}).*?(?=<!-- end)", text, re.DOTALL)
        assert found, f"the page has no place for the {name}"
        text = f"{text[: found.start()]}\n{table}\n{text[found.end() :]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
