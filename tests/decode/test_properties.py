"""Tests properties of decoding that hold for every input."""

import io
import json
from typing import Any

import msgspec
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp.decode import LoadError, parse_yaml
from rbacpsp.decode.construct import CLASSES  # the kinds that are decoded as a whole
from rbacpsp.decode.schema import _kinds, _table
from rbacpsp.model.kinds import BY_NAME
from rbacpsp.sources import read_files, read_manifests

NAMES = st.text("abcxz:*-.", min_size=1, max_size=6)
RULES = st.fixed_dictionaries(
    {"verbs": st.lists(NAMES, max_size=2)},
    optional={
        "apiGroups": st.lists(NAMES, max_size=2),
        "resources": st.none() | st.lists(NAMES, max_size=2),
        "nonResourceURLs": st.lists(NAMES, max_size=2),
    },
)
TEXT = st.text(max_size=8)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


@st.composite
def clusters(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    return [
        {
            "apiVersion": f"rbac.authorization.k8s.io/{draw(st.sampled_from(['v1', 'v1beta1']))}",
            "kind": "Role",
            "metadata": {"name": name, "labels": draw(st.none() | st.dictionaries(NAMES, TEXT, max_size=2))},
            "rules": draw(st.none() | st.lists(RULES, max_size=3)),
        }
        for name in names
    ]


def read(text: str | bytes) -> Any:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return read_files(["-"], stdin=io.BytesIO(data), allow_empty=True).objects


@settings(deadline=None)
@given(clusters())
def test_yaml_and_json_of_the_same_objects_load_to_the_same(objects: list[dict[str, Any]]) -> None:
    whole = {"apiVersion": "v1", "kind": "List", "items": objects}
    forms = [
        json.dumps(whole),
        "\n".join(map(json.dumps, objects)),
        # In quotes: PyYAML leaves plain what it takes for a string and kubectl for a number or a boolean.
        yaml.safe_dump(whole, default_style='"'),
        yaml.safe_dump_all(objects, default_style='"', default_flow_style=True),
    ]
    first, *rest = [read(form) for form in forms]
    for other in rest:
        assert list(other) == list(first)
    assert first.warnings == []


@settings(deadline=None)
@given(JSON)
def test_json_is_read_as_it_is_written(value: Any) -> None:
    assert parse_yaml(json.dumps([value])) == [[value]]


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text("{}[]:,'\"&*!|>%@-# \n\tab01.~<=", max_size=60).map(str.encode))
def test_random_bytes_give_objects_or_a_load_error(data: bytes) -> None:
    for attempt in (lambda: read(data), lambda: read_manifests(["-"], io.BytesIO(data))):
        lines = ["read"]
        try:
            attempt()
        except LoadError as error:
            lines = str(error).split("\n")
        assert all(line and line.isprintable() for line in lines)


@settings(deadline=None)
@given(st.sampled_from(sorted(_kinds())), st.dictionaries(TEXT, JSON, max_size=3), JSON, JSON)
def test_any_values_in_a_known_kind_give_objects_or_a_load_error(
    kind: str, extra: dict[str, Any], spec: Any, metadata: Any
) -> None:
    version, _, name = kind.rpartition("/")
    body = {**extra, "apiVersion": version, "kind": name, "spec": spec, "metadata": metadata, "rules": spec}
    texts = [json.dumps(body), json.dumps({"apiVersion": "v1", "kind": "List", "items": [body]})]
    answers: list[list[Any]] = []
    for text in texts:
        try:
            answers.append([(one.kind, one.name, one.namespace) for one in read(text)])
        except LoadError as error:
            answers.append([problem.message for problem in error.problems])
    assert answers[0] == answers[1]


def test_the_schema_and_the_structs_have_the_same_fields() -> None:
    table = _table()["types"]
    for name, cls in CLASSES.items():
        for version in sorted(BY_NAME[name].api_versions):
            fields = set(table[_kinds()[f"{version}/{name}"]])
            known = {one.encode_name for one in msgspec.structs.fields(cls)} | {"kind"}
            assert fields <= known, f"{version}/{name}"
            if name != "ServiceAccount":
                assert known <= fields, f"{version}/{name}"
