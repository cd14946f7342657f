"""Warns when a question names an object that the files do not contain, which is often a mistake."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rbacpsp.cli.errors import InputError
from rbacpsp.model.meta import ALWAYS_THERE
from rbacpsp.model.similar_names import did_you_mean, likeliest

if TYPE_CHECKING:
    from rbacpsp.model import Objects


def missing_object_warnings(objects: "Objects", namespace: str | None, *, placed: bool) -> Iterator[str]:
    """A sentence for each reason to doubt an answer from files.

    Args:
        objects: All objects of the cluster.
        namespace: The only namespace of the question; None if it is about several.
        placed: Whether `--apply-namespace` names the namespace of objects that name none.
    """
    if next(objects.loaded, None) is None:
        ignored = ", ".join(f"{number} {kind}" for kind, number in sorted(objects.ignored.items()))
        if ignored:
            yield f"no object that an answer depends on was read, only {ignored}"
    elif namespace and is_unknown((objects,), namespace):
        suggestion = did_you_mean(likeliest(namespace, objects.namespaces))
        yield f"{nothing_read_of(namespace)}{suggestion}"
    if objects.unplaced and not placed:
        yield from _misplaced(objects)


def require_namespace(objects: "Objects", namespace: str | None) -> None:
    """Require that a namespace exists, if all namespaces were read.

    Raises:
        InputError: It does not exist; the message names namespaces with similar names.
    """
    require_namespace_in_either((objects,), namespace)


def require_namespace_in_either(states: "Iterable[Objects]", namespace: str | None) -> None:
    """Require that a namespace exists in one of several states, if all namespaces of each were read.

    A state without any object is known completely.

    Raises:
        InputError: It does not exist; the message names namespaces with similar names.
    """
    several = tuple(states)
    partly = any(
        "Namespace" in objects.partly_read and next(objects.loaded, None) is not None for objects in several
    )
    if namespace and not partly and is_unknown(several, namespace):
        known = sorted({name for objects in several for name in objects.namespaces})
        raise InputError([f'namespaces "{namespace}" not found{did_you_mean(likeliest(namespace, known))}'])


def is_unknown(states: "Sequence[Objects]", namespace: str) -> bool:
    """Whether namespaces were read, but in no state this one or an object in it."""
    read = (obj for objects in states for obj in objects.namespaces.values() if not obj.assumed)
    if namespace in ALWAYS_THERE or next(read, None) is None:
        return False
    return not any(has_namespace(objects, namespace) for objects in states)


def has_namespace(objects: "Objects", namespace: str) -> bool:
    """Whether a namespace, or an object in it, was read."""
    return namespace in objects.namespaces or any(obj.metadata.namespace == namespace for obj in objects)


def nothing_read_of(namespace: str) -> str:
    """The doubt about a namespace of which nothing was read."""
    return f'no namespace "{namespace}" was read, nor anything in it'


def _misplaced(objects: "Objects") -> Iterator[str]:
    """A warning if bindings suggest that objects without a namespace belong to another one than `default`."""
    account_namespaces = {
        subject.namespace
        for bindings in (objects.role_bindings, objects.cluster_role_bindings)
        for binding in bindings.values()
        if not binding.assumed
        for subject in binding.subjects
        if subject.kind == "ServiceAccount"
    }
    others = sorted(account_namespaces.difference(ALWAYS_THERE, {""}))
    if others:
        number = objects.unplaced
        subject_text = "1 object names" if number == 1 else f"{number} objects name"
        yield (
            f"{subject_text} no namespace and went to default, but bindings name service accounts of "
            f"{', '.join(others)}: if these are manifests for kubectl apply -n {others[0]}, pass "
            f"--apply-namespace {others[0]}"
        )
