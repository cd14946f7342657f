"""Tests that refusals of the escalation check are recognized as servers 1.24.17 and 1.37.1 write them."""

import pytest

from rbacpsp.admission.refusals.grants import RefusedGrant, find
from rbacpsp.model import PolicyRule, User

ALICE = User("alice", ("dev", "system:authenticated"))
_SAID = (
    'user "alice" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions '
    "not currently held:\n"
)
ROLE = (
    'Error from server (Forbidden): error when creating "STDIN": roles.rbac.authorization.k8s.io "x\\"y" '
    f"is forbidden: {_SAID}"
    '{APIGroups:[""], Resources:["secrets"], ResourceNames:["a b"], Verbs:["get" "list"]}\n'
    '{APIGroups:["apps"], Resources:["secrets"], ResourceNames:["c"], Verbs:["get" "list"]}\n'
)
EVERYTHING = (
    f'clusterrolebindings.rbac.authorization.k8s.io "me" is forbidden: {_SAID}'
    '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}'
)


def read(text: str) -> RefusedGrant:
    (found,) = find(text)
    return found


def test_a_refused_role_is_parsed_with_its_user_and_the_missing_rules() -> None:
    verbs = ("get", "list")
    result = read(ROLE)
    assert (result.resource, result.name, result.user, result.missing, result.cut) == (
        "roles",
        'x"y',
        ALICE,
        (
            PolicyRule(verbs=verbs, api_groups=("",), resources=("secrets",), resource_names=("a b",)),
            PolicyRule(verbs=verbs, api_groups=("apps",), resources=("secrets",), resource_names=("c",)),
        ),
        False,
    )


@pytest.mark.parametrize(
    "text", [EVERYTHING, EVERYTHING.replace("\n", " "), f"{EVERYTHING}; resolution errors: [x]"]
)
def test_a_refused_binding_is_parsed_on_one_or_several_lines_and_with_errors(text: str) -> None:
    result = read(text)
    assert (result.resource, result.name, result.user, result.missing) == (
        "clusterrolebindings",
        "me",
        ALICE,
        (
            PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",)),
            PolicyRule(verbs=("*",), non_resource_urls=("*",)),
        ),
    )
    assert result.binds
    assert result.errors == text[len(EVERYTHING) :]


def test_the_messages_of_1_8_are_parsed() -> None:
    result = read(
        'clusterroles.rbac.authorization.k8s.io "r" is forbidden: attempt to grant extra privileges: '
        '[PolicyRule{Resources:["pods"], APIGroups:[""], Verbs:["get"]}] '
        "user=&{alice  [dev system:authenticated] map[]} ownerrules=[] ruleResolutionErrors=[]"
    )
    assert (result.resource, result.user) == ("clusterroles", ALICE)
    assert result.missing == (PolicyRule(verbs=("get",), api_groups=("",), resources=("pods",)),)


def test_a_name_is_not_unescaped_because_the_server_does_not_escape_it() -> None:
    assert read(ROLE.replace('x\\"y', "a&lt;b")).name == "a&lt;b"


def test_other_refusals_are_not_parsed_as_refused_grants() -> None:
    assert not list(find('pods is forbidden: User "alice" cannot list resource "pods"'))


@pytest.mark.parametrize(
    ("behind", "cut"),
    [
        ("", False),
        ('\n{"kind": "Status"}', False),
        ("\n{}", False),
        ("\n{", True),
        ('\n{APIGroups:["a", "b', True),
        ('\n{APIGroups:["a"], Resou\nmore', True),
    ],
)
def test_text_after_the_rules_is_not_a_rule_and_a_truncated_rule_is_reported(behind: str, cut: bool) -> None:
    result = read(EVERYTHING + behind)
    assert (len(result.missing), result.end, result.cut) == (2, len(EVERYTHING), cut)
