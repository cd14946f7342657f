"""Tests that the user and the request are recognized in refusals by the API server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.admission.refusals.access import AccessRefusal, find
from rbacpsp.model import Request
from rbacpsp.model.go import desanitized
from rbacpsp.rbac.forbidden import forbidden_message

WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="%"), min_size=1, max_size=12)


def read(text: str) -> AccessRefusal:
    (found,) = find(text)
    return found


@given(
    user=PLAIN,
    verb=WORD,
    group=WORD | st.just(""),
    resource=WORD,
    sub=WORD | st.just(""),
    name=PLAIN | st.just(""),
    ns=WORD | st.just(""),
)
def test_refusals_of_the_server_are_parsed(
    user: str, verb: str, group: str, resource: str, sub: str, name: str, ns: str
) -> None:
    request = Request(verb, group=group, resource=resource, subresource=sub, name=name, namespace=ns)
    result = read(desanitized(forbidden_message(user, request, "")))
    assert (result.user, result.request, result.reason, result.cut) == (user, request, "", False)


@pytest.mark.parametrize(
    ("text", "user", "request_"),
    [
        (
            'Error from server (Forbidden): forbidden: User "bob" cannot get path "/healthz/etcd"',
            "bob",
            Request("get", path="/healthz/etcd"),
        ),
        (
            'User "eve" cannot list pods.apps in the namespace "x".',
            "eve",
            Request("list", group="apps", resource="pods", namespace="x"),
        ),
        (
            'nodes is forbidden: User "eve" cannot list nodes at the cluster scope.',
            "eve",
            Request("list", resource="nodes"),
        ),
        (
            (
                'token revoked. pods is forbidden: User "eve" cannot list resource "pods" in API group "" '
                'in the namespace "x"'
            ),
            "eve",
            Request("list", resource="pods", namespace="x"),
        ),
        (
            (
                'failed to list deployments.apps is forbidden: User "eve" cannot list resource "deployments" '
                'in API group "apps" in the namespace "x"'
            ),
            "eve",
            Request("list", group="apps", resource="deployments", namespace="x"),
        ),
        (
            (
                'Pods pods is forbidden: User "eve" cannot get resource "pods/log" in API group "" in the '
                'namespace "x"'
            ),
            "eve",
            Request("get", resource="pods", subresource="log", name="pods", namespace="x"),
        ),
        (
            'User "eve" cannot get pods/log in the namespace "x"',
            "eve",
            Request("get", resource="pods", subresource="log", namespace="x"),
        ),
        (
            "pods is forbidden: User eve cannot list resource pods in API group in the namespace x",
            "eve",
            Request("list", resource="pods", namespace="x"),
        ),
        (
            (
                'RBAC DENY: user "eve" groups ["a" "b"] cannot "get" resource "deployments.apps/scale" named '
                '"web" '
                'in namespace "x"'
            ),
            "eve",
            Request(
                "get", group="apps", resource="deployments", subresource="scale", name="web", namespace="x"
            ),
        ),
        (
            'RBAC: no rules authorize user "eve" with groups ["a"] to "get" nonResourceURL "/metrics" ',
            "eve",
            Request("get", path="/metrics"),
        ),
    ],
)
def test_every_form_of_a_refusal_is_parsed(text: str, user: str, request_: Request) -> None:
    result = read(text)
    assert (result.user, result.request) == (user, request_)


def test_the_log_of_the_authorizer_names_the_groups() -> None:
    assert read(
        'RBAC DENY: user "e" groups ["a b" "c"] cannot "get" resource "pods" cluster-wide'
    ).groups == (
        "a b",
        "c",
    )


CORE = 'pods is forbidden: User "e" cannot list resource "pods" in API group "" in the namespace "x"'


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("", ""),
        ("\nnext line: of something else", ""),
        (
            ': RBAC: role.rbac.authorization.k8s.io "r" not found',
            'RBAC: role.rbac.authorization.k8s.io "r" not found',
        ),
        (
            ': RBAC:\n   clusterrole.rbac.authorization.k8s.io\n  "r" not found\nError: later',
            'RBAC: clusterrole.rbac.authorization.k8s.io "r" not found',
        ),
        (
            ': requires one of ["container.pods.list"] permission(s).\n\nmore',
            'requires one of ["container.pods.list"] permission(s).',
        ),
    ],
)
def test_the_reason_ends_with_its_own_words(tail: str, reason: str) -> None:
    assert read(CORE + tail).reason == reason


def test_two_refusals_on_one_line_are_parsed_separately() -> None:
    assert [each.request.resource for each in find(f"{CORE}; {CORE.replace('pods', 'nodes')}")] == [
        "pods",
        "nodes",
    ]


def test_a_message_that_ends_before_the_namespace_is_marked_as_cut_off() -> None:
    assert read('pods is forbidden: User "e" cannot list resource "pods" in API group ""').cut


def test_a_long_text_without_spaces_is_parsed_in_linear_time() -> None:
    text = (
        "x" * 300_000 + ' is forbidden: User "a" cannot get resource "b" in API group "" at the cluster scope'
    )
    assert read(text).request == Request("get", resource="b")


@pytest.mark.parametrize(("length", "found"), [(253, True), (377, True), (378, False)])
def test_the_object_of_a_refusal_is_within_400_characters_before_the_user(length: int, found: bool) -> None:
    name = "a" * length
    result = read(f'error: pods "{name}" is forbidden: User "e" cannot get path "/"')
    assert (result.start == len("error: ")) is found
    result = read(
        f'error: pods "{name}" is forbidden: User "e" cannot get resource "pods" in API group "" in x'
    )
    assert result.request.name == (name if found else "")


@pytest.mark.parametrize(
    ("words", "group"),
    [("", "apps"), (' in API group "apps"', "apps"), (' in API group ""', ""), (' in API group "x"', "x")],
)
def test_the_group_is_that_of_the_object_where_the_answer_names_none(words: str, group: str) -> None:
    said = f'User "e" cannot get resource "deployments"{words} in the namespace "x"'
    assert read(f'deployments.apps "web" is forbidden: {said}').request.group == group


def test_a_refusal_begins_with_the_word_forbidden_where_no_object_is_before_it() -> None:
    said = 'User "e" cannot get path "/"'
    assert read(f"error: forbidden: {said}").start == len("error: ")
    assert read(f"error: {said}").start == len("error: ")


def test_an_escape_of_no_character_loses_its_backslash() -> None:
    result = read(r'forbidden: User "\Uffffffff\ud800\q" cannot get path "/"')
    assert (result.user, result.request) == ("Uffffffffud800q", Request("get", path="/"))


@pytest.mark.parametrize(
    "text", ["", "pods is forbidden", "the server could not find the requested resource"]
)
def test_a_text_that_is_not_a_refusal_is_not_parsed(text: str) -> None:
    assert not list(find(text))


REFUSED = 'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "x"'


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        (": not in a team", "not in a team"),
        (": not in a team\nbut in two", "not in a team but in two"),
        (": not in a team\n\nbut in two", "not in a team"),
        (": not in a team\nError: other", "not in a team"),
        (': not in a team\nof those that\nservices "s" is forbidden: no', "not in a team of those that"),
        (': services "s" is forbidden: no', ""),
        (': not for user "bob"', ""),
        ("; not a reason", ""),
    ],
)
def test_a_reason_ends_where_something_else_begins(behind: str, reason: str) -> None:
    result = next(find(REFUSED + behind))
    assert result.reason == reason
    whole = f"{REFUSED}: {reason}" if reason else REFUSED
    assert (REFUSED + behind)[: result.end].rstrip(": ").split() == whole.split()
