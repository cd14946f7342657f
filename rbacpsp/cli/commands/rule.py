"""`rbacpsp rule`."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.roles import did_you_mean
from rbacpsp.model.similar_names import likeliest
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.audit import Rule


@command("rule", short_help="Explain a rule of the audit, with an example.")
@click.argument("rule", required=False, metavar="[RULE]")
@click.option("--all", "everything", is_flag=True, help="Explain every rule.")
@output_options
def explain_rule(*, rule: str | None, everything: bool, output: Output) -> None:
    r"""Explain a rule of the audit: what it finds and why, an example, and how to fix it.

    RULE is an id or a name. Without it the rules are listed.

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
        rows = [(each.id, each.name, severity_words(each), each.title) for each in rules]
        data = {"items": list(map(rule_json, rules))}
        table = Table(("rule", "name", "severity", "finding"), rows)
        output.answer(Answer("AuditRuleList", table, data, [each.id for each in rules]), empty="")
        return
    output.show(RulePage([_named(rules, rule)] if rule else rules))


def every_rule() -> "list[Rule]":
    """The rules by their ids, the one of expired exceptions included."""
    from rbacpsp.audit import RULES
    from rbacpsp.audit.policy import EXPIRED

    return sorted((*RULES, EXPIRED), key=lambda each: each.id)


def _named(rules: "list[Rule]", text: str) -> "Rule":
    """The rule of an id or a name, in any case.

    Raises:
        InputError: There is no such rule; the message names those that are spelled alike.
    """
    by_word = {word: rule for rule in rules for word in (rule.id.lower(), rule.name.lower())}
    found = by_word.get(text.lower())
    if found is None:
        close = [by_word[word].id if word.startswith("rbp") else word for word in likeliest(text, by_word)]
        raise InputError([f'there is no rule "{text}"{did_you_mean(close) or "; rbacpsp rule lists all"}'])
    return found
