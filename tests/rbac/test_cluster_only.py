"""Compares the parts of a rule that a RoleBinding cannot grant with the decisions for its users."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.catalog import Catalog
from rbacpsp.model import PolicyRule, Version
from rbacpsp.rbac.cluster_only import grants_nothing, ungranted
from tests.policy_rules import policy_rule

CATALOG = Catalog.for_version(Version(1, 24))


@pytest.mark.parametrize(
    ("given_rule", "beyond"),
    [
        (policy_rule("get", "nodes"), ("nodes",)),
        (policy_rule("get", "nodes pods nodes"), ("nodes",)),
        (policy_rule("get", "pods"), ()),
        (policy_rule("get", "*"), ()),
        (policy_rule("get", "*/status"), ()),
        (policy_rule("get", "nodes/status nodes/proxy"), ("nodes/status", "nodes/proxy")),
        (policy_rule("get", "gadgets"), ()),
        (policy_rule("get", "gadgets", "*"), ()),
        (policy_rule("get", "nodes", "*"), ("nodes",)),
        (policy_rule("get", "nodes", "apps,"), ()),
        (PolicyRule(("get",), (), ("nodes",)), ()),
        (policy_rule("get", "clusterroles", "rbac.authorization.k8s.io"), ("clusterroles",)),
        (policy_rule("bind", "clusterroles", "rbac.authorization.k8s.io"), ()),
        (policy_rule("get bind", "clusterroles", "rbac.authorization.k8s.io"), ()),
        (policy_rule("*", "clusterroles", "rbac.authorization.k8s.io"), ()),
        (policy_rule("*", "clusterroles/x", "rbac.authorization.k8s.io"), ("clusterroles/x",)),
        (policy_rule("get", "clusterroles"), ()),
        (policy_rule("get", "namespaces"), ()),
        (policy_rule("list", "namespaces"), ("namespaces",)),
        (policy_rule("get", "namespaces", names="team-a"), ()),
        (policy_rule("get", "namespaces", names="team-b"), ("namespaces",)),
        (policy_rule("create", "namespaces/finalize"), ()),
        (PolicyRule(("get",), non_resource_urls=("/healthz", "/healthz", "/*")), ("/healthz", "/*")),
    ],
)
def test_role_bindings_do_not_grant_cluster_scoped_resources_and_urls(
    given_rule: PolicyRule, beyond: tuple[str, ...]
) -> None:
    assert ungranted(given_rule, "team-a", CATALOG) == beyond


def words(*of: str, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), min_size=least, max_size=3).map(tuple)


@given(
    st.builds(
        PolicyRule,
        words("get", "list", "bind", "*"),
        words("", "*", "apps", "rbac.authorization.k8s.io"),
        words("*", "pods", "nodes", "nodes/status", "namespaces", "clusterroles", "gadgets"),
        words("team-a", "team-b"),
        words("/healthz"),
    )
)
@settings(max_examples=60, deadline=None)
def test_a_rule_grants_nothing_if_none_of_its_resources_is_granted(given_rule: PolicyRule) -> None:
    named = {*given_rule.resources, *given_rule.non_resource_urls}
    one_by_one = {
        resource
        for resource in given_rule.resources
        if ungranted(
            PolicyRule(given_rule.verbs, given_rule.api_groups, (resource,), given_rule.resource_names),
            "team-a",
            CATALOG,
        )
    }
    beyond = ungranted(given_rule, "team-a", CATALOG)
    assert set(beyond) == one_by_one | set(given_rule.non_resource_urls)
    assert len(beyond) == len(set(beyond))
    assert grants_nothing(given_rule, "team-a", CATALOG) == (named != set() and named == set(beyond))
