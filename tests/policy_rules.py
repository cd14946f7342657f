"""Builds rules as the analyzer reads them."""

import msgspec

from rbacpsp.model import PolicyRule
from rbacpsp.testing import rule


def policy_rule(
    verbs: str, resources: str = "", groups: str = "", names: str = "", urls: str = ""
) -> PolicyRule:
    """`rbacpsp.testing.rule` as a `PolicyRule`."""
    return msgspec.convert(rule(verbs, resources, groups, names, urls), PolicyRule)
