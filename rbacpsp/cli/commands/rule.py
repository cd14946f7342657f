"""`rbacpsp rule`: explain a rule of the audit."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.output import Output, output_options
from rbacpsp.model.similar_names import did_you_mean, likeliest
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.audit import Rule


@command("rule", short_help="Explain a rule of the audit, with an example.")
@click.argument("rule", required=False, metavar="[RULE]")
@click.option("--all", "everything", is_flag=True, help="Explain every rule.")
@output_options
def explain_rule(*, rule: str | None, everything: bool, output: Output) -> None:
    r"""Explain a rule of the audit: what it finds and why, an example, and how to fix it.

    RULE is an id or a name. Without RULE, the rules are listed.

    \b
    Examples:
      rbacpsp rule
      rbacpsp rule RBP041
      rbacpsp rule --all -o markdown
    """
    if rule and everything:
        raise click.UsageError("give either a RULE or --all", click.get_current_context())
    from rbacpsp.report.rule_page import RulePage, rule_json, severity_words

    rules = every_rule()
    if not rule and not everything:
        rows = [
            (audit_rule.id, audit_rule.name, severity_words(audit_rule), audit_rule.title)
            for audit_rule in rules
        ]
        data = {"items": list(map(rule_json, rules))}
        table = Table(("rule", "name", "severity", "finding"), rows)
        output.answer(Answer("AuditRuleList", table, data, [audit_rule.id for audit_rule in rules]), empty="")
        return
    output.show(RulePage([_find_rule(rules, rule)] if rule else rules))


def every_rule() -> "list[Rule]":
    """All audit rules, sorted by id; the rule for expired exceptions is included."""
    from rbacpsp.audit import RULES
    from rbacpsp.audit.policy import EXPIRED

    return sorted((*RULES, EXPIRED), key=lambda rule: rule.id)


def _find_rule(rules: "list[Rule]", text: str) -> "Rule":
    """The rule with this id or name, in upper or lower case.

    Raises:
        InputError: There is no such rule; the message suggests similar ones.
    """
    by_word = {word: rule for rule in rules for word in (rule.id.lower(), rule.name.lower())}
    rule = by_word.get(text.lower())
    if rule is None:
        similar = [by_word[word].id if word.startswith("rbp") else word for word in likeliest(text, by_word)]
        raise InputError([f'unknown rule "{text}"{did_you_mean(similar) or "; `rbacpsp rule` lists all"}'])
    return rule
