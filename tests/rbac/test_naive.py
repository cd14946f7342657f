"""Compares the indexed decisions with the naive implementation on random clusters."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.model import Request, Subject, User
from rbacpsp.rbac import index, table

HERE = Path(__file__).parent


def beside(name: str) -> Any:
    """Imports a module of this folder, which is not a package."""
    spec = importlib.util.spec_from_file_location(f"rbac_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


naive = beside("naive")
load_items = beside("conftest").load_items

verbs = st.sampled_from(["get", "list", "*", "use", "GET", ""])
api_groups = st.sampled_from(["", "apps", "*", "policy"])
resources = st.sampled_from(
    [
        "pods",
        "pods/log",
        "*",
        "*/log",
        "*/*",
        "pods/*",
        "deployments/scale",
        "*/scale",
        "*/",
        "/",
        "",
        "pods/a/b",
    ]
)
names = st.sampled_from(["web", "*", "", "we\0b"])
urls = st.sampled_from(["/healthz", "/healthz/*", "*", "**", "/api*", "/apis/**", "", "/healthz/etcd", "*/x"])
namespaces = st.sampled_from(["team-a", "team-b"])
people = st.sampled_from(
    [
        "alice",
        "team-a",
        "a\0b",
        'q"uote',
        "system:serviceaccount:team-a:builder",
        "builder",
        "system:masters",
        "dev",
        "system:serviceaccount::builder",
        "system:serviceaccount:team-b:team-a:builder",
        "é",
    ]
)
role_names = st.sampled_from(["reader", "writer", "missing", "od\0d"])


def some(of: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(of, min_size=least, max_size=3)


rules = st.fixed_dictionaries(
    {"verbs": some(verbs)},
    optional={
        "apiGroups": some(api_groups),
        "resources": some(resources),
        "resourceNames": some(names),
        "nonResourceURLs": some(urls),
    },
)
subjects = st.fixed_dictionaries(
    {"kind": st.sampled_from(["User", "Group", "ServiceAccount", "Robot"]), "name": people},
    optional={"namespace": namespaces, "apiGroup": st.sampled_from(["rbac.authorization.k8s.io", "other"])},
)
role_refs = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["Role", "ClusterRole", "Roll"]),
        "name": role_names,
        "apiGroup": st.just("rbac.authorization.k8s.io"),
    }
)


def objects(
    kind: str, *, local: bool, **fields: st.SearchStrategy[Any]
) -> st.SearchStrategy[list[dict[str, Any]]]:
    metadata = {"name": role_names} | ({"namespace": namespaces} if local else {})
    one = st.fixed_dictionaries({"kind": st.just(kind), "metadata": st.fixed_dictionaries(metadata)} | fields)
    return st.lists(
        one, max_size=6, unique_by=lambda each: (each["metadata"].get("namespace"), each["metadata"]["name"])
    )


few_rules = st.lists(rules, max_size=5)
few_subjects = st.lists(subjects, max_size=4)
clusters = st.tuples(
    objects("Role", local=True, rules=few_rules),
    objects("ClusterRole", local=False, rules=few_rules),
    objects("RoleBinding", local=True, subjects=few_subjects, roleRef=role_refs),
    objects("ClusterRoleBinding", local=False, subjects=few_subjects, roleRef=role_refs),
).map(lambda parts: [item for part in parts for item in part])
resource_attributes = st.fixed_dictionaries(
    {"verb": verbs, "resource": st.sampled_from(["pods", "*", "deployments", "", "pods/log"])},
    optional={
        "group": api_groups,
        "subresource": st.sampled_from(["log", "scale", "*", "", "a/b"]),
        "name": names,
        "namespace": namespaces,
    },
)
paths = st.sampled_from(["/healthz", "/healthz/etcd", "/api", "/apis/apps", "", "*", "x"])
url_attributes = st.fixed_dictionaries({"verb": verbs, "path": paths})
attributes = st.one_of(resource_attributes, resource_attributes, url_attributes)


@pytest.fixture(params=["few", "many"])
def _sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test once normally, and once with every cluster treated as a large one."""
    if request.param == "many":
        monkeypatch.setattr(table, "FEW_RULES", 0)
        monkeypatch.setattr(table, "FEW_ROLES", 0)
        monkeypatch.setattr(table, "WIDE", 4)
        monkeypatch.setattr(index, "CROWD", 0)


def unquoted(texts: set[str]) -> set[str]:
    return {text.replace("\\x00", "\0").replace('\\"', '"') for text in texts}


@pytest.mark.usefixtures("_sizes")
def test_authorize_equals_the_plain_restatement() -> None:
    @given(clusters, people, some(people), attributes)
    @settings(max_examples=150, deadline=None, database=None)
    def holds(items: list[Any], user: str, groups: list[str], asked: dict[str, Any]) -> None:
        decision = load_items(items).authorize(User(user, tuple(groups)), Request.from_attributes(asked))
        expected = naive.authorize(items, user, groups, asked)
        assert decision.allowed == expected.allowed
        assert unquoted(set(decision.reasons)) == expected.reasons
        assert unquoted(set(decision.errors)) == expected.errors
        assert list(decision.grants) == sorted(decision.grants, key=lambda grant: grant.order)
        assert len(set(decision.grants)) == len(decision.grants)

    holds()


@pytest.mark.usefixtures("_sizes")
def test_who_can_equals_the_plain_restatement_and_agrees_with_authorize() -> None:
    @given(clusters, attributes)
    @settings(max_examples=150, deadline=None, database=None)
    def holds(items: list[Any], asked: dict[str, Any]) -> None:
        request = Request.from_attributes(asked)
        authorizer = load_items(items)
        who = authorizer.who_can(request)
        expected, errors = naive.who_can(items, asked)
        written = {
            (access.subject.kind, access.subject.name, access.subject.namespace, access.subject.api_group)
            for access in who
        }
        assert written == expected
        assert len(who) == len(expected)
        assert unquoted(set(who.errors)) == errors
        for access in who:
            if access.subject.kind == "User":
                decision = authorizer.authorize(User(access.subject.name), request)
                assert {grant.rule for grant in access.grants} <= {grant.rule for grant in decision.grants}
                assert access.grants

    holds()


def test_who_can_anywhere_is_the_union_of_the_namespaces() -> None:
    @given(clusters, resource_attributes)
    @settings(max_examples=80, deadline=None, database=None)
    def holds(items: list[Any], asked: dict[str, Any]) -> None:
        authorizer = load_items(items)
        anywhere = authorizer.who_can_anywhere(Request.from_attributes(asked))
        result: dict[Any, set[Any]] = {}
        for namespace in ("team-a", "team-b"):
            for access in authorizer.who_can(Request.from_attributes(asked | {"namespace": namespace})):
                result.setdefault(access.subject, set()).update(access.grants)
        assert {access.subject: set(access.grants) for access in anywhere} == result

    holds()


@settings(max_examples=100)
@given(clusters, people, st.lists(people, max_size=3), resource_attributes)
def test_an_answer_that_is_alike_for_all_names_is_the_same_for_each(
    items: list[dict[str, Any]], name: str, groups: list[str], attributes: dict[str, Any]
) -> None:
    authorizer, user = load_items(items), User(name, tuple(groups))
    attributes = {**attributes, "group": attributes.get("group") or "policy"}
    asked = [Request(**{**attributes, "name": each}) for each in ("", "web", "*", "we\0b", "other")]
    decisions = [authorizer.authorize(user, request) for request in asked]
    alike = {authorizer.is_alike_for_all_names(user, request) for request in asked}
    assert len(alike) == 1
    if alike == {True}:
        assert len({(decision.allowed, decision.grants, decision.errors) for decision in decisions}) == 1


def test_many_bindings_of_one_group_are_alike_until_one_names_an_object() -> None:
    subjects = [{"kind": "Group", "name": "dev"}]
    rule = {"verbs": ["use"], "apiGroups": ["policy"], "resources": ["podsecuritypolicies"]}
    items: list[dict[str, Any]] = [
        {"kind": "ClusterRole", "metadata": {"name": "any"}, "rules": [{"verbs": ["get"]}]},
        {"kind": "ClusterRole", "metadata": {"name": "one"}, "rules": [rule | {"resourceNames": ["p"]}]},
    ]
    bindings = [
        {
            "kind": "ClusterRoleBinding",
            "metadata": {"name": f"b{number}"},
            "roleRef": {"kind": "ClusterRole", "name": "any" if number else "one"},
            "subjects": subjects,
        }
        for number in range(2 * index.CROWD)
    ]
    request, dev = Request("use", group="policy", resource="podsecuritypolicies"), User("eve", ("dev",))
    assert load_items([*items, *bindings[1:]]).is_alike_for_all_names(dev, request)
    assert not load_items([*items, *bindings]).is_alike_for_all_names(dev, request)


def everywhere(items: list[Any]) -> list[tuple[Any, str]]:
    """Every binding once, with its namespace."""
    bound = [*naive.bindings(items, "team-a"), *naive.bindings(items, "team-b")]
    return list(
        {
            (binding["kind"], place, binding["metadata"]["name"]): (binding, place)
            for binding, place in bound
        }.values()
    )


def test_the_rules_of_a_user_everywhere_are_those_of_each_namespace() -> None:
    @given(clusters, people, some(people))
    @settings(max_examples=150, deadline=None, database=None)
    def holds(items: list[Any], name: str, groups: list[str]) -> None:
        authorizer, user = load_items(items), User(name, tuple(groups))
        within = [authorizer.rules_for(user, namespace) for namespace in ("", "team-a", "team-b")]
        anywhere = authorizer.rules_anywhere(user)
        assert set(anywhere.grants) == {grant for held in within for grant in held.grants}
        assert len(anywhere.grants) == len(set(anywhere.grants))
        assert set(anywhere.errors) == {error for held in within for error in held.errors}
        assert authorizer.namespaces_of(user) == tuple(
            sorted(
                {
                    place
                    for binding, place in everywhere(items)
                    for subject in binding["subjects"]
                    if place and naive.applies(subject, name, groups, place)
                }
            )
        )

    holds()


def test_grants_of_single_names_everywhere_are_those_of_each_namespace() -> None:
    @given(clusters, resource_attributes, st.none() | people)
    @settings(max_examples=150, deadline=None, database=None)
    def holds(items: list[Any], asked: dict[str, Any], name: str | None) -> None:
        authorizer, request = load_items(items), Request.from_attributes(asked)
        user = None if name is None else User(name)
        within = [
            authorizer.named_grants(request, namespace, user=user) for namespace in ("", "team-a", "team-b")
        ]
        anywhere = authorizer.named_grants(request, user=user, anywhere=True)
        assert set(anywhere) == {named for grants in within for named in grants}
        assert len(anywhere) == len(set(anywhere))

    holds()


def test_the_search_for_names_equals_the_plain_restatement() -> None:
    @given(clusters, people)
    @settings(max_examples=150, deadline=None, database=None)
    def holds(items: list[Any], word: str) -> None:
        users, groups = set(), {"system:masters"}
        for binding, place in everywhere(items):
            for subject in binding["subjects"]:
                account = subject.get("namespace") or place
                if subject["kind"] == "User":
                    users.add(subject["name"])
                elif subject["kind"] == "Group":
                    groups.add(subject["name"])
                elif subject["kind"] == "ServiceAccount" and account:
                    users.add(f"system:serviceaccount:{account}:{subject['name']}")
        accounts = set()
        for user in users:
            namespace, _, account = user.removeprefix("system:serviceaccount:").partition(":")
            if user.startswith("system:serviceaccount:") and namespace and account:
                spelled = {f"{namespace}:{account}"} | ({account} if ":" not in account else set())
                accounts |= {(namespace, account)} if word in spelled else set()
        authorizer = load_items(items)
        assert [(each.kind, each.namespace, each.name) for each in authorizer.called(word)] == [
            *([("User", "", word)] if word in users else []),
            *([("Group", "", word)] if word in groups else []),
            *(("ServiceAccount", *account) for account in sorted(accounts)),
        ]
        assert authorizer.is_named(Subject("User", word)) == (word in users)

    holds()
