"""An example of each rule: objects in which it has a finding, and almost the same in which it has none.

`data/examples.jsonl` holds them, a line a rule; `python -m tests.docs.examples` writes it from the cases by
which the rules are tested.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

JSON = dict[str, Any]


class ExampleObjects(msgspec.Struct, frozen=True):
    """The objects of a small cluster, as plain JSON values."""

    items: tuple[JSON, ...]
    version: str = ""
    """The Kubernetes version that it has; empty: any."""


class Example(msgspec.Struct, frozen=True):
    """The two clusters of a rule."""

    rule: str
    """The id."""
    finding: ExampleObjects
    """Here the rule has a finding."""
    none: ExampleObjects
    """Here it has none."""
    goal: str = ""
    """The goal of `rbacpsp paths --to` that makes the finding; empty: an audit makes it."""


@cache
def examples() -> dict[str, Example]:
    """Every example, by the id of its rule."""
    text = files("rbacpsp.audit").joinpath("data", "examples.jsonl").read_bytes()
    found = (msgspec.json.decode(line, type=Example) for line in text.splitlines())
    return {example.rule: example for example in found}
