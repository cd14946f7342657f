"""Tests parsing, printing and following paths of fields."""

import pytest

from rbacpsp.pss.paths import Path, parse_path, path_text, value_at, with_value

OBJ = {"a": [{"b": 1}, {"b": 2}], "c": {"d.e": 3}}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.containers[0].name", ("spec", "containers", 0, "name")),
        ("metadata.annotations[a.b/c]", ("metadata", "annotations", "a.b/c")),
        ("a[12][3]", ("a", 12, 3)),
        ("spec", ("spec",)),
    ],
)
def test_a_path_is_read_with_its_indexes_and_keys_in_brackets(text: str, path: Path) -> None:
    assert parse_path(text) == path
    if "/" not in text:
        assert path_text(path) == text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((), OBJ),
        (("a", 0, "b"), 1),
        (("a", 1, "b"), 2),
        (("a", 2), None),
        (("a", 3), None),
        (("a", "b"), None),
        (("c", "d.e"), 3),
        (("c", 0), None),
        (("a", 0, "b", "x"), None),
        (("gone", "x"), None),
    ],
)
def test_the_value_at_a_path_is_found_or_none(path: Path, value: object) -> None:
    assert value_at(OBJ, path) == value


def test_a_value_is_set_in_a_copy_that_shares_the_others() -> None:
    changed = with_value(OBJ, ("a", 1, "b"), 9)
    assert changed == {"a": [{"b": 1}, {"b": 9}], "c": {"d.e": 3}}
    assert changed["c"] is OBJ["c"]
    assert with_value(OBJ, ("x", "y", "z"), 9) == {**OBJ, "x": {"y": {"z": 9}}}
    assert with_value({"x": None}, ("x", "y"), 9) == {"x": {"y": 9}}
    assert OBJ == {"a": [{"b": 1}, {"b": 2}], "c": {"d.e": 3}}
