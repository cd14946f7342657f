"""Tests that values nested too deeply are refused, in whatever form, before anything recurses into them."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from rbacpsp.decode import LoadError
from rbacpsp.sources import read_files, read_manifests


def pod(value: Any) -> dict[str, Any]:
    metadata = {"name": "p", "managedFields": [{"fieldsV1": value}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}


def rollout(value: Any) -> dict[str, Any]:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "r"}, "spec": value}


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("make", [pod, rollout])
@pytest.mark.parametrize("read", [read_files, read_manifests])
def test_json_is_refused_beyond_200_levels(
    make: Callable[[Any], dict[str, Any]], read: Callable[..., Any]
) -> None:
    def loaded(levels: int) -> Any:
        return read(["-"], stdin=BytesIO(json.dumps(make(nested(levels))).encode()))

    loaded(190)
    with pytest.raises(LoadError, match="the nesting is deeper than 200 levels"):
        loaded(210)


def test_aliases_cannot_nest_values_deeper() -> None:
    chain = "".join(f"  a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 250))
    text = f"x:\n  a0: &a0 1\n{chain}apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n"
    text += "  managedFields: [{fieldsV1: *a249}]\n"
    with pytest.raises(LoadError, match="fieldsV1 cannot be read: the nesting is deeper than 200 levels"):
        read_files(["-"], stdin=BytesIO(text.encode()))
