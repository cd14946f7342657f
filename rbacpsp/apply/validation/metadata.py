"""The API server's validation of an object's metadata.

Source: apimachinery/pkg/api/validation/objectmeta.go and pkg/apis/meta/v1/validation/validation.go, 0.24 and
0.37; for finalizers also pkg/apis/core/validation/validation.go validateKubeFinalizerName, 1.24.
"""

from collections.abc import Iterator, Mapping

from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    GoText,
    forbidden,
    go_strings,
    invalid,
    required,
    too_long,
)
from rbacpsp.model.meta import ObjectMeta, OwnerReference
from rbacpsp.model.names import NameCheck, generated, label_errors, label_key_errors, label_value_errors
from rbacpsp.model.rbac import LabelSelector, LabelSelectorRequirement
from rbacpsp.model.version import Version

_METADATA = FieldPath.of("metadata")
_MOST_ANNOTATION_BYTES = 256 * 1024
_ORPHAN, _FOREGROUND = "orphan", "foregroundDeletion"
_STANDARD_FINALIZERS = frozenset({"kubernetes", _ORPHAN, _FOREGROUND})
_OWNERS_INDEXED_SINCE = Version(1, 37)
_SELECTOR_VALUES_SINCE = Version(1, 26)


def metadata_errors(
    metadata: ObjectMeta, version: Version, name_errors: NameCheck, *, namespaced: bool
) -> Iterator[FieldError]:
    """Everything that is wrong with the metadata of an object that is created.

    Args:
        metadata: As it is sent, with the namespace of the request filled in.
        version: The version of the server.
        name_errors: Which names objects of the kind may have.
        namespaced: Whether objects of the kind live in namespaces.
    """
    if metadata.generate_name:
        for words in generated(name_errors)(metadata.generate_name, version):
            yield invalid(_METADATA.child("generateName"), metadata.generate_name, words)
    name = metadata.name or (metadata.generate_name and f"{metadata.generate_name}xxxxx")
    if not name:
        yield required(_METADATA.child("name"), "name or generateName is required")
    for words in name_errors(name, version) if name else ():
        yield invalid(_METADATA.child("name"), name, words)
    if namespaced:
        for words in label_errors(metadata.namespace, version):
            yield invalid(_METADATA.child("namespace"), metadata.namespace, words)
    if metadata.generation < 0:
        yield invalid(
            _METADATA.child("generation"), metadata.generation, "must be greater than or equal to 0"
        )
    yield from label_map_errors(metadata.labels, _METADATA.child("labels"), version)
    yield from annotation_errors(metadata.annotations, _METADATA.child("annotations"), version)
    yield from _owner_errors(metadata.owner_references, version)
    yield from _finalizer_errors(metadata.finalizers, version)


def label_map_errors(labels: Mapping[str, str], path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with labels; the server names them in any order."""
    for key, value in labels.items():
        label_path = path.at(*path.steps, key)
        for words in label_key_errors(key, version):
            yield invalid(label_path, key, words)
        for words in label_value_errors(value, version):
            yield invalid(label_path, value, words)


def annotation_errors(
    annotations: Mapping[str, str], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with annotations; the server names them in any order."""
    for key in annotations:
        for words in label_key_errors(key.lower(), version):
            yield invalid(path.at(*path.steps, key), key, words)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > _MOST_ANNOTATION_BYTES:
        yield too_long(path, _MOST_ANNOTATION_BYTES, version)


def _owner_errors(owners: tuple[OwnerReference, ...], version: Version) -> Iterator[FieldError]:
    path = _METADATA.child("ownerReferences")
    controller: OwnerReference | None = None
    for index, owner in enumerate(owners):
        if version >= _OWNERS_INDEXED_SINCE:
            yield from _owner_reference_errors(owner, path.index(index))
        else:
            yield from _old_owner_errors(owner, path, index)
        if not owner.controller:
            continue
        if controller is None:
            controller = owner
            continue
        names = (controller.name, owner.name)
        if version >= _OWNERS_INDEXED_SINCE:
            names = (f"{controller.kind}/{controller.name}", f"{owner.kind}/{owner.name}")
        words = 'Only one reference can have Controller set to true. Found "true" in references for'
        # The server prints the addresses of the references here.
        yield invalid(path, GoText("[...]"), f"{words} {names[0]} and {names[1]}")


def _owner_reference_errors(owner: OwnerReference, path: FieldPath) -> Iterator[FieldError]:
    if not owner.api_version:
        yield required(path.child("apiVersion"), "must not be empty")
    elif owner.api_version.count("/") > 1 or owner.api_version.endswith("/"):
        words = "must be <group>/<version> or <version>"
        yield invalid(path.child("apiVersion"), owner.api_version, words)
    for name in ("kind", "name", "uid"):
        if not getattr(owner, name):
            yield required(path.child(name), "must not be empty")
    yield from _event_owner_errors(owner, path)


def _old_owner_errors(owner: OwnerReference, path: FieldPath, index: int) -> Iterator[FieldError]:
    """The errors up to 1.36, which do not say which reference they are about."""
    # A version of more than two parts counts as none (schema.FromAPIVersionAndKind).
    version = "" if owner.api_version.count("/") > 1 else owner.api_version.rpartition("/")[2]
    for name, text in (
        ("apiVersion", version),
        ("kind", owner.kind),
        ("name", owner.name),
        ("uid", owner.uid),
    ):
        if not text:
            field = path.child(name)
            value = owner.api_version if name == "apiVersion" else ""
            field_name = "version" if name == "apiVersion" else name
            yield invalid(field.at(*path.steps, index, name), value, f"{field_name} must not be empty")
    yield from _event_owner_errors(owner, path.at(*path.steps, index))


def _event_owner_errors(owner: OwnerReference, path: FieldPath) -> Iterator[FieldError]:
    if (owner.api_version, owner.kind) == ("v1", "Event"):
        words = "/v1, Kind=Event is disallowed from being an owner"
        yield invalid(path, GoText("{...}"), words)


def _finalizer_errors(finalizers: tuple[str, ...], version: Version) -> Iterator[FieldError]:
    path = _METADATA.child("finalizers")
    for index, name in enumerate(finalizers):
        for words in label_key_errors(name, version):
            yield invalid(path.at(*path.steps, index), name, words)
    if _ORPHAN in finalizers and _FOREGROUND in finalizers:
        value = go_strings("string", finalizers, version)
        words = f"finalizer {_ORPHAN} and {_FOREGROUND} cannot be both set"
        yield invalid(path, value, words)
    for index, name in enumerate(finalizers):
        yield from _legacy_finalizer_errors(name, path.index(index))


def finalizer_errors(finalizers: tuple[str, ...], path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the finalizers of a namespace; the server's path is that of the list.

    Source: pkg/apis/core/validation/validation.go ValidateNamespace and validateFinalizerName, 1.24 and 1.37.
    """
    for index, name in enumerate(finalizers):
        item_path = path.at(*path.steps, index)
        for words in label_key_errors(name, version):
            yield invalid(item_path, name, words)
        yield from _legacy_finalizer_errors(name, item_path)


def _legacy_finalizer_errors(name: str, path: FieldPath) -> Iterator[FieldError]:
    if "/" not in name and name not in _STANDARD_FINALIZERS:
        yield invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified")


def selector_errors(selector: LabelSelector, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with a label selector."""
    yield from label_map_errors(selector.match_labels, path.child("matchLabels"), version)
    for index, requirement in enumerate(selector.match_expressions):
        yield from _requirement_errors(requirement, path.child("matchExpressions").index(index), version)


def _requirement_errors(
    requirement: LabelSelectorRequirement, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    match requirement.operator:
        case "In" | "NotIn":
            if not requirement.values:
                yield required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'")
        case "Exists" | "DoesNotExist":
            if requirement.values:
                words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                yield forbidden(path.child("values"), words)
        case _:
            yield invalid(path.child("operator"), requirement.operator, "not a valid selector operator")
    if version >= _SELECTOR_VALUES_SINCE:
        for index, value in enumerate(requirement.values):
            for words in label_value_errors(value, version):
                yield invalid(path.child("values").index(index), value, words)
    for words in label_key_errors(requirement.key, version):
        yield invalid(path.child("key"), requirement.key, words)


def selects_nothing(selector: LabelSelector, version: Version) -> bool:
    """Whether a selector cannot be parsed, since a part of it is invalid.

    Unlike `selector_errors` this checks the values in every version (metav1.LabelSelectorAsSelector).
    """
    if any(True for _ in selector_errors(selector, FieldPath.of(), version)):
        return True
    values = (value for match_expression in selector.match_expressions for value in match_expression.values)
    return any(label_value_errors(value, version) for value in values)
