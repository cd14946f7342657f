"""The API server's validation of ConfigMaps.

Source: pkg/apis/core/validation/validation.go ValidateConfigMap and ValidateConfigMapUpdate, 1.24 and 1.37.
"""

import base64
from collections.abc import Iterator

from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, too_long
from rbacpsp.model.json import JSONObject
from rbacpsp.model.text_validation import config_key_errors
from rbacpsp.model.version import Version

_LARGEST = 1024 * 1024
_FIELDS = ("data", "binaryData")


def config_map_errors(body: JSONObject, version: Version) -> Iterator[FieldError]:
    """What is wrong with the data of a ConfigMap; the server names its keys in any order."""
    data, binary = (body.get(field, {}) for field in _FIELDS)
    for field in _FIELDS:
        path = FieldPath.of(field)
        for key in body.get(field, {}):
            yield from (invalid(path.key(key), key, words) for words in config_key_errors(key))
    for key in data:
        if key in binary:
            yield invalid(FieldPath.of("data").key(key), key, "duplicate of key present in binaryData")
    if sum(map(_size, data.values())) + sum(map(_decoded_size, binary.values())) > _LARGEST:
        yield too_long(FieldPath.of("[]").at(), _LARGEST, version)


def _size(text: str) -> int:
    return len(text.encode())


def _decoded_size(text: str) -> int:
    try:
        return len(base64.b64decode(text))
    except ValueError:
        return 0


def config_map_change_errors(body: JSONObject, old: JSONObject) -> Iterator[FieldError]:
    """What an update may not change in an immutable ConfigMap."""
    if not old.get("immutable"):
        return
    words = "field is immutable when `immutable` is set"
    if not body.get("immutable"):
        yield forbidden(FieldPath.of("immutable"), words)
    for field in _FIELDS:
        if body.get(field, {}) != old.get(field, {}):
            yield forbidden(FieldPath.of(field), words)
