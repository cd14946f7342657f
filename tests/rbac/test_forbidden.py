"""Tests the API server's messages of refusals."""

import pytest

from rbacpsp import Cluster
from rbacpsp.model import Request, User, Version
from rbacpsp.model.go import aggregate
from rbacpsp.rbac.forbidden import forbidden_message, refusal_reason

MISSING = 'RBAC: clusterrole.rbac.authorization.k8s.io "x" not found'


@pytest.mark.parametrize(
    ("asked", "subject", "cannot"),
    [
        (
            Request("list", resource="services", namespace="default"),
            "services is",
            'list resource "services" in API group "" in the namespace "default"',
        ),
        (
            Request("get", resource="pods", subresource="log", name="x", namespace="a"),
            'pods "x" is',
            'get resource "pods/log" in API group "" in the namespace "a"',
        ),
        (
            Request("create", group="apps", resource="deployments"),
            "deployments.apps is",
            'create resource "deployments" in API group "apps" at the cluster scope',
        ),
    ],
)
def test_the_message_is_that_of_the_403_answer(asked: Request, subject: str, cannot: str) -> None:
    assert forbidden_message("alice", asked, "") == f'{subject} forbidden: User "alice" cannot {cannot}'


def test_a_url_has_no_resource_to_name() -> None:
    message = forbidden_message("alice", Request("get", path="/healthz"), "")
    assert message == 'forbidden: User "alice" cannot get path "/healthz"'


def test_a_request_without_a_resource_has_none_to_name() -> None:
    """NewForbidden of apimachinery/pkg/api/errors names a resource that is not empty."""
    message = forbidden_message("alice", Request("get", namespace="a"), "")
    assert message.startswith('forbidden: User "alice" cannot get resource ""')
    grouped = forbidden_message("alice", Request("get", group="apps", namespace="a"), "")
    assert grouped.startswith('.apps is forbidden: User "alice"')


def test_names_are_quoted_as_go_does_and_never_look_like_html() -> None:
    message = forbidden_message('o"d\n<b>', Request("get", path="/&"), "")
    assert message == r'forbidden: User "o\"d\n&lt;b&gt;" cannot get path "/&amp;"'


def test_a_reason_is_appended() -> None:
    message = forbidden_message("alice", Request("get", path="/x"), MISSING)
    assert message == f'forbidden: User "alice" cannot get path "/x": {MISSING}'


@pytest.mark.parametrize(
    ("user", "quoted"),
    [
        ("50%", '50%!"(MISSING)'),
        ("%%", '%"'),
        ("%d %-5.2f %w", '%!d(MISSING) %!f(MISSING) %!w(MISSING)"'),
        ("%[2]d", '%!d(BADINDEX)"'),
        ("%.[2]d", '%!d(BADINDEX)"'),
        ("%5[2]d", '%!d(BADINDEX)"'),
        ("%[2]*d", '%!(BADWIDTH)%!d(BADINDEX)"'),
        ("%5.[1]*[2]d", '%!(BADPREC)%!d(BADINDEX)"'),
        ("%*d%.*d", '%!(BADWIDTH)%!d(MISSING)%!(BADPREC)%!d(MISSING)"'),
    ],
)
def test_a_percent_sign_is_formatted_as_by_the_server(user: str, quoted: str) -> None:
    message = forbidden_message(user, Request("get", path="/"), "")
    assert message == f'forbidden: User "{quoted} cannot get path "/"'


def test_a_message_that_ends_in_a_percent_has_no_verb() -> None:
    assert forbidden_message("a", Request("get", path="/"), "%").endswith('"/": %!(NOVERB)')


def test_a_reason_is_prefixed_by_its_authorizer_since_1_37() -> None:
    reasons = [refusal_reason([MISSING], Version(1, minor)) for minor in (36, 37, 38)]
    assert [reason.startswith("rbac: RBAC: ") for reason in reasons] == [False, True, True]


def test_errors_are_bracketed_only_if_several_remain() -> None:
    assert aggregate(["a", "a"]) == "a"
    assert aggregate(["a", "b", "a"]) == "[a, b]"


BOUND_TO_NOTHING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "b"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "x"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "50%d"}],
}


@pytest.mark.parametrize(
    ("version", "user", "reason"),
    [
        (None, "50%!d(MISSING)", MISSING),
        ("1.24", "50%!d(MISSING)", MISSING),
        ("1.31", "50%!d(MISSING)", MISSING),
        ("1.32", "50%d", MISSING),
        ("1.36", "50%d", MISSING),
        ("1.37", "50%d", f"rbac: {MISSING}"),
    ],
)
def test_a_given_version_decides_the_words_of_a_refusal(version: str | None, user: str, reason: str) -> None:
    cluster = Cluster.from_objects([BOUND_TO_NOTHING], kubernetes_version=version)
    decision = cluster.authorize(User("50%d"), Request("get", path="/"))
    assert decision.reason == reason
    assert decision.message == f'forbidden: User "{user}" cannot get path "/": {reason}'


def test_a_url_has_no_resource_before_the_refusal() -> None:
    words = forbidden_message("eve", Request("get", path="/metrics"), "")
    assert words == 'forbidden: User "eve" cannot get path "/metrics"'
