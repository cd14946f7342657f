"""Tests that values which are not JSON are refused where a caller passes an object, with their place."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp import Cluster, LoadError, User, pss
from rbacpsp.model.json_values import require_json
from rbacpsp.testing import pod, policy

CLUSTER = Cluster.from_objects([policy("all")])
ROOT = User("root", ("system:masters",))
KIND = {"group": "", "version": "v1", "kind": "Pod"}


def review(obj: Any) -> Any:
    asked = {"kind": KIND, "resource": {"group": "", "version": "v1", "resource": "pods"}}
    request = {"uid": "1", "operation": "CREATE", "object": obj, "userInfo": {"username": "a"}, **asked}
    return CLUSTER.review(
        {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
    )


ASKED: dict[str, Callable[[Any], Any]] = {
    "admit": lambda obj: CLUSTER.admit(obj, user=ROOT),
    "scc_admit": lambda obj: CLUSTER.scc_admit(obj, user=ROOT),
    "pss_admit": CLUSTER.pss_admit,
    "pss_check": CLUSTER.pss_check,
    "submit": lambda obj: CLUSTER.submit(obj, ROOT),
    "preflight": lambda obj: CLUSTER.preflight([obj], ROOT),
    "review": review,
    "pss.evaluate": pss.evaluate,
    "pss.admit": pss.admit,
    "old object": lambda obj: pss.admit(pod("x"), operation="UPDATE", old=obj),
}


def nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


def cyclic() -> Any:
    value: dict[str, Any] = {}
    value["a"] = [value]
    return value


class _Word(str):
    __slots__ = ()


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"nodeName": b"a"}, r"spec\.nodeName must be a plain JSON value, not a bytes"),
        ({"hostNetwork": np.bool_(True)}, r"spec\.hostNetwork must be .*, not a numpy\.bool"),
        ({"tolerations": [{"key": set()}]}, r"spec\.tolerations\[0\]\.key must be .*, not a set"),
        ({"nodeName": datetime.now(UTC)}, r"spec\.nodeName must be .*, not a datetime\.datetime"),
        ({"priority": Decimal(1)}, r"spec\.priority must be .*, not a decimal\.Decimal"),
        ({"nodeName": "\udcff"}, r"spec\.nodeName is not Unicode text"),
        ({None: 1}, r"spec has the key None, which is not Unicode text"),
        ({"x": {"\ud800": 1}}, r"spec\.x has the key .*, which is not Unicode text"),
        (nested(300), r"spec\.a\.a.* cannot be read: the nesting is deeper than 200 levels"),
        (cyclic(), r"spec\.a\[0\]\.a.* cannot be read: the nesting is deeper than 200 levels"),
    ],
    ids=range(10),
)
def test_a_value_that_is_not_json_is_an_error_with_its_place(name: str, spec: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        ASKED[name](pod("x") | {"spec": spec})
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("name", ASKED)
def test_subclasses_of_json_types_and_tuples_are_json(name: str) -> None:
    odd = pod(_Word("x"), nodeName=np.str_("n"), containers=({"name": "a", "image": "b"},))
    assert ASKED[name](odd) is not None


@pytest.mark.parametrize("key", [None, 5, b"a", ("a",), True])
def test_a_key_that_is_not_a_text_is_an_unknown_field_of_an_object(key: Any) -> None:
    read = Cluster.from_objects([pod("x") | {key: 1}])
    assert "is not a field and was left out" in read.warnings[0]


def test_a_date_of_pyyaml_is_reported_with_its_type() -> None:
    dated = pod("x") | {"metadata": {"name": "x", "creationTimestamp": datetime(2026, 1, 1, tzinfo=UTC)}}
    with pytest.raises(LoadError, match="creationTimestamp must be a time and is a datetime"):
        Cluster.from_objects([dated])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_every_json_value_is_accepted(value: Any) -> None:
    require_json("it", value)


@given(JSON, st.sampled_from([b"", object(), {1}, "\ud800", {1: 1}]))
def test_no_other_value_is_accepted_wherever_it_is(value: Any, wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"is not Unicode text|must be a plain JSON value"):
        require_json("it", [{"a": value, "b": [wrong]}])
