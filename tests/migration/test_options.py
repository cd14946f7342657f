"""Tests that the options of migrations appear in signatures, for tools that read them."""

from typing import Any, get_type_hints

import pytest

from rbacpsp.migration.task import GivenOptions, Options, checked_options


def test_every_option_has_a_type_in_the_signature() -> None:
    assert tuple(get_type_hints(GivenOptions)) == Options.__struct_fields__


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"excluded_namespaces": ("",)}, '"" is no name of a namespace: '),
        ({"excluded_namespaces": "Foo Bar"}, '"Foo Bar" is no name of a namespace: '),
        ({"excluded_namespaces": 5}, "excluded_namespaces must be several names, not 5"),
        ({"excluded_namespaces": (5,)}, "a namespace of excluded_namespaces must be a string, not 5"),
        ({"actions": None}, "actions must be several names, not None"),
        ({"subresources": None}, "unknown value of subresources None; known values: all, exact"),
        ({"template": None}, "unknown value of template None; known values: auto, library, own"),
    ],
)
def test_a_wrong_value_of_an_option_is_an_error(options: dict[str, Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        checked_options(options)
    assert str(raised.value).startswith(words)


def test_only_the_scope_may_be_left_to_the_engine() -> None:
    assert checked_options({"scope": None}).scope is None
