"""A refusal of the API server is read back to who asked, and for what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.model import Request
from rbacpsp.rbac.forbidden import forbidden_message
from rbacpsp.rbac.refusal import read_refusal

WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
NAME = st.text(st.characters(codec="utf-8", exclude_characters="%"), min_size=1, max_size=12)


@given(
    user=NAME, verb=WORD, group=WORD, resource=WORD, sub=WORD | st.just(""), name=NAME | st.just(""), ns=WORD
)
def test_what_the_server_writes_is_read_back(
    user: str, verb: str, group: str, resource: str, sub: str, name: str, ns: str
) -> None:
    request = Request(verb, group=group, resource=resource, subresource=sub, name=name, namespace=ns)
    assert read_refusal(forbidden_message(user, request, "")) == (user, request)


def test_the_workshops_refusal_is_read() -> None:
    text = (
        'services is forbidden: User "system:serviceaccount:default:default" cannot list resource "services" '
        'in API group "" in the namespace "default"'
    )
    expected = Request("list", resource="services", namespace="default")
    assert read_refusal(text) == ("system:serviceaccount:default:default", expected)


def test_a_refused_path_is_read() -> None:
    text = 'Error from server (Forbidden): forbidden: User "bob" cannot get path "/healthz/etcd"'
    assert read_refusal(text) == ("bob", Request("get", path="/healthz/etcd"))


def test_a_long_text_without_a_space_is_read_in_no_time() -> None:
    text = (
        "x" * 300_000 + ' is forbidden: User "a" cannot get resource "b" in API group "" at the cluster scope'
    )
    assert read_refusal(text) == ("a", Request("get", resource="b"))


def test_an_escape_of_no_character_is_left_as_it_stands() -> None:
    text = r'forbidden: User "\Uffffffff\ud800\q" cannot get path "/"'
    assert read_refusal(text) == ("Uffffffffud800q", Request("get", path="/"))


@pytest.mark.parametrize(
    "text", ["", "pods is forbidden", "the server could not find the requested resource"]
)
def test_other_text_is_not_taken_for_a_refusal(text: str) -> None:
    assert read_refusal(text) is None
