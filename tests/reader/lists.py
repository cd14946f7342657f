"""Generates lists of objects: with and without types, within each other, with items that are no objects."""

import json
from random import Random
from typing import Any

_RBAC = "rbac.authorization.k8s.io/v1"
_OBJECTS: tuple[dict[str, Any], ...] = (
    {"apiVersion": "v1", "kind": "ServiceAccount"},
    {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "c", "image": "i"}]}},
    {"apiVersion": "apps/v1", "kind": "Deployment"},
    {
        "apiVersion": _RBAC,
        "kind": "Role",
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
    },
    {"apiVersion": _RBAC, "kind": "RoleBinding", "subjects": None, "roleRef": {"kind": "Role", "name": "r"}},
    {"apiVersion": _RBAC, "kind": "ClusterRole", "rules": [None], "aggregationRule": {}},
)
_HEADS = (
    *[("v1", "List")] * 4,
    ("v1", "ServiceAccountList"),
    ("v1", "PodList"),
    ("apps/v1", "DeploymentList"),
    (_RBAC, "RoleList"),
    (_RBAC, "RoleBindingList"),
    (f"{_RBAC}beta1", "ClusterRoleList"),
    ("example.com/v1", "RoleList"),
    ("v1", "list"),
    ("v1", "ListList"),
    ("v1", "SecretList"),
    ("v1", "Role"),
    ("", "List"),
    (None, "PodList"),
    ("v1", None),
)
_NO_OBJECTS: tuple[Any, ...] = (None, 1, "a", [], {}, True, [{}])
_VERSIONS: tuple[Any, ...] = (None, "", 1, [], "/", "/v1", "v1/", "a/b/c", "V1", "v2")
_KINDS: tuple[Any, ...] = (None, "", 1, {}, "List", "RoleList", "role", "Role ")
_NO_LISTS: tuple[Any, ...] = (None, {}, "a", 0, False)
_METADATA: tuple[Any, ...] = (
    None,
    {},
    [],
    {"name": None},
    {"name": ""},
    {"name": 1},
    {"name": "b", "namespace": None},
    {"name": "c", "labels": {"a": None}},
    {"name": "d", "creationTimestamp": None},
    {"name": "e", "creationTimestamp": "2020-01-01T00:00:00Z"},
)


def odd_list(random: Random) -> str:
    """The JSON of a list, which is YAML too where a comment is before it."""
    text = json.dumps(_list(random, 2))
    if random.random() < 0.1:
        text = text.replace('"items":', random.choice(['"items": null, "items":', '"\\u0069tems":']), 1)
    return random.choice(["", "# YAML\n"]) + text


def _list(random: Random, depth: int) -> dict[str, Any]:
    version, kind = random.choice(_HEADS)
    items: Any = [_item(random, depth) for _ in range(random.randint(0, 4))]
    head = {"apiVersion": version, "kind": kind, "items": items}
    match random.randrange(12):
        case 0:
            head["items"] = random.choice(_NO_LISTS)
        case 1:
            del head["items"]
        case 2:
            head["metadata"] = random.choice((None, {}, {"resourceVersion": "1", "continue": "a"}, []))
        case 3:
            head[random.choice(["Items", "items ", "rules"])] = items
    keys = random.sample(list(head), len(head))
    return {key: head[key] for key in keys}


def _item(random: Random, depth: int) -> Any:
    obj = {**random.choice(_OBJECTS), "metadata": {"name": f"a{random.randrange(1000)}"}}
    match random.randrange(12):
        case 0:
            return random.choice(_NO_OBJECTS)
        case 1 | 2:
            del obj["apiVersion"], obj["kind"]
        case 3:
            del obj[random.choice(["apiVersion", "kind"])]
        case 4:
            obj["apiVersion"] = random.choice(_VERSIONS)
        case 5:
            obj["kind"] = random.choice(_KINDS)
        case 6 if depth:
            return _list(random, depth - 1)
        case 7:
            obj["items"] = random.choice([None, [], {}, [None], "a"])
        case 8:
            obj["metadata"] = random.choice(_METADATA)
    return obj
