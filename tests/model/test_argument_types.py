"""Tests that errors about arguments name the parameter and show an escaped, shortened value."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp import Cluster, Request, User, migrate
from rbacpsp.model.argument_types import LONGEST, said
from rbacpsp.paths import parse_place

NODE = parse_place("node")
EMPTY = Cluster.from_objects([])
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c"}]}}
ANN = User("ann")

CALLS: list[tuple[str, str, Any]] = [
    ("namespace must be a string, not None", "TypeError", lambda: User.service_account(None, "web")),  # type: ignore[arg-type]
    ("name must be a string, not 5", "TypeError", lambda: User.impersonate(5)),  # type: ignore[arg-type]
    ("groups must be several names, not 5", "TypeError", lambda: User("a", 5)),  # type: ignore[arg-type]
    (
        'unknown attribute "Resource" of a request; did you mean resource?',
        "ValueError",
        lambda: Request.from_attributes({"verb": "get", "Resource": "pods"}),
    ),
    (
        "subresource must be a string, not 5",
        "TypeError",
        lambda: EMPTY.admit(POD, user=ANN, subresource=5),  # type: ignore[arg-type]
    ),
    (
        'goal must be a place: rbacpsp.paths.parse_place makes one of a text, not "node"',
        "TypeError",
        lambda: EMPTY.paths().to("node"),  # type: ignore[arg-type]
    ),
    (
        "namespace must be a string, not a list",
        "TypeError",
        lambda: EMPTY.rules_for(ANN, []),  # type: ignore[arg-type]
    ),
    ("policy must be a string, not None", "TypeError", lambda: EMPTY.policy_users(None)),  # type: ignore[arg-type]
    (
        'cluster must be a Cluster, not "x"',
        "TypeError",
        lambda: migrate("x", "vap"),  # type: ignore[arg-type]
    ),
]


@pytest.mark.parametrize(("message", "kind", "call"), CALLS, ids=[call[0] for call in CALLS])
def test_a_wrong_argument_is_reported_with_its_parameter(message: str, kind: str, call: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        call()
    assert (raised.type.__name__, str(raised.value)) == (kind, message)


VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.binary(max_size=3),
    st.text(max_size=3),
    st.lists(st.none() | st.text(max_size=2), max_size=2),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=1),
    st.builds(object),
)
ASK: dict[str, Any] = {
    "User": User,
    "groups": lambda value: User("a", value),
    "impersonate": User.impersonate,
    "impersonate groups": lambda value: User.impersonate("a", value),
    "service_account": lambda value: User.service_account(value, value),
    "from_attributes": Request.from_attributes,
    "authorize": lambda value: EMPTY.authorize(value, value),
    "who_can": EMPTY.who_can,
    "rules_for": lambda value: EMPTY.rules_for(ANN, value),
    "policy_users": lambda value: EMPTY.policy_users(value, value),
    "admit": lambda value: EMPTY.admit(POD, user=ANN, subresource=value),
    "admit pod": lambda value: EMPTY.admit(value, user=ANN),
    "admit operation": lambda value: EMPTY.admit(POD, user=ANN, operation=value),
    "pss_admit": EMPTY.pss_admit,
    "changed": EMPTY.changed,
    "to": lambda value: EMPTY.paths().to(value),
    "cuts": lambda value: EMPTY.paths().cuts(NODE, value),
    "from_": lambda value: EMPTY.paths().from_(NODE, value),
    "between": lambda value: EMPTY.paths().between(NODE, value),
    "migrate": lambda value: migrate(value, "vap"),
    "migrate engine": lambda value: migrate(EMPTY, value),
    "from_objects": Cluster.from_objects,
}


@pytest.mark.parametrize("name", ASK)
@given(value=VALUES)
def test_every_wrong_value_gives_a_short_error_about_the_argument(name: str, value: Any) -> None:
    from rbacpsp import LoadError

    try:
        ASK[name](value)
    except (LoadError, TypeError, ValueError) as error:
        assert "object has no attribute" not in str(error)  # noqa: PT017 - it may also be a right value
        assert len(str(error)) < 1_000  # noqa: PT017 - as above


@given(st.text(max_size=500))
def test_a_value_is_cut_and_escaped(text: str) -> None:
    assert said(text).isprintable()
    assert len(said(text)) <= LONGEST + 3
