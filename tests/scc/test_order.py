"""Tests the order in which constraints are tried, and their defaults."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rbacpsp.apply.constraint_defaults import VOLUME_TYPES, with_defaults
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.scc import RunAsUserStrategy, SecurityContextConstraints
from rbacpsp.scc.order import order_key, points, why_before

BARE = with_defaults(SecurityContextConstraints(metadata=ObjectMeta("b"), volumes=("secret",)))

some = st.builds(
    SecurityContextConstraints,
    metadata=st.builds(ObjectMeta, name=st.sampled_from("abc")),
    priority=st.sampled_from([None, 0, 1, 10]),
    allow_privileged_container=st.booleans(),
    allow_host_ports=st.booleans(),
    allow_host_network=st.booleans(),
    allow_host_dir_volume_plugin=st.booleans(),
    volumes=st.none() | st.lists(st.sampled_from(["*", "hostPath", "none", "secret", "nfs"])).map(tuple),
    allowed_capabilities=st.lists(st.sampled_from(["*", "all", "KILL"])).map(tuple),
    required_drop_capabilities=st.lists(st.sampled_from(["ALL", "KILL"])).map(tuple),
    allow_privilege_escalation=st.sampled_from([None, True, False]),
)


@given(some)
def test_defaults_are_written_once(constraint: SecurityContextConstraints) -> None:
    assert with_defaults(with_defaults(constraint)) == with_defaults(constraint)


@given(some)
def test_the_older_field_decides_about_host_paths(constraint: SecurityContextConstraints) -> None:
    volumes = set(with_defaults(constraint).volumes or ())
    assert bool(volumes & {"*", "hostPath"}) == constraint.allow_host_dir_volume_plugin


def test_where_only_host_paths_were_named_and_are_forbidden_none_is_left() -> None:
    assert with_defaults(SecurityContextConstraints(volumes=("hostPath",))).volumes == ("none",)


def test_every_volume_but_host_paths_is_written_out() -> None:
    volumes = with_defaults(SecurityContextConstraints()).volumes
    assert volumes == tuple(sorted(VOLUME_TYPES - {"hostPath"}))
    assert len(VOLUME_TYPES) == 30


@given(some.map(with_defaults), some.map(with_defaults))
def test_a_reason_agrees_with_the_order(
    one: SecurityContextConstraints, other: SecurityContextConstraints
) -> None:
    first, then = sorted((one, other), key=order_key)
    if (first.priority or 0) > (then.priority or 0):
        assert why_before(first, then) == "has higher priority"
    elif points(first) < points(then):
        assert why_before(first, then).startswith(("forbids ", "permits less "))
    else:
        assert (points(first), why_before(first, then)) == (points(then), "ordered by name")


def test_bare_constraints_have_the_points_of_their_capabilities() -> None:
    assert points(BARE) == 5_000


def test_fewer_strategies_of_users_come_first() -> None:
    ranged = replace(BARE, run_as_user=RunAsUserStrategy("MustRunAsRange"))
    anybody = replace(BARE, run_as_user=RunAsUserStrategy("RunAsAny"))
    assert (points(ranged), points(anybody)) == (25_000, 45_000)
    assert why_before(ranged, anybody) == "permits less runAs strategies"
