"""Tests duplicate keys of an object, and duplicate objects of a cluster."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp.sources import read_files

YAML = """apiVersion: v1
kind: ServiceAccount
metadata:
  name: a
  namespace: x
  name: b
"""
JSON = """{"apiVersion": "v1", "kind": "ServiceAccount",
 "metadata": {"name": "a",
  "namespace": "x", "name": "b"}}
"""


@pytest.mark.parametrize(("text", "line", "first"), [(YAML, 6, 4), (JSON, 3, 2)], ids=["YAML", "JSON"])
def test_a_duplicate_key_is_refused_or_its_last_value_is_used(
    tmp_path: Path, text: str, line: int, first: int
) -> None:
    file = tmp_path / "a.txt.yaml"
    file.write_text(text)
    result = f'{file}, document 1, line {line}: the key "name" appears twice (first on line {first});'
    with pytest.raises(rbacpsp.LoadError) as refused:
        rbacpsp.load(file)
    assert str(refused.value) == f"{result} remove one of the two"
    cluster = rbacpsp.load(file, duplicates="last", bootstrap="never")
    assert list(cluster.objects.service_accounts) == [("x", "b")]
    assert cluster.objects.warnings == [f"{result} remove one of the two; the last was used"]


def test_keys_that_are_equal_once_they_are_read_are_found(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('[{"a": [{"b": 1}, {"b": 2}]}, {"x": {"a": 1}, "\\u0061": 1, "a": {"a": 2}}]')
    with pytest.raises(rbacpsp.LoadError, match='the key "a" appears twice'):
        rbacpsp.load(file)


def test_a_word_that_is_neither_is_refused(tmp_path: Path) -> None:
    wrong: Any = "first"
    with pytest.raises(ValueError, match='duplicates must be "refuse" or "last", not \'first\''):
        rbacpsp.load(tmp_path, duplicates=wrong)


def role_yaml(verb: str) -> str:
    return (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: x}\n"
        f"rules: [{{apiGroups: [''], resources: [pods], verbs: [{verb}]}}]\n---\n"
    )


def test_of_two_objects_of_one_identity_the_last_is_kept_with_keep_going() -> None:
    text = role_yaml("get") + role_yaml("list") + role_yaml("watch") + role_yaml("watch")
    loaded = read_files(["-"], stdin=BytesIO(text.encode()), keep_going=True)
    (found,) = loaded.objects.roles.values()
    assert found.rules[0].verbs == ("watch",)
    assert loaded.objects.origin(found).document.number == 4
    assert [problem.document for problem in loaded.skipped] == [2, 3, 4]
