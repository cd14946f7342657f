"""Tests cases of access that are easy to get wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from rbacpsp.model import Request, Subject, User
from rbacpsp.rbac import Authorizer, WhoCan
from rbacpsp.testing import role, rule, service_account

JSONObject = dict[str, Any]
Load = Callable[[list[JSONObject]], Authorizer]

PODS = Request("get", resource="pods", namespace="team-a")
NODES = Request("get", resource="nodes", namespace="team-a")


def bind(name: str, ref: str, *subjects: str, namespace: str = "") -> JSONObject:
    """A binding; a subject is `Kind/name` or `ServiceAccount/namespace:name`, the reference `Kind/name`."""
    kind, _, role_name = ref.partition("/")
    return {
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name, "namespace": namespace},
        "roleRef": {"kind": kind, "name": role_name},
        "subjects": [subject(each) for each in subjects],
    }


def subject(text: str) -> JSONObject:
    kind, _, name = text.partition("/")
    namespace, colon, account = name.partition(":")
    if kind == "ServiceAccount" and colon:
        return {"kind": kind, "name": account, "namespace": namespace}
    return {"kind": kind, "name": name}


def who(found: WhoCan) -> list[str]:
    """The subjects but for `system:masters`, as `Kind/name` or `Kind/namespace:name`."""
    first, *others = found.subjects
    assert first == Subject("Group", "system:masters")
    return [f"{other.kind}/{other.namespace and other.namespace + ':'}{other.name}" for other in others]


def test_a_request_keeps_its_namespace_even_where_the_resource_has_none(load: Load) -> None:
    cluster = load(
        [
            role("nodes", rule("get", "nodes")),
            bind("here", "ClusterRole/nodes", "User/alice", namespace="team-a"),
        ]
    )
    assert cluster.authorize(User("alice"), NODES)
    assert not cluster.authorize(User("alice"), Request("get", resource="nodes"))
    assert who(cluster.who_can(NODES)) == ["User/alice"]
    assert who(cluster.who_can(Request("get", resource="nodes"))) == []


def test_system_masters_are_allowed_before_rbac_is_evaluated(load: Load) -> None:
    cluster = load([bind("odd", "ClusterRole/missing", "Group/system:masters")])
    decision = cluster.authorize(User("root", ("system:masters",)), PODS)
    assert decision
    assert (decision.reason, decision.reasons, decision.grants, decision.errors) == ("", ("",), (), ())
    assert decision.message is None


def test_nothing_is_added_to_the_groups_of_a_user(load: Load) -> None:
    cluster = load([role("r", rule("get", "pods")), bind("b", "ClusterRole/r", "Group/system:authenticated")])
    assert not cluster.authorize(User("alice"), PODS)
    assert cluster.authorize(User.impersonate("alice"), PODS)


def test_the_reason_names_the_first_subject_of_a_binding_that_applies(load: Load) -> None:
    cluster = load(
        [
            role("reader", rule("get", "pods"), namespace="team-a"),
            bind("b", "Role/reader", "Group/dev", "User/alice", namespace="team-a"),
        ]
    )
    decision = cluster.authorize(User("alice", ("dev",)), PODS)
    assert decision.reasons == ('RBAC: allowed by RoleBinding "b/team-a" of Role "reader" to Group "dev"',)


def test_a_service_account_is_named_with_the_namespace_of_its_binding(load: Load) -> None:
    cluster = load(
        [
            role("reader", rule("get", "pods")),
            bind("b", "ClusterRole/reader", "ServiceAccount/builder", namespace="team-a"),
        ]
    )
    decision = cluster.authorize(User("system:serviceaccount:team-a:builder"), PODS)
    assert decision.reason == (
        'RBAC: allowed by RoleBinding "b/team-a" of ClusterRole "reader" to ServiceAccount "builder/team-a"'
    )
    assert [grant.scope for grant in decision.grants] == ["team-a"]


def test_every_grant_is_listed_with_cluster_wide_ones_first(load: Load) -> None:
    cluster = load(
        [
            role("reader", rule("*", "*", "*")),
            bind("z", "ClusterRole/reader", "User/alice"),
            bind("a", "ClusterRole/reader", "User/alice", namespace="team-a"),
            bind("b", "ClusterRole/reader", "User/alice", namespace="team-b"),
        ]
    )
    decision = cluster.authorize(User("alice"), PODS)
    assert [(grant.scope, grant.binding.name) for grant in decision.grants] == [("", "z"), ("team-a", "a")]
    assert (
        decision.reason == 'RBAC: allowed by ClusterRoleBinding "z" of ClusterRole "reader" to User "alice"'
    )


def test_a_reference_to_a_missing_role_grants_nothing_and_is_reported(load: Load) -> None:
    cluster = load(
        [
            bind("a", "ClusterRole/gone", "User/alice"),
            bind("b", "ClusterRole/gone", "User/alice", namespace="team-a"),
        ]
    )
    decision = cluster.authorize(User("alice"), PODS)
    assert decision.reason == 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found'
    assert decision.message == (
        'pods is forbidden: User "alice" cannot get resource "pods" in API group "" '
        'in the namespace "team-a": '
        'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found'
    )
    assert cluster.who_can(PODS).errors == ('clusterrole.rbac.authorization.k8s.io "gone" not found',)


def test_several_errors_are_listed_in_brackets_and_kept_with_an_allowed_decision(load: Load) -> None:
    items = [
        bind("a", "ClusterRole/gone", "User/alice"),
        bind("b", "Role/gone", "User/alice", namespace="team-a"),
        bind("c", "Robot/gone", "User/alice", namespace="team-a"),
    ]
    reason = load(items).authorize(User("alice"), PODS).reason
    assert reason == (
        'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, '
        'role.rbac.authorization.k8s.io "gone" not found, unsupported role reference kind: "Robot"]'
    )
    items += [role("r", rule("get", "pods")), bind("d", "ClusterRole/r", "User/alice")]
    decision = load(items).authorize(User("alice"), PODS)
    assert decision.allowed
    assert len(decision.errors) == 3


def test_a_cluster_role_binding_cannot_refer_to_a_role_of_a_namespace(load: Load) -> None:
    cluster = load([role("r", rule("get", "pods"), namespace="team-a"), bind("b", "Role/r", "User/alice")])
    decision = cluster.authorize(User("alice"), PODS)
    assert decision.errors == ('role.rbac.authorization.k8s.io "r" not found',)


def test_a_service_account_without_a_namespace_matches_nobody_in_the_whole_cluster(load: Load) -> None:
    cluster = load([role("r", rule("get", "pods")), bind("b", "ClusterRole/r", "ServiceAccount/builder")])
    assert not cluster.authorize(User("system:serviceaccount:team-a:builder"), PODS)
    assert who(cluster.who_can(PODS)) == ["ServiceAccount/builder"]
    assert who(cluster.who_can(PODS).expand()) == ["ServiceAccount/builder"]


def test_a_user_with_the_name_of_a_service_account_is_that_account(load: Load) -> None:
    name = "system:serviceaccount:team-a:builder"
    cluster = load([role("r", rule("get", "pods")), bind("b", "ClusterRole/r", f"User/{name}")])
    assert cluster.authorize(User.service_account("team-a", "builder"), PODS)
    assert who(cluster.who_can(PODS).expand()) == ["ServiceAccount/team-a:builder", f"User/{name}"]


def test_an_aggregated_role_without_rules_is_computed_and_marked(load: Load) -> None:
    view = role("view") | {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "view"}}]}}
    leaf = role("leaf", rule("get", "pods"))
    leaf["metadata"]["labels"] = {"to": "view"}
    cluster = load([view, leaf, bind("b", "ClusterRole/view", "User/alice")])
    (grant,) = cluster.authorize(User("alice"), PODS).grants
    assert grant.computed
    assert grant.role.name == "view"
    assert list(cluster.aggregation.roles) == ["view"]


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        (rule("get", "*/log"), Request("get", resource="pods", subresource="log")),
        ({"verbs": ["get"], "nonResourceURLs": ["/healthz/*"]}, Request("get", path="/healthz/etcd")),
        ({"verbs": ["*"], "nonResourceURLs": ["*"]}, Request("get", path="/healthz/etcd")),
        (rule("impersonate", "users"), Request("impersonate", resource="users")),
        (
            rule("bind", "clusterroles", "x"),
            Request("bind", group="x", resource="clusterroles", name="admin"),
        ),
        (
            rule("use", "podsecuritypolicies", "policy", names="restricted"),
            Request("use", group="policy", resource="podsecuritypolicies", name="restricted"),
        ),
        (rule("*", "*", "*"), Request("use", group="policy", resource="podsecuritypolicies", name="any")),
    ],
    ids=[
        "starred subresource",
        "URL prefix",
        "every URL",
        "impersonate",
        "bind",
        "use by name",
        "use by star",
    ],
)
def test_who_can_finds_subjects_that_other_tools_miss(
    load: Load, rule: dict[str, list[str]], asked: Request
) -> None:
    cluster = load([role("r", rule), bind("b", "ClusterRole/r", "User/u")])
    assert who(cluster.who_can(asked)) == ["User/u"]


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        (rule("get", "secrets", names="db"), Request("get", resource="secrets", namespace="team-a")),
        (rule("list", "secrets", names="*"), Request("list", resource="secrets", namespace="team-a")),
        (rule("get", "pods", "metrics.k8s.io"), PODS),
        (rule("get", "pods"), Request("get", resource="pods", subresource="log", namespace="team-a")),
        (rule("get", "nodes"), Request("get", resource="nodes")),
        ({"verbs": ["*"], "nonResourceURLs": ["*"]}, Request("get", path="/healthz/etcd")),
    ],
    ids=["named secret", "star as a name", "another group", "log of pods", "nodes", "URL in a RoleBinding"],
)
def test_who_can_leaves_out_subjects_that_other_tools_wrongly_list(
    load: Load, rule: dict[str, list[str]], asked: Request
) -> None:
    cluster = load([role("r", rule), bind("b", "ClusterRole/r", "User/u", namespace="team-a")])
    assert who(cluster.who_can(asked)) == []


def test_a_user_and_a_group_of_one_name_are_two_subjects(load: Load) -> None:
    cluster = load([role("r", rule("get", "pods")), bind("b", "ClusterRole/r", "User/admin", "Group/admin")])
    assert who(cluster.who_can(PODS)) == ["Group/admin", "User/admin"]


def test_who_can_anywhere_names_the_namespaces(load: Load) -> None:
    cluster = load(
        [
            role("r", rule("get", "pods")),
            bind("b", "ClusterRole/r", "User/alice", namespace="team-a"),
            bind("b", "ClusterRole/r", "User/alice", "User/bob", namespace="team-b"),
            bind("c", "ClusterRole/r", "User/carol"),
        ]
    )
    anywhere = cluster.who_can_anywhere(Request("get", resource="pods"))
    assert {access.subject.name: access.namespaces for access in anywhere} == {
        "system:masters": ("",),
        "alice": ("team-a", "team-b"),
        "bob": ("team-b",),
        "carol": ("",),
    }
    assert who(cluster.who_can(Request("get", resource="pods"))) == ["User/carol"]


def test_expand_adds_the_accounts_of_a_group_and_marks_controllers(load: Load) -> None:
    cluster = load(
        [
            role("r", rule("get", "pods")),
            service_account("team-a", "default"),
            service_account("team-b", "default"),
            bind("b", "ClusterRole/r", "Group/system:serviceaccounts:team-a", namespace="team-a"),
            bind(
                "c",
                "ClusterRole/r",
                "Group/system:serviceaccounts:kube-system",
                "ServiceAccount/x",
                namespace="team-a",
            ),
        ]
    )
    expanded = cluster.who_can(PODS).expand()
    result = dict(zip(["masters", *who(expanded)], expanded, strict=True))
    assert [name for name in result if not name.startswith("ServiceAccount/kube-system:")] == [
        "masters",
        "Group/system:serviceaccounts:kube-system",
        "Group/system:serviceaccounts:team-a",
        "ServiceAccount/team-a:default",
        "ServiceAccount/x",
        "ServiceAccount/team-a:x",
    ]
    controller = result["ServiceAccount/kube-system:replicaset-controller"]
    assert controller.controls == ("Deployment", "ReplicaSet")
    assert [grant.subject.name for grant in controller.grants] == ["system:serviceaccounts:kube-system"]
    assert [grant.binding.name for grant in result["ServiceAccount/team-a:x"].grants] == ["b", "c"]


def test_expand_counts_every_account_as_authenticated(load: Load) -> None:
    cluster = load(
        [
            role("r", rule("get", "pods")),
            service_account("team-a", "default"),
            bind("a", "ClusterRole/r", "Group/system:authenticated"),
            bind("b", "ClusterRole/gone", "ServiceAccount/team-b:named"),
        ]
    )
    result = who(cluster.who_can(PODS).expand())
    assert {"ServiceAccount/team-a:default", "ServiceAccount/team-b:named"} <= set(result)
    assert "ServiceAccount/kube-system:job-controller" in result


def test_a_role_binding_without_a_namespace_grants_nothing(load: Load) -> None:
    stray = bind("b", "ClusterRole/r", "User/alice") | {"kind": "RoleBinding"}
    local = bind("b", "ClusterRole/r", "User/bob", namespace="team-a")
    cluster = load([role("r", rule("get", "pods")), stray, local])
    assert who(cluster.who_can_anywhere(PODS)) == ["User/bob"]
    assert not cluster.authorize(User("alice"), Request("get", resource="pods"))
    assert cluster.authorize(User("bob"), PODS)
    assert [cluster.namespaces_of(User(name)) for name in ("alice", "bob")] == [(), ("team-a",)]
    assert cluster.called("bob") == (Subject("User", "bob"),)


def test_two_answers_are_merged_by_subject(load: Load) -> None:
    cluster = load(
        [
            role("one", rule("get", "pods")),
            role("two", rule("list", "pods")),
            bind("a", "ClusterRole/one", "User/alice"),
            bind("b", "ClusterRole/two", "User/alice", "User/bob"),
        ]
    )
    both = cluster.who_can(PODS) | cluster.who_can(Request("list", resource="pods"))
    assert {access.subject.name: len(access.grants) for access in both} == {
        "system:masters": 0,
        "alice": 2,
        "bob": 1,
    }


def test_a_rule_that_two_bindings_bring_is_reviewed_twice_and_listed_once(load: Load) -> None:
    cluster = load(
        [
            role("r", rule("get", "pods")),
            role("u", {"verbs": ["get"], "nonResourceURLs": ["/healthz"]}),
            bind("a", "ClusterRole/r", "User/alice"),
            bind("b", "ClusterRole/r", "User/alice", namespace="team-a"),
            bind("c", "ClusterRole/u", "User/alice"),
            bind("d", "ClusterRole/gone", "User/alice"),
        ]
    )
    rules = cluster.rules_for(User("alice"), "team-a")
    resource_rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    assert rules.status() == {
        "resourceRules": [resource_rule, resource_rule],
        "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/healthz"]}],
        "incomplete": False,
        "evaluationError": 'clusterrole.rbac.authorization.k8s.io "gone" not found',
    }
    assert [len(held.grants) for held in rules] == [2, 1]
    assert [grant.binding.name for grant in cluster.rules_for(User("alice")).grants] == ["a", "c"]


def test_the_rules_of_a_user_expand_to_concrete_permissions_with_counts(load: Load) -> None:
    cluster = load(
        [
            role("r", rule("*", "pods/log")),
            role("s", rule("get", "pods/log", names="web")),
            bind("a", "ClusterRole/r", "User/alice"),
            bind("b", "ClusterRole/s", "User/alice"),
        ]
    )
    expansion = cluster.rules_for(User("alice")).expand()
    assert [(*held.permission, held.resource_names) for held in expansion] == [
        ("", "pods", "log", "get", ()),
        ("", "pods", "log", "get", ("web",)),
    ]
    assert expansion.counts == {("", "pods", "log"): 2}


def test_a_cluster_role_binding_ignores_a_namespace_in_its_metadata(
    load: Load,
) -> None:
    odd = bind("b", "ClusterRole/r", "User/alice", namespace="team-a") | {"kind": "ClusterRoleBinding"}
    cluster = load([role("r", rule("get", "namespaces", names="x y")), odd])
    (named,) = cluster.named_grants(Request("get", resource="namespaces"), user=User("alice"))
    assert (named.names, named.grant.scope) == (("x", "y"), "")


def test_a_role_binding_without_a_namespace_grants_nothing_and_hides_no_other(load: Load) -> None:
    nowhere = {**bind("a", "ClusterRole/r", "User/eve"), "kind": "RoleBinding"}
    bound = bind("b", "ClusterRole/r", "User/nora", namespace="team-a")
    cluster = load([role("r", rule("get", "pods")), nowhere, bound])
    assert not cluster.authorize(User("eve"), PODS)
    assert cluster.authorize(User("nora"), PODS)


def test_a_cluster_role_binding_to_a_role_does_not_use_the_cluster_role_of_that_name(
    load: Load,
) -> None:
    """ClusterRoleBindings to Roles are not resolved: rule.go GetRoleReferenceRules, 1.24."""
    cluster = load(
        [
            role("r", rule("get", "pods")),
            bind("a", "Role/r", "User/eve"),
            bind("b", "ClusterRole/r", "User/nora", namespace="team-a"),
        ]
    )
    answer = cluster.who_can_anywhere(Request("get", resource="pods"))
    assert who(answer) == ["User/nora"]


@pytest.mark.parametrize("kind", ["", "Admin", "Cluster", "ClusterRoles", "Rol", "Roles", "role"])
def test_a_binding_refers_only_to_roles(load: Load, kind: str) -> None:
    """rule.go GetRoleReferenceRules, 1.24."""
    roles = [role("r", rule("get", "pods")), role("r", rule("get", "pods"), namespace="team-a")]
    decision = load([*roles, bind("b", f"{kind}/r", "User/alice", namespace="team-a")]).authorize(
        User("alice"), PODS
    )
    assert not decision
    assert decision.errors == (f'unsupported role reference kind: "{kind}"',)


def test_a_subject_of_an_unknown_kind_is_not_the_user_of_its_name(load: Load) -> None:
    objects = [role("r", rule("get", "pods")), bind("b", "ClusterRole/r", "Zoo/alice", "User/bob")]
    authorizer = load(objects)
    assert not authorizer.authorize(User("alice"), PODS)
    assert authorizer.authorize(User("bob"), PODS)
