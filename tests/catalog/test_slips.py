"""Tests that exactly the words of rules that no request can match are found, with the likely spelling."""

import pytest

from rbacpsp.catalog import Catalog
from rbacpsp.catalog.slips import Spelling, known_spelling
from rbacpsp.model import PolicyRule, Version
from tests.policy_rules import policy_rule

SPELLING = known_spelling()


@pytest.mark.parametrize(
    ("written", "word", "meant"),
    [
        (policy_rule("create", "pods/portfoward"), "pods/portfoward", "pods/portforward"),
        (policy_rule("get", "pod"), "pod", "pods"),
        (policy_rule("get", "po"), "po", "pods"),
        (policy_rule("get", "pod", "*"), "pod", "pods"),
        (policy_rule("get", "deployments"), "deployments", "deployments of apiGroups apps"),
        (policy_rule("get", "services", "core"), "core", '""'),
        (policy_rule("get", "services", "v1"), "v1", '""'),
        (policy_rule("get", "statefulsets", "apps/v1"), "apps/v1", "apps"),
        (policy_rule("get", "statefulsets", "Apps"), "Apps", "apps"),
        (policy_rule("get", "statefulsets", "app"), "app", "apps"),
        (policy_rule("get", "roles", "rbac"), "rbac", "rbac.authorization.k8s.io"),
        (policy_rule("get", "ingresses", "networking.k8s"), "networking.k8s", "networking.k8s.io"),
        (policy_rule("get", "ingresses", "networking.k8s.oi"), "networking.k8s.oi", "networking.k8s.io"),
        (policy_rule("get", "deployments", "apps*"), "apps*", ""),
        (policy_rule("get", "ConfigMaps"), "ConfigMaps", "configmaps"),
        (policy_rule("get", "Widgets", "example.com"), "Widgets", ""),
        (policy_rule("get", "pods/LOG"), "pods/LOG", "pods/log"),
        (policy_rule("get", "*/logs"), "*/logs", "*/log"),
        (policy_rule("get", "*/*"), "*/*", "*"),
        (policy_rule("get", "widgets/*", "example.com"), "widgets/*", ""),
        (policy_rule("get", "deployments.apps"), "deployments.apps", "deployments of apiGroups apps"),
        (policy_rule("get", "ingress/status", "networking.k8s.io"), "ingress/status", "ingresses/status"),
        (policy_rule("get", "configmaps/status"), "configmaps/status", ""),
        (policy_rule("GET", "pods"), "GET", "get"),
        (policy_rule("read", "pods"), "read", "get, list, watch"),
        (policy_rule("post", "pods"), "post", "create"),
        (policy_rule("wacth", "pods"), "wacth", "watch"),
        (
            policy_rule("bind", "rolebindings", "rbac.authorization.k8s.io"),
            "bind",
            "roles.rbac.authorization.k8s.io, clusterroles.rbac.authorization.k8s.io",
        ),
        (policy_rule("list", urls="/healthz"), "list", "get"),
        (policy_rule("get", urls="healthz"), "healthz", "/healthz"),
        (policy_rule("get", urls="/api/*/pods"), "/api/*/pods", ""),
    ],
)
def test_a_word_that_matches_nothing_is_reported_as_a_misspelling(
    written: PolicyRule, word: str, meant: str
) -> None:
    (slip,) = SPELLING.slips(written)
    assert (slip.word, slip.meant) == (word, meant)
    assert SPELLING.is_dead(written, (slip,))


@pytest.mark.parametrize(
    "written",
    [
        policy_rule("get list", "pods pods/log */scale */finalizers nodes/stats serviceaccounts/token"),
        policy_rule("*", "*", "*"),
        policy_rule("get", "widgets widgets/anything", "*"),
        policy_rule("use deploy", "widgets things/status", "example.com"),
        policy_rule("get", "pods podgroups", "scheduling.x-k8s.io,metrics.k8s.io"),
        policy_rule("get", "ingresses deployments/scale", "extensions"),
        policy_rule("use", "podsecuritypolicies", "policy,extensions"),
        policy_rule("impersonate", "userextras/scopes uids", "authentication.k8s.io"),
        policy_rule("approve sign", "signers", "certificates.k8s.io"),
        policy_rule("bind escalate", "clusterroles roles", "rbac.authorization.k8s.io"),
        policy_rule("bind", "*", "*"),
        policy_rule("update", "pods/finalizers"),
        policy_rule("deploy", "pods"),
        policy_rule("get head post", urls="/healthz /metrics/* *"),
    ],
)
def test_a_word_that_some_server_may_match_is_not_reported(written: PolicyRule) -> None:
    assert SPELLING.slips(written) == ()


@pytest.mark.parametrize("version", ["1.24", "1.36"])
def test_no_served_resource_or_verb_is_reported_as_a_misspelling(version: str) -> None:
    catalog = Catalog.for_version(Version.parse(version))
    for group, combined in catalog.served:
        verbs = catalog.verbs(group, combined)
        written = PolicyRule(verbs, (group,), (combined,))
        assert SPELLING.slips(written) == (), written


def test_a_rule_matches_requests_if_one_word_of_each_field_does() -> None:
    alive = policy_rule("get GET", "deployments deployment", "apps,apps/v1")
    slips = SPELLING.slips(alive)
    assert [slip.word for slip in slips] == ["GET", "apps/v1", "deployment"]
    assert not SPELLING.is_dead(alive, slips)


def test_discovery_of_a_live_server_contains_its_custom_resources() -> None:
    served = {
        "groupVersion": "example.com/v1",
        "resources": [{"name": "widgets", "kind": "Widget", "namespaced": True, "verbs": ["get"]}],
    }
    spelling = Spelling(Catalog.from_discovery([served]))
    assert spelling.slips(policy_rule("get", "widgets", "example.com")) == ()
    assert [slip.word for slip in spelling.slips(policy_rule("get", "gadgets", "example.com"))] == ["gadgets"]
    assert spelling.slips(policy_rule("get", "gadgets", "other.com")) == ()
