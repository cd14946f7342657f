"""Documents to objects of the model.

A well-formed JSON item is decoded straight into its type. Whatever does not fit - a null, an unknown field, a
wrong type, an old form - is decoded to plain values first, checked against the table of fields (`schema.py`),
and then converted to its type.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import force_setattr

from rbacpsp.decode import heads, patches, templates
from rbacpsp.decode.custom import count_other, custom_manifest
from rbacpsp.decode.documents import Doc, UnreadableJSONError, json_values
from rbacpsp.decode.doubts import NAMESPACE, Doubts, elsewhere, who
from rbacpsp.decode.heads import Head, Place
from rbacpsp.decode.locate import JSONLocator
from rbacpsp.decode.made import CLASSES, made
from rbacpsp.decode.patches import is_json_patch
from rbacpsp.decode.problems import Problem, shown, summed
from rbacpsp.decode.schema import Path, checked, path_text, type_name
from rbacpsp.decode.sent import Outbox
from rbacpsp.decode.servers import (
    saw_header,
    saw_kubernetes,
    saw_server,
    server_version,
    snapshot_header,
)
from rbacpsp.decode.slips import is_access, meant, unserved
from rbacpsp.decode.surroundings import surrounding_manifest
from rbacpsp.decode.templates import placeholders
from rbacpsp.decode.times import are_times
from rbacpsp.model import (
    AnyObject,
    ClusterRole,
    ClusterRoleBinding,
    Document,
    Identity,
    IdentityConflictError,
    Namespace,
    ObjectMeta,
    Objects,
    Role,
    RoleBinding,
    ServiceAccount,
)
from rbacpsp.model.kinds import API_VERSIONS, CLUSTER_SCOPED
from rbacpsp.model.mismatch import mismatch
from rbacpsp.model.pod_templates import TemplateKind, TemplateKinds, known_kinds
from rbacpsp.model.refusal import Check
from rbacpsp.model.surroundings import Surrounding, find_surrounding

SNAPSHOT = ("rbacpsp.io/v1", "Snapshot")
"""The apiVersion and kind of what `Cluster.snapshot` writes: a List with a header."""

_FAST_KINDS = frozenset(CLASSES) - {"PodSecurityPolicy", "SecurityContextConstraints"}
_FLAT = frozenset(CLASSES[name] for name in _FAST_KINDS & CLUSTER_SCOPED)
_KUSTOMIZATION = re.compile(r"(?:^|[/\\])kustomization\.ya?ml\Z")
"""Files that only kustomize reads, and that may leave out their kind."""

# Only kinds whose fields need no check are decoded directly: v1alpha1 has other subjects, and the parts of a
# policy that pods share are decoded without a complaint about unknown fields.
_FAST_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Role | ClusterRole | RoleBinding | ClusterRoleBinding | Namespace | ServiceAccount
)
_FAST_VERSIONS: dict[type[Any], dict[str, str]] = {
    CLASSES[name]: {v: v for v in API_VERSIONS[name] if not v.endswith("v1alpha1")} for name in _FAST_KINDS
}
_DOES_NOT_FIT = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def is_kustomization(file: str) -> bool:
    """Whether a file is for kustomize alone, so that it may leave out its kind."""
    return _KUSTOMIZATION.search(file) is not None


class Decoder:
    """Fills the objects of a cluster from documents; what cannot be read is in `problems`."""

    def __init__(
        self,
        default_namespace: str = "default",
        templates: TemplateKinds | None = None,
        apply_namespace: str | None = None,
        *,
        validates: bool = True,
    ) -> None:
        self.objects = Objects(templates=templates or known_kinds())
        self.problems: list[Problem] = []
        self.doubtful: list[Problem] = []
        """Names with a placeholder."""
        self.unread: list[Problem] = []
        """What was passed over though answers may depend on it."""
        self._outbox = Outbox()
        self._sends = validates
        self._doubts = Doubts()
        self._access: Counter[str] = Counter()
        self._default_namespace = apply_namespace or default_namespace
        self._only = apply_namespace
        self._last: dict[Identity, tuple[AnyObject, Document, int, int]] = {}
        """The objects that were read twice, with different content; the last one counts."""

    def read(self, doc: Doc) -> None:
        """Read one document: an object, or any kind of list."""
        self._any(doc, doc.body, Place((), -1), ("", ""))

    def validate(self, check: Check) -> None:
        """Drop the objects that a server would refuse, with a problem each; keep the rest as stored."""
        self.objects, problems, changes = self._outbox.send(self.objects, check)
        self.problems += problems
        self.objects.warnings += summed(changes)

    def _add(self, obj: AnyObject, doc: Doc, path: Path, item: int, line: int | Callable[[], int]) -> None:
        if self.objects.add(obj, doc.document, item, line) and self._sends:
            self._outbox.add(obj, doc, path)

    def finish(self) -> Objects:
        """The objects, with the warnings that were collected."""
        self.objects.warnings += [*self._doubts.sentences(), *summed(self.doubtful)]
        self.objects.warnings += (
            f"{number} {name} passed over: they may give access, and only Kubernetes' own objects are read"
            for name, number in sorted(self._access.items())
        )
        self.objects.unread += summed(self.unread)
        if self._last:
            last = Objects(templates=self.objects.templates)
            for obj, document, item, line in self._last.values():
                last.add(obj, document, item, line)
            self.objects = self.objects.changed(last)
        return self.objects

    def _any(self, doc: Doc, body: Any, place: Place, inherited: tuple[str, str]) -> None:
        """Read an object or a list: JSON text, or plain values."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                head = heads.HEAD.decode(body)
            except _DOES_NOT_FIT:
                try:
                    body = json_values(body)
                except UnreadableJSONError as error:
                    self._problem(doc, place.path, str(error), "mend the JSON")
                    return
            else:
                short = Head(head.kind or "", head.api_version or "", head.items)
                many = bool(head.items) or short.kind.endswith("List")
                if many and not doc.repeated and heads.repeats_items(body):
                    self._problem(doc, (*place.path, "items"), *heads.TWICE)
                    return
                self._headed(doc, body, short, place, inherited)
                return
        if is_json_patch(body):
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, place.path))
            return
        if not isinstance(body, dict):
            self._problem(doc, place.path, f"this is {type_name(body)}, not an object", heads.NO_MANIFEST)
            return
        wrong = heads.wrong_head(body)
        if wrong:
            name, words = wrong
            self._problem(doc, (*place.path, name), words, heads.QUOTE)
            return
        given = Head(body.get("kind") or "", body.get("apiVersion") or "", body.get("items", msgspec.UNSET))
        self._headed(doc, body, given, place, inherited)

    def _headed(self, doc: Doc, body: Any, head: Head, place: Place, inherited: tuple[str, str]) -> None:
        version, kind = heads.of_item((head.api_version, head.kind), inherited)
        items = None if head.items is msgspec.UNSET else head.items
        if (version, kind) == SNAPSHOT:
            self._header(doc, body, place)
            sends, self._sends = self._sends, False
            self._list(doc, Head("List", "v1", items), place)
            self._sends = sends
        elif wrong := heads.wrong_version(version):
            self._problem(doc, (*place.path, "apiVersion"), wrong, "write it as kubectl api-versions does")
        elif head.items is not msgspec.UNSET and version in API_VERSIONS.get(kind, ()):
            self._problem(doc, (*place.path, "items"), *heads.no_list(kind))
        elif kind and heads.is_list(kind, items):
            self._list(doc, Head(kind, version, items), place)
        elif not kind and not inherited[1] and (said := server_version(body)):
            saw_kubernetes(self.objects, said)
        elif not kind and is_kustomization(doc.document.file):
            self._count("Kustomization")
        elif not kind or not version:
            missing = "kind" if not kind else "apiVersion"
            self._problem(doc, place.path, f"there is no {missing}", heads.NO_MANIFEST)
        elif version in API_VERSIONS.get(kind, ()):
            self._object(doc, body, version, kind, place)
        elif (known := self.objects.templates.find(version, kind)) is not None:
            self._custom(doc, body, version, known, place)
        else:
            self._pass_over(doc, body, version, kind, place)

    def _list(self, doc: Doc, head: Head, place: Place) -> None:
        path = (*place.path, "items")
        items = [] if head.items is None else head.items
        if not isinstance(items, list | tuple):
            self._problem(doc, path, f"items must be a list and is {type_name(items)}", heads.AS_LIST)
            return
        if len(path) > heads.DEEPEST_LIST:
            self._problem(doc, path, *heads.TOO_DEEP)
            return
        inherited = ("", "") if head.kind == "List" else (head.api_version, head.kind.removesuffix("List"))
        if items and isinstance(items[0], msgspec.Raw):
            self._fast(doc, items, Place(path, place.item, place.line), inherited)
            return
        for index, item in enumerate(items):
            at = (*path, index)
            line = partial(doc.locate, at)
            self._any(doc, item, Place(at, index if place.item < 0 else place.item, line), inherited)

    def _fast(self, doc: Doc, items: Iterable[Any], place: Place, inherited: tuple[str, str]) -> None:
        version, kind = inherited
        if kind and (version not in API_VERSIONS.get(kind, ()) or kind not in _FAST_KINDS):
            decode: Callable[[Any], Any] | None = None
        else:
            decode = msgspec.json.Decoder(CLASSES[kind]).decode if kind else _FAST_DECODER.decode
        add, document, outer, sends = self.objects.add, doc.document, place.item, self._sends
        line: int | Callable[[], int] = 0
        if outer < 0 and isinstance(doc.locate, JSONLocator):
            self.objects.find_lines(doc.document, doc.locate.line_of_item())
        if doc.placeholders or self._only:
            decode = None
        for index, item in enumerate(items):
            if outer >= 0:
                line = partial(doc.locate, (*place.path, index))
            if decode:
                try:
                    obj = decode(item)
                    known = _FAST_VERSIONS[type(obj)].get(obj.api_version or version)
                    metadata = obj.metadata
                    if (
                        known
                        and metadata.name
                        and (type(obj) in _FLAT) is not bool(metadata.namespace)
                        and (
                            not (metadata.creation_timestamp or metadata.deletion_timestamp)
                            or are_times(metadata.creation_timestamp, metadata.deletion_timestamp)
                        )
                    ):
                        # One string for all of a version's objects; nothing else refers to the object yet.
                        force_setattr(obj, "api_version", known)
                        if add(obj, document, index if outer < 0 else outer, line) and sends:
                            self._outbox.add(obj, doc, (*place.path, index))
                        continue
                except IdentityConflictError as error:
                    at = Place((*place.path, index), index if outer < 0 else outer, line)
                    self._conflict(doc, obj, at, error)
                    continue
                except _DOES_NOT_FIT:
                    pass
            at = Place((*place.path, index), index if outer < 0 else outer, line)
            self._any(doc, item, at, inherited)

    def _object(self, doc: Doc, body: Any, version: str, kind: str, place: Place) -> None:
        """Read one object of a known kind through the table of fields."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                body = json_values(body)
            except UnreadableJSONError as error:
                self._problem(doc, place.path, str(error), "mend the JSON")
                return
        kept, issues = checked(kind, version, body)
        said = any(patches.is_directive(issue.unknown or "") for issue in issues)
        if patches.is_patch(kind, body if isinstance(body, dict) else {}, marked=said or bool(doc.patch_of)):
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, place.path))
            return
        metadata = kept.setdefault("metadata", {})
        name = who(
            kind, (metadata.get("namespace", ""), metadata.get("name") or metadata.get("generateName", ""))
        )
        wrong = [issue for issue in issues if issue.unknown is None]
        for issue in wrong:
            self._problem(
                doc,
                (*place.path, *issue.path),
                f"{name}: {path_text(issue.path)} {issue.message}",
                issue.advice,
            )
        if wrong:
            return
        if not metadata.get("name") and not (kind not in CLASSES and metadata.get("generateName")):
            self._problem(doc, place.path, f"this {kind} has no metadata.name", "name it")
            return
        for path, words in placeholders(kept) if doc.placeholders else ():
            self.doubtful.append(doc.problem(f"{name}: {words}", templates.ADVICE, (*place.path, *path)))
        for issue in issues:
            if self._doubts.wants(doc.document, kind, issue):
                line = doc.locate((*place.path, *issue.path))
                self._doubts.unknown(doc.document, line, name, issue)
        if kind in CLUSTER_SCOPED:
            metadata.pop("namespace", None)
        elif not metadata.get("namespace"):
            metadata["namespace"] = self._default_namespace
            self.objects.unplaced += 1
        elif self._only is not None and metadata["namespace"] != self._only:
            self._problem(doc, (*place.path, *NAMESPACE), *elsewhere(name, metadata["namespace"], self._only))
            return
        kept = {**kept, "apiVersion": version, "kind": kind}
        try:
            obj = made(kept, version, kind)
        except msgspec.ValidationError:
            known = kind in CLASSES
            found = mismatch(kept if known else metadata, CLASSES.get(kind, ObjectMeta))
            why = found.under("" if known else "metadata") if found else "a value does not fit"
            self._problem(doc, place.path, f"{name}: {shown(why)}", "mend the object")
            return
        try:
            self._add(obj, doc, place.path, place.item, place.line)
        except IdentityConflictError as error:
            self._conflict(doc, obj, place, error)

    def _custom(self, doc: Doc, body: Any, version: str, known: TemplateKind, place: Place) -> None:
        """Keep a custom resource whose controller makes pods; of its fields only the metadata is checked."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                body = json_values(body)
            except UnreadableJSONError as error:
                self._problem(doc, place.path, str(error), "mend the JSON")
                return
        try:
            obj = custom_manifest(body, version, known, self._default_namespace)
            self.objects.add(obj, doc.document, place.item, place.line)
        except ValueError as error:
            self._problem(doc, place.path, str(error), "mend the object")
        except IdentityConflictError as error:
            self._conflict(doc, obj, place, error)

    def _pass_over(self, doc: Doc, body: Any, version: str, kind: str, place: Place) -> None:
        """Count an object on which no answer depends; a Secret of a JSON file is not decoded."""
        if saw_server(self.objects, version, kind, body):
            return
        surrounding = find_surrounding(version, kind)
        if surrounding is not None and self._surround(doc, body, version, surrounding, place):
            return
        count_other(self.objects, version, kind)
        advice = meant(version, kind, API_VERSIONS)
        if advice:
            self.unread.append(unserved(doc, version, kind, advice, place.path))
        group = version.rpartition("/")[0]
        named = group and (kind in API_VERSIONS or is_access(version, kind))
        name = shown(f"{kind}.{group}" if named else kind)
        self._count(name)
        if not advice and is_access(version, kind):
            self._access[name] += 1

    def _surround(self, doc: Doc, body: Any, version: str, kind: Surrounding, place: Place) -> bool:
        """Keep the parts of an object on which privilege escalation depends; whether there are any."""
        found, doubts = surrounding_manifest(body, version, kind, self._default_namespace)
        self.doubtful += [doc.problem(words, advice, place.path) for words, advice in doubts]
        if found is None:
            return False
        try:
            self.objects.add(found, doc.document, place.item, place.line)
        except IdentityConflictError as error:
            self._conflict(doc, found, place, error)
        return True

    def _count(self, name: str, times: int = 1) -> None:
        self.objects.ignored[name] = self.objects.ignored.get(name, 0) + times

    def _header(self, doc: Doc, body: Any, place: Place) -> None:
        try:
            head = snapshot_header(body)
        except ValueError as error:
            advice = "make the snapshot again, or read it with the rbacpsp that made it"
            self._problem(doc, place.path, f"the header of this snapshot cannot be read: {error}", advice)
            return
        saw_header(self.objects, head)
        for kind, count in head.ignored.items():
            self._count(kind, count)

    def _conflict(self, doc: Doc, obj: AnyObject, place: Place, error: IdentityConflictError) -> None:
        if doc.patch_of:
            self.unread.append(doc.problem(patches.WORDS, patches.ADVICE, place.path))
            return
        first = error.first
        at = Problem(first.document.file, first.document.number, first.document.line, "", "").place
        if first.item >= 0:
            at += f", item {first.item + 1}"
        self._problem(
            doc,
            place.path,
            f"{who(obj.kind, (obj.namespace, obj.name))} was read before with other content, from {at}",
            "remove one of the two; --keep-going takes the last, as kubectl apply leaves it",
        )
        line = place.line() if callable(place.line) else place.line
        self._last[obj.kind, obj.namespace, obj.name] = (obj, doc.document, place.item, line)

    def _problem(self, doc: Doc, path: Path, message: str, advice: str) -> None:
        self.problems.append(doc.problem(message, advice, path))
