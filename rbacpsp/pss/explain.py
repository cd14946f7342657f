"""Explains a check to people: its sentence, and the fields with their allowed values."""

from typing import NamedTuple

from rbacpsp.model.version import Version
from rbacpsp.pss.checks import Check, Rule, find_check
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.levels import LevelVersion, parse_version, server_of


class Explanation(NamedTuple):
    """A check and the rule of it that counts for one policy version on one server."""

    check: Check
    rule: Rule | None
    """None where the check is not part of the version yet."""
    overridden_by: tuple[str, ...]
    """The restricted checks that are asked instead of it at the restricted level."""
    history: tuple[Rule, ...]
    """Every rule, the oldest first; `since` and `server` say when each came."""


def explain(check: str, version: str = "latest", kubernetes_version: Version | None = None) -> Explanation:
    """What a check demands at a policy version.

    Raises:
        KeyError: There is no such check: the message names them all.
        ValueError: Unknown version.
    """
    found = find_check(check)
    server = server_of(kubernetes_version)
    policy = min(parse_version(version) or server, server)
    restricted = evaluator_for(server).rules(LevelVersion("restricted", policy))
    overriding = tuple(other.id for other, rule in restricted if found.id in rule.overrides)
    return Explanation(found, found.rule_for(policy, server), overriding, found.rules)
