"""Tests that a cluster keeps each object once, and can replace objects."""

import pytest

from rbacpsp.decode import decode_objects
from rbacpsp.model import Objects


def pods(*metadata: dict[str, str]) -> Objects:
    return decode_objects({"apiVersion": "v1", "kind": "Pod", "metadata": each} for each in metadata)


def names(objects: Objects) -> list[str]:
    return [obj.metadata.name or obj.metadata.generate_name for obj in objects]


def test_an_object_of_the_same_name_is_replaced() -> None:
    labeled = decode_objects(
        [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"b": "c"}}}]
    )
    changed = pods({"name": "a"}, {"name": "b"}).changed(labeled)
    assert names(changed) == ["b", "a"]
    assert changed.pods["default", "a"].metadata.labels == {"b": "c"}


def test_objects_with_generated_names_never_replace_each_other() -> None:
    changed = pods({"generateName": "a-"}, {"generateName": "b-"}).changed(pods({"generateName": "a-"}))
    assert names(changed) == ["a-", "b-", "a-"]


def test_removing_a_missing_object_is_an_error() -> None:
    assert names(pods({"name": "a"}, {"name": "b"}).changed(Objects(), [("Pod", "default", "a")])) == ["b"]
    with pytest.raises(KeyError):
        pods({"name": "a"}).changed(Objects(), [("Pod", "default", "z")])
