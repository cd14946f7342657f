"""Tests manifests with positions: the line of every field, in YAML and JSON."""

import json
from pathlib import Path

import pytest

from rbacpsp.decode import LoadError
from rbacpsp.sources import read_files, read_manifest_files

YAML = """\
# a comment
---
# Source: a.yaml
kind: Pod
spec:
  containers:
  - name: a
    image: i
---
kind: List
items:
- kind: Pod
  spec: {containers: [{name: b}]}
- kind: List
  items:
  - kind: Pod
    spec:
      hostPID: true
"""


def lines(path: Path, *fields: tuple[str | int, ...]) -> list[list[int]]:
    (file,) = read_manifest_files([path])
    return [[each.line(), *(each.line(field) for field in fields)] for each in file.objects]


def test_a_field_of_yaml_has_its_line_and_a_missing_one_that_of_what_should_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(YAML, encoding="utf-8")
    result = lines(
        path,
        ("spec", "containers", 0, "image"),
        ("spec", "containers", 0, "securityContext", "privileged"),
        ("spec", "hostPID"),
    )
    assert result == [[4, 8, 7, 5], [12, 13, 13, 13], [16, 17, 17, 18]]
    (file,) = read_manifest_files([path])
    assert file.data == YAML.encode()
    assert [(each.origin.document.number, each.origin.item, each.path) for each in file.objects] == [
        (1, -1, ()),
        (2, 0, ("items", 0)),
        (2, 1, ("items", 1, "items", 0)),
    ]


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_a_field_of_json_has_the_line_of_its_key_however_often_it_is_asked_for(
    tmp_path: Path, indent: int | None
) -> None:
    pods = [
        {
            "kind": "Pod",
            "metadata": {"name": f"p{n}"},
            "spec": {"containers": [{"name": "a"}], "hostPID": True},
        }
        for n in range(40)
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"kind": "List", "items": pods}, indent=indent), encoding="utf-8")
    text = path.read_text(encoding="utf-8").splitlines()
    expected = [number for number, line in enumerate(text, 1) if '"hostPID"' in line]
    (file,) = read_manifest_files([path])
    for _ in range(2):
        result = [each.line(("spec", "hostPID")) for each in file.objects]
        assert result == (expected if indent else [1] * 40)


def test_every_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("- 1", encoding="utf-8")
    with pytest.raises(LoadError) as error:
        read_manifest_files([tmp_path, tmp_path / "gone.yaml"])
    assert [Path(problem.file).name for problem in error.value.problems] == ["a.yaml", "b.yaml", "gone.yaml"]


def test_anchors_of_one_name_are_read_and_their_document_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    text = "kind: Role\nmetadata: {name: &a x1, namespace: &a y1}\nrules: []\nsubjects: *a\n"
    path.write_text("apiVersion: rbac.authorization.k8s.io/v1\n" + text)
    (warning,) = read_files([path]).objects.warnings
    assert warning.startswith(f"{path}, document 1, line 1: Role y1/x1: subjects is not a field")
