"""Tests that equal lists of words in rules are stored once and keep their content."""

import json
from pathlib import Path

from rbacpsp.files import load
from rbacpsp.model import PolicyRule

GROUP = "rbac.authorization.k8s.io"


def test_equal_strings_are_stored_once(tmp_path: Path) -> None:
    rules = [
        {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]},
        {"verbs": ["list", "get"], "apiGroups": ["apps"], "resources": ["pods"]},
    ]
    everywhere: list[dict[str, str]] = [{}, {"namespace": "a"}, {"namespace": "b"}]
    items = [
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "Role" if place else "ClusterRole",
            "metadata": {"name": "r", **place},
            "rules": rules,
        }
        for place in everywhere
    ]
    file = tmp_path / "roles.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), encoding="utf-8")
    objects = load(file, bootstrap="never").loaded
    (first,) = objects.cluster_roles.values()
    expected = (
        PolicyRule(("get", "list"), ("",), ("pods",), ("a",)),
        PolicyRule(("list", "get"), ("apps",), ("pods",)),
    )
    assert first.rules == expected
    for other in objects.roles.values():
        assert other.rules == expected
        for mine, its in zip(first.rules, other.rules, strict=True):
            assert mine.verbs is its.verbs
            assert mine.api_groups is its.api_groups
            assert mine.resources is its.resources
    assert first.rules[0].resources is first.rules[1].resources
