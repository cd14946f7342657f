"""Tests that the options of migrations appear in signatures, for tools that read them."""

from typing import get_type_hints

from rbacpsp.migration.task import GivenOptions, Options


def test_every_option_has_a_type_in_the_signature() -> None:
    assert tuple(get_type_hints(GivenOptions)) == Options.__struct_fields__
