"""Reads documents to plain values, one for each object, for commands that check manifests one by one."""

from typing import Any, NamedTuple

import msgspec

from rbacpsp.decode import patches, templates
from rbacpsp.decode.doc import Doc, UnreadableJSONError, json_values
from rbacpsp.decode.heads import (
    AS_LIST,
    DEEPEST_LIST,
    NO_MANIFEST,
    QUOTE,
    TOO_DEEP,
    TWICE,
    core_version,
    is_list,
    no_list,
    repeats_items,
    wrong_head,
)
from rbacpsp.decode.locate import Locate
from rbacpsp.decode.patches import has_directive, is_json_patch, is_patch
from rbacpsp.decode.problems import Problem
from rbacpsp.decode.schema import type_name
from rbacpsp.decode.slips import misspelling
from rbacpsp.decode.templates import placeholders
from rbacpsp.model import ObjectOrigin, nesting
from rbacpsp.model.kinds import API_VERSIONS
from rbacpsp.model.nesting import is_too_deep
from rbacpsp.model.value_path import Path


class _Head(msgspec.Struct, rename="camel"):
    """The fields of a JSON text that tell how to read it; its items are not decoded."""

    kind: Any = None
    api_version: Any = None
    items: list[msgspec.Raw] | None = None


class _Names(msgspec.Struct, rename="camel", omit_defaults=True):
    """The names in an object's metadata."""

    name: Any = None
    namespace: Any = None
    generate_name: Any = None


class _Named(msgspec.Struct, rename="camel", omit_defaults=True):
    """A Secret without its data."""

    api_version: Any = None
    kind: Any = None
    metadata: _Names | None = None


_HEAD = msgspec.json.Decoder(_Head)
_NAMED = msgspec.json.Decoder(_Named)
_NAMES = ("name", "namespace", "generateName")
_DOES_NOT_FIT = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_SECRET = frozenset({"Secret", "SecretList"})


class Located(NamedTuple):
    """An object of a file as plain JSON values, with its position and those of its fields."""

    value: dict[str, Any]
    origin: ObjectOrigin
    path: Path
    """Its path in the document: empty, or through one or more Lists."""
    locate: Locate

    @property
    def location(self) -> str:
        """File, document and line, as messages name them."""
        document = self.origin.document
        return Problem(document.file, document.number, self.line(), "", "").location

    def line(self, path: Path = ()) -> int:
        """The line, from 1, of a field, or of its innermost existing parent."""
        return self.locate((*self.path, *path))


class ManifestFile(NamedTuple):
    """A file of manifests: its name, its bytes (unpacked, no byte order mark) and the objects in it."""

    name: str
    data: bytes
    objects: tuple[Located, ...]
    whole: bool = True
    """Whether everything in it could be read."""


class Manifests:
    """Collects the objects of documents; `problems` has what cannot be read."""

    def __init__(self, *, secrets: bool = False, misspelt: bool = False) -> None:
        """Start with nothing.

        Args:
            secrets: Whether to keep Secrets, by their names only; otherwise they are left out.
            misspelt: Whether to keep objects whose kind is misspelt; otherwise such a kind is a problem.
        """
        self._secrets = secrets
        self._misspelt = misspelt
        self.objects: list[Located] = []
        self.problems: list[Problem] = []
        self.unread: list[Problem] = []
        """Patches, and objects of kinds that no server may have; the latter are in `objects` too."""
        self.doubtful: list[Problem] = []
        """Names that contain a placeholder."""

    def read(self, doc: Doc) -> None:
        """Read one document: an object, or any kind of list."""
        self._any(doc, doc.body, (), {})

    def _any(self, doc: Doc, body: Any, path: Path, inherited: dict[str, Any]) -> None:
        """Read an object or a list: JSON text, or plain values."""
        if isinstance(body, bytes | msgspec.Raw):
            body = self._values(doc, body, path, inherited)
            if body is None:
                return
        if is_json_patch(body):
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, path))
            return
        if not isinstance(body, dict):
            self._problem(doc, path, f"this is {type_name(body)}, not an object", NO_MANIFEST)
            return
        if is_too_deep(body):
            self._problem(doc, path, *nesting.TOO_DEEP)
            return
        head_problem = wrong_head(body)
        if head_problem:
            name, words = head_problem
            self._problem(doc, (*path, name), words, QUOTE)
            return
        kind = body.get("kind") or inherited.get("kind") or ""
        items = body.get("items")
        if kind and is_list(kind, items):
            self._list(doc, body, kind, path)
        elif kind in _SECRET and not self._secrets:
            return
        elif is_patch(kind, body, marked=has_directive(body) or _is_named_patch(doc, kind)):
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, path))
        else:
            if kind in _SECRET:
                body = _named(body)
            for name_path, words in placeholders(body) if doc.placeholders else ():
                self.doubtful.append(doc.problem(words, templates.ADVICE, (*path, *name_path)))
            item = next((step for step in path if isinstance(step, int)), -1)
            set_fields = {key: value for key, value in body.items() if value is not None}
            whole = {**inherited, **body} if inherited.keys() - set_fields else body
            version = core_version(whole.get("apiVersion") or "")
            if whole.get("apiVersion", version) != version:
                whole = {**whole, "apiVersion": version}
            self.objects.append(Located(whole, ObjectOrigin(doc.document, item), path, doc.locate))
            found = misspelling(version, kind, API_VERSIONS)
            if found is not None:
                refused = found.certain and not self._misspelt
                problem = found.problem(doc, version, kind, path, skipped=not refused)
                (self.problems if refused else self.unread).append(problem)

    def _values(self, doc: Doc, text: bytes | msgspec.Raw, path: Path, inherited: dict[str, Any]) -> Any:
        """The values of a JSON text, with the items of a list still as text; None for a Secret, or a problem.

        The data of a Secret is never decoded.
        """
        try:
            head = _HEAD.decode(text)
        except _DOES_NOT_FIT:
            head = _Head()
        kind = (head.kind if isinstance(head.kind, str) else "") or inherited.get("kind")
        if kind in _SECRET and head.items is None:
            return msgspec.to_builtins(_NAMED.decode(text)) if self._secrets else None
        if (head.items is not None or kind == "List") and repeats_items(text):
            self._problem(doc, (*path, "items"), *TWICE)
            return None
        if head.items is not None:
            return {"apiVersion": head.api_version, "kind": head.kind, "items": head.items}
        try:
            return json_values(text)
        except UnreadableJSONError as error:
            self._problem(doc, path, str(error), "fix the JSON")
            return None

    def _list(self, doc: Doc, body: dict[str, Any], kind: str, path: Path) -> None:
        items, items_path = body.get("items") or [], (*path, "items")
        if not isinstance(items, list):
            self._problem(doc, items_path, f"items must be a list and is {type_name(items)}", AS_LIST)
            return
        if body.get("apiVersion") in API_VERSIONS.get(kind, ()):
            self._problem(doc, items_path, *no_list(kind))
            return
        if len(items_path) > DEEPEST_LIST:
            self._problem(doc, items_path, *TOO_DEEP)
            return
        inherited = {} if kind == "List" else {**_version(body), "kind": kind.removesuffix("List")}
        for index, item in enumerate(items):
            self._any(doc, item, (*items_path, index), inherited)

    def _problem(self, doc: Doc, path: Path, message: str, advice: str) -> None:
        self.problems.append(doc.problem(message, advice, path))


def _named(body: dict[str, Any]) -> dict[str, Any]:
    """The names of a Secret, without its data."""
    metadata = body.get("metadata")
    names = {key: metadata[key] for key in _NAMES if key in metadata} if isinstance(metadata, dict) else {}
    return {**_version(body), "kind": "Secret", "metadata": names}


def _version(body: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": body["apiVersion"]} if body.get("apiVersion") else {}


def _is_named_patch(doc: Doc, kind: str) -> bool:
    """Whether a kustomization names the file of an object of a known kind as a patch."""
    return bool(doc.patch_of) and kind in API_VERSIONS
