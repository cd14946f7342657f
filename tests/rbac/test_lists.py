"""Compares lists of rules, supports and accounts with a naive implementation."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.catalog import Account
from rbacpsp.model import Request, Subject, User
from rbacpsp.rbac import index, table
from rbacpsp.rbac.index import subject_meant
from rbacpsp.testing import rule
from tests.rbac.test_naive import load_items, naive, namespaces, people, some, subjects

JSONObject = dict[str, Any]
ACCOUNT = "system:serviceaccount:team-a:builder"
ACCOUNTS = [Account("team-a", "builder"), Account("team-b", "default")]
JOBS = Account("kube-system", "jobs")
EXISTING = [
    {"kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
    for namespace, name in ACCOUNTS
]


RULES = st.sampled_from(
    [
        rule("get", "pods"),
        rule("get", "pods", names="web"),
        rule("*", "*", names="web db"),
        rule("list", "pods", names="db"),
        rule("get", "secrets"),
        {"verbs": ["get"], "nonResourceURLs": ["/healthz"]},
    ]
)
SUBJECTS = st.sampled_from(
    [
        {"kind": "User", "name": "alice"},
        {"kind": "Group", "name": "dev"},
        {"kind": "Group", "name": "ops"},
        {"kind": "User", "name": ACCOUNT},
        {"kind": "ServiceAccount", "name": "builder"},
        {"kind": "ServiceAccount", "name": "builder", "namespace": "team-a"},
        {"kind": "Group", "name": "system:serviceaccounts"},
        {"kind": "Group", "name": "system:serviceaccounts:team-a"},
        {"kind": "Group", "name": "system:authenticated"},
        {"kind": "Robot", "name": "alice"},
    ]
)
BOUND = st.tuples(
    st.sampled_from(["", "team-a", "team-b"]),
    st.sampled_from(["one", "two", "gone"]),
    st.lists(SUBJECTS, min_size=1, max_size=4, unique_by=str),
)
ROLES = st.lists(RULES, min_size=1, max_size=3)
REQUESTS = st.builds(
    lambda verb, resource, name, namespace: {
        "verb": verb,
        "resource": resource,
        "name": name,
        "namespace": namespace,
    },
    st.sampled_from(["get", "list"]),
    st.sampled_from(["pods", "secrets"]),
    st.sampled_from(["", "", "web"]),
    st.sampled_from(["", "team-a", "team-b"]),
) | st.just({"verb": "get", "path": "/healthz"})
USERS = st.sampled_from(
    [("alice", ["dev", "ops"]), ("alice", []), ("bob", ["ops", "dev"]), (ACCOUNT, ["system:serviceaccounts"])]
)


def cluster_of(
    one: list[JSONObject], two: list[JSONObject], bound: list[tuple[str, str, list[JSONObject]]]
) -> list[JSONObject]:
    roles = [
        {"kind": "ClusterRole", "metadata": {"name": name}, "rules": rules}
        for name, rules in (("one", one), ("two", two))
    ]
    return roles + [
        {
            "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
            "metadata": {"name": f"b{-number % 5}", "namespace": namespace},
            "roleRef": {"kind": "ClusterRole", "name": role},
            "subjects": subjects_,
        }
        for number, (namespace, role, subjects_) in enumerate(bound)
    ]


CLUSTERS = st.builds(cluster_of, ROLES, ROLES, st.lists(BOUND, max_size=5))


@pytest.fixture(params=["few", "many"])
def _sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test once normally, and once with every cluster treated as a large one."""
    if request.param == "many":
        for module, limit in ((table, "FEW_RULES"), (table, "FEW_ROLES"), (index, "CROWD")):
            monkeypatch.setattr(module, limit, 0)
        monkeypatch.setattr(table, "WIDE", 1)


def applying(
    items: list[JSONObject], name: str, groups: list[str], namespace: str
) -> list[tuple[JSONObject, list[int], list[JSONObject], str]]:
    """Each binding that names a user, with the matching subjects, and the rules or the error of its role."""
    result = []
    for binding, place in naive.bindings(items, namespace):
        matching = [
            number
            for number, subject in enumerate(binding["subjects"])
            if naive.applies(subject, name, groups, place)
        ]
        if matching:
            result.append((binding, matching, *naive.role_rules(items, binding["roleRef"], place)))
    return result


@pytest.mark.usefixtures("_sizes")
def test_the_rules_of_a_user_equal_those_of_the_naive_implementation() -> None:
    @given(CLUSTERS, USERS, REQUESTS)
    @settings(max_examples=100, deadline=None, database=None)
    def holds(items: list[JSONObject], who: tuple[str, list[str]], asked: JSONObject) -> None:
        authorizer, user = load_items(items), User(who[0], tuple(who[1]))
        request, namespace = Request.from_attributes(asked), asked.get("namespace", "")
        result = applying(items, *who, namespace)
        rules = authorizer.rules_for(user, namespace)
        assert [
            (each.binding.kind, each.binding.name, each.binding.subjects.index(each.subject), each.rule_index)
            for each in rules.grants
        ] == [
            (binding["kind"], binding["metadata"]["name"], min(matching), number)
            for binding, matching, rules_of_role, _ in result
            for number in range(len(rules_of_role))
        ]
        assert [(each.kind, each.name) for each in rules.lost] == [
            (binding["kind"], binding["metadata"]["name"]) for binding, *_, error in result if error
        ]
        assert rules.errors == tuple(sorted({error for *_, error in result if error}))
        assert list(rules.scopes) == sorted({each.scope for each in rules.grants})
        for scope, within in rules.scopes.items():
            assert within.grants == tuple(each for each in rules.grants if each.scope == scope)
        held = Counter(str(rule) for _, _, rules_of_role, _ in result for rule in rules_of_role)
        assert len(rules) == len(held)
        assert sorted(len(each.grants) for each in rules) == sorted(held.values())
        status = rules.status()
        assert len(status["resourceRules"]) + len(status["nonResourceRules"]) == sum(held.values())
        assert ("evaluationError" in status) == bool(rules.errors)

        supports = authorizer.supports(user, request)
        assert Counter(
            (each.binding.kind, each.binding.name, each.binding.subjects.index(each.subject), each.rule_index)
            for each in supports
        ) == Counter(
            (binding["kind"], binding["metadata"]["name"], subject, number)
            for binding, matching, rules_of_role, _ in result
            for subject in matching
            for number, each in enumerate(rules_of_role)
            if naive.allows(each, asked)
        )
        for one in (None, user):
            named = authorizer.named_grants(request, namespace, user=one)
            assert [
                (each.names, each.grant.scope, each.grant.binding.name, each.grant.rule_index)
                for each in named
            ] == sorted(
                [
                    (tuple(sorted(set(rule["resourceNames"]))), place, binding["metadata"]["name"], number)
                    for binding, place in naive.bindings(items, namespace)
                    for subject in binding["subjects"]
                    if one is None or naive.applies(subject, *who, place)
                    for number, rule in enumerate(
                        naive.role_rules(items, binding["roleRef"], place)[0]
                        if asked.get("name") == ""
                        else ()
                    )
                    if rule.get("resourceNames") and naive.allows({**rule, "resourceNames": []}, asked)
                ],
                key=lambda each: each[1:],
            )
        by_name = request.path is None and any(
            each.get("resourceNames") and naive.allows({**each, "resourceNames": []}, asked)
            for _, _, rules_of_role, _ in result
            for each in rules_of_role
        )
        assert authorizer.is_alike_for_all_names(user, request) == (not by_name)

    holds()


@given(CLUSTERS, REQUESTS)
@settings(max_examples=100, deadline=None, database=None)
def test_the_accounts_that_may_do_something_equal_the_plain_restatement(
    items: list[JSONObject], asked: JSONObject
) -> None:
    who = load_items([*items, *EXISTING]).who_can(Request.from_attributes(asked))
    for access in who:
        assert access.grants == tuple(sorted(set(access.grants), key=lambda grant: grant.order))
    expanded = {access.subject: access for access in who.expand({"Job": JOBS, "CronJob": JOBS})}
    known = {*ACCOUNTS, JOBS}
    for binding in [*naive.of_kind(items, "ClusterRoleBinding"), *naive.of_kind(items, "RoleBinding")]:
        for subject in binding["subjects"]:
            namespace = subject.get("namespace") or binding["metadata"]["namespace"]
            if subject["kind"] == "ServiceAccount" and namespace:
                known.add(Account(namespace, subject["name"]))
    assert {subject for subject in expanded if subject.namespace} == {
        Subject("ServiceAccount", account.name, account.namespace)
        for account in known
        if any(_holds(account, access.grants) for access in who)
    }
    for account in known:
        grants = {grant for access in who for grant in access.grants if _holds(account, (grant,))}
        access = expanded.get(Subject("ServiceAccount", account.name, account.namespace))
        if access is not None:
            assert list(access.grants) == sorted(grants, key=lambda grant: grant.order)
            assert access.controls == (("CronJob", "Job") if account == JOBS else ())
        else:
            assert not grants
    assert {subject for subject in expanded if not subject.namespace} == {
        access.subject for access in who if not access.subject.namespace
    }


def _holds(account: Account, grants: Any) -> bool:
    """Whether a grant applies to an account."""
    user = f"system:serviceaccount:{account.namespace}:{account.name}"
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{account.namespace}", "system:authenticated"]
    return any(
        naive.applies(
            {"kind": grant.subject.kind, "name": grant.subject.name, "namespace": grant.subject.namespace},
            user,
            groups,
            grant.scope,
        )
        for grant in grants
    )


@given(subjects, st.just("") | namespaces, people, some(people))
@settings(max_examples=200, deadline=None, database=None)
def test_the_subject_that_a_binding_means_is_the_user_to_whom_it_applies(
    written: JSONObject, namespace: str, name: str, groups: list[str]
) -> None:
    meant = subject_meant(Subject(written["kind"], written["name"], written.get("namespace", "")), namespace)
    applies = meant is not None and (
        meant.name in groups
        if meant.kind == "Group"
        else name == f"system:serviceaccount:{meant.namespace}:{meant.name}"
        if meant.kind == "ServiceAccount"
        else name == meant.name
    )
    assert applies == naive.applies(written, name, groups, namespace)


@pytest.mark.parametrize(
    ("subject", "namespace", "meant"),
    [
        (Subject("ServiceAccount", "builder"), "team-a", Subject("ServiceAccount", "builder", "team-a")),
        (Subject("ServiceAccount", "builder", "x"), "team-a", Subject("ServiceAccount", "builder", "x")),
        (Subject("ServiceAccount", "builder", "x"), "", Subject("ServiceAccount", "builder", "x")),
        (Subject("ServiceAccount", "builder"), "", None),
        (Subject("User", ACCOUNT), "team-b", Subject("ServiceAccount", "builder", "team-a")),
        (Subject("User", "system:serviceaccount:"), "", Subject("User", "system:serviceaccount:")),
        (Subject("User", ""), "", Subject("User", "")),
        (Subject("Group", "dev"), "team-a", Subject("Group", "dev")),
        (Subject("Robot", "alice"), "team-a", None),
    ],
)
def test_a_written_subject_means_one_subject_or_nobody(
    subject: Subject, namespace: str, meant: Subject | None
) -> None:
    assert subject_meant(subject, namespace) == meant
