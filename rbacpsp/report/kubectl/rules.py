"""Rules as kubectl shows them: split, joined by resource, sorted, one per line.

Source: kubectl/pkg/util/rbac/rbac.go (BreakdownRule, CompactRules, SortableRuleSlice) and
kubectl/pkg/describe/describe.go (CombineResourceGroup), 1.24.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.model import PolicyRule


def rule_lines(rules: Iterable[PolicyRule]) -> list[str]:
    """The tab-separated lines of a rule table: resource, URLs, resource names, verbs."""
    return [
        "\t".join(
            (
                _combined(rule),
                _listed(rule.non_resource_urls),
                _listed(rule.resource_names),
                _listed(rule.verbs),
            )
        )
        for rule in sorted(compact_rules(rules), key=_go_string)
    ]


def compact_rules(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
    """Rules with one resource, or one URL and verb, each; the verbs of one resource and name are joined.

    Verbs are in the order of their first appearance. URLs are not joined and their duplicates are kept, as in
    kubectl's list.
    """
    urls: list[PolicyRule] = []
    verbs: dict[tuple[str, str, tuple[str, ...]], dict[str, None]] = {}
    for rule in rules:
        for group, resource, names, verb in _breakdown(rule):
            verbs.setdefault((group, resource, names), {})[verb] = None
        urls += (
            PolicyRule(verbs=(verb,), non_resource_urls=(url,))
            for url in rule.non_resource_urls
            for verb in rule.verbs
        )
    return urls + [
        PolicyRule(tuple(rule_verbs), (group,), (resource,), names)
        for (group, resource, names), rule_verbs in verbs.items()
    ]


def _breakdown(rule: PolicyRule) -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    names: list[tuple[str, ...]] = [(name,) for name in rule.resource_names] or [()]
    for group in rule.api_groups:
        for resource in rule.resources:
            for verb in rule.verbs:
                for name in names:
                    yield group, resource, name, verb


def _combined(rule: PolicyRule) -> str:
    """`deployments.apps/scale`: the group goes between the resource and its subresource."""
    if not rule.resources:
        return ""
    resource, slash, subresource = rule.resources[0].partition("/")
    group = f".{rule.api_groups[0]}" if rule.api_groups and rule.api_groups[0] else ""
    return f"{resource}{group}{slash}{subresource}"


def _listed(values: tuple[str, ...]) -> str:
    """A list in the form of Go's `%v`."""
    return f"[{' '.join(values)}]"


def _go_string(rule: PolicyRule) -> str:
    """The Go value's String(), by which kubectl sorts: the verbs decide first."""
    return (
        f"&PolicyRule{{Verbs:{_listed(rule.verbs)},APIGroups:{_listed(rule.api_groups)},"
        f"Resources:{_listed(rule.resources)},ResourceNames:{_listed(rule.resource_names)},"
        f"NonResourceURLs:{_listed(rule.non_resource_urls)},}}"
    )
