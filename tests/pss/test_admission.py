"""Tests that requests are refused, warned about and audited as by the PodSecurity plugin."""

from typing import Any

import pytest

from rbacpsp import pss
from rbacpsp.model import Manifest, Namespace, ObjectMeta, Objects, User, Version
from rbacpsp.pss import Configuration, Exemptions, LevelVersion, Policy

V1_23, V1_24, V1_25, V1_26, V1_27 = (Version(1, minor) for minor in range(23, 28))
PREFIX = "pod-security.kubernetes.io/"
VIOLATION = 'privileged (container "a" must not set securityContext.privileged=true)'
Spec = dict[str, Any]


def labels(**modes: str) -> dict[str, str]:
    return {PREFIX + key.replace("_", "-"): value for key, value in modes.items()}


def cluster(*pods: Spec, name: str = "n", **modes: str) -> Objects:
    namespace = Namespace(metadata=ObjectMeta(name=name, labels=labels(**modes)))
    result = {
        (name, pod["metadata"]["name"]): Manifest("Pod", "v1", ObjectMeta(name=pod["metadata"]["name"]), pod)
        for pod in pods
    }
    return Objects(namespaces={name: namespace}, pods=result)


def pod_of_namespace_n(*, privileged: bool = False, image: str = "i", **fields: Any) -> Spec:
    container = {"name": "a", "image": image, "securityContext": {"privileged": privileged}}
    metadata = {"name": "p", "namespace": "n", **fields.pop("metadata", {})}
    return {"kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **fields}}


def privileged_deployment(**fields: Any) -> Spec:
    return {
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "n"},
        "spec": {"template": pod_of_namespace_n(privileged=True, **fields)},
    }


def test_a_pod_that_violates_the_enforced_level_is_refused_without_a_warning() -> None:
    answer = pss.admit(
        pod_of_namespace_n(privileged=True), objects=cluster(enforce="baseline", warn="restricted")
    )
    assert not answer
    assert answer.message == f'pods "p" is forbidden: violates PodSecurity "baseline:latest": {VIOLATION}'
    assert answer.warnings == ()
    assert answer.audit == {"enforce-policy": "baseline:latest"}
    assert answer.enforced is not None
    assert [failure.check for failure in answer.enforced.failures] == ["privileged"]


def test_a_pod_that_violates_what_is_only_warned_about_and_audited_is_admitted() -> None:
    objects = cluster(warn="baseline", warn_version="v1.99", audit="baseline", audit_version="v1.20")
    answer = pss.admit(pod_of_namespace_n(privileged=True), objects=objects)
    assert answer
    assert answer.message is None
    assert answer.warnings == (f'would violate PodSecurity "baseline:v1.99": {VIOLATION}',)
    assert answer.audit == {
        "enforce-policy": "privileged:latest",
        "audit-violations": f'would violate PodSecurity "baseline:v1.20": {VIOLATION}',
    }


def test_a_workload_is_never_refused() -> None:
    answer = pss.admit(privileged_deployment(), objects=cluster(enforce="baseline", audit="baseline"))
    assert answer
    assert answer.warnings == (f'would violate PodSecurity "baseline:latest": {VIOLATION}',)
    assert "enforce-policy" not in answer.audit
    assert (
        pss.admit(privileged_deployment(), objects=cluster(enforce="baseline"), version=V1_24).warnings == ()
    )


def test_a_workload_without_a_template_is_not_checked() -> None:
    controller = {"kind": "ReplicationController", "metadata": {"namespace": "n"}, "spec": {}}
    assert pss.admit(controller, objects=cluster(warn="restricted")) == pss.PSAdmission()


def test_a_pod_with_a_generate_name_is_reported_by_it() -> None:
    made = pod_of_namespace_n(privileged=True, metadata={"name": "", "generateName": "web-"})
    message = pss.admit(made, objects=cluster(enforce="baseline")).message
    assert message is not None
    assert message.startswith('pods "web-xxxxx" is forbidden: ')


def test_a_privileged_namespace_requires_nothing() -> None:
    answer = pss.admit(pod_of_namespace_n(privileged=True), objects=cluster())
    assert (answer.allowed, dict(answer.audit)) == (True, {"enforce-policy": "privileged:latest"})
    assert answer.enforced is None


def test_invalid_labels_are_reported_and_enforced_as_restricted() -> None:
    answer = pss.admit(pod_of_namespace_n(), objects=cluster(enforce="strict"))
    assert answer.message is not None
    assert 'violates PodSecurity "restricted:latest": ' in answer.message
    assert answer.audit["error"] == (
        "Failed to parse policy: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value:"
        ' "strict": must be one of privileged, baseline, restricted'
    )


def test_the_namespace_of_the_request_wins_over_the_manifests_and_defaults_to_default() -> None:
    objects = cluster(enforce="baseline")
    assert not pss.admit(
        {**pod_of_namespace_n(privileged=True), "metadata": {"name": "p"}}, namespace="n", objects=objects
    )
    homeless = {**pod_of_namespace_n(privileged=True), "metadata": {"name": "p"}}
    assert pss.admit(homeless, objects=objects)
    assert not pss.admit(homeless, objects=cluster(name="default", enforce="baseline"))


@pytest.mark.parametrize(("version", "name"), [(V1_24, "x"), (V1_25, '"x"')])
def test_a_missing_namespace_is_an_error_for_pods_and_a_note_for_workloads(
    version: Version, name: str
) -> None:
    words = f"failed to lookup namespace {name}"
    answer = pss.admit(pod_of_namespace_n(), namespace="x", objects=cluster(), version=version)
    assert answer.message == f"Internal error occurred: {words}"
    assert answer.audit == {"error": f'Internal error occurred: {words}: namespaces "x" not found'}
    workload = pss.admit(privileged_deployment(), namespace="x", objects=cluster(), version=version)
    assert (workload.allowed, workload.audit) == (True, {"error": f'{words}: namespaces "x" not found'})


def test_without_any_namespace_loaded_the_defaults_are_taken_for_its_labels() -> None:
    config = Configuration(Policy(LevelVersion("baseline")))
    assert not pss.admit(pod_of_namespace_n(privileged=True), config=config)
    assert pss.admit(pod_of_namespace_n(privileged=True))


EXEMPT = Configuration(exemptions=Exemptions(("admin",), ("kube-system",), ("kata",)))


@pytest.mark.parametrize(
    "obj", [pod_of_namespace_n(privileged=True), privileged_deployment()], ids=["pod", "workload"]
)
def test_exempt_namespaces_users_and_runtime_classes_are_not_judged(obj: Spec) -> None:
    objects = cluster(enforce="baseline", warn="baseline")
    answers = [
        pss.admit(obj, namespace="kube-system", user=User("admin"), objects=objects, config=EXEMPT),
        pss.admit(obj, user=User("admin", ("x",)), objects=objects, config=EXEMPT),
    ]
    assert answers == [pss.PSAdmission(audit={"exempt": reason}) for reason in ("namespace", "user")]
    other = pss.admit(obj, user=User("other", ("admin",)), objects=objects, config=EXEMPT)
    assert other.warnings or not other


def test_the_runtime_class_of_a_pod_or_template_may_be_exempt() -> None:
    objects = cluster(enforce="baseline", warn="baseline")
    for obj in (
        pod_of_namespace_n(privileged=True, runtimeClassName="kata"),
        privileged_deployment(runtimeClassName="kata"),
    ):
        answer = pss.admit(obj, objects=objects, config=EXEMPT)
        assert answer == pss.PSAdmission(audit={"exempt": "runtimeClass"})


def update(new: Spec, old: Spec | None, version: Version | None = None, **options: Any) -> bool:
    objects = options.pop("objects", None) or cluster(enforce="baseline")
    return pss.admit(new, old=old, operation="UPDATE", objects=objects, version=version, **options).allowed


def test_an_update_is_judged_only_when_an_image_or_the_number_of_containers_changes() -> None:
    old = pod_of_namespace_n(privileged=True)
    more = pod_of_namespace_n(privileged=True, initContainers=[{"name": "x"}])
    ephemeral = pod_of_namespace_n(privileged=True, ephemeralContainers=[{"name": "e", "image": "i"}])
    debugged = pod_of_namespace_n(privileged=True, ephemeralContainers=[{"name": "e", "image": "j"}])
    assert update(pod_of_namespace_n(privileged=True, metadata={"labels": {"a": "b"}}), old)
    assert not update(pod_of_namespace_n(privileged=True, image="j"), old)
    assert not update(more, old)
    assert not update(old, more)
    assert not update(ephemeral, old)
    assert update(ephemeral, ephemeral)
    assert update(old, ephemeral)
    assert not update(debugged, ephemeral)


def test_an_update_is_compared_with_the_loaded_pod_when_no_old_one_is_given() -> None:
    stored = pod_of_namespace_n(privileged=True)
    assert update(stored, None, objects=cluster(stored, enforce="baseline"))
    assert not update(stored, None)


@pytest.mark.parametrize(
    ("annotation", "judged"),
    [
        ("seccomp.security.alpha.kubernetes.io/pod", [V1_23, V1_24]),
        ("container.seccomp.security.alpha.kubernetes.io/a", [V1_23, V1_24, V1_25, V1_26]),
    ],
)
def test_older_servers_judge_changes_of_seccomp_annotations_too(
    annotation: str, judged: list[Version]
) -> None:
    new = pod_of_namespace_n(privileged=True, metadata={"annotations": {annotation: "runtime/default"}})
    servers = (V1_23, V1_24, V1_25, V1_26, V1_27)
    assert [
        server for server in servers if not update(new, pod_of_namespace_n(privileged=True), server)
    ] == judged


@pytest.mark.parametrize("subresource", ["status", "binding", "eviction", "exec"])
def test_subresources_of_a_pod_are_not_judged(subresource: str) -> None:
    objects = cluster(enforce="baseline")
    assert pss.admit(pod_of_namespace_n(privileged=True), subresource=subresource, objects=objects)


def test_ephemeral_containers_are_judged() -> None:
    new = pod_of_namespace_n(ephemeralContainers=[{"name": "e", "securityContext": {"privileged": True}}])
    assert not update(new, pod_of_namespace_n(), subresource="ephemeralcontainers")
    assert (
        pss.admit(privileged_deployment(), subresource="scale", objects=cluster(warn="baseline")).warnings
        == ()
    )


def test_since_1_30_an_apparmor_annotation_is_judged_with_the_field_that_the_server_makes_of_it() -> None:
    key = "container.apparmor.security.beta.kubernetes.io/a"
    annotated = pod_of_namespace_n(metadata={"annotations": {key: "unconfined"}})
    answer = pss.admit(annotated, objects=cluster(enforce="baseline"), version=Version(1, 31))
    assert answer.message is not None
    assert answer.message.endswith(
        'forbidden AppArmor profiles (container "a" and annotation must not set AppArmor profile type to'
        f' "Unconfined", "{key}="unconfined"")'
    )


def test_from_1_30_to_1_33_an_apparmor_field_is_judged_with_the_annotations_that_the_server_makes_of_it() -> (
    None
):
    unconfined = pod_of_namespace_n(securityContext={"appArmorProfile": {"type": "Unconfined"}})
    objects = cluster(enforce="baseline")
    messages = [
        pss.admit(unconfined, objects=objects, version=Version(1, minor)).message
        for minor in (29, 30, 33, 34)
    ]
    violated = 'pods "p" is forbidden: violates PodSecurity "baseline:latest": '
    annotated = (
        f"{violated}forbidden AppArmor profiles (pod and annotation must not set AppArmor profile type to"
        ' "Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"")'
    )
    assert messages == [
        None,
        annotated,
        annotated,
        f'{violated}forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
    ]


def test_an_apparmor_field_that_is_updated_makes_no_annotation() -> None:
    old = pod_of_namespace_n(securityContext={"appArmorProfile": {"type": "Unconfined"}})
    answer = pss.admit(
        old | {"spec": {**old["spec"], "containers": [{"name": "a", "image": "j"}]}},
        operation="UPDATE",
        old=old,
        objects=cluster(enforce="baseline"),
        version=Version(1, 30),
    )
    assert answer.message == (
        'pods "p" is forbidden: violates PodSecurity "baseline:latest": forbidden AppArmor profile (pod must'
        ' not set AppArmor profile type to "Unconfined")'
    )


def test_an_update_keeps_other_masks_of_proc_where_they_are_used_already() -> None:
    unmasked = [{"name": "a", "image": "i", "securityContext": {"procMount": "Unmasked"}}]
    stored = pod_of_namespace_n() | {"spec": {"containers": unmasked}}
    new = pod_of_namespace_n() | {"spec": {"containers": [*unmasked, {"name": "b", "image": "i"}]}}
    objects = cluster(enforce="baseline", warn="baseline")
    detail = 'procMount (container "a" must not set securityContext.procMount to "Unmasked")'

    def updated(old: Spec, version: Version) -> str | None:
        return pss.admit(new, operation="UPDATE", old=old, objects=objects, version=version).message

    assert updated(pod_of_namespace_n(), Version(1, 32)) is None
    assert updated(stored, Version(1, 32)) == (
        f'pods "p" is forbidden: violates PodSecurity "baseline:latest": {detail}'
    )
    template = privileged_deployment() | {"spec": {"template": stored}}
    answers = [
        pss.admit(template, operation="UPDATE", old=old, objects=objects, version=Version(1, 32))
        for old in (privileged_deployment(), template)
    ]
    assert [answer.warnings for answer in answers] == [
        (),
        (f'would violate PodSecurity "baseline:latest": {detail}',),
    ]


@pytest.mark.parametrize("operation", ["DELETE", "CONNECT"])
def test_only_creations_and_updates_are_judged(operation: str) -> None:
    objects = cluster(enforce="baseline", warn="baseline")
    for obj in (pod_of_namespace_n(privileged=True), privileged_deployment()):
        assert pss.admit(obj, operation=operation, objects=objects) == pss.PSAdmission()


def test_before_1_23_the_plugin_is_off() -> None:
    objects = cluster(enforce="baseline")
    assert (
        pss.admit(pod_of_namespace_n(privileged=True), objects=objects, version=Version(1, 22))
        == pss.PSAdmission()
    )


def test_a_kind_that_the_plugin_does_not_judge_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^ConfigMap contains no pod: use one of CronJob"):
        pss.admit({"kind": "ConfigMap"})
