"""Tests the validation of loaded objects: its release, which objects count as stored, the messages."""

import json
from pathlib import Path

import pytest

from rbacpsp import Cluster, LoadError, load
from rbacpsp.admission.validation import refusal_check
from rbacpsp.catalog.bootstrap import bootstrap_policy
from rbacpsp.model import AnyObject, Objects, Version
from rbacpsp.model.refusal import Changed, Refusal
from rbacpsp.testing import binding, policy
from tests.admission.validation.test_edges import JSON, stateful_set

SCC = "security.openshift.io/v1"
RBAC = "rbac.authorization.k8s.io"
OWNER = {"apiVersion": "v1", "kind": "", "name": "o", "uid": "u"}


def read(*objects: JSON) -> Objects:
    return Cluster.from_objects(list(objects), bootstrap="never").objects


def answers(
    objects: Objects, version: str | None = None, stored: Objects | None = None
) -> list[Refusal | Changed]:
    return list(refusal_check(version, stored)(objects, list(objects)))


@pytest.mark.parametrize(
    ("others", "refused"),
    [
        ([], True),
        ([policy("p")], False),
        (
            [
                {
                    "apiVersion": "config.openshift.io/v1",
                    "kind": "ClusterVersion",
                    "metadata": {"name": "version"},
                    "status": {"desired": {"version": "4.16.9"}},
                }
            ],
            False,
        ),
    ],
    ids=["nothing else", "a policy", "the release of OpenShift"],
)
def test_the_release_that_validates_is_the_one_that_was_read(others: list[JSON], refused: bool) -> None:
    """The template of a StatefulSet is validated since 1.34; policies mean 1.24, OpenShift 4.16 1.29."""
    wrong = stateful_set(securityContext={"runAsUser": -1})
    found = [answer.words for answer in answers(read(wrong, *others)) if answer.obj.kind == "StatefulSet"]
    assert bool(found) is refused


KINDS = (("Role", f"{RBAC}/v1"), ("ServiceAccount", "v1"), ("SecurityContextConstraints", SCC))


@pytest.mark.parametrize(("kind", "api_version"), KINDS)
@pytest.mark.parametrize(("version", "newest"), [(None, True), ("1.36", False), ("1.37", True)])
def test_only_constraints_are_validated_as_openshift_does(
    kind: str, api_version: str, version: str | None, newest: bool
) -> None:
    """What is said of an owner without a kind changes in 1.37, which no OpenShift has."""
    metadata = {"name": "s", "namespace": "n", "ownerReferences": [OWNER]}
    if kind == "SecurityContextConstraints":
        del metadata["namespace"]
        newest = newest and version is not None
    (answer,) = answers(read({"apiVersion": api_version, "kind": kind, "metadata": metadata}), version)
    old = 'metadata.ownerReferences.kind: Invalid value: "": kind must not be empty'
    new = "metadata.ownerReferences[0].kind: Required value: must not be empty"
    assert answer.words.endswith(new if newest else old)


def test_fields_that_a_server_drops_are_reported_and_the_object_is_loaded_without_them() -> None:
    objects = read(policy("p", allowedCSIDrivers=[{"name": "a"}]))
    (answer,) = answers(objects, "1.15")
    assert isinstance(answer, Changed)
    assert answer.at[-1] == "allowedCSIDrivers"
    assert answers(objects, "1.16") == []


def roles_of_a_server() -> list[JSON]:
    return [
        {"apiVersion": f"{RBAC}/v1", "kind": obj.kind, "metadata": {"name": obj.metadata.name}, "rules": []}
        for obj in bootstrap_policy(Version(1, 37))
        if obj.kind == "ClusterRole"
    ]


def test_every_object_of_an_exported_file_counts_as_stored_and_no_other(tmp_path: Path) -> None:
    def space(name: str) -> JSON:
        labels = {"pod-security.kubernetes.io/enforce": "wrong"}
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}

    exported, other = tmp_path / "a.json", tmp_path / "b.json"
    items = [space("x"), *roles_of_a_server(), space("y")]
    exported.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), encoding="utf-8")
    other.write_text(json.dumps(space("z")), encoding="utf-8")
    with pytest.raises(LoadError) as refused:
        load(exported, other)
    assert [problem.file for problem in refused.value.problems] == [str(other)]


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({"roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "edit"}}, "delete the binding first"),
        ({"subjects": [{"kind": "x", "name": "a"}]}, "fix it"),
        ({"metadata": {"name": "view", "namespace": "n", "labels": {"-a": "b"}}}, "fix it"),
    ],
)
def test_only_a_binding_that_refers_to_another_role_is_to_be_deleted_first(change: JSON, advice: str) -> None:
    before = binding("view", "User/eve", namespace="n", kind="ClusterRole")
    found = answers(read(before | change), stored=read(before))
    assert [answer.advice.startswith(advice) for answer in found if isinstance(answer, Refusal)] == [True]


def test_a_new_binding_is_to_be_fixed_whatever_is_wrong_with_it() -> None:
    wrong = binding("view", "User/eve", namespace="n", kind="ClusterRole")
    wrong["roleRef"]["kind"] = "Wrong"
    found: list[Refusal | Changed] = answers(read(wrong))
    assert {answer.advice for answer in found if isinstance(answer, Refusal)} == {"fix it"}


def test_an_object_that_stays_the_same_is_not_refused() -> None:
    before = binding("view", "User/eve", namespace="n", kind="ClusterRole")
    stored = read(before)
    same: list[AnyObject] = list(read(before))
    assert list(refusal_check(None, stored)(read(before), same)) == []
