"""Tests that every object that `is_plain` accepts is valid."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.admission.validation import sent_errors
from rbacpsp.apply.validation import is_plain
from rbacpsp.cluster import Cluster
from rbacpsp.model import Version

GROUP = "rbac.authorization.k8s.io"
WORDS = st.sampled_from(
    ["", "a", "ab", "a.b", "..", ".", "a/b", "a%b", "A-b", "system:x", "-a", "a-", "é", "x" * 64, "x" * 254]
)
KEYS = st.sampled_from(["app", "a/b", "a/b/c", "/b", "A/b", "", "k" * 64, "Team", "é"])
VERSIONS = st.sampled_from([Version(1, 19), Version(1, 24), Version(1, 28), Version(1, 37)])
ENTRIES = st.dictionaries(KEYS, WORDS, max_size=2)
METADATA = st.fixed_dictionaries(
    {"name": st.one_of(st.just("ab"), WORDS.filter(bool))},
    optional={
        "labels": ENTRIES,
        "annotations": ENTRIES,
        "finalizers": st.lists(WORDS, max_size=1),
        "generation": st.integers(-1, 1),
        "ownerReferences": st.just([{"apiVersion": "v1", "kind": "Event", "name": "e", "uid": "u"}]),
    },
)
LISTS = st.lists(st.sampled_from(["", "a", "*"]), max_size=2)
RULES = st.fixed_dictionaries(
    {"verbs": LISTS},
    optional={"apiGroups": LISTS, "resources": LISTS, "resourceNames": LISTS, "nonResourceURLs": LISTS},
)
REFS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["Role", "ClusterRole", "User"]), "name": WORDS},
    optional={"apiGroup": st.sampled_from([GROUP, "", "other"])},
)
SUBJECTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["User", "Group", "ServiceAccount", "Robot"]), "name": WORDS},
    optional={"namespace": WORDS, "apiGroup": st.sampled_from([GROUP, "", "other"])},
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(
            ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ServiceAccount", "Namespace"]
        )
    )
    metadata = draw(METADATA)
    if not kind.startswith("Cluster") and kind != "Namespace":
        metadata["namespace"] = draw(st.one_of(st.just("shop"), WORDS.filter(bool)))
    if kind in {"ServiceAccount", "Namespace"}:
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata}
    obj: dict[str, Any] = {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata}
    if kind.endswith("Binding"):
        return obj | {"roleRef": draw(REFS), "subjects": draw(st.lists(SUBJECTS, max_size=2))}
    return obj | {"rules": draw(st.lists(RULES, max_size=2))}


@given(objects(), VERSIONS)
def test_validation_finds_no_error_in_objects_that_skip_it(obj: dict[str, Any], version: Version) -> None:
    (read,) = Cluster.from_objects([obj]).objects
    if is_plain(read):
        assert sent_errors(read, version) == []


def test_usual_roles_and_bindings_skip_validation() -> None:
    metadata = {"name": "read", "namespace": "shop", "labels": {"app.kubernetes.io/name": "shop"}}
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    ref = {"apiGroup": GROUP, "kind": "Role", "name": "system:read"}
    subjects = [
        {"kind": "Group", "apiGroup": GROUP, "name": "Team A/é"},
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
    ]
    for rest in (
        {"kind": "Role", "rules": [rule]},
        {"kind": "RoleBinding", "roleRef": ref, "subjects": subjects},
    ):
        (read,) = Cluster.from_objects([{"apiVersion": f"{GROUP}/v1", "metadata": metadata, **rest}]).objects
        assert is_plain(read)


def _meta(**fields: Any) -> dict[str, Any]:
    return {"name": "ab", **fields}


RULE = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
REF = {"kind": "ClusterRole", "apiGroup": GROUP, "name": "view"}
USER = {"kind": "User", "apiGroup": GROUP, "name": "a"}
PLAIN: dict[str, dict[str, Any]] = {
    "Role": {"metadata": _meta(namespace="shop"), "rules": [RULE, RULE]},
    "ClusterRole": {"metadata": _meta(), "rules": [RULE]},
    "RoleBinding": {"metadata": _meta(namespace="shop"), "roleRef": REF, "subjects": [USER, USER]},
    "ClusterRoleBinding": {"metadata": _meta(), "roleRef": REF, "subjects": [USER]},
    "ServiceAccount": {"metadata": _meta(namespace="shop")},
    "Namespace": {"metadata": _meta()},
}
BIG = {"a": "x" * (256 * 1024)}
MANY = {f"{'a' * 200}.{number}/{'b' * 60}": "" for number in range(1_000)}
OWNER = {"apiVersion": "v1", "kind": "Event", "name": "e", "uid": "u"}
WRONG_METADATA: tuple[dict[str, Any], ...] = (
    *({"name": name} for name in ("..", "a/b", "a%b")),
    *({"labels": labels} for labels in ({"-a": "b"}, {"a": "-b"}, {"a": "b", "/": "c"})),
    *({"annotations": annotations} for annotations in ({"-a": "b"}, {"a": "b", "/": "c"}, BIG, MANY)),
    *({"generateName": name} for name in ("..", "a/")),
    {"ownerReferences": [OWNER]},
    {"finalizers": ["x"]},
    {"generation": -1},
)


def _read(kind: str, body: dict[str, Any]) -> Any:
    version = "v1" if kind in {"ServiceAccount", "Namespace"} else f"{GROUP}/v1"
    (read,) = Cluster.from_objects([{"apiVersion": version, "kind": kind, **body}]).objects
    return read


@pytest.mark.parametrize("kind", PLAIN)
def test_a_usual_object_of_each_kind_skips_validation(kind: str) -> None:
    body = PLAIN[kind]
    for metadata in (
        {},
        {"annotations": {"A/b": "c", "d": "e"}},
        {"name": "a" * 63},
        {"generation": 1},
        *([] if kind == "Namespace" else [{"labels": {"a/b": "c"}}, {"labels": {"a": ""}}]),
    ):
        assert is_plain(_read(kind, body | {"metadata": body["metadata"] | metadata})), metadata


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("wrong", WRONG_METADATA)
def test_an_object_with_invalid_metadata_is_validated(kind: str, wrong: dict[str, Any]) -> None:
    body = PLAIN[kind]
    read = _read(kind, body | {"metadata": body["metadata"] | wrong})
    assert sent_errors(read, Version(1, 28)) != []
    assert not is_plain(read)


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("Role", {"metadata": _meta(namespace="A")}),
        ("RoleBinding", {"metadata": _meta(namespace="A")}),
        ("ServiceAccount", {"metadata": _meta(namespace="A")}),
        ("ServiceAccount", {"metadata": {"name": "a:b", "namespace": "shop"}}),
        ("Namespace", {"metadata": {"name": "a:b"}}),
        ("Namespace", {"spec": {"finalizers": ["x"]}}),
        *(
            (kind, {"rules": [RULE, RULE | {field: []}]})
            for kind in ("Role", "ClusterRole")
            for field in ("verbs", "apiGroups", "resources")
        ),
        *((kind, {"rules": [RULE | {"nonResourceURLs": ["/a"]}]}) for kind in ("Role", "ClusterRole")),
        ("ClusterRole", {"aggregationRule": {"clusterRoleSelectors": []}}),
        ("ClusterRoleBinding", {"roleRef": REF | {"kind": "Role"}}),
        *(
            (kind, {"roleRef": REF | ref})
            for kind in ("RoleBinding", "ClusterRoleBinding")
            for ref in ({"kind": "User"}, {"apiGroup": "other"}, {"name": ".."}, {"name": ""})
        ),
        *(
            (kind, {"subjects": [USER, subject]})
            for kind in ("RoleBinding", "ClusterRoleBinding")
            for subject in (
                *(USER | change for change in ({"kind": "Robot"}, {"apiGroup": "other"}, {"name": ""})),
                {"kind": "Group", "apiGroup": "other", "name": "a"},
                {"kind": "ServiceAccount", "name": "a:b", "namespace": "c"},
                {"kind": "ServiceAccount", "name": "ab", "namespace": "c", "apiGroup": GROUP},
            )
        ),
        ("ClusterRoleBinding", {"subjects": [{"kind": "ServiceAccount", "name": "ab"}]}),
    ],
)
def test_an_object_that_validation_refuses_never_skips_it(kind: str, changed: dict[str, Any]) -> None:
    read = _read(kind, PLAIN[kind] | changed)
    assert sent_errors(read, Version(1, 28)) != []
    assert not is_plain(read)
