"""Tests that every object has the line on which it starts, also in JSON and in lists."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import testing
from rbacpsp.model import Objects
from rbacpsp.sources import read_files


def namespace(name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, **fields}


def account_of_namespace_d(name: str) -> dict[str, Any]:
    return testing.service_account("d", name)


def pod_of_namespace_d(name: str) -> dict[str, Any]:
    return testing.pod(name, namespace="d", container={"name": "c", "image": "i"})


def listed(items: list[Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": items}


def lines(objects: Objects) -> dict[str, int]:
    return {each.name: objects.origin(each).line for each in objects}


def expected(text: str, names: list[str]) -> dict[str, int]:
    """The line of the last `apiVersion` before each name."""
    result = {}
    for name in names:
        before = text[: text.index(f"named-{name}")]
        result[f"named-{name}"] = before[: before.rindex("apiVersion")].count("\n") + 1
    return result


MAKE = st.sampled_from([namespace, account_of_namespace_d, pod_of_namespace_d])
OBJECTS = st.lists(st.tuples(st.text("abc", min_size=1, max_size=3), MAKE), unique_by=lambda each: each[0])


@settings(deadline=None)
@given(OBJECTS, st.sampled_from(["json", "wide json", "yaml", "nested", "documents", "lines"]))
def test_the_line_of_each_object_is_found(
    tmp_path_factory: pytest.TempPathFactory, made: Any, form: str
) -> None:
    objects = [make(f"named-{name}-") for name, make in made]
    names = [f"{name}-" for name, _ in made]
    begins = 0
    match form:
        case "json":
            text, begins = json.dumps(listed(objects), indent=2), 1
        case "wide json":
            text, begins = "\n\n" + json.dumps(listed(objects), indent="\t"), 1
        case "nested":
            text, begins = json.dumps(listed([listed(objects)]), indent=2), 1
        case "yaml":
            text = yaml.safe_dump(listed(objects), sort_keys=False)
        case "documents":
            text = yaml.safe_dump_all(objects, sort_keys=False, explicit_start=True)
        case _:
            text = "\n".join(map(json.dumps, objects))
    path: Path = tmp_path_factory.mktemp("places") / "in.yaml"
    path.write_text(text, encoding="utf-8")
    result = lines(read_files([path], allow_empty=True).objects)
    assert result == {name: line - begins for name, line in expected(text, names).items()}


def test_changed_objects_keep_their_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(listed([namespace("a"), namespace("b")]), indent=1), encoding="utf-8")
    other = tmp_path / "other.json"
    other.write_text(
        json.dumps(listed([namespace("c"), namespace("b", spec={})]), indent=1), encoding="utf-8"
    )
    changed = read_files([path]).objects.changed(read_files([other]).objects)
    assert lines(changed) == {"a": 5, "c": 5, "b": 12}
