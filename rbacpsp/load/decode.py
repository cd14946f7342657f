"""Documents to objects of the model.

A well-formed JSON item is decoded straight into its type. Whatever does not fit - a null, an unknown field, a
wrong type, an old form - takes the slow way: to plain values, through the table of fields (`schema.py`), and
from there into its type.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast

import msgspec
from msgspec.structs import force_setattr

from rbacpsp.load.documents import Doc, UnreadableJSONError, json_values
from rbacpsp.load.doubts import Doubts, who
from rbacpsp.load.problems import Problem, shown
from rbacpsp.load.schema import Path, checked, path_text, type_name
from rbacpsp.load.servers import kubelet_version, server_of, server_version, snapshot_header
from rbacpsp.model import (
    WORKLOAD_KINDS,
    AnyObject,
    ClusterRole,
    ClusterRoleBinding,
    IdentityConflictError,
    Manifest,
    Namespace,
    ObjectMeta,
    Objects,
    PodSecurityPolicy,
    Role,
    RoleBinding,
    ServiceAccount,
    Version,
)
from rbacpsp.model.meta import Object
from rbacpsp.model.workload import POD_VERSIONS

SNAPSHOT = ("rbacpsp.io/v1", "Snapshot")
"""The apiVersion and kind of what `Cluster.snapshot` writes: a List with a header."""

_TYPED: tuple[type[Object], ...] = (
    Namespace,
    ServiceAccount,
    Role,
    ClusterRole,
    RoleBinding,
    ClusterRoleBinding,
    PodSecurityPolicy,
)
_KINDS: dict[str, frozenset[str]] = {
    **{cls.__name__: cls.api_versions for cls in _TYPED},
    "Pod": POD_VERSIONS,
    **WORKLOAD_KINDS,
}
_CLASSES = {cls.__name__: cls for cls in _TYPED}
_FAST_KINDS = frozenset(_CLASSES) - {"PodSecurityPolicy"}
_FLAT = frozenset({Namespace, ClusterRole, ClusterRoleBinding})
_CLUSTER_SCOPED = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding", "PodSecurityPolicy"})
_KUSTOMIZATION = re.compile(r"(?:^|[/\\])kustomization\.ya?ml\Z")
"""Files that may leave out their kind and are for kustomize alone."""
_DEEPEST_LIST = 32
_NO_MANIFEST = "every Kubernetes object has a kind and an apiVersion"
_QUOTE = "write it as a string"

# Only what needs no look at its fields goes the fast way: v1alpha1 has other subjects, and the parts of a
# policy that pods share are decoded without a complaint about unknown fields.
_FAST_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Role | ClusterRole | RoleBinding | ClusterRoleBinding | Namespace | ServiceAccount
)
_FAST_VERSIONS: dict[type[Any], dict[str, str]] = {
    cls: {v: v for v in cls.api_versions if not v.endswith("v1alpha1")}
    for cls in _TYPED
    if cls is not PodSecurityPolicy
}
_DOES_NOT_FIT = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def is_kustomization(file: str) -> bool:
    """Whether a file is for kustomize alone, so that it may leave out its kind."""
    return _KUSTOMIZATION.search(file) is not None


class _RawHead(msgspec.Struct, rename="camel"):
    """What tells how to read a document, in JSON text whose items are not decoded yet."""

    kind: str | None = None
    api_version: str | None = None
    items: list[msgspec.Raw] | None = None


class _Head(NamedTuple):
    kind: str
    api_version: str
    items: Any


_HEAD = msgspec.json.Decoder(_RawHead)


class _Place(NamedTuple):
    """Where in a document an object is: the path to it, and its place in the outermost list (-1: in none)."""

    path: Path
    item: int


class Decoder:
    """Fills the objects of a cluster from documents; what cannot be read is in `problems`."""

    def __init__(self, default_namespace: str = "default") -> None:
        self.objects = Objects()
        self.problems: list[Problem] = []
        self._doubts = Doubts()
        self._default_namespace = default_namespace

    def read(self, doc: Doc) -> None:
        """Read one document: an object, or any kind of list."""
        self._any(doc, doc.body, _Place((), -1), ("", ""))

    def finish(self) -> Objects:
        """The objects, with the warnings that were collected."""
        self.objects.warnings += self._doubts.sentences()
        return self.objects

    def _any(self, doc: Doc, body: Any, place: _Place, inherited: tuple[str, str]) -> None:
        """Read an object or a list: JSON text, or plain values."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                head = _HEAD.decode(body)
            except _DOES_NOT_FIT:
                try:
                    body = json_values(body)
                except UnreadableJSONError as error:
                    self._problem(doc, place.path, str(error), "mend the JSON")
                    return
            else:
                short = _Head(head.kind or "", head.api_version or "", head.items)
                self._headed(doc, body, short, place, inherited)
                return
        if not isinstance(body, dict):
            self._problem(doc, place.path, f"this is {type_name(body)}, not an object", _NO_MANIFEST)
            return
        for name in ("kind", "apiVersion"):
            value = body.get(name)
            if value is not None and not isinstance(value, str):
                self._problem(
                    doc, (*place.path, name), f"{name} must be a string and is {type_name(value)}", _QUOTE
                )
                return
        given = _Head(body.get("kind") or "", body.get("apiVersion") or "", body.get("items"))
        self._headed(doc, body, given, place, inherited)

    def _headed(self, doc: Doc, body: Any, head: _Head, place: _Place, inherited: tuple[str, str]) -> None:
        version, kind = head.api_version or inherited[0], head.kind or inherited[1]
        if kind.endswith("List") and (head.items is not None or kind == "List"):
            self._list(doc, _Head(kind, version, head.items), place)
        elif (version, kind) == SNAPSHOT:
            self._header(doc, body, place)
            self._list(doc, _Head("List", "v1", head.items), place)
        elif not kind and not inherited[1] and (said := server_version(body)):
            self._saw_version(said)
        elif not kind and is_kustomization(doc.document.file):
            self._count("Kustomization")
        elif not kind or not version:
            missing = "kind" if not kind else "apiVersion"
            self._problem(doc, place.path, f"there is no {missing}", _NO_MANIFEST)
        elif version in _KINDS.get(kind, ()):
            self._object(doc, body, version, kind, place)
        else:
            self._pass_over(doc, body, version, kind)

    def _list(self, doc: Doc, head: _Head, place: _Place) -> None:
        path = (*place.path, "items")
        items = [] if head.items is None else head.items
        if not isinstance(items, list | tuple):
            self._problem(
                doc, path, f"items must be a list and is {type_name(items)}", "put the objects in a list"
            )
            return
        if len(path) > _DEEPEST_LIST:
            self._problem(doc, path, "lists are nested too deeply", "put the objects in one list")
            return
        inherited = ("", "") if head.kind == "List" else (head.api_version, head.kind.removesuffix("List"))
        if items and isinstance(items[0], msgspec.Raw):
            self._fast(doc, items, _Place(path, place.item), inherited)
            return
        for index, item in enumerate(items):
            self._any(doc, item, _Place((*path, index), index if place.item < 0 else place.item), inherited)

    def _fast(self, doc: Doc, items: Iterable[Any], place: _Place, inherited: tuple[str, str]) -> None:
        version, kind = inherited
        if kind and (version not in _KINDS.get(kind, ()) or kind not in _FAST_KINDS):
            decode: Callable[[Any], Any] | None = None
        else:
            decode = msgspec.json.Decoder(_CLASSES[kind]).decode if kind else _FAST_DECODER.decode
        add, document, outer = self.objects.add, doc.document, place.item
        for index, item in enumerate(items):
            if decode:
                try:
                    obj = decode(item)
                    known = _FAST_VERSIONS[type(obj)].get(obj.api_version or version)
                    metadata = obj.metadata
                    if known and metadata.name and (type(obj) in _FLAT) is not bool(metadata.namespace):
                        # One string for all of a version's objects; the object is nobody else's yet.
                        force_setattr(obj, "api_version", known)
                        add(obj, document, index if outer < 0 else outer)
                        continue
                except IdentityConflictError as error:
                    self._conflict(doc, obj, (*place.path, index), error)
                    continue
                except _DOES_NOT_FIT:
                    pass
            self._any(doc, item, _Place((*place.path, index), index if outer < 0 else outer), inherited)

    def _object(self, doc: Doc, body: Any, version: str, kind: str, place: _Place) -> None:
        """Read one object of a known kind through the table of fields."""
        if isinstance(body, bytes | msgspec.Raw):
            try:
                body = json_values(body)
            except UnreadableJSONError as error:
                self._problem(doc, place.path, str(error), "mend the JSON")
                return
        kept, issues = checked(kind, version, body)
        metadata = kept.setdefault("metadata", {})
        name = who(
            kind, (metadata.get("namespace", ""), metadata.get("name") or metadata.get("generateName", ""))
        )
        wrong = [issue for issue in issues if not issue.unknown]
        for issue in wrong:
            self._problem(
                doc,
                (*place.path, *issue.path),
                f"{name}: {path_text(issue.path)} {issue.message}",
                issue.advice,
            )
        if wrong:
            return
        if not metadata.get("name") and not (kind not in _CLASSES and metadata.get("generateName")):
            self._problem(doc, place.path, f"this {kind} has no metadata.name", "name it")
            return
        for issue in issues:
            if self._doubts.wants(doc.document, kind, issue):
                line = doc.locate((*place.path, *issue.path))
                self._doubts.unknown(doc.document, line, name, issue)
        if kind in _CLUSTER_SCOPED:
            metadata.pop("namespace", None)
        elif not metadata.get("namespace"):
            metadata["namespace"] = self._default_namespace
        kept = {**kept, "apiVersion": version, "kind": kind}
        try:
            obj = _made(kept, version, kind)
        except msgspec.ValidationError as error:
            self._problem(doc, place.path, f"{name}: {shown(str(error))}", "mend the object")
            return
        try:
            self.objects.add(obj, doc.document, place.item)
        except IdentityConflictError as error:
            self._conflict(doc, obj, place.path, error)

    def _pass_over(self, doc: Doc, body: Any, version: str, kind: str) -> None:
        """Count an object on which no answer depends; a Secret of a JSON file is still undecoded."""
        if (version, kind) == ("v1", "Node"):
            self._saw_version(kubelet_version(body))
        name = kind
        if kind in _KINDS:
            group, _, number = version.rpartition("/")
            name = f"{kind}.{group}" if group else kind
            if group in {known.rpartition("/")[0] for known in _KINDS[kind]}:
                self.objects.warnings.append(
                    f"{shown(doc.document.file)}: {kind} is not known in version {shown(number)} of its group"
                    " and was passed over; read it in one of " + ", ".join(sorted(_KINDS[kind]))
                )
        self._count(shown(name))

    def _count(self, name: str, times: int = 1) -> None:
        self.objects.ignored[name] = self.objects.ignored.get(name, 0) + times

    def _header(self, doc: Doc, body: Any, place: _Place) -> None:
        try:
            head = snapshot_header(body)
        except ValueError as error:
            advice = "make the snapshot again, or read it with the rbacpsp that made it"
            self._problem(doc, place.path, f"the header of this snapshot cannot be read: {error}", advice)
            return
        self._saw_version(head.kubernetes_version)
        self.objects.warnings += head.warnings
        self.objects.server = server_of(head, self.objects.server)
        for kind, count in head.ignored.items():
            self._count(kind, count)

    def _saw_version(self, text: str) -> None:
        """Nodes may lag behind their server: the highest version counts."""
        try:
            version = Version.parse(text)
        except ValueError:
            return
        self.objects.kubernetes_version = max(version, self.objects.kubernetes_version or version)

    def _conflict(self, doc: Doc, obj: AnyObject, path: Path, error: IdentityConflictError) -> None:
        first = error.first
        at = Problem(first.document.file, first.document.number, first.document.line, "", "").place
        if first.item >= 0:
            at += f", item {first.item + 1}"
        self._problem(
            doc,
            path,
            f"{who(obj.kind, (obj.namespace, obj.name))} was read before with other content, from {at}",
            "remove one of the two",
        )

    def _problem(self, doc: Doc, path: Path, message: str, advice: str) -> None:
        self.problems.append(doc.problem(message, advice, path))


def _made(body: dict[str, Any], version: str, kind: str) -> AnyObject:
    cls = _CLASSES.get(kind)
    if cls is None:
        return Manifest(kind, version, msgspec.convert(body["metadata"], ObjectMeta), body)
    if version.endswith("v1alpha1") and "subjects" in body:
        body["subjects"] = [_alpha_subject(subject) for subject in body["subjects"]]
    made: Any = msgspec.convert(body, cls)
    return cast("AnyObject", made)


def _alpha_subject(subject: dict[str, Any]) -> dict[str, Any]:
    """A subject of rbac v1alpha1, which has an apiVersion and knows the user `*`.

    Source: pkg/apis/rbac/v1alpha1/conversion.go, 1.24.
    """
    group, kind = subject.get("apiVersion", "").rpartition("/")[0], subject.get("kind", "")
    rest = {key: value for key, value in subject.items() if key != "apiVersion"}
    if kind == "ServiceAccount":
        return {**rest, "apiGroup": ""}
    if kind == "User" and subject.get("name") == "*":
        return {**rest, "kind": "Group", "name": "system:authenticated", "apiGroup": ""}
    return {**rest, "apiGroup": "" if kind in {"User", "Group"} else group}
