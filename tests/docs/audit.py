"""Writes docs/audit-rules, docs/steps and the tables of docs/audit.md: `python -m tests.docs.audit`."""

from rbacpsp.audit import Rule
from rbacpsp.cli.commands.rule import every_rule
from rbacpsp.paths.edges import TECHNIQUES
from rbacpsp.report.rule_page import RulePage
from tests.docs import console, written

PAGE = console.ROOT / "docs" / "audit.md"
_HEAD = """\
# Rules of the audit

Each rule with an example of a finding and one of none, as `rbacpsp rule RULE` prints it.
[audit.md](audit.md) is about the audit itself, and [`rbacpsp audit`](commands/audit.md) runs it.
"""
BY_ID = {rule.id: rule for rule in every_rule()}


def rules_table() -> str:
    """Every rule of the registry, in the order of the ids."""
    rows = [(rule.id, rule.title, _severity(rule), rule.why, rule.gain, rule.remedy) for rule in every_rule()]
    titles = ("rule", "finding", "severity", "why it matters", "what an attacker gains", "how to fix it")
    return written.table(titles, rows)


def rule_page(name: str) -> str:
    """The page of a rule, as `rbacpsp rule RULE` explains it."""
    text = "".join(RulePage([BY_ID[name]]).markdown()).removeprefix("##")
    title, _, rest = text.partition("\n")
    return f"{title}\n{rest}\n[All rules](../audit-rules.md)\n"


def index() -> str:
    """The list of the rules."""
    rows = [
        (f"[{rule.id}](audit-rules/{rule.id}.md)", f"{rule.name}: {rule.title}", _severity(rule))
        for rule in every_rule()
    ]
    return f"{_HEAD}\n{written.table(('rule', 'finding', 'severity'), rows)}"


def steps_table() -> str:
    """Every family of edges, in the order in which they are tried."""
    return written.table(
        ("step", "condition"), [(technique.title, technique.condition) for technique in TECHNIQUES]
    )


def _severity(rule: Rule) -> str:
    if rule.namespaced is None or rule.namespaced == rule.severity:
        return str(rule.severity)
    return f"{rule.severity}, {rule.namespaced}"


def page(text: str) -> str:
    """The page with its tables as they are now."""
    text = written.with_table(text, "audit", "rules", rules_table())
    return written.with_table(text, "audit", "steps", steps_table())


def write() -> None:
    """Write the tables."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


PAGES = written.Written("audit", "audit-rules", tuple(BY_ID), rule_page, index)

if __name__ == "__main__":
    write()
    PAGES.write()
    from tests.docs import proof, steps

    steps.PAGES.write()
    proof.write()
