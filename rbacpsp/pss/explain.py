"""Explains a check: what it requires, and the fields with their allowed values."""

from typing import NamedTuple

from rbacpsp.model.version import Version
from rbacpsp.pss.checks import CheckRule, PodSecurityCheck, find_check
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.levels import LevelVersion, parse_version, server_of


class Explanation(NamedTuple):
    """A check, and its rule that applies at a policy version on a server version."""

    check: PodSecurityCheck
    rule: CheckRule | None
    """None where the check is not part of the version yet."""
    overridden_by: tuple[str, ...]
    """The restricted checks that replace it at the restricted level."""
    history: tuple[CheckRule, ...]
    """Every rule, the oldest first; `since` and `server` are the versions in which each began."""


def explain(check: str, version: str = "latest", kubernetes_version: Version | None = None) -> Explanation:
    """What a check requires at a policy version.

    Raises:
        KeyError: There is no such check; the message names all of them.
        ValueError: Unknown version.
    """
    explained = find_check(check)
    server = server_of(kubernetes_version)
    policy = min(parse_version(version) or server, server)
    restricted = evaluator_for(server).rules(LevelVersion("restricted", policy))
    overriding = tuple(other.id for other, rule in restricted if explained.id in rule.overrides)
    return Explanation(explained, explained.rule_for(policy, server), overriding, explained.rules)
