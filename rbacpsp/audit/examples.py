"""Examples of each rule: objects that it reports, and similar objects that it does not report.

`data/examples.jsonl` has a line for each rule; `python -m tests.docs.examples` writes it from the cases that
test the rules.
"""

from functools import cache
from typing import Any

import msgspec

from rbacpsp.model.package_data import package_data

JSON = dict[str, Any]


class ExampleObjects(msgspec.Struct, frozen=True):
    """The objects of a small cluster, as plain JSON values."""

    items: tuple[JSON, ...]
    version: str = ""
    """The Kubernetes version of the cluster; empty: any."""


class Example(msgspec.Struct, frozen=True):
    """The two clusters of a rule."""

    rule: str
    """The id of the rule."""
    finding: ExampleObjects
    """Objects for which the rule has a finding."""
    none: ExampleObjects
    """Similar objects that it does not report."""
    goal: str = ""
    """The goal of `rbacpsp paths --to` that reports the finding; empty if an audit reports it."""


@cache
def examples() -> dict[str, Example]:
    """Every example, by the id of its rule."""
    text = package_data("rbacpsp.audit", "data/examples.jsonl")
    decoded = (msgspec.json.decode(line, type=Example) for line in text.splitlines())
    return {example.rule: example for example in decoded}
