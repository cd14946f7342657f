"""Checks the objects that are not yet on a server, which may refuse them.

Objects with a `uid` and a `resourceVersion` come from a server and are not checked.
"""

from collections.abc import Callable

from rbacpsp.decode.doc import Doc
from rbacpsp.decode.problems import Problem
from rbacpsp.model import AnyObject, AnyStruct, Objects
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.printable import shown
from rbacpsp.model.refusal import Changed, SubmissionCheck
from rbacpsp.model.value_path import Path

Sent = tuple[AnyObject, Doc, Path]
"""An object that no server has stored yet, its document, and its path in the document."""


def is_stored(metadata: ObjectMeta) -> bool:
    """Whether the object comes from a server."""
    return bool(metadata.uid and metadata.resource_version)


class Outbox:
    """The objects to send, in the order in which they were read."""

    def __init__(self, check: SubmissionCheck) -> None:
        self._check = check
        self._passes = check.passes
        self._sent: list[Sent] = []

    def add(self, obj: AnyObject, doc: Doc, path: Path) -> None:
        """Add an object, unless a server has stored it or certainly stores it."""
        if self._is_sent(obj):
            self._sent.append((obj, doc, path))

    def _is_sent(self, obj: AnyObject) -> bool:
        return not is_stored(obj.metadata) and not self._passes(obj)

    def adder(
        self, doc: Doc, path: Path, add: Callable[[AnyStruct, int], bool]
    ) -> Callable[[AnyStruct, int], bool]:
        """A function that adds an object, and its index in the list at a path, here and by `add`."""

        def add_and_send(obj: AnyStruct, index: int) -> bool:
            added = add(obj, index)
            if added and self._is_sent(obj):
                self._sent.append((obj, doc, (*path, index)))
            return added

        return add_and_send

    def send(self, objects: Objects) -> tuple[Objects, list[Problem], list[Problem]]:
        """The objects as a server stores them, and each refusal and each change with its position."""
        if not self._sent:
            return objects, [], []
        refusals = list(self._check(objects, [obj for obj, _, _ in self._sent]))
        if not refusals:
            return objects, [], []
        positions = {id(obj): (doc, path) for obj, doc, path in self._sent}
        problems: list[Problem] = []
        changes: list[Problem] = []
        refused_objects: list[AnyObject] = []
        changed: dict[int, AnyObject] = {}
        for refusal in refusals:
            doc, path = positions[id(refusal.obj)]
            if isinstance(refusal, Changed):
                changed[id(refusal.obj)] = refusal.stored
                changes.append(
                    doc.problem(
                        refusal.words,
                        "remove the field, or pass --no-validate to take it as stored",
                        (*path, *refusal.at),
                    )
                )
                continue
            refused_objects.append(refusal.obj)
            message = f"the API server refuses this: {shown(refusal.words, longest=LONGEST)}"
            advice = f"{refusal.advice}, or pass --no-validate to take it as stored"
            problems.append(doc.problem(message, advice, (*path, *refusal.at)))
        return objects.without(refused_objects, instead=changed), problems, changes


LONGEST = 2000
"""The server's messages are long where they show a regular expression."""
