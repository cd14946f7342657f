"""Compares the escalation check with a naive implementation of upstream's."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster, Request, User
from rbacpsp.decode import decode_objects
from rbacpsp.model import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacpsp.model.json import JSONObject
from rbacpsp.rbac.escalation import escalation, still_refused
from rbacpsp.testing import ClusterBuilder, binding, role

GROUP = "rbac.authorization.k8s.io"
EVERYTHING: list[JSONObject] = [
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
]
BOB = User.impersonate("bob")

resource_rules = st.fixed_dictionaries(
    {
        "verbs": st.lists(st.sampled_from(["get", "*", "escalate", "bind"]), min_size=1, max_size=2),
        "apiGroups": st.lists(st.sampled_from(["", GROUP, "*"]), min_size=1, max_size=2),
        "resources": st.lists(
            st.sampled_from(["pods", "roles", "clusterroles", "*"]), min_size=1, max_size=2
        ),
    },
    optional={"resourceNames": st.lists(st.sampled_from(["r", "web"]), min_size=1, max_size=1)},
)
url_rules = st.fixed_dictionaries(
    {"verbs": st.sampled_from([["get"], ["*"]]), "nonResourceURLs": st.sampled_from([["/a"], ["/*"], ["*"]])}
)
held_rules = st.lists(resource_rules | url_rules, max_size=3) | st.just(EVERYTHING)
wanted_rules = st.lists(resource_rules | url_rules, max_size=2)


def role_of_kind(kind: str, *rules: JSONObject, **rest: Any) -> JSONObject:
    """A Role of namespace x, or a ClusterRole, named r."""
    return role("r", *rules, namespace="x" if kind == "Role" else "") | rest


def binding_of_kind(kind: str, role_kind: str, name: str) -> JSONObject:
    """A RoleBinding of namespace x, or a ClusterRoleBinding."""
    namespace = "x" if kind == "RoleBinding" else ""
    return binding(name, "User/eve", namespace=namespace, kind=role_kind)


def permits(verb: str, resources: str, *names: str) -> JSONObject:
    """A rule for resources of RBAC."""
    named = {"resourceNames": list(names)} if names else {}
    return {"verbs": [verb], "apiGroups": [GROUP], "resources": resources.split(), **named}


def decoded(obj: JSONObject) -> Role | ClusterRole | RoleBinding | ClusterRoleBinding:
    (found,) = decode_objects([obj])
    assert isinstance(found, Role | ClusterRole | RoleBinding | ClusterRoleBinding)
    return found


def holding(*rules: JSONObject, more: list[JSONObject] | None = None) -> Cluster:
    """A cluster in which bob holds some rules everywhere."""
    return ClusterBuilder().role("held", *rules).bind("held", "User/bob").add(*(more or [])).build()


def covered(wanted: JSONObject, held: list[JSONObject]) -> bool:
    """Whether each single permission of a rule is in one held rule."""

    def within(part: str, whole: list[str]) -> bool:
        return part in whole or "*" in whole

    def url_within(part: str, whole: list[str]) -> bool:
        return any(url in {part, "*"} or (url.endswith("*") and part.startswith(url[:-1])) for url in whole)

    if "nonResourceURLs" in wanted:
        return all(
            any(
                within(verb, rule["verbs"]) and url_within(url, rule.get("nonResourceURLs", []))
                for rule in held
            )
            for verb, url in itertools.product(wanted["verbs"], wanted["nonResourceURLs"])
        )
    names = wanted.get("resourceNames", [None])
    return all(
        any(
            within(verb, rule["verbs"])
            and within(group, rule.get("apiGroups", []))
            and within(resource, rule.get("resources", []))
            and ("resourceNames" not in rule or name in rule["resourceNames"])
            for rule in held
        )
        for verb, group, resource, name in itertools.product(
            wanted["verbs"], wanted["apiGroups"], wanted["resources"], names
        )
    )


def may(held: list[JSONObject], verb: str, resource: str, name: str) -> bool:
    wanted = {"verbs": [verb], "apiGroups": [GROUP], "resources": [resource]}
    return covered(wanted | ({"resourceNames": [name]} if name else {}), held)


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["Role", "ClusterRole"]),
    held=held_rules,
    wanted=wanted_rules,
    aggregates=st.booleans(),
    aggregated=st.booleans(),
    replaces=st.booleans(),
)
def test_a_role_is_refused_unless_its_writer_holds_it_or_is_exempt(
    *,
    kind: str,
    held: list[JSONObject],
    wanted: list[JSONObject],
    aggregates: bool,
    aggregated: bool,
    replaces: bool,
) -> None:
    selects = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}
    cluster_role = kind == "ClusterRole"
    new = role_of_kind(kind, *wanted, **(selects if cluster_role and aggregates else {}))
    old = role_of_kind(kind, **(selects if cluster_role and aggregated else {}))
    result = escalation(holding(*held).authorizer, BOB, decoded(new), decoded(old) if replaces else None)
    exempt = may(held, "escalate", f"{kind.lower()}s", "r" if replaces else "")
    lacks = not all(covered(rule, held) for rule in wanted)
    every = all(covered(rule, held) for rule in EVERYTHING)
    if replaces and decoded(new) == decoded(old):
        assert result is None
        return
    selecting = cluster_role and (aggregates or (replaces and aggregated))
    assert (result is not None) == (not exempt and (lacks or (selecting and not every)))
    if result is not None and not lacks:
        assert "must have cluster-admin privileges to use the aggregationRule" in result.message


@settings(max_examples=200, deadline=None)
@given(
    kinds=st.sampled_from(
        [
            ("RoleBinding", "Role"),
            ("RoleBinding", "ClusterRole"),
            ("ClusterRoleBinding", "ClusterRole"),
        ]
    ),
    held=held_rules,
    wanted=wanted_rules,
    exists=st.booleans(),
)
def test_a_binding_is_refused_unless_its_writer_holds_the_role_or_may_bind_it(
    *, kinds: tuple[str, str], held: list[JSONObject], wanted: list[JSONObject], exists: bool
) -> None:
    kind, role_kind = kinds
    there = [role_of_kind(role_kind, *wanted)] if exists else []
    result = escalation(
        holding(*held, more=there).authorizer, BOB, decoded(binding_of_kind(kind, role_kind, "r"))
    )
    exempt = may(held, "bind", f"{role_kind.lower()}s", "r")
    lacks = not exists or not all(covered(rule, held) for rule in wanted)
    assert (result is not None) == (not exempt and lacks)
    if result is not None and not exists:
        assert "not found" in result.message
        assert result.missing == ()


def test_members_of_system_masters_and_changes_of_owners_alone_skip_the_check() -> None:
    plain = role_of_kind("Role", *EVERYTHING[:1])
    masters = User("root", groups=("system:masters",))
    assert escalation(holding().authorizer, masters, decoded(plain)) is None
    finalized = {**plain, "metadata": {**plain["metadata"], "finalizers": ["example.com/f"]}}
    assert escalation(holding().authorizer, BOB, decoded(finalized), decoded(plain)) is None
    labeled = {**plain, "metadata": {**plain["metadata"], "labels": {"a": "b"}}}
    assert escalation(holding().authorizer, BOB, decoded(labeled), decoded(plain)) is not None


@pytest.mark.parametrize(
    ("resource", "what", "exempting"),
    [
        ("roles", "rules in it", "escalate roles"),
        ("clusterroles", "rules in it", "escalate clusterroles"),
        ("rolebindings", "a role bound by it with rules", "bind roles and clusterroles"),
        ("clusterrolebindings", "a role bound by it with rules", "bind clusterroles"),
    ],
)
def test_an_allowed_write_names_the_verb_that_exempts_from_the_check(
    resource: str, what: str, exempting: str
) -> None:
    write = {"verbs": ["create"], "apiGroups": [GROUP], "resources": [resource]}
    request = Request("create", group=GROUP, resource=resource, namespace="x")
    words = f"The server still refuses {what} that bob does not hold, unless bob may {exempting} (the "
    assert still_refused(holding(write).authorizer, BOB, request).startswith(words)


@pytest.mark.parametrize(
    ("version", "resource"),
    [("1.24", "clusterroles"), ("1.31", "clusterroles"), ("1.32", "rolebindings"), ("1.33", "rolebindings")],
)
def test_a_missing_role_is_named_as_each_release_names_it(version: str, resource: str) -> None:
    cluster = Cluster.from_objects([], kubernetes_version=version)
    result = escalation(
        cluster.authorizer, BOB, decoded(binding_of_kind("RoleBinding", "ClusterRole", "gone"))
    )
    assert result is not None
    assert result.message == f'{resource}.rbac.authorization.k8s.io "gone" not found'


def test_an_object_of_another_kind_is_not_a_change_of_owners() -> None:
    before, after = role_of_kind("Role", *EVERYTHING[:1]), role_of_kind("ClusterRole", *EVERYTHING[:1])
    assert escalation(holding().authorizer, BOB, decoded(after), decoded(before)) is not None


def test_the_message_lists_the_rules_that_the_writer_lacks_and_errors_of_its_own_bindings() -> None:
    wanted = [
        {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["web"]},
        {"verbs": ["get"], "nonResourceURLs": ["/metrics"]},
    ]
    held = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    told = (
        'roles.rbac.authorization.k8s.io "r" is forbidden: user "bob" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["web"], Verbs:["list"]}\n'
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}'
    )
    result = escalation(holding(held).authorizer, BOB, decoded(role_of_kind("Role", *wanted)))
    assert result is not None
    assert result.message == told
    lost = ClusterBuilder().bind("gone", "User/bob", name="b").objects
    result = escalation(holding(held, more=lost).authorizer, BOB, decoded(role_of_kind("Role", *wanted)))
    assert result is not None
    assert result.message == (
        f'{told}; resolution errors: [clusterroles.rbac.authorization.k8s.io "gone" not found]'
    )
    assert len(result.missing) == 2


@pytest.mark.parametrize(
    ("resource", "verbs", "held", "is_said"),
    [
        ("roles", "create", [], True),
        ("roles", "update", [], True),
        ("roles", "patch", [], True),
        ("roles", "delete", [], False),
        ("roles", "get", [], False),
        ("pods", "create", [], False),
        ("roles/status", "update", [], False),
        ("roles", "create", EVERYTHING, False),
        ("roles", "create", EVERYTHING[:1], False),
        ("roles", "create", EVERYTHING[1:], True),
        ("roles", "create", [permits("escalate", "roles")], False),
        ("roles", "update", [permits("escalate", "roles", "r")], False),
        ("roles", "create", [permits("escalate", "roles", "r")], True),
        ("roles", "update", [permits("bind", "roles")], True),
        ("rolebindings", "create", [permits("bind", "roles clusterroles")], False),
        ("rolebindings", "create", [permits("bind", "roles")], True),
        ("rolebindings", "create", [permits("bind", "roles clusterroles", "r")], True),
        ("clusterrolebindings", "update", [permits("bind", "clusterroles")], False),
        ("clusterrolebindings", "update", [permits("bind", "roles")], True),
    ],
)
def test_what_the_check_still_refuses_is_reported_for_writers_without_an_exemption(
    resource: str, verbs: str, held: list[JSONObject], *, is_said: bool
) -> None:
    plural, _, subresource = resource.partition("/")
    group = "" if plural == "pods" else ".".join(GROUP.split("."))
    request = Request(verbs, group=group, resource=plural, subresource=subresource, name="r", namespace="x")
    authorizer = holding(permits(verbs, resource), *held).authorizer
    assert bool(still_refused(authorizer, BOB, request)) == is_said
    assert still_refused(authorizer, User("root", ("system:masters",)), request) == ""


@pytest.mark.parametrize("group", ["apps", "example.com", "zone.example.com"])
def test_roles_of_another_api_group_are_written_without_the_check(group: str) -> None:
    request = Request("create", group=group, resource="roles", namespace="x")
    assert still_refused(holding(permits("create", "roles")).authorizer, BOB, request) == ""
