"""The JSON of an answer with facts about the server that gave it."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from rbacpsp.report.protocols import Documented

_HEAD = ("apiVersion", "kind")


class WithServer(Struct, frozen=True):
    """The JSON object of an answer, and members that are added after its apiVersion and kind."""

    answer: Documented
    facts: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The object with the facts; a member of the object replaces a fact of the same name."""
        document = self.answer.document()
        head = {name: document[name] for name in _HEAD if name in document}
        return {**head, **self.facts, **document}
