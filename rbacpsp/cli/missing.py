"""Warns when a question names an object that the files do not contain, which is often a mistake."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.roles import did_you_mean
from rbacpsp.model.meta import ALWAYS_THERE
from rbacpsp.model.similar_names import likeliest

if TYPE_CHECKING:
    from rbacpsp.model import Objects


def missing_object_warnings(objects: "Objects", namespace: str | None, *, placed: bool) -> Iterator[str]:
    """What makes an answer from files doubtful, a sentence each.

    Args:
        objects: All that the server holds.
        namespace: The only one that the question is about; None: it is about several.
        placed: Whether somebody said where objects go that name no namespace.
    """
    if next(objects.loaded, None) is None:
        passed = ", ".join(f"{number} {kind}" for kind, number in sorted(objects.ignored.items()))
        if passed:
            yield f"no object that an answer depends on was read, only {passed}"
    elif namespace and _is_unknown(objects, namespace):
        close = did_you_mean(likeliest(namespace, objects.namespaces))
        yield f'no namespace "{namespace}" was read, nor anything in it{close}'
    if objects.unplaced and not placed:
        yield from _misplaced(objects)


def require_namespace(objects: "Objects", namespace: str | None) -> None:
    """Insist that a namespace exists, where the list of them is complete.

    Raises:
        InputError: It does not; the message names those that are spelled alike.
    """
    if namespace and "Namespace" not in objects.partly_read and _is_unknown(objects, namespace):
        close = did_you_mean(likeliest(namespace, objects.namespaces))
        raise InputError([f'namespaces "{namespace}" not found{close}'])


def _is_unknown(objects: "Objects", namespace: str) -> bool:
    """Whether namespaces were read, and neither this one nor anything in it."""
    if namespace in ALWAYS_THERE or all(each.assumed for each in objects.namespaces.values()):
        return False
    if namespace in objects.namespaces:
        return False
    return all(each.metadata.namespace != namespace for each in objects)


def _misplaced(objects: "Objects") -> Iterator[str]:
    """Whether bindings tell that objects without a namespace were meant for another one than `default`."""
    meant = {
        subject.namespace
        for bindings in (objects.role_bindings, objects.cluster_role_bindings)
        for binding in bindings.values()
        if not binding.assumed
        for subject in binding.subjects
        if subject.kind == "ServiceAccount"
    }
    other = sorted(meant.difference(ALWAYS_THERE, {""}))
    if other:
        number = objects.unplaced
        are = "1 object names" if number == 1 else f"{number} objects name"
        yield (
            f"{are} no namespace and went to default, but bindings name service accounts of "
            f"{', '.join(other)}: if these are manifests for kubectl apply -n {other[0]}, pass "
            f"--apply-namespace {other[0]}"
        )
