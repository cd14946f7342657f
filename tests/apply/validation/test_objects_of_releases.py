"""Tests validation before and after the releases that changed it, also at limits."""

from dataclasses import replace
from typing import Any

import pytest

from rbacpsp.apply.validation.metadata import metadata_errors
from rbacpsp.apply.validation.objects import change_errors, object_errors
from rbacpsp.cluster import Cluster
from rbacpsp.model import Version
from rbacpsp.model.meta import ObjectMeta
from rbacpsp.model.names import subdomain_errors
from rbacpsp.model.objects import AnyObject
from rbacpsp.model.workload import Manifest
from rbacpsp.testing import binding, role, rule

JSON = dict[str, Any]


def decoded(obj: JSON) -> AnyObject:
    (found,) = Cluster.from_objects([obj]).objects
    return found


def made(kind: str, api_version: str, metadata: JSON | None = None, **rest: Any) -> JSON:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", **(metadata or {})}, **rest}


def account(**metadata: Any) -> JSON:
    return made("ServiceAccount", "v1", {"namespace": "n", **metadata})


def errors(obj: JSON, minor: int = 37) -> list[str]:
    return list(map(str, object_errors(decoded(obj), Version(1, minor))))


def fields(obj: JSON, minor: int = 37) -> list[str]:
    """The fields that are wrong."""
    return [error.split(": ")[0] for error in errors(obj, minor)]


@pytest.mark.parametrize(
    ("minor", "wrong"),
    [
        (20, ["metadata.name"]),
        (21, ["metadata.name", "metadata.labels"]),
        (22, ["metadata.name", "metadata.labels"]),
    ],
)
def test_a_namespace_gets_its_name_as_a_label_since_1_21(minor: int, wrong: list[str]) -> None:
    assert fields(made("Namespace", "v1", {"name": "-a"}), minor) == wrong
    assert fields(made("Namespace", "v1", {"name": "a"}), minor) == []


@pytest.mark.parametrize(("minor", "valid"), [(26, True), (27, False), (28, False)])
def test_the_name_of_a_new_stateful_set_is_a_label_since_1_27(minor: int, valid: bool) -> None:
    dotted = made("StatefulSet", "apps/v1", {"name": "a.b", "namespace": "n"})
    assert (fields(dotted, minor) == []) is valid
    assert list(change_errors(decoded(dotted), decoded(dotted), Version(1, minor))) == []
    assert fields({**dotted, "kind": "Deployment"}, minor) == []


def test_the_name_of_a_cron_job_leaves_room_for_that_of_its_jobs() -> None:
    def named(length: int, kind: str = "CronJob") -> JSON:
        return made(kind, "batch/v1", {"name": "a" * length, "namespace": "n"})

    assert errors(named(52)) == []
    assert errors(named(53)) == [
        f'metadata.name: Invalid value: "{"a" * 53}": must be no more than 52 characters'
    ]
    assert errors(named(53, "Job")) == []
    job = decoded(named(53, "Job"))
    assert isinstance(job, Manifest)
    config_map = replace(job, kind="ConfigMap")
    assert list(object_errors(config_map, Version(1, 37))) == []


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (35, "rules[0].verbs: Required value: verbs must contain at least one value"),
        (36, "rules[0].verbs: Required value: verbs must contain at least one value"),
        (37, "rules[0].verbs: Required value"),
        (38, "rules[0].verbs: Required value"),
    ],
)
def test_a_missing_verb_is_reported_by_generated_code_since_1_37(minor: int, words: str) -> None:
    assert errors(role("r", rule("", "pods")), minor) == [words]


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (
            35,
            'rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"ClusterRole", Name:"b"}: cannot change',
        ),
        (36, '{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"b"}: field is immutable'),
        (37, '{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"b"}: field is immutable'),
    ],
)
def test_another_role_is_refused_in_other_words_since_1_36(minor: int, words: str) -> None:
    old, new = (decoded(binding(name, "User/ann") | {"metadata": {"name": "x"}}) for name in ("a", "b"))
    (error,) = change_errors(new, old, Version(1, minor))
    assert str(error).startswith(f"roleRef: Invalid value: {words}")
    assert list(change_errors(new, new, Version(1, minor))) == []


@pytest.mark.parametrize(("minor", "place"), [(35, ""), (36, ""), (37, "[1]"), (38, "[1]")])
def test_owners_are_reported_with_their_place_since_1_37(minor: int, place: str) -> None:
    whole = {"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "1"}
    owners = [whole, {**whole, "uid": ""}]
    assert fields(account(ownerReferences=owners), minor) == [f"metadata.ownerReferences{place}.uid"]


@pytest.mark.parametrize(
    ("api_version", "valid"),
    [("v1", True), ("apps/v1", True), ("a/b/c", False), ("apps/", False), ("", False)],
)
@pytest.mark.parametrize("minor", [36, 37])
def test_the_version_of_an_owner_has_a_group_at_most(minor: int, api_version: str, valid: bool) -> None:
    owner = {"apiVersion": api_version, "kind": "Pod", "name": "a", "uid": "1"}
    place = "metadata.ownerReferences" + ("[0]" if minor == 37 else "")
    wrong = fields(account(ownerReferences=[owner]), minor)
    assert wrong == ([] if valid else [f"{place}.apiVersion"])


@pytest.mark.parametrize("minor", [36, 37])
def test_an_event_owns_nothing(minor: int) -> None:
    owner = {"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "1"}
    assert len(errors(account(ownerReferences=[owner]), minor)) == 1
    assert errors(account(ownerReferences=[owner | {"apiVersion": "events.k8s.io/v1"}]), minor) == []
    assert errors(account(ownerReferences=[owner | {"kind": "Pod"}]), minor) == []


@pytest.mark.parametrize(
    ("minor", "names"),
    [(36, ("b", "c", "d")), *((minor, ("Pod/b", "Pod/c", "Pod/d")) for minor in (37, 38))],
)
def test_each_further_controller_is_reported_beside_the_first(
    minor: int, names: tuple[str, str, str]
) -> None:
    def owner(name: str, *, controller: bool = True) -> JSON:
        return {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": "1", "controller": controller}

    owners = [owner("a", controller=False), *map(owner, "bcd")]
    endings = [error.rpartition(" for ")[2] for error in errors(account(ownerReferences=owners), minor)]
    first, second, third = names
    assert endings == [f"{first} and {second}", f"{first} and {third}"]


@pytest.mark.parametrize(("minor", "told"), [(25, False), (26, True), (27, True)])
def test_the_values_of_a_selector_are_validated_since_1_26(minor: int, told: bool) -> None:
    expressions = [{"key": "k", "operator": "In", "values": ["a", "_"]}]
    rule_ = {"clusterRoleSelectors": [{"matchExpressions": expressions}]}
    selector = "aggregationRule.clusterRoleSelectors[0]"
    value = [f"{selector}.matchExpressions[0].values[1]"] if told else []
    assert fields({**role("r"), "aggregationRule": rule_}, minor) == [*value, selector]


def test_annotations_have_256_kib_at_most() -> None:
    def sized(size: int) -> JSON:
        return account(annotations={"a": "x" * (size - 3), "bc": ""})

    assert errors(sized(256 * 1024)) == []
    assert fields(sized(256 * 1024 + 1)) == ["metadata.annotations"]
    assert fields(account(annotations={"é".lower(): ""})) == ["metadata.annotations"]


@pytest.mark.parametrize(
    ("metadata", "wrong"),
    [
        (ObjectMeta(name="a"), []),
        (ObjectMeta(generate_name="a-"), []),
        (ObjectMeta(name="a", generate_name="-"), ["metadata.generateName"]),
        (ObjectMeta(name="-", generate_name="a-"), ["metadata.name"]),
        (ObjectMeta(generate_name="-"), ["metadata.generateName", "metadata.name"]),
        (ObjectMeta(), ["metadata.name"]),
    ],
)
def test_an_object_has_a_name_or_the_beginning_of_one(metadata: ObjectMeta, wrong: list[str]) -> None:
    result = metadata_errors(metadata, Version(1, 37), subdomain_errors, namespaced=False)
    assert [str(error).split(": ")[0] for error in result] == wrong


def test_a_generation_is_not_negative() -> None:
    assert errors(account(generation=0)) == []
    assert fields(account(generation=-1)) == ["metadata.generation"]


@pytest.mark.parametrize(
    ("finalizers", "wrong"),
    [
        (["orphan"], []),
        (["foregroundDeletion"], []),
        (["kubernetes", "example.com/a"], []),
        (["orphan", "foregroundDeletion"], ["metadata.finalizers"]),
        (["orphan", "mine"], ["metadata.finalizers[1]"]),
        (["mine", "orphan"], ["metadata.finalizers[0]"]),
    ],
)
def test_a_finalizer_is_a_standard_one_or_has_a_domain(finalizers: list[str], wrong: list[str]) -> None:
    assert fields(account(finalizers=finalizers)) == wrong
