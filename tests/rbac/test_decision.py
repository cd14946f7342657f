"""Tests the text and the equality of decisions and grants."""

import pickle

from rbacpsp import Cluster, Request, Subject, User
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.rbac import Authorizer
from rbacpsp.rbac.decision import Access, ComputedGrants
from rbacpsp.rbac.incomplete import with_unread
from rbacpsp.testing import ClusterBuilder, rule

READ: JSONObject = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
GET = Request("get", resource="pods", namespace="x")


def authorizer() -> Authorizer:
    """Nora and a service account may get pods, nora by two bindings."""
    return (
        ClusterBuilder()
        .role("r", READ)
        .bind("r", "User/nora", "ServiceAccount/x:web", namespace="x", kind="ClusterRole")
        .bind("r", "User/nora", name="all")
        .build()
        .authorizer
    )


def test_a_decision_is_shown_with_its_reason() -> None:
    asked = authorizer()
    assert repr(asked.authorize(User("nora"), GET)) == (
        '<Decision allowed: \'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "r" to User "nora"\'>'
    )
    assert repr(asked.authorize(User("eve"), GET)) == "<Decision refused: ''>"
    (grant,) = asked.authorize(User.service_account("x", "web"), GET).grants
    assert repr(grant) == (
        '<Grant RBAC: allowed by RoleBinding "r/x" of ClusterRole "r" to ServiceAccount "web/x">'
    )
    assert grant.order == ("x", "r", 0, Subject("ServiceAccount", "web", "x"))


def test_subjects_are_shown_with_the_number_of_their_grants() -> None:
    who = authorizer().who_can(GET)
    assert repr(who) == "<WhoCan of 3 subjects>"
    assert [repr(access) for access in who] == [
        "<Access of 'Group/system:masters': 0 grants>",
        "<Access of 'ServiceAccount/x:web': 1 grant>",
        "<Access of 'User/nora': 2 grants>",
    ]
    assert [access.namespaces for access in who] == [("",), ("x",), ("", "x")]
    assert repr(ClusterBuilder().build().authorizer.who_can(GET)) == "<WhoCan of 1 subject>"
    assert repr(authorizer().rules_for(User("nora"), "x")) == "<RuleSet of 'nora' in 'x': 1 rules>"


def test_access_is_equal_if_subject_grants_and_kinds_are_equal() -> None:
    masters, web, nora = authorizer().who_can(GET)
    again = list(authorizer().who_can(GET))
    assert [masters, web, nora] == again
    assert not any(one != other for one, other in zip((masters, web, nora), again, strict=True))
    assert [hash(access) for access in (masters, web, nora)] == [hash(access) for access in again]
    others = (
        Access(nora.subject, ComputedGrants({nora.subject: nora.grants[:1]})),
        Access(nora.subject, ComputedGrants({nora.subject: ()})),
        Access(nora.subject, ComputedGrants({nora.subject: nora.grants}), ("Job",)),
        Access(masters.subject, ComputedGrants({masters.subject: nora.grants})),
        web,
        "User/nora",
    )
    assert all(nora != other and other != nora for other in others)


def test_answers_about_two_requests_are_joined() -> None:
    builder = ClusterBuilder().role("r", READ).bind("r", "User/nora", "Group/system:masters")
    builder.role("w", {**READ, "verbs": ["delete"]}).bind("w", "User/nora", "User/bob", "Group/gone")
    builder.bind("missing", "User/bob", name="broken", kind="ClusterRole")
    asked = builder.build().authorizer
    got, deleted = asked.who_can(GET), asked.who_can(Request("delete", resource="pods", namespace="x"))
    joined = got | deleted
    assert [access.subject.name for access in joined] == ["system:masters", "gone", "bob", "nora"]
    for access in joined:
        expected = {
            grant
            for each in (got, deleted)
            for old in each
            if old.subject == access.subject
            for grant in old.grants
        }
        assert set(access.grants) == expected
        assert list(access.grants) == sorted(expected, key=lambda grant: grant.order)
    assert joined.errors == ('clusterrole.rbac.authorization.k8s.io "missing" not found',)


def test_answers_are_the_same_after_they_were_copied_to_another_process() -> None:
    who = authorizer().who_can(GET).expand()
    document = pickle.loads(pickle.dumps(who))  # noqa: S301 -- our own bytes
    assert list(document) == list(who)
    assert [access.controls for access in document] == [access.controls for access in who]
    assert list(document.expand()) == list(who)
    access = list(who)[-1]
    assert pickle.loads(pickle.dumps(access)) == access  # noqa: S301 -- as above
    asked = authorizer()
    asked_there = pickle.loads(pickle.dumps(asked))  # noqa: S301 -- as above
    assert asked_there.version == asked.version
    assert list(asked_there.who_can(GET)) == list(asked.who_can(GET))


def test_an_answer_equals_that_of_the_same_question_and_can_be_a_key() -> None:
    asked = authorizer()
    for ask in (
        lambda: asked.who_can(GET),
        lambda: asked.authorize(User("nora"), GET),
        lambda: asked.rules_for(User("nora"), "x"),
    ):
        first, second = ask(), ask()
        assert len({first, first}) == 1
        assert len({first, second}) == 1
        assert first is not second


def test_an_answer_says_what_could_not_be_read_and_is_unchanged_if_everything_was_read() -> None:
    refused = authorizer().authorize(User("eve"), GET)
    assert with_unread(refused, ()) is refused
    assert with_unread(refused, ("Roles were not read",)).incomplete == ("Roles were not read",)


def test_a_subject_with_fewer_grants_is_not_equal() -> None:
    (nora,) = (access for access in authorizer().who_can(GET) if access.subject.name == "nora")
    first, second = nora.grants
    held = [
        Access(nora.subject, ComputedGrants(FrozenDict({nora.subject: grants})))
        for grants in ((first,), (first, second), (second,))
    ]
    assert [[one == other for other in held] for one in held] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    assert held[1] == nora


def test_two_accounts_of_one_group_are_two_answers_with_the_same_grants() -> None:
    builder = (
        ClusterBuilder().service_account("x", "a").service_account("x", "b").role("r", rule("get", "pods"))
    )
    cluster = builder.bind("r", "Group/system:serviceaccounts:x").build()
    expanded = {
        access.subject.name: access for access in cluster.who_can(Request("get", resource="pods")).expand()
    }
    one, other = expanded["a"], expanded["b"]
    assert one.grants == other.grants
    assert one != other
    assert other != one


def test_an_aggregated_role_that_is_written_as_it_is_computed_is_not_marked() -> None:
    selector = {"matchLabels": {"to-all": "true"}}
    part, whole = ClusterBuilder().role("part", rule("get", "pods")).role("all", rule("get", "pods")).objects
    part["metadata"]["labels"] = selector["matchLabels"]
    whole["aggregationRule"] = {"clusterRoleSelectors": [selector]}
    (binding,) = ClusterBuilder().bind("all", "User/nora").objects
    for more, marked in (([], False), ([rule("list", "pods")], True)):
        written = {**whole, "rules": [*whole["rules"], *more]}
        cluster = Cluster.from_objects([part, written, binding], bootstrap="auto")
        (grant,) = cluster.authorize(User("nora"), Request("get", resource="pods")).grants
        assert grant.computed == marked
