"""Documents to plain values, one an object: for the commands that judge manifests one by one."""

from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from rbacpsp.load.documents import Doc, UnreadableJSONError, json_values
from rbacpsp.load.locate import Locate
from rbacpsp.load.problems import Problem
from rbacpsp.load.schema import Path, type_name
from rbacpsp.model import Origin


class _Head(msgspec.Struct):
    kind: Any = None


class Located(NamedTuple):
    """An object of a file as plain JSON values, and where it and its fields stand."""

    value: dict[str, Any]
    origin: Origin
    path: Path
    """Where it stands in its document: empty, or the way through one or more Lists."""
    locate: Locate

    def line(self, path: Path = ()) -> int:
        """The line, from 1, of a field, or of the innermost thing that is there and should hold it."""
        return self.locate((*self.path, *path))


class ManifestFile(NamedTuple):
    """A file of manifests: its name, its bytes (unpacked, no byte order mark) and the objects in it."""

    name: str
    data: bytes
    objects: tuple[Located, ...]


class Manifests:
    """Collects the objects of documents; what is none is in `problems`."""

    def __init__(self) -> None:
        self.found: list[Located] = []
        self.problems: list[Problem] = []

    def read(self, doc: Doc) -> None:
        """Read one document: an object, or any kind of list."""
        body = doc.body
        if doc.is_json:
            with suppress(msgspec.MsgspecError):
                if msgspec.json.decode(body, type=_Head).kind in {"Secret", "SecretList"}:
                    return
            try:
                body = json_values(body)
            except UnreadableJSONError as error:
                self.problems.append(doc.problem(str(error), "mend the JSON"))
                return
        self._any(doc, body, (), {})

    def _any(self, doc: Doc, body: Any, path: tuple[str | int, ...], inherited: dict[str, Any]) -> None:
        if not isinstance(body, dict):
            advice = "every Kubernetes object has a kind and an apiVersion"
            self.problems.append(doc.problem(f"this is {type_name(body)}, not an object", advice, path))
            return
        kind = body.get("kind") or inherited.get("kind")
        items = body.get("items")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            below = {} if kind == "List" else {**_version(body), "kind": kind.removesuffix("List")}
            for index, item in enumerate(items):
                self._any(doc, item, (*path, "items", index), below)
        elif kind != "Secret":
            item = next((step for step in path if isinstance(step, int)), -1)
            given = {key: value for key, value in body.items() if value is not None}
            whole = {**inherited, **body} if inherited.keys() - given else body
            self.found.append(Located(whole, Origin(doc.document, item), path, doc.locate))


def _version(body: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": body["apiVersion"]} if "apiVersion" in body else {}
