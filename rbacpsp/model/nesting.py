"""Limits how deep the values of a document may be nested: other parts of the program recurse into them."""

from typing import Any

DEEPEST = 200
"""Levels of nesting; a pod uses about 15."""
TOO_DEEP = (f"the nesting is deeper than {DEEPEST} levels", "no Kubernetes object needs that")


def is_too_deep(value: Any) -> bool:
    """Whether lists and objects are within each other at more than `DEEPEST` levels."""
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list | tuple)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
