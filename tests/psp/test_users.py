"""Tests that the users of a policy agree with the authorizer for every account."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.catalog import CONTROLLERS
from rbacpsp.model import Request, Subject, User
from rbacpsp.model.psp import GROUPS
from rbacpsp.psp.users import policy_users
from rbacpsp.rbac import Authorizer, Decision
from rbacpsp.testing import ClusterBuilder

PLACES = ("team-a", "team-b", "kube-system")
ACCOUNTS = [(place, name) for place in PLACES for name in ("default", "builder", "replicaset-controller")]
SUBJECTS = (
    *("User/alice", "User/system:serviceaccount:team-a:builder", "Group/devs", "Group/system:masters"),
    *("Group/system:authenticated", "Group/system:serviceaccounts", "Group/system:serviceaccounts:team-a"),
    *(f"ServiceAccount/{place}:{name}" for place, name in ACCOUNTS),
)
RULES = st.fixed_dictionaries(
    {
        "verbs": st.sampled_from([["use"], ["*"], ["get"]]),
        "apiGroups": st.sampled_from([["policy"], ["extensions"], ["*"], [""]]),
        "resources": st.sampled_from([["podsecuritypolicies"], ["*"], ["pods"]]),
    },
    optional={"resourceNames": st.sampled_from([["p"], ["q"], ["p", "q"]])},
)
BINDINGS = st.tuples(
    RULES, st.lists(st.sampled_from(SUBJECTS), max_size=3, unique=True), st.sampled_from(["", *PLACES])
)


def made(bindings: list[tuple[dict[str, Any], list[str], str]]) -> Authorizer:
    builder = ClusterBuilder().policy("p")
    for place, name in ACCOUNTS:
        builder.service_account(place, name)
    for number, (rule, subjects, namespace) in enumerate(bindings):
        builder.role(f"r{number}", rule, namespace=namespace)
        builder.bind(f"r{number}", *subjects, namespace=namespace)
    return builder.build(kubernetes_version="1.24").authorizer


def decisions(authorizer: Authorizer, user: User, namespace: str) -> list[Decision]:
    return [
        authorizer.authorize(
            user, Request("use", group=group, resource="podsecuritypolicies", name="p", namespace=namespace)
        )
        for group in GROUPS
    ]


@settings(max_examples=150, deadline=None)
@given(bindings=st.lists(BINDINGS, max_size=6), namespace=st.sampled_from(PLACES))
def test_an_account_is_found_when_the_authorizer_allows_it_and_by_the_same_grants(
    bindings: list[tuple[dict[str, Any], list[str], str]], namespace: str
) -> None:
    authorizer = made(bindings)
    result = {access.subject: access for access in policy_users(authorizer, "p", namespace)}
    accounts = {*ACCOUNTS, *((controller.namespace, controller.name) for controller in CONTROLLERS.values())}
    for place, name in sorted(accounts):
        answers = decisions(authorizer, User.service_account(place, name), namespace)
        access = result.get(Subject("ServiceAccount", name, place))
        assert any(answers) == (access is not None)
        if access is not None:
            allowing = {
                (grant.binding.name, grant.rule_index) for answer in answers for grant in answer.grants
            }
            assert {(grant.binding.name, grant.rule_index) for grant in access.grants} == allowing
    for user, subject in (
        (User("alice"), Subject("User", "alice")),
        (User("x", ("devs",)), Subject("Group", "devs")),
    ):
        assert any(decisions(authorizer, user, namespace)) == (subject in result)
    assert result[Subject("Group", "system:masters")].grants == ()


@settings(max_examples=60, deadline=None)
@given(bindings=st.lists(BINDINGS, max_size=6))
def test_without_a_namespace_users_in_at_least_one_are_found_with_the_namespaces(
    bindings: list[tuple[dict[str, Any], list[str], str]],
) -> None:
    authorizer = made(bindings)
    anywhere = {access.subject: set(access.namespaces) for access in policy_users(authorizer, "p")}
    for place in PLACES:
        here = {access.subject for access in policy_users(authorizer, "p", place)}
        assert here == {subject for subject, places in anywhere.items() if places & {"", place}}
    everywhere = {access.subject for access in policy_users(authorizer, "p", "")}
    assert everywhere == {subject for subject, places in anywhere.items() if "" in places}


def test_the_controllers_are_marked_with_the_kinds_whose_pods_they_make() -> None:
    cluster = (
        ClusterBuilder()
        .policy("p")
        .may_use("p", "ServiceAccount/kube-system:replicaset-controller", namespace="team-a")
        .build()
    )
    (controller,) = [access for access in cluster.policy_users("p", namespace="team-a") if access.controls]
    assert controller.controls == ("Deployment", "ReplicaSet")
    (grant,) = controller.grants
    assert grant.sentence == (
        'RBAC: allowed by RoleBinding "psp:p/team-a" of Role "psp:p" to ServiceAccount '
        '"replicaset-controller/kube-system"'
    )
