"""Compares one input in both decoders: equal, both refuse, we refuse for a listed reason, or different."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any

import msgspec

from rbacpsp.decode import LoadError, parse_yaml
from rbacpsp.model import (
    WORKLOAD_KINDS,
    AnyObject,
    ClusterRole,
    ClusterRoleBinding,
    Manifest,
    Namespace,
    Role,
    RoleBinding,
    ServiceAccount,
)
from rbacpsp.sources import read_files
from tests.reader import upstream
from tests.reader.reasons import reason

_NOT_JSON = re.compile(r"^this is not JSON|is not a value in JSON$")

CLUSTER_SCOPED = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding"})
WITHOUT_TYPES = frozenset({"PodSecurityPolicy"})
"""Kinds that the current release's types no longer have."""


STRUCTS: dict[str, Any] = {
    cls.__name__: cls
    for cls in (Role, ClusterRole, RoleBinding, ClusterRoleBinding, Namespace, ServiceAccount)
}
KEPT: Sequence[str] = (*STRUCTS, "Pod", *WORKLOAD_KINDS)


@dataclass(frozen=True)
class Difference:
    """An input that the two decoders read differently, and both results."""

    kind: str
    data: bytes
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.kind}\n  input:  {self.data!r}\n  ours:   {self.ours}\n  theirs: {self.theirs}"


@dataclass
class Outcome:
    """The results for many inputs: how many of each kind, and every difference."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class _Ours:
    """Our results: plain values and objects for each document, or the reason why it is refused."""

    values: list[Any] | tuple[str, ...]
    objects: list[AnyObject] | tuple[str, ...]


def compare(inputs: Iterable[bytes], outcome: Outcome) -> None:
    """Read inputs with both decoders, and record the results."""
    inputs = list(inputs)
    theirs = upstream.read(inputs)
    ours = [_read(data) for data in inputs]
    manifests = [obj for one in ours for obj in one.objects if isinstance(obj, Manifest)]
    typed = dict(zip(map(id, manifests), upstream.typed(obj.body for obj in manifests), strict=True))
    for data, mine, other in zip(inputs, ours, theirs, strict=True):
        outcome.counts[_judged(data, mine, other, typed, outcome)] += 1


def _read(data: bytes) -> _Ours:
    objects: list[AnyObject] | tuple[str, ...]
    values: list[Any] | tuple[str, ...]
    try:
        loaded = read_files(["-"], stdin=BytesIO(data), allow_empty=True).objects
        patches = tuple(line for line in loaded.unread if "this is a patch, not an object" in line)
        objects = patches or list(loaded)
    except LoadError as error:
        objects = _refusals(error, data)
    try:
        values = parse_yaml(data.decode("utf-8"))
    except UnicodeDecodeError:
        values = ("this is not UTF-8 text",)
    except LoadError as error:
        values = _refusals(error, data)
    return _Ours(values, objects)


def _behind_blanks(text: str) -> str:
    """A text without the blanks that upstream drops where JSON ends and YAML begins."""
    blanks = text[: len(text) - len(text.lstrip())]
    return text[blanks.find("\n") + 1 or len(blanks) :]


def _refusals(error: LoadError, data: bytes) -> tuple[str, ...]:
    """Why an input is refused; for a text that only starts like JSON, why it is refused as YAML."""
    refusals = tuple(problem.message for problem in error.problems)
    if any(_NOT_JSON.search(refusal) for refusal in refusals):
        try:
            parse_yaml("# not JSON\n" + _behind_blanks(data.decode()))
        except LoadError as other:
            return tuple(problem.message for problem in other.problems)
    return refusals


def _judged(
    data: bytes, ours: _Ours, theirs: upstream.Upstream, typed: dict[int, Any], outcome: Outcome
) -> str:
    """The result for an input, in the words of the count."""
    for what, mine, errors, equal in (
        ("values", ours.values, theirs.errors[: bool(theirs.error)], partial(_values, ours, theirs)),
        ("objects", ours.objects, _errors(theirs), partial(_objects, ours, theirs, typed)),
    ):
        refusals = mine if isinstance(mine, tuple) else tuple(f"upstream: {error}" for error in errors)
        if isinstance(mine, tuple) and errors:
            continue
        if refusals:
            unexplained = [refusal for refusal in refusals if not reason(refusal, data)]
            if unexplained:
                outcome.differences.append(
                    Difference(
                        f"{what} refused by one",
                        data,
                        repr(mine)[:1500],
                        repr(errors or theirs.documents)[:1500],
                    )
                )
                return "different"
            outcome.reasons[reason(refusals[0], data) or ""] += 1
            return "refused by one for a written reason"
        read = equal()
        if not same(*read):
            outcome.differences.append(Difference(what, data, *(repr(one)[:1500] for one in read)))
            return "different"
    if isinstance(ours.objects, tuple):
        return "refused by both"
    return "equal, with objects" if _ours(ours, typed) else "equal"


def _values(ours: _Ours, theirs: upstream.Upstream) -> tuple[Any, Any]:
    return [value for value in ours.values if value is not None], theirs.documents


def _objects(ours: _Ours, theirs: upstream.Upstream, typed: dict[int, Any]) -> tuple[Any, Any]:
    return _ours(ours, typed), _theirs(theirs)


def _ours(ours: _Ours, typed: dict[int, Any]) -> list[Any]:
    return sorted(
        filter(None, (_our_object(obj, typed) for obj in ours.objects if not isinstance(obj, str))), key=repr
    )


def _theirs(theirs: upstream.Upstream) -> list[Any]:
    return sorted(_distinct(filter(None, map(_their_object, theirs.objects))), key=repr)


def _errors(theirs: upstream.Upstream) -> list[str]:
    """The errors of upstream, without those about the content of kinds that we ignore."""
    result = [theirs.error] * bool(theirs.error)
    for obj in theirs.objects:
        kind = (obj.get("value") or {}).get("kind")
        if obj.get("error") and (kind is None or kind in KEPT):
            result.append(obj["error"])
    return result


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; true is not 1, and 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    # As Go holds a number with a fraction, and in JSON one of more than 64 bits.
    if any(
        isinstance(number, float) or (isinstance(number, int) and number >> 64) for number in (one, other)
    ):
        return isinstance(one, int | float) and isinstance(other, int | float) and float(one) == float(other)
    return bool(one == other)


def _distinct(values: Iterable[Any]) -> list[Any]:
    kept: list[Any] = []
    for value in values:
        if not any(same(value, other) for other in kept):
            kept.append(value)
    return kept


def _our_object(obj: AnyObject, typed: dict[int, Any]) -> Any:
    """Our object as comparable JSON values; None if upstream has no type for it."""
    if obj.kind in WITHOUT_TYPES:
        return None
    if isinstance(obj, Manifest):
        found = typed[id(obj)]
        return _without_nulls(found["value"]) if found["typed"] else None
    value = msgspec.to_builtins(obj)
    for name in ("labels", "annotations"):
        if not value["metadata"].get(name, True):
            del value["metadata"][name]
    return value


def _their_object(obj: dict[str, Any]) -> Any:
    """Upstream's object, like `_our_object`; for kinds that we keep in part, only the Struct's fields."""
    if not obj["typed"]:
        return None
    value = _without_nulls(obj["value"])
    value["apiVersion"] = value["apiVersion"].removeprefix("/")  # the server stores it without the slash
    kind, metadata = value["kind"], value.setdefault("metadata", {})
    for name in ("labels", "annotations"):  # an empty one equals an absent one
        if not metadata.get(name, True):
            del metadata[name]
    if kind not in KEPT:
        return None
    if kind in CLUSTER_SCOPED:
        metadata.pop("namespace", None)
    elif not metadata.get("namespace"):
        metadata["namespace"] = "default"
    cls = STRUCTS.get(kind)
    return msgspec.to_builtins(msgspec.convert(value, cls)) if cls else value


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
