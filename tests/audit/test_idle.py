"""Tests the checks of words that grant nothing, against the same questions about each whole rule."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.audit import Finding, audit
from rbacpsp.audit.view import View
from rbacpsp.catalog.slips import Spelling
from rbacpsp.model import RoleBinding
from rbacpsp.rbac.cluster_only import ungranted
from rbacpsp.testing import ClusterBuilder

VERBS = st.sampled_from(["*", "get", "list", "create", "deletecollection", "Get", "use"])
GROUPS = st.sampled_from(["", "*", "apps", "policy", "app"])
RESOURCES = st.sampled_from(
    [
        "pods",
        "pod",
        "nodes",
        "namespaces",
        "namespaces/status",
        "*",
        "*/scale",
        "deployments",
        "pods/exec",
    ]
)
RULES = st.fixed_dictionaries(
    {
        "verbs": st.lists(VERBS, min_size=1, max_size=3),
        "apiGroups": st.lists(GROUPS, min_size=1, max_size=2),
        "resources": st.lists(RESOURCES, min_size=1, max_size=3),
    },
    optional={"resourceNames": st.lists(st.sampled_from(["a", "b", "*", "web-*"]), min_size=1, max_size=2)},
)
URLS = st.fixed_dictionaries({"verbs": st.just(["get"]), "nonResourceURLs": st.just(["/metrics"])})


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Roles with common, misspelt and cluster-scoped words, bound in namespaces."""
    builder = ClusterBuilder().namespace("a").namespace("b")
    for number in range(draw(st.integers(1, 4))):
        rules = draw(st.lists(RULES, min_size=1, max_size=3))
        local = draw(st.sampled_from(["", "a"]))
        urls = [] if local else draw(st.lists(URLS, max_size=1))
        role = f"r{number}"
        builder.role(role, *rules, *urls, namespace=local)
        for scope in draw(st.lists(st.sampled_from(["a", "b"]), unique=True)):
            kind, namespace = ("Role", local) if local else ("ClusterRole", scope)
            builder.bind(role, "User/ann", namespace=namespace, kind=kind, name=f"{role}-{scope}")
    return builder.build()


def found(cluster: Cluster, number: str) -> list[Finding]:
    result = audit(cluster.objects, cluster.authorizer)
    return [each for each in result.findings if each.rule.id == number]


def by_rule(findings: list[Finding]) -> set[tuple[str, str, str]]:
    """The role of each finding, and the words `rule N` with which it names the rule."""
    names = set()
    for finding in findings:
        assert finding.about is not None
        where = finding.detail.lower().removeprefix("a part of ")
        names.add((finding.about.namespace, finding.about.name, where.split()[1].rstrip(":")))
    return names


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_each_rule_with_a_word_that_matches_nothing_is_found(cluster: Cluster) -> None:
    view = View(cluster.objects, cluster.authorizer, None)
    spelling = Spelling(cluster.authorizer.catalog)
    rules = [
        (role, str(index + 1), rule)
        for role in view.every_role
        if not role.assumed
        for index, rule in enumerate(role.rules)
    ]
    slips = {(role.namespace, role.name, number) for role, number, rule in rules if spelling.slips(rule)}
    stars = {
        (role.namespace, role.name, number)
        for role, number, rule in rules
        if any("*" in name for name in rule.resource_names)
    }
    nameless = {
        (role.namespace, role.name, number)
        for role, number, rule in rules
        if rule.resource_names
        and not {"create", "deletecollection"}.isdisjoint(rule.verbs)
        and not all("/" in resource for resource in rule.resources)
    }
    assert by_rule(found(cluster, "RBP140")) == slips
    assert by_rule(found(cluster, "RBP141")) == stars
    assert by_rule(found(cluster, "RBP142")) == nameless


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_each_binding_of_a_role_that_reaches_beyond_the_namespace_is_found(cluster: Cluster) -> None:
    catalog = cluster.authorizer.catalog
    view = View(cluster.objects, cluster.authorizer, None)
    expected = {}
    for binding in view.bindings:
        if isinstance(binding, RoleBinding) and not binding.assumed:
            rules = view.role_of(binding).rules
            words = dict.fromkeys(
                word for rule in rules for word in ungranted(rule, binding.namespace, catalog)
            )
            if words:
                expected[binding.namespace, binding.name] = len(words)
    reported = found(cluster, "RBP143")
    assert {(each.scope, each.about.name) for each in reported if each.about} == set(expected)
    for each in reported:
        assert each.about is not None
        number = expected[each.scope, each.about.name]
        assert each.brief.count(", ") + 1 == min(number, 5)
        assert (f" and {number - 5} more" in each.brief) == (number > 5)


def test_the_rules_of_an_aggregated_role_count_where_it_is_bound() -> None:
    meta = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    nodes = {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]}
    selector = {"matchLabels": {"to": "all"}}
    builder = ClusterBuilder().namespace("a")
    builder.add(
        meta | {"metadata": {"name": "all"}, "aggregationRule": {"clusterRoleSelectors": [selector]}},
        meta | {"metadata": {"name": "part", "labels": {"to": "all"}}, "rules": [nodes]},
    )
    (finding,) = found(builder.bind("all", "User/ann", namespace="a", kind="ClusterRole").build(), "RBP143")
    assert finding.about is not None
    assert (finding.about.name, finding.brief) == ("all", "nodes")
