"""Decodes documents to objects of the model.

A well-formed JSON item is decoded directly to its type. One that does not fit (it has a null, an unknown
field, a wrong type or an old form) is decoded to plain values, checked against the table of fields
(`schema.py`), and then converted to its type.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from rbacpsp.decode import heads, patches, templates
from rbacpsp.decode.construct import CLASSES, convert_body
from rbacpsp.decode.custom import count_other, custom_manifest
from rbacpsp.decode.doc import Doc, UnreadableJSONError, json_values
from rbacpsp.decode.doubts import NAMESPACE, Doubts, elsewhere, who
from rbacpsp.decode.heads import Head, Position
from rbacpsp.decode.locate import JSONLocator
from rbacpsp.decode.needed import Needed
from rbacpsp.decode.patches import is_json_patch
from rbacpsp.decode.problems import Problem, summed
from rbacpsp.decode.schema import checked, type_name
from rbacpsp.decode.servers import (
    saw_header,
    saw_kubernetes,
    saw_server,
    server_version,
    snapshot_header,
)
from rbacpsp.decode.shared_words import share_words
from rbacpsp.decode.slips import is_access, misspelling
from rbacpsp.decode.struct_items import DOES_NOT_FIT, struct_items
from rbacpsp.decode.submission import Outbox
from rbacpsp.decode.surroundings import surrounding_manifest
from rbacpsp.decode.templates import placeholders
from rbacpsp.model import (
    AnyObject,
    AnyStruct,
    Document,
    Identity,
    IdentityConflictError,
    ObjectMeta,
    Objects,
)
from rbacpsp.model.kinds import API_VERSIONS, CLUSTER_SCOPED
from rbacpsp.model.mismatch import mismatch
from rbacpsp.model.pod_templates import TemplateKind, TemplateKinds, known_kinds
from rbacpsp.model.printable import shown
from rbacpsp.model.refusal import SubmissionCheck
from rbacpsp.model.surroundings import Surrounding, find_surrounding
from rbacpsp.model.value_path import Path, path_text

SNAPSHOT = ("rbacpsp.io/v1", "Snapshot")
"""The apiVersion and kind of what `Cluster.snapshot` writes: a List with a header."""

_KUSTOMIZATION = re.compile(r"(?:^|[/\\])kustomization\.ya?ml\Z")
"""Files that only kustomize reads, and that may leave out their kind."""


def is_kustomization(file: str) -> bool:
    """Whether only kustomize reads a file, so that it may leave out its kind."""
    return _KUSTOMIZATION.search(file) is not None


class Decoder:
    """Fills the objects of a cluster from documents; what cannot be read is in `problems`."""

    def __init__(
        self,
        default_namespace: str = "default",
        templates: TemplateKinds | None = None,
        apply_namespace: str | None = None,
        *,
        check: SubmissionCheck | None = None,
        needed: Needed | None = None,
    ) -> None:
        self.objects = Objects(templates=templates or known_kinds())
        self.problems: list[Problem] = []
        self.doubtful: list[Problem] = []
        """Names with a placeholder."""
        self.unread: list[Problem] = []
        """What could not be read although answers may depend on it."""
        self._outbox = None if check is None else Outbox(check)
        self._needed = needed
        """What is read of the snapshot of a server; None: all."""
        self._only_needed = False
        """Whether it is the snapshot of a server that is read."""
        self._doubts = Doubts()
        self._access: Counter[str] = Counter()
        self._default_namespace = apply_namespace or default_namespace
        self._only = apply_namespace
        self._last: dict[Identity, tuple[AnyObject, Document, int, int]] = {}
        """The objects that were read twice with different content; the last one is used."""

    def read(self, doc: Doc) -> None:
        """Read one document: an object, or any kind of list."""
        self._any(doc, doc.body, Position((), -1), ("", ""))

    def validate(self) -> None:
        """Drop the objects that a server would refuse, with a problem for each; keep the others as stored."""
        if self._outbox is not None:
            self.objects, problems, changes = self._outbox.send(self.objects)
            self.problems += problems
            self.objects.warnings += summed(changes)

    def _add(self, obj: AnyObject, doc: Doc, path: Path, item: int, line: int | Callable[[], int]) -> None:
        if self.objects.add(obj, doc.document, item, line) and self._outbox is not None:
            self._outbox.add(obj, doc, path)

    def finish(self) -> Objects:
        """The objects, with the warnings that were collected."""
        self.objects.warnings += [*self._doubts.sentences(), *summed(self.doubtful)]
        self.objects.warnings += (
            f"{number} {name} skipped: they may give access, and only Kubernetes' own objects are read"
            for name, number in sorted(self._access.items())
        )
        self.objects.unread += summed(self.unread)
        if self._last:
            last = Objects(templates=self.objects.templates)
            for obj, document, item, line in self._last.values():
                last.add(obj, document, item, line)
            self.objects = self.objects.changed(last)
        share_words(self.objects)
        return self.objects

    def _any(self, doc: Doc, body: Any, pos: Position, inherited: tuple[str, str]) -> None:
        """Read an object or a list: JSON text, or plain values."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                head = heads.HEAD.decode(body)
            except DOES_NOT_FIT:
                try:
                    body = json_values(body)
                except UnreadableJSONError as error:
                    self._problem(doc, pos.path, str(error), "fix the JSON")
                    return
            else:
                json_head = Head(head.kind or "", head.api_version or "", head.items)
                many = bool(head.items) or json_head.kind.endswith("List")
                if many and not doc.repeated and heads.repeats_items(body):
                    self._problem(doc, (*pos.path, "items"), *heads.TWICE)
                    return
                self._headed(doc, body, json_head, pos, inherited)
                return
        if is_json_patch(body):
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, pos.path))
            return
        if not isinstance(body, dict):
            self._problem(doc, pos.path, f"this is {type_name(body)}, not an object", heads.NO_MANIFEST)
            return
        head_problem = heads.wrong_head(body)
        if head_problem:
            name, words = head_problem
            self._problem(doc, (*pos.path, name), words, heads.QUOTE)
            return
        plain = Head(body.get("kind") or "", body.get("apiVersion") or "", body.get("items", msgspec.UNSET))
        self._headed(doc, body, plain, pos, inherited)

    def _headed(self, doc: Doc, body: Any, head: Head, pos: Position, inherited: tuple[str, str]) -> None:
        version, kind = heads.of_item((head.api_version, head.kind), inherited)
        items = None if head.items is msgspec.UNSET else head.items
        if (version, kind) == SNAPSHOT:
            self._header(doc, body, pos)
            outbox, self._outbox = self._outbox, None
            self._only_needed = bool(self._needed and self.objects.server)
            self._list(doc, Head("List", "v1", items), pos)
            self._outbox, self._only_needed = outbox, False
        elif wrong := heads.wrong_version(version):
            self._problem(doc, (*pos.path, "apiVersion"), wrong, "write it as kubectl api-versions does")
        elif head.items is not msgspec.UNSET and version in API_VERSIONS.get(kind, ()):
            self._problem(doc, (*pos.path, "items"), *heads.no_list(kind))
        elif kind and heads.is_list(kind, items):
            self._list(doc, Head(kind, version, items), pos)
        elif not kind and not inherited[1] and (version_text := server_version(body)):
            saw_kubernetes(self.objects, version_text)
        elif not kind and is_kustomization(doc.document.file):
            self._count("Kustomization")
        elif not kind or not version:
            missing = "kind" if not kind else "apiVersion"
            self._problem(doc, pos.path, f"there is no {missing}", heads.NO_MANIFEST)
        elif version in API_VERSIONS.get(kind, ()):
            self._object(doc, body, version, kind, pos)
        elif (template_kind := self.objects.templates.find(version, kind)) is not None:
            self._custom(doc, body, version, template_kind, pos)
        else:
            self._pass_over(doc, body, version, kind, pos)

    def _list(self, doc: Doc, head: Head, pos: Position) -> None:
        path = (*pos.path, "items")
        items = [] if head.items is None else head.items
        if not isinstance(items, list | tuple):
            self._problem(doc, path, f"items must be a list and is {type_name(items)}", heads.AS_LIST)
            return
        if len(path) > heads.DEEPEST_LIST:
            self._problem(doc, path, *heads.TOO_DEEP)
            return
        inherited = ("", "") if head.kind == "List" else (head.api_version, head.kind.removesuffix("List"))
        if items and isinstance(items[0], msgspec.Raw):
            self._raw_list(doc, items, Position(path, pos.item, pos.line), inherited)
            return
        for index, item in enumerate(items):
            item_path = (*path, index)
            line = partial(doc.locate, item_path)
            self._any(doc, item, Position(item_path, index if pos.item < 0 else pos.item, line), inherited)

    def _raw_list(self, doc: Doc, items: Sequence[Any], pos: Position, inherited: tuple[str, str]) -> None:
        """Read the items of a list in JSON: directly where they fit, else one by one."""
        in_list = pos.item >= 0

        def position(index: int) -> Position:
            path = (*pos.path, index)
            return (
                Position(path, pos.item, partial(doc.locate, path))
                if in_list
                else Position(path, index, pos.line)
            )

        if not in_list and isinstance(doc.locate, JSONLocator):
            self.objects.find_lines(doc.document, doc.locate.line_of_item())

        def add_nested(obj: AnyStruct, index: int) -> bool:
            return self.objects.add(obj, doc.document, pos.item, position(index).line)

        add = add_nested if in_list else self.objects.adder(doc.document)
        if self._outbox is not None:
            add = self._outbox.adder(doc, pos.path, add)
        needed = self._needed if self._only_needed else None
        numbered = needed.among(items) if needed else enumerate(items)
        others = (
            (index for index, _ in numbered)
            if doc.placeholders or self._only
            else struct_items(numbered, inherited, add)
        )
        for index in others:
            self._any(doc, items[index], position(index), inherited)

    def _object(self, doc: Doc, body: Any, version: str, kind: str, pos: Position) -> None:
        """Read one object of a known kind through the table of fields."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                body = json_values(body)
            except UnreadableJSONError as error:
                self._problem(doc, pos.path, str(error), "fix the JSON")
                return
        kept, issues = checked(kind, version, body)
        is_marked = any(patches.is_directive(issue.unknown or "") for issue in issues)
        if patches.is_patch(
            kind, body if isinstance(body, dict) else {}, marked=is_marked or bool(doc.patch_of)
        ):
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, pos.path))
            return
        metadata = kept.setdefault("metadata", {})
        name = who(
            kind, (metadata.get("namespace", ""), metadata.get("name") or metadata.get("generateName", ""))
        )
        type_issues = [issue for issue in issues if issue.unknown is None]
        for issue in type_issues:
            self._problem(
                doc,
                (*pos.path, *issue.path),
                f"{name}: {path_text(issue.path)} {issue.message}",
                issue.advice,
            )
        if type_issues:
            return
        if not metadata.get("name") and not (kind not in CLASSES and metadata.get("generateName")):
            self._problem(doc, pos.path, f"this {kind} has no metadata.name", "name it")
            return
        for path, words in placeholders(kept) if doc.placeholders else ():
            self.doubtful.append(doc.problem(f"{name}: {words}", templates.ADVICE, (*pos.path, *path)))
        for issue in issues:
            if self._doubts.wants(doc.document, kind, issue):
                line = doc.locate((*pos.path, *issue.path))
                self._doubts.unknown(doc.document, line, name, issue)
        if kind in CLUSTER_SCOPED:
            metadata.pop("namespace", None)
        elif not metadata.get("namespace"):
            metadata["namespace"] = self._default_namespace
            self.objects.unplaced += 1
        elif self._only is not None and metadata["namespace"] != self._only:
            self._problem(doc, (*pos.path, *NAMESPACE), *elsewhere(name, metadata["namespace"], self._only))
            return
        kept = {**kept, "apiVersion": version, "kind": kind}
        try:
            obj = convert_body(kept, version, kind)
        except msgspec.ValidationError:
            has_struct = kind in CLASSES
            mismatched = mismatch(kept if has_struct else metadata, CLASSES.get(kind, ObjectMeta))
            why = mismatched.under("" if has_struct else "metadata") if mismatched else "a value does not fit"
            self._problem(doc, pos.path, f"{name}: {shown(why)}", "fix the object")
            return
        try:
            self._add(obj, doc, pos.path, pos.item, pos.line)
        except IdentityConflictError as error:
            self._conflict(doc, obj, pos, error)

    def _custom(self, doc: Doc, body: Any, version: str, template_kind: TemplateKind, pos: Position) -> None:
        """Keep a custom resource whose controller creates pods; only its metadata is checked."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                body = json_values(body)
            except UnreadableJSONError as error:
                self._problem(doc, pos.path, str(error), "fix the JSON")
                return
        try:
            obj = custom_manifest(body, version, template_kind, self._default_namespace)
            self.objects.add(obj, doc.document, pos.item, pos.line)
        except ValueError as error:
            self._problem(doc, pos.path, str(error), "fix the object")
        except IdentityConflictError as error:
            self._conflict(doc, obj, pos, error)

    def _pass_over(self, doc: Doc, body: Any, version: str, kind: str, pos: Position) -> None:
        """Count an object on which no answer depends; a Secret of a JSON file is not decoded."""
        if saw_server(self.objects, version, kind, body):
            return
        surrounding = find_surrounding(version, kind)
        if surrounding is not None and self._surround(doc, body, version, surrounding, pos):
            return
        count_other(self.objects, version, kind)
        found = misspelling(version, kind, API_VERSIONS)
        if found is not None:
            problem = found.problem(doc, version, kind, pos.path, skipped=not found.certain)
            (self.problems if found.certain else self.unread).append(problem)
        group = version.rpartition("/")[0]
        needs_group = group and (kind in API_VERSIONS or is_access(version, kind))
        name = shown(f"{kind}.{group}" if needs_group else kind)
        self._count(name)
        if found is None and is_access(version, kind):
            self._access[name] += 1

    def _surround(self, doc: Doc, body: Any, version: str, kind: Surrounding, pos: Position) -> bool:
        """Keep the parts of an object on which privilege escalation depends; return whether there are any."""
        manifest, doubts = surrounding_manifest(body, version, kind, self._default_namespace)
        self.doubtful += [doc.problem(words, advice, pos.path) for words, advice in doubts]
        if manifest is None:
            return False
        try:
            self.objects.add(manifest, doc.document, pos.item, pos.line)
        except IdentityConflictError as error:
            self._conflict(doc, manifest, pos, error)
        return True

    def _count(self, name: str, times: int = 1) -> None:
        self.objects.ignored[name] = self.objects.ignored.get(name, 0) + times

    def _header(self, doc: Doc, body: Any, pos: Position) -> None:
        try:
            header = snapshot_header(body)
        except ValueError as error:
            advice = "make the snapshot again, or read it with the rbacpsp that made it"
            self._problem(doc, pos.path, f"the header of this snapshot cannot be read: {error}", advice)
            return
        saw_header(self.objects, header)
        for kind, count in header.ignored.items():
            self._count(kind, count)

    def _conflict(self, doc: Doc, obj: AnyObject, pos: Position, error: IdentityConflictError) -> None:
        if doc.patch_of:
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, pos.path))
            return
        first = error.first
        origin = Problem(first.document.file, first.document.number, first.document.line, "", "").location
        if first.item >= 0:
            origin += f", item {first.item + 1}"
        self._problem(
            doc,
            pos.path,
            f"{who(obj.kind, (obj.namespace, obj.name))} was read already, with other content, from {origin}",
            "remove one of the two; --keep-going uses the last, as kubectl apply does",
        )
        line = pos.line() if callable(pos.line) else pos.line
        self._last[obj.kind, obj.namespace, obj.name] = (obj, doc.document, pos.item, line)

    def _problem(self, doc: Doc, path: Path, message: str, advice: str) -> None:
        self.problems.append(doc.problem(message, advice, path))
