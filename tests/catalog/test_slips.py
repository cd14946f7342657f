"""Words of rules that no request can match are found, with the likely spelling, and no others are."""

import pytest

from rbacpsp.catalog import Catalog
from rbacpsp.catalog.slips import Spelling, known_spelling
from rbacpsp.model import PolicyRule, Version

SPELLING = known_spelling()


def rule(verbs: str, groups: str = "", resources: str = "", urls: str = "") -> PolicyRule:
    return PolicyRule(
        verbs=tuple(verbs.split(",")),
        api_groups=tuple(groups.split(",")) if resources else (),
        resources=tuple(resources.split(",")) if resources else (),
        non_resource_urls=tuple(urls.split(",")) if urls else (),
    )


@pytest.mark.parametrize(
    ("written", "word", "meant"),
    [
        (rule("create", "", "pods/portfoward"), "pods/portfoward", "pods/portforward"),
        (rule("get", "", "pod"), "pod", "pods"),
        (rule("get", "", "po"), "po", "pods"),
        (rule("get", "*", "pod"), "pod", "pods"),
        (rule("get", "", "deployments"), "deployments", "deployments of apiGroups apps"),
        (rule("get", "core", "services"), "core", '""'),
        (rule("get", "v1", "services"), "v1", '""'),
        (rule("get", "apps/v1", "statefulsets"), "apps/v1", "apps"),
        (rule("get", "Apps", "statefulsets"), "Apps", "apps"),
        (rule("get", "app", "statefulsets"), "app", "apps"),
        (rule("get", "rbac", "roles"), "rbac", "rbac.authorization.k8s.io"),
        (rule("get", "networking.k8s", "ingresses"), "networking.k8s", "networking.k8s.io"),
        (rule("get", "networking.k8s.oi", "ingresses"), "networking.k8s.oi", "networking.k8s.io"),
        (rule("get", "apps*", "deployments"), "apps*", ""),
        (rule("get", "", "ConfigMaps"), "ConfigMaps", "configmaps"),
        (rule("get", "example.com", "Widgets"), "Widgets", ""),
        (rule("get", "", "pods/LOG"), "pods/LOG", "pods/log"),
        (rule("get", "", "*/logs"), "*/logs", "*/log"),
        (rule("get", "", "*/*"), "*/*", "*"),
        (rule("get", "example.com", "widgets/*"), "widgets/*", ""),
        (rule("get", "", "deployments.apps"), "deployments.apps", "deployments of apiGroups apps"),
        (rule("get", "networking.k8s.io", "ingress/status"), "ingress/status", "ingresses/status"),
        (rule("get", "", "configmaps/status"), "configmaps/status", ""),
        (rule("GET", "", "pods"), "GET", "get"),
        (rule("read", "", "pods"), "read", "get, list, watch"),
        (rule("post", "", "pods"), "post", "create"),
        (rule("wacth", "", "pods"), "wacth", "watch"),
        (
            rule("bind", "rbac.authorization.k8s.io", "rolebindings"),
            "bind",
            "roles.rbac.authorization.k8s.io, clusterroles.rbac.authorization.k8s.io",
        ),
        (rule("list", urls="/healthz"), "list", "get"),
        (rule("get", urls="healthz"), "healthz", "/healthz"),
        (rule("get", urls="/api/*/pods"), "/api/*/pods", ""),
    ],
)
def test_a_word_that_nothing_matches_is_found(written: PolicyRule, word: str, meant: str) -> None:
    (slip,) = SPELLING.slips(written)
    assert (slip.word, slip.meant) == (word, meant)
    assert SPELLING.is_dead(written, (slip,))


@pytest.mark.parametrize(
    "written",
    [
        rule("get,list", "", "pods,pods/log,*/scale,*/finalizers,nodes/stats,serviceaccounts/token"),
        rule("*", "*", "*"),
        rule("get", "*", "widgets,widgets/anything"),
        rule("use,deploy", "example.com", "widgets,things/status"),
        rule("get", "scheduling.x-k8s.io,metrics.k8s.io", "pods,podgroups"),
        rule("get", "extensions", "ingresses,deployments/scale"),
        rule("use", "policy,extensions", "podsecuritypolicies"),
        rule("impersonate", "authentication.k8s.io", "userextras/scopes,uids"),
        rule("approve,sign", "certificates.k8s.io", "signers"),
        rule("bind,escalate", "rbac.authorization.k8s.io", "clusterroles,roles"),
        rule("bind", "*", "*"),
        rule("update", "", "pods/finalizers"),
        rule("deploy", "", "pods"),
        rule("get,head,post", urls="/healthz,/metrics/*,*"),
    ],
)
def test_a_word_that_some_server_may_match_is_no_slip(written: PolicyRule) -> None:
    assert SPELLING.slips(written) == ()


@pytest.mark.parametrize("version", ["1.24", "1.36"])
def test_all_that_a_server_serves_is_spelled_well(version: str) -> None:
    catalog = Catalog.for_version(Version.parse(version))
    for group, combined in catalog.served:
        verbs = catalog.verbs(group, combined)
        written = PolicyRule(verbs, (group,), (combined,))
        assert SPELLING.slips(written) == (), written


def test_a_rule_is_alive_while_one_word_of_each_field_is_matched() -> None:
    alive = rule("get,GET", "apps,apps/v1", "deployments,deployment")
    slips = SPELLING.slips(alive)
    assert [slip.word for slip in slips] == ["GET", "apps/v1", "deployment"]
    assert not SPELLING.is_dead(alive, slips)


def test_a_server_that_told_what_it_serves_knows_its_custom_resources() -> None:
    served = {
        "groupVersion": "example.com/v1",
        "resources": [{"name": "widgets", "kind": "Widget", "namespaced": True, "verbs": ["get"]}],
    }
    spelling = Spelling(Catalog.from_discovery([served]))
    assert spelling.slips(rule("get", "example.com", "widgets")) == ()
    assert [slip.word for slip in spelling.slips(rule("get", "example.com", "gadgets"))] == ["gadgets"]
    assert spelling.slips(rule("get", "other.com", "gadgets")) == ()
