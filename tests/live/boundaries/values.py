"""Values at and beyond the limits of fields, as small changes of a base object."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

JSONObject = dict[str, Any]

LABELS = ("", "a" * 63, "a" * 64, "-a", "a-", "A", "a.b")
"""Names that must be DNS labels."""
SUBDOMAINS = (
    "",
    "a.b",
    "a" * 63 + ".b",
    f"{'a' * 63}." * 3 + "a" * 61,
    f"{'a' * 63}." * 3 + "a" * 62,
    "A",
    "a..b",
)
"""Names that must be DNS subdomains: 253 characters are allowed."""
KEYS = (
    "",
    "a",
    "x.io/a",
    "a" * 63,
    "a" * 64,
    "/a",
    "x/",
    "x/y/z",
    "-a",
    "X/a",
    "a" * 253 + "/a",
    "a" * 254 + "/a",
)
"""Keys of labels and names of the same form."""
TEXTS = ("", "a" * 63, "a" * 64, "-a", "a-", "a b")
"""Values of labels."""
PATHS = ("", "/a", "a", "../a", "a/../b", "a/..", "..", "..a", "a/b..")
SIGNS = (-1, 0, 1)
PORTS = (-1, 0, 1, 65535, 65536)
SECONDS = (-1, 0, 1, 2**31 - 1, 2**31)
QUANTITIES = ("-1", "0", "1", "500m", "1Gi", "1e3", "1.5")


def each(*values: Any) -> Sequence[Any]:
    """Values of any types."""
    return values


class Row(NamedTuple):
    """Values for one field of a base object, each of which is one change."""

    base: str
    pointer: str
    """The path of the field, as in a JSON patch."""
    values: Sequence[Any]
    others: Mapping[str, Any] = {}
    """Other fields to set."""


class Change(NamedTuple):
    """The fields to set in a base object."""

    base: str
    fields: Mapping[str, Any]


def changes(rows: Sequence[Row]) -> Iterator[Change]:
    """One change for each value of each row."""
    for row in rows:
        for value in row.values:
            yield Change(row.base, {**row.others, row.pointer: value})


def changed(base: JSONObject, fields: Mapping[str, Any]) -> JSONObject:
    """A copy of an object with some fields set; absent parents are created, and null removes a field."""
    obj = copy.deepcopy(base)
    for pointer, value in fields.items():
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        holder: Any = obj
        for step in steps[:-1]:
            holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
        last: Any = int(steps[-1]) if isinstance(holder, list) else steps[-1]
        if value is None and isinstance(holder, dict):
            holder.pop(last, None)
        else:
            holder[last] = copy.deepcopy(value)
    return obj
