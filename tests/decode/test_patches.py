"""Tests that patches are skipped with a warning, since they are not objects."""

import json
from pathlib import Path
from typing import Any

import pytest

from rbacpsp import load
from rbacpsp.decode import LoadError
from rbacpsp.sources import read_judged

RBAC = "rbac.authorization.k8s.io"
SAID = "this is a patch, not an object: it was skipped; render it with kubectl kustomize, and read the result"


def made(kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": "x", "namespace": "d"}, **fields}


def deployment_with_container(**container: Any) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"name": "c", **container}]}}}
    return {**made("Deployment", spec=spec), "apiVersion": "apps/v1"}


RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
REF = {"apiGroup": RBAC, "kind": "Role", "name": "x"}


@pytest.mark.parametrize(
    "body",
    [
        {**made("RoleBinding", roleRef=REF), "$patch": "delete"},
        {**made("RoleBinding", subjects=[]), "$patch": "merge"},
        deployment_with_container(**{"$setElementOrder/ports": []}),
        [{"op": "remove", "path": "/rules/0"}],
    ],
)
def test_a_strategic_merge_patch_is_not_an_object(tmp_path: Path, body: Any) -> None:
    path = tmp_path / "patch.yaml"
    path.write_text(json.dumps(body), encoding="utf-8")
    cluster = load(path, bootstrap="never")
    assert list(cluster.objects) == []
    (told,) = cluster.warnings
    assert told == f"{path}, document 1, line 1: {SAID}"
    judged = read_judged([path])
    assert (judged.files[0].objects, judged.unread) == ((), (told,))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**made("RoleBinding", roleRef=REF, subjects=[]), "$patch": "replace"}, '["$patch"]'),
        (made("Role", rules=[{**RULE, "$patch": "replace"}]), 'rules[0]["$patch"]'),
        ({**made("Role", rules=[]), "$retainKeys": ["rules"]}, '["$retainKeys"]'),
        (
            deployment_with_container(image="i", **{"$setElementOrder/ports": []}),
            '["$setElementOrder/ports"]',
        ),
    ],
)
def test_a_complete_object_with_a_directive_is_not_a_patch(
    tmp_path: Path, body: dict[str, Any], field: str
) -> None:
    path = tmp_path / "object.yaml"
    path.write_text(json.dumps(body), encoding="utf-8")
    cluster = load(path, bootstrap="never")
    assert [obj.kind for obj in cluster.objects] == [body["kind"]]
    (told,) = cluster.warnings
    assert f"{field} is not a field and was left out" in told
    assert len(read_judged([path]).files[0].objects) == 1


@pytest.mark.parametrize("field", ["patches", "patchesJson6902", "patchesStrategicMerge"])
def test_a_kustomization_says_which_files_are_patches(tmp_path: Path, field: str) -> None:
    named = [f"patches/{name}.yaml" for name in ("binding", "deployment", "role", "whole", "json")]
    entries: list[Any] = (
        [{"path": name} for name in named] if field != "patchesStrategicMerge" else list(named)
    )
    (tmp_path / "kustomization.yaml").write_text(json.dumps({field: entries}), encoding="utf-8")
    (tmp_path / "base.yaml").write_text(json.dumps(made("Role", rules=[])), encoding="utf-8")
    folder = tmp_path / "patches"
    folder.mkdir()
    bodies = {
        "binding": made("RoleBinding", subjects=[]),
        "deployment": deployment_with_container(),
        "role": made("Role", rules=[{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]),
        "whole": {**made("RoleBinding", roleRef=REF), "metadata": {"name": "whole", "namespace": "d"}},
        "json": [{"op": "remove", "path": "/x"}],
    }
    for name, body in bodies.items():
        (folder / f"{name}.yaml").write_text(json.dumps(body), encoding="utf-8")
    cluster = load(tmp_path, bootstrap="never")
    # A complete object is read, since kubectl apply -f would create it.
    assert [(one.kind, one.name) for one in cluster.objects] == [("Role", "x"), ("RoleBinding", "whole")]
    assert cluster.warnings == tuple(
        f"{folder}/{name}.yaml, document 1, line 1: {SAID}"
        for name in ("binding", "deployment", "json", "role")
    )


def test_without_a_kustomization_other_objects_are_not_patches(tmp_path: Path) -> None:
    for name, body in (("a", made("Role", rules=[])), ("b", made("Role", rules=[{"verbs": ["get"]}]))):
        (tmp_path / f"{name}.yaml").write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(LoadError, match="was read already, with other content"):
        load(tmp_path)
