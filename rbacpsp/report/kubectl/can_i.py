"""The output of `kubectl auth can-i --list`."""

from collections.abc import Mapping
from typing import Any

from rbacpsp.model import PolicyRule
from rbacpsp.report.kubectl.rules import rule_lines
from rbacpsp.report.kubectl.table import aligned

_COLUMNS = "Resources\tNon-Resource URLs\tResource Names\tVerbs"


def can_i_list(status: Mapping[str, Any], *, headers: bool = True) -> str:
    """What `kubectl auth can-i --list` prints for the status of a SelfSubjectRulesReview.

    Args:
        status: `resourceRules` and `nonResourceRules` as the API writes them.
        headers: False for `--no-headers`.

    Source: kubectl/pkg/cmd/auth/cani.go printStatus, 1.24.
    """
    rules = [
        PolicyRule(
            verbs=tuple(rule.get("verbs") or ()),
            api_groups=tuple(rule.get("apiGroups") or ()),
            resources=tuple(rule.get("resources") or ()),
            resource_names=tuple(rule.get("resourceNames") or ()),
        )
        for rule in status.get("resourceRules") or ()
    ] + [
        PolicyRule(
            verbs=tuple(rule.get("verbs") or ()),
            non_resource_urls=tuple(rule.get("nonResourceURLs") or ()),
        )
        for rule in status.get("nonResourceRules") or ()
    ]
    return aligned(((_COLUMNS,) if headers else ()) + tuple(rule_lines(rules)))
