"""The API server's validation of projected files in volumes: keys, fields of the pod, tokens.

Sources with trust bundles or pod certificates are counted, but their fields are not validated. Source:
pkg/apis/core/validation/validation.go validateProjectionSources, validateDownwardAPIVolumeFile,
validateKeyToPath, 1.24 to 1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.checks import non_reserved, required_text
from rbacpsp.admission.validation.pods.env import OF_FILES, field_errors, resource_errors
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, required
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_HIGHEST_MODE = 0o777
_SHORTEST, _LONGEST = 600, 1 << 32
_LOCAL_TOKENS_SINCE = Version(1, 30)
_PER_SOURCE_SINCE = Version(1, 31)
_CERTIFICATES_SINCE = Version(1, 37)
_CERTIFICATES = ("clusterTrustBundle", "podCertificate")


def mode_errors(holder: JSONObject, key: str, path: FieldPath) -> Iterator[FieldError]:
    """What is wrong with the mode of files."""
    mode = holder.get(key)
    if mode is not None and not 0 <= mode <= _HIGHEST_MODE:
        words = "must be a number between 0 and 0777 (octal), both inclusive"
        yield invalid(path.child(key), mode, words)


def items_errors(holder: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """What is wrong with keys and the files that they become."""
    for index, item in enumerate(holder.get("items", ())):
        yield from _item_errors(item, path.child("items").index(index))


def _item_errors(item: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    yield from required_text(item, "key", path)
    yield from required_text(item, "path", path)
    yield from non_reserved(item.get("path", ""), path.child("path"))
    yield from mode_errors(item, "mode", path)


def downward_errors(file: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with a file that shows a field of the pod."""
    yield from required_text(file, "path", path)
    yield from non_reserved(file.get("path", ""), path.child("path"))
    if "fieldRef" in file:
        yield from field_errors(file["fieldRef"], OF_FILES, path.child("fieldRef"), version)
        if "resourceFieldRef" in file:
            words = "fieldRef and resourceFieldRef can not be specified simultaneously"
            yield invalid(path, "resource", words)
    elif "resourceFieldRef" in file:
        yield from resource_errors(file["resourceFieldRef"], path.child("resourceFieldRef"), of_file=True)
    else:
        yield required(path, "one of fieldRef and resourceFieldRef is required")
    yield from mode_errors(file, "mode", path)


def projected_errors(source: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with a projected volume."""
    yield from mode_errors(source, "defaultMode", path)
    paths: set[str] = set()
    for index, projection in enumerate(source.get("sources") or ()):
        at = path.child("sources").index(index)
        source_count = 0
        for name in ("secret", "configMap"):
            if name in projection:
                source_count += 1
                yield from _keys_errors(projection[name], at.child(name), path, paths)
        if "downwardAPI" in projection:
            source_count += 1
            for file in projection["downwardAPI"].get("items", ()):
                yield from downward_errors(file, at.child("downwardAPI"), version)
                yield from _conflict(file.get("path", ""), file.get("path", ""), path, paths)
        if "serviceAccountToken" in projection:
            source_count += 1
            token = projection["serviceAccountToken"]
            yield from _token_errors(token, at.child("serviceAccountToken"), path, version)
        if version >= _CERTIFICATES_SINCE:
            source_count += sum(name in projection for name in _CERTIFICATES)
        if source_count > 1:
            more = " per source" if version >= _PER_SOURCE_SINCE else ""
            yield forbidden(at, f"may not specify more than 1 volume type{more}")


def _keys_errors(
    projection: JSONObject, at: FieldPath, path: FieldPath, paths: set[str]
) -> Iterator[FieldError]:
    yield from required_text(projection, "name", at)
    for index, item in enumerate(projection.get("items", ())):
        yield from _item_errors(item, at.child("items").index(index))
        yield from _conflict(item.get("path", ""), projection.get("name", ""), path, paths)


def _conflict(file: str, conflict_words: str, path: FieldPath, paths: set[str]) -> Iterator[FieldError]:
    if file and file in paths:
        yield invalid(path, conflict_words, "conflicting duplicate paths")
    paths.add(file)


def _token_errors(
    token: JSONObject, at: FieldPath, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    seconds = token["expirationSeconds"]
    if seconds < _SHORTEST:
        words = "may not specify a duration less than 10 minutes"
        yield invalid(at.child("expirationSeconds"), seconds, words)
    if seconds > _LONGEST:
        words = "may not specify a duration larger than 2^32 seconds"
        yield invalid(at.child("expirationSeconds"), seconds, words)
    # The server leaves the index of the source out of this path.
    if not token.get("path"):
        yield required(path.child("path"))
    elif version >= _LOCAL_TOKENS_SINCE:
        yield from non_reserved(token["path"], path.child("path"))
