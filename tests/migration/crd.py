"""Reads the schemas of the engines' CustomResourceDefinitions, and checks objects against them.

`data/crd-schemas.jsonl.gz` holds one kind a line, with its source, version and licence; descriptions were
taken out. Rules in CEL (`x-kubernetes-validations`) are not evaluated.
"""

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

JSON = dict[str, Any]
DATA = Path(__file__).parent / "data"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_META = {"apiVersion", "kind", "metadata"}


@cache
def schemas() -> dict[tuple[str, str], JSON]:
    """Every vendored schema by apiVersion and kind."""
    with gzip.open(DATA / "crd-schemas.jsonl.gz", "rt", encoding="utf-8") as lines:
        listed = [json.loads(line) for line in lines]
    return {(each["apiVersion"], each["kind"]): each for each in listed}


def misfits(obj: JSON) -> list[str]:
    """How an object violates the schema of its CustomResourceDefinition."""
    schema = schemas()[obj["apiVersion"], obj["kind"]]["schema"]
    body = {key: value for key, value in obj.items() if key not in _META}
    return list(_misfits(body, {**schema, "required": []}, ""))


def parameter_misfits(constraint: JSON, template: JSON) -> list[str]:
    """How a constraint's parameters violate the schema of its template."""
    crd = template["spec"]["crd"]["spec"]
    schema = crd.get("validation", {}).get("openAPIV3Schema", {"type": "object", "properties": {}})
    return list(_misfits(constraint["spec"].get("parameters", {}), schema, ".spec.parameters"))


def _misfits(value: Any, schema: JSON, place: str) -> Iterator[str]:
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        if not isinstance(value, int | str):
            yield f"{place} is no number or string"
        return
    if kind is not None and not _is(value, kind):
        yield f"{place} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is none of {schema['enum']}"
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)) or len(value) < schema.get("minLength", 0):
            yield f"{place} is too long or too short"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{place} does not match {schema['pattern']}"
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)) or len(value) < schema.get("minItems", 0):
            yield f"{place} has too many or too few elements"
        for index, each in enumerate(value):
            yield from _misfits(each, schema.get("items", {}), f"{place}[{index}]")
    if isinstance(value, dict):
        yield from _members(value, schema, place)


def _members(value: JSON, schema: JSON, place: str) -> Iterator[str]:
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{place}.{key} is missing"
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for key, each in value.items():
        if key in known:
            yield from _misfits(each, known[key], f"{place}.{key}")
        elif isinstance(others, dict):
            yield from _misfits(each, others, f"{place}.{key}")
        elif known and not others and not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield f"{place}.{key} is not known"


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES[kind])
