"""What is passed over as plain is something in which the validation finds nothing wrong."""

from typing import Any

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
def test_nothing_is_wrong_with_what_is_plain(obj: dict[str, Any], version: Version) -> None:
    (read,) = Cluster.from_objects([obj]).objects
    if is_plain(read):
        assert sent_errors(read, version) == []


def test_roles_and_bindings_of_the_usual_form_are_plain() -> None:
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
