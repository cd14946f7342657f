"""An answer with the server that it is about."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from rbacpsp.report.protocols import Documented

_HEAD = ("apiVersion", "kind")


class Stamped(Struct, frozen=True):
    """One JSON object, and members that stand in it right behind its apiVersion and kind."""

    shown: Documented
    facts: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The object with the facts; where it has a member of the same name, that one counts."""
        whole = self.shown.document()
        head = {name: whole[name] for name in _HEAD if name in whole}
        return {**head, **self.facts, **whole}
