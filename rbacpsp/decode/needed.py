"""The part of a server's objects that an answer needs, by what is cheap to see of each item of a list."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from rbacpsp.decode.construct import CLASSES
from rbacpsp.decode.struct_items import DOES_NOT_FIT
from rbacpsp.model.kinds import CLUSTER_SCOPED

T = TypeVar("T", bytes, msgspec.Raw)


class _Metadata(msgspec.Struct):
    namespace: str = ""


class _Head(msgspec.Struct):
    kind: str = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_HEAD = msgspec.json.Decoder(_Head)


class Needed(msgspec.Struct, frozen=True):
    """The kinds on which an answer depends, and the only namespace if it is about one.

    Kinds with a type of their own are always included, since few bytes of a cluster are theirs and doubts
    about an answer depend on them.
    """

    kinds: frozenset[str]
    namespace: str | None = None

    def among(self, items: Iterable[T]) -> Iterator[tuple[int, T]]:
        """The needed items of a list in JSON, each with its index; also lists and what cannot be read."""
        kinds, namespace = self.kinds | CLASSES.keys(), self.namespace
        for index, item in enumerate(items):
            try:
                head = _HEAD.decode(item)
            except DOES_NOT_FIT:
                yield index, item
                continue
            kind, within = head.kind, head.metadata.namespace
            if kind in kinds:
                if not namespace or within in {"", namespace} or kind in CLUSTER_SCOPED:
                    yield index, item
            elif not kind or kind.endswith("List"):
                yield index, item
