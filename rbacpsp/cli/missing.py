"""What files do not hold though the question is about it: more often a slip than an answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rbacpsp.model import Objects

_ALWAYS_THERE = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})


def missing(objects: "Objects", namespace: str | None) -> Iterator[str]:
    """What makes an answer from files doubtful, a sentence each.

    Args:
        objects: All that was read.
        namespace: The only one that the question is about; None: it is about several.
    """
    if next(iter(objects), None) is None:
        passed = ", ".join(f"{number} {kind}" for kind, number in sorted(objects.ignored.items()))
        if passed:
            yield f"no object that an answer depends on was read, only {passed}"
    elif namespace and _is_unknown(objects, namespace):
        yield f'no namespace "{namespace}" was read, nor anything in it'


def _is_unknown(objects: "Objects", namespace: str) -> bool:
    """Whether namespaces were read, and neither this one nor anything in it."""
    if namespace in _ALWAYS_THERE or not objects.namespaces or namespace in objects.namespaces:
        return False
    return all(each.metadata.namespace != namespace for each in objects)
