"""`rbacpsp psa explain`: explain what a check of the Pod Security Standards demands."""

from collections.abc import Iterator
from itertools import pairwise

import click

from rbacpsp.cli.assumption_warning import AssumedServer
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.version_option import kubernetes_version_option
from rbacpsp.model import Version
from rbacpsp.model.json import JSONObject
from rbacpsp.pss.checks import CHECKS, CheckRule, PodSecurityCheck
from rbacpsp.pss.explain import Explanation
from rbacpsp.pss.explain import explain as explanation_of
from rbacpsp.pss.levels import OLDEST_SERVER
from rbacpsp.report.answer import Answer, Table


@command("explain", short_help="Explain what a check demands, version by version.")
@click.argument("check", required=False, metavar="[CHECK]")
@click.option(
    "--version",
    "version",
    default="latest",
    show_default=True,
    metavar="VERSION",
    help="The version of the level, for example v1.25.",
)
@kubernetes_version_option
@output_options
def explain(*, check: str | None, version: str, kubernetes_version: str | None, output: Output) -> None:
    r"""Explain what a check of the Pod Security Standards demands, and which values of which fields meet it.

    Without CHECK, every check is listed.

    \b
    Examples:
      rbacpsp psa explain
      rbacpsp psa explain runAsNonRoot
      rbacpsp psa explain seccompProfile_baseline --version v1.18 -o json
    """
    server = Version.parse(kubernetes_version) if kubernetes_version else None
    imitated = AssumedServer.of(server)
    if check is None:
        rows = [
            (check_info.id, check_info.level, f"v{check_info.rules[0].since}", check_info.demand)
            for check_info in CHECKS
        ]
        data = {"items": [_check_json(check_info) for check_info in CHECKS]}
        names = [check_info.id for check_info in CHECKS]
        table = Table(("check", "level", "since", "demand"), rows)
        output.answer(
            Answer("PodSecurityCheckExplanationList", table, data, names), empty="", cluster=imitated
        )
        return
    try:
        explanation = explanation_of(check, version, server)
    except KeyError as error:
        raise InputError([str(error.args[0])]) from None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--version") from None
    table = Table(("what", "explanation"), list(_rows(explanation, version)))
    answer = Answer("PodSecurityCheckExplanation", table, _json(explanation, version), [explanation.check.id])
    output.answer(answer, empty="", cluster=imitated)


def _rows(explanation: Explanation, version: str) -> Iterator[tuple[str, str]]:
    yield "check", explanation.check.id
    yield "level", explanation.check.level
    yield "demands", explanation.check.demand
    if explanation.rule is None:
        since = explanation.history[0].since
        yield version, f"it is not part of that version of the standards: it was added in v{since}"
    else:
        yield from _rule_rows(explanation.rule)
    for name in explanation.overridden_by:
        yield "instead", f"the restricted level uses {name} instead, which is stricter"
    for before, rule in pairwise(explanation.history):
        yield "changed", f"{_since(rule)}: {_changes(before, rule)}"


def _rule_rows(rule: CheckRule) -> Iterator[tuple[str, str]]:
    for restriction in rule.restrictions:
        for number, field in enumerate(restriction.fields):
            yield "" if number else "fields", field
        for number, allowed in enumerate(restriction.allowed):
            yield "" if number else "may be", allowed


def _since(rule: CheckRule) -> str:
    server = f" on servers since {rule.server}" if rule.server > OLDEST_SERVER else ""
    return f"since v{rule.since}{server}"


def _changes(before: CheckRule, rule: CheckRule) -> str:
    """What a rule changes, compared with the rule before it."""
    changes = []
    for verb, rule_with, rule_without in (("looks at", rule, before), ("no longer looks at", before, rule)):
        known_fields = {field for restriction in rule_without.restrictions for field in restriction.fields}
        fields = [
            field
            for restriction in rule_with.restrictions
            for field in restriction.fields
            if field not in known_fields
        ]
        changes += [f"{verb} {', '.join(fields)}"] if fields else []
    for verb, rule_with, rule_without in (("allows", rule, before), ("no longer allows", before, rule)):
        known_fields = {value for restriction in rule_without.restrictions for value in restriction.allowed}
        values = [
            value
            for restriction in rule_with.restrictions
            for value in restriction.allowed
            if value not in known_fields
        ]
        changes += [f"{verb} {', '.join(dict.fromkeys(values))}"] if values else []
    return "; ".join(changes) or "the same, with different wording"


def _check_json(check: PodSecurityCheck) -> JSONObject:
    return {
        "check": check.id,
        "level": check.level,
        "demand": check.demand,
        "since": f"v{check.rules[0].since}",
    }


def _rule_json(rule: CheckRule) -> JSONObject:
    return {
        "since": f"v{rule.since}",
        "server": str(rule.server),
        "overrides": list(rule.overrides),
        "restrictions": [
            {"fields": list(restriction.fields), "allowed": list(restriction.allowed)}
            for restriction in rule.restrictions
        ],
    }


def _json(explanation: Explanation, version: str) -> JSONObject:
    return {
        **_check_json(explanation.check),
        "version": version,
        "rule": _rule_json(explanation.rule) if explanation.rule else None,
        "overriddenBy": list(explanation.overridden_by),
        "history": list(map(_rule_json, explanation.history)),
    }
