"""Tests that labels of a namespace are validated, and checked against its pods."""

from typing import Any

import pytest

from rbacpsp import pss
from rbacpsp.model import Manifest, Namespace, ObjectMeta, Objects, Version
from rbacpsp.model.meta import OwnerReference
from rbacpsp.pss import Configuration, Exemptions, LevelVersion, Policy
from tests.work import calls

PREFIX = "pod-security.kubernetes.io/"
V1_24, V1_25, V1_26 = Version(1, 24), Version(1, 25), Version(1, 26)


def labeled_namespace(name: str = "n", **modes: str) -> Namespace:
    labels = {PREFIX + key.replace("_", "-"): value for key, value in modes.items()}
    return Namespace(metadata=ObjectMeta(name=name, labels=labels))


def pod_manifest(name: str, owner: str = "", **fields: Any) -> Manifest:
    owners = (OwnerReference(kind="ReplicaSet", name=owner, uid=owner, controller=True),) if owner else ()
    metadata = ObjectMeta(name=name, namespace="n", owner_references=owners)
    body = {"kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [], **fields}}
    return Manifest("Pod", "v1", metadata, body)


def cluster(*pods: Manifest, **modes: str) -> Objects:
    return Objects(
        namespaces={"n": labeled_namespace(**modes)}, pods={("n", each.name): each for each in pods}
    )


def changed(objects: Objects, version: Version | None = None, **modes: str) -> tuple[str, ...]:
    """The warnings of an update of the namespace's labels."""
    answer = pss.admit(labeled_namespace(**modes), operation="UPDATE", objects=objects, version=version)
    assert answer
    return answer.warnings


HEAD = 'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:latest"'
HOST: dict[str, Any] = {"hostNetwork": True}
PORT: dict[str, Any] = {"containers": [{"name": "a", "ports": [{"hostPort": 1}]}]}


def test_pods_with_the_same_violations_are_one_warning() -> None:
    objects = cluster(
        pod_manifest("z", **PORT),
        pod_manifest("c", **HOST),
        pod_manifest("b", **HOST),
        pod_manifest("d", **HOST),
        pod_manifest("good"),
        pod_manifest("y", **PORT),
        pod_manifest("both", hostNetwork=True, **PORT),
    )
    assert changed(objects, enforce="baseline") == (
        HEAD,
        "b (and 2 other pods): host namespaces",
        "both: host namespaces, hostPort",
        "y (and 1 other pod): hostPort",
    )


def test_pods_that_meet_the_level_are_not_mentioned() -> None:
    assert changed(cluster(pod_manifest("good")), enforce="baseline") == ()


@pytest.mark.parametrize(
    ("old", "new", "checked"),
    [
        ({}, {"enforce": "baseline"}, True),
        ({"enforce": "baseline"}, {"enforce": "baseline"}, False),
        ({"enforce": "baseline"}, {"enforce": "baseline", "enforce_version": "v1.20"}, True),
        ({"enforce": "restricted"}, {"enforce": "baseline"}, False),
        ({"enforce": "restricted"}, {"enforce": "baseline", "enforce_version": "v1.20"}, True),
        ({"enforce": "baseline"}, {"enforce": "privileged", "enforce_version": "v1.20"}, False),
        ({"enforce": "baseline"}, {"enforce": "baseline", "warn": "restricted"}, False),
    ],
)
def test_pods_are_checked_only_when_the_enforced_level_may_refuse_more(
    old: dict[str, Any], new: dict[str, Any], checked: bool
) -> None:
    assert bool(changed(cluster(pod_manifest("a", **HOST), **old), **new)) is checked


def test_the_old_labels_may_be_given() -> None:
    objects = cluster(pod_manifest("a", **HOST))
    old = labeled_namespace(enforce="restricted")
    assert (
        pss.admit(
            labeled_namespace(enforce="baseline"), operation="UPDATE", old=old, objects=objects
        ).warnings
        == ()
    )


def test_only_the_first_3000_pods_are_checked_one_of_each_controller_first() -> None:
    copies = [pod_manifest(f"a{i:04}", owner="rs", **HOST) for i in range(3001)]
    objects = cluster(*copies, pod_manifest("lone", **PORT), pod_manifest("other", owner="rs2", **PORT))
    assert changed(objects, enforce="baseline") == (
        "new PodSecurity enforce level only checked against the first 3000 of 3003 existing pods",
        HEAD,
        "a0000 (and 2997 other pods): host namespaces",
        "lone (and 1 other pod): hostPort",
    )


def test_pods_of_exempt_runtime_classes_are_left_out() -> None:
    config = Configuration(exemptions=Exemptions(runtime_classes=("kata",)))
    objects = cluster(pod_manifest("a", runtimeClassName="kata", **HOST))
    answer = pss.admit(
        labeled_namespace(enforce="baseline"), operation="UPDATE", objects=objects, config=config
    )
    assert answer.warnings == ()


MESSAGE = (
    'Namespace "n" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x":'
    " must be one of privileged, baseline, restricted"
)


def test_invalid_labels_are_refused_on_creation() -> None:
    answer = pss.admit(labeled_namespace(enforce="x"))
    assert (answer.allowed, answer.message) == (False, MESSAGE)
    assert (
        pss.admit({"kind": "Namespace", "metadata": {"name": "n", "labels": {PREFIX + "enforce": "x"}}})
        == answer
    )


def test_invalid_labels_are_refused_on_update_only_when_they_are_new() -> None:
    def update(**old: str) -> str | None:
        return pss.admit(
            labeled_namespace(enforce="x"), old=labeled_namespace(**old), operation="UPDATE"
        ).message

    assert update() == update(enforce="y") == MESSAGE
    assert update(enforce="x") is None
    assert update(enforce="x", warn="restricted") is None


def test_a_namespace_without_policy_labels_and_its_subresources_pass() -> None:
    assert pss.admit(labeled_namespace()) == pss.PSAdmission()
    assert pss.admit(labeled_namespace(enforce="x"), subresource="finalize") == pss.PSAdmission()
    assert pss.admit(labeled_namespace(enforce="x"), operation="DELETE") == pss.PSAdmission()


EXEMPT = Configuration(exemptions=Exemptions(namespaces=("n",)))


def exempt(version: Version, operation: str = "UPDATE", config: Configuration = EXEMPT) -> pss.PSAdmission:
    labelled = labeled_namespace(enforce="baseline", enforce_version="v1.20", audit="restricted")
    objects = cluster(pod_manifest("a", **HOST))
    return pss.admit(labelled, operation=operation, objects=objects, config=config, version=version)


def test_since_1_25_a_warning_says_that_labels_of_an_exempt_namespace_have_no_effect() -> None:
    words = (
        'namespace "n" is exempt from Pod Security, and the policy (enforce=baseline:v1.20,'
        " audit=restricted:latest{}) will be ignored"
    )
    assert exempt(V1_24) == pss.PSAdmission(audit={"exempt": "namespace"})
    assert exempt(V1_24, "CREATE") == pss.PSAdmission()
    for operation in ("CREATE", "UPDATE"):
        assert exempt(V1_25, operation) == pss.PSAdmission(warnings=(words.format(""),))


def test_since_1_26_only_modes_with_labels_are_named() -> None:
    defaults = Policy(warn=LevelVersion.parse("restricted:v1.21"))
    config = Configuration(defaults, EXEMPT.exemptions)
    assert (
        exempt(V1_25, config=config)
        .warnings[0]
        .endswith("restricted:latest, warn=restricted:v1.21) will be ignored")
    )
    assert exempt(V1_26, config=config).warnings[0].endswith("audit=restricted:latest) will be ignored")


def test_an_exempt_namespace_whose_labels_demand_nothing_new_is_not_warned_about() -> None:
    assert pss.admit(labeled_namespace(enforce="privileged"), config=EXEMPT) == pss.PSAdmission()
    defaults = Configuration(Policy(LevelVersion("baseline")), EXEMPT.exemptions)
    assert pss.admit(labeled_namespace(), config=defaults) == pss.PSAdmission()


def test_a_pod_is_judged_with_few_calls() -> None:
    container = {"name": "a", "image": "i", "ports": [{"containerPort": 80}], "securityContext": {}}
    spec = {"containers": [container, {**container, "name": "b"}], "volumes": [{"name": "v", "secret": {}}]}
    bodies = [{"kind": "Pod", "metadata": {"name": f"p{i}"}, "spec": spec} for i in range(100)]
    pss.evaluate(bodies[0])
    assert calls(lambda: [pss.evaluate(body) for body in bodies]) < 500 * len(bodies)  # 381 today


def test_a_label_without_a_value_is_empty_text() -> None:
    written = {"kind": "Namespace", "metadata": {"name": "n", "labels": {f"{PREFIX}enforce": None}}}
    assert pss.admit(written).message == (
        'Namespace "n" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "":'
        " must be one of privileged, baseline, restricted"
    )
    assert pss.admit(written, operation="UPDATE", old=written)


def test_a_label_that_is_not_a_string_is_an_error() -> None:
    written = {"kind": "Namespace", "metadata": {"name": "n", "labels": {f"{PREFIX}enforce-version": 1.25}}}
    with pytest.raises(ValueError, match=r"^metadata\.labels\[\.\.\.\] must be a string, not a number$"):
        pss.admit(written)


def test_stored_pods_are_tried_with_the_masks_of_proc_that_they_have() -> None:
    unmasked: dict[str, Any] = {"containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]}
    assert changed(cluster(pod_manifest("p", **unmasked)), Version(1, 32), enforce="baseline") == (
        HEAD,
        "p: procMount",
    )
