"""Tests that comparing rules resource by resource gives the same result as comparing whole rules."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.audit.holdings import PermissionTable
from rbacpsp.audit.permission import Match, Permission, match
from rbacpsp.audit.resource_rules import Parts
from rbacpsp.audit.rules import RULES
from rbacpsp.catalog import Catalog
from rbacpsp.catalog.slips import Spelling
from rbacpsp.model import ClusterRole, PolicyRule, Version
from rbacpsp.paths.actions import Actions
from rbacpsp.paths.edges import TECHNIQUES
from rbacpsp.rbac.cluster_only import ungranted
from rbacpsp.rbac.table import RoleRules
from rbacpsp.testing import ClusterBuilder

VERSION = Version(1, 30)
SITE = ClusterBuilder().namespace("kube-system").build(kubernetes_version="1.30").paths()._facts
CATALOG = Catalog.for_version(VERSION)
PLAIN = [rule for rule in RULES if rule.permissions and rule.wildcard.name in {"FOLDED", "COUNTED"}]
"""The rules of the audit for which it does not matter whether a wildcard gives a permission."""
VERBS = [
    "*",
    "get",
    "list",
    "create",
    "patch",
    "Get",
    "use",
    "bind",
    "escalate",
    "impersonate",
    "deletecollection",
]
GROUPS = ["", "*", "apps", "rbac.authorization.k8s.io", "authentication.k8s.io", "core", "policy"]
RESOURCES = [
    "*", "pods", "pods/exec", "*/exec", "*/scale", "secrets", "pod", "deployments", "nodes", "roles",
    "clusterroles", "clusterrolebindings", "users", "userextras/scopes", "userextras/x", "userextras",
    "podsecuritypolicies", "serviceaccounts/token", "namespaces", "persistentvolumes",
]  # fmt: skip
NAMES = ["a", "kube-system", "cluster-admin"]


def words(of: list[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), min_size=least, max_size=3).map(tuple)


rules = st.builds(
    PolicyRule,
    verbs=words(VERBS),
    api_groups=words(GROUPS),
    resources=words(RESOURCES),
    resource_names=words(NAMES),
    non_resource_urls=words(["/metrics", "*"]),
)


def match_parts(found: Match) -> tuple[object, ...]:
    return (found.permission, found.verbs, found.names, found.subresource)


@given(rules)
def test_comparing_a_rule_with_all_permissions_equals_comparing_it_with_each(rule: PolicyRule) -> None:
    everything = "*" in rule.verbs and "*" in rule.api_groups and "*" in rule.resources
    expected = {
        (place, match_parts(found))
        for place, each in enumerate(PLAIN)
        if not (everything and not rule.resource_names and each.wildcard.name == "FOLDED")
        for permission in each.permissions
        if permission.before is None or permission.before > VERSION
        if (found := match(rule, permission)) is not None and (each.named is not None or not found.names)
    }
    for _ in range(2):  # the second time from what is known
        assert {
            (place, match_parts(rule_match.match))
            for place, rule_match in PermissionTable(PLAIN, VERSION).hits((rule,))
        } == expected


def complete_and_not(found: Match, held: list[PolicyRule]) -> Iterator[tuple[bool, Match]]:
    """The part of a match whose names some rule lets patch, and the rest; all of it without such a need."""
    permission = found.permission
    if not permission.applied:
        yield False, found
        return
    patch = replace(permission, verbs=("patch",), applied=False, implied=False)
    patched = {
        name
        for name in found.names
        for rule in held
        if (patches := match(rule, patch)) is not None and name in (patches.names or found.names)
    }
    for lacks_patch in (False, True):
        names = tuple(name for name in found.names if (name not in patched) == lacks_patch)
        if names:
            yield lacks_patch, replace(found, names=names)


def unlimited_by_names(permission: Permission) -> Callable[[PolicyRule], bool]:
    """Whether a rule grants a permission on every object, on new ones too if it is one to create them."""

    def grants(rule: PolicyRule) -> bool:
        found = match(rule, permission)
        creates = "create" in permission.verbs
        return found is not None and not found.names and (not creates or "create" in found.verbs)

    return grants


@given(st.lists(rules, max_size=4))
def test_actions_and_what_else_they_need_are_what_the_rules_give_of_each_permission(
    held: list[PolicyRule],
) -> None:
    role = RoleRules(ClusterRole(rules=tuple(held)))
    actions = Actions(TECHNIQUES, SITE)
    expected = {
        (technique.name, index, lacks_patch, *match_parts(part))
        for technique in TECHNIQUES
        for permission in technique.permissions
        if permission.before is None or permission.before > SITE.version
        for index, rule in enumerate(held)
        if (found := match(rule, permission)) is not None
        for lacks_patch, part in complete_and_not(found, held)
    }
    given_actions = actions.of(role)
    assert {
        (
            action.technique.name,
            action.rule_match.rule_index,
            action.lacks_patch,
            *match_parts(action.rule_match.match),
        )
        for action in given_actions
    } == expected
    for local in (True, False):
        met = {
            id(one_of)
            for technique in TECHNIQUES
            for one_of in technique.also
            for permission in one_of
            if permission.namespaced or not local
            if not technique.by_name or any(map(unlimited_by_names(permission), held))
            if any(
                (found := match(rule, permission)) is not None
                and any(not lacks_patch for lacks_patch, _ in complete_and_not(found, held))
                for rule in held
            )
        }
        assert actions.met(role, local=local) == met


@given(rules)
def test_a_rule_has_no_misspelling_if_its_parts_have_none(rule: PolicyRule) -> None:
    spelling = Spelling(CATALOG)
    if rule.resources and not rule.non_resource_urls and Parts((), spelling.slips).gives_nothing(rule):
        assert spelling.slips(rule) == ()


@given(rules, st.sampled_from(NAMES))
def test_what_a_role_binding_does_not_grant_is_known_for_each_part_of_a_rule(
    rule: PolicyRule, namespace: str
) -> None:
    compared = Parts((), lambda part: ungranted(part, "", CATALOG))
    parts = compared.of(rule)
    if parts is not None and not rule.resource_names and not rule.non_resource_urls:
        assert tuple(parts) == ungranted(rule, namespace, CATALOG)
        assert compared.gives_nothing(rule) == (not parts)


@pytest.mark.parametrize("resources", [("*",), ("pods", "*/exec"), ("pods", "userextras/scopes")])
def test_a_rule_whose_resources_depend_on_each_other_is_compared_as_a_whole(
    resources: tuple[str, ...],
) -> None:
    permissions = [permission for rule in RULES for permission in rule.permissions]
    parts: Parts[str] = Parts(permissions, lambda _: ())
    assert parts.of(PolicyRule(verbs=("get",), api_groups=("",), resources=resources)) is None
    assert not parts.gives_nothing(PolicyRule(verbs=("get",), api_groups=("",), resources=resources))
    pods = PolicyRule(verbs=("get",), api_groups=("",), resources=("pods",))
    assert parts.of(pods) == ()
    assert parts.gives_nothing(pods)


def test_the_same_words_are_compared_once_whatever_the_order_of_the_verbs() -> None:
    compared: list[PolicyRule] = []

    def compare(rule: PolicyRule) -> tuple[str, ...]:
        compared.append(rule)
        return ()

    parts = Parts((), compare)
    for verbs in (("get", "list"), ("list", "get")):
        for names in ((), ("a",)):
            parts.of(PolicyRule(verbs, ("",), ("pods", "secrets"), names))
    assert [rule.resources for rule in compared] == [("pods",), ("secrets",)]
