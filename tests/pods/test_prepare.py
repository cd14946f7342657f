"""Tests the changes to a pod between policies and storage."""

import copy
from typing import Any

import pytest

from rbacpsp.model import Version
from rbacpsp.pods import prepare
from rbacpsp.pods.canonical import canonical

V1_24 = Version(1, 24)
OF_POD = "seccomp.security.alpha.kubernetes.io/pod"
OF_C = "container.seccomp.security.alpha.kubernetes.io/c"
APPARMOR_OF_C = "container.apparmor.security.beta.kubernetes.io/c"


def bare_pod(
    annotations: dict[str, str] | None = None, context: Any = None, of_c: Any = None
) -> dict[str, Any]:
    container = {"name": "c"} | ({"securityContext": of_c} if of_c is not None else {})
    return {
        "metadata": {"annotations": annotations or {}},
        "spec": {"securityContext": context or {}, "containers": [container]},
    }


@pytest.mark.parametrize(
    ("annotation", "field"),
    [
        ("unconfined", {"type": "Unconfined"}),
        ("runtime/default", {"type": "RuntimeDefault"}),
        ("localhost/a", {"type": "Localhost", "localhostProfile": "a"}),
    ],
)
def test_seccomp_annotations_and_fields_are_synchronized_both_ways(annotation: str, field: Any) -> None:
    both = bare_pod(
        {OF_POD: annotation, OF_C: annotation}, {"seccompProfile": field}, {"seccompProfile": field}
    )
    assert prepare("Pod", bare_pod({OF_POD: annotation, OF_C: annotation})) == both
    assert prepare("Pod", bare_pod({}, {"seccompProfile": field}, {"seccompProfile": field})) == both
    assert prepare("Pod", both) == both


def test_the_old_name_of_the_default_profile_becomes_the_same_field() -> None:
    result = prepare("Pod", bare_pod({OF_POD: "docker/default"}))
    assert result["spec"]["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
    assert result["metadata"]["annotations"] == {OF_POD: "docker/default"}


@pytest.mark.parametrize("annotation", ["localhost/", "other", ""])
def test_an_annotation_without_meaning_gives_no_field(annotation: str) -> None:
    assert prepare("Pod", bare_pod({OF_POD: annotation, OF_C: annotation})) == bare_pod(
        {OF_POD: annotation, OF_C: annotation}
    )


def test_differing_annotations_and_fields_are_not_changed() -> None:
    differing = bare_pod({OF_POD: "unconfined"}, {"seccompProfile": {"type": "RuntimeDefault"}})
    assert prepare("Pod", differing) == differing


@pytest.mark.parametrize("version", [Version(1, 18), Version(1, 27)])
def test_other_versions_do_not_synchronize(version: Version) -> None:
    assert prepare("Pod", bare_pod({OF_POD: "unconfined"}), version) == bare_pod({OF_POD: "unconfined"})


def test_a_template_is_not_synchronized_but_loses_its_proc_mount() -> None:
    template = bare_pod({OF_POD: "unconfined"}, of_c={"procMount": "Unmasked"})
    result = prepare("Job", {"spec": {"template": template}})
    assert result == {"spec": {"template": bare_pod({OF_POD: "unconfined"}, of_c={"procMount": "Default"})}}


def test_proc_mount_falls_back_until_its_feature_is_on_unless_the_old_object_used_it() -> None:
    unmasked = bare_pod(of_c={"procMount": "Unmasked"})
    masked = bare_pod(of_c={"procMount": "Default"})
    assert prepare("Pod", unmasked, V1_24) == masked
    assert prepare("Pod", unmasked, V1_24, masked) == masked
    assert prepare("Pod", unmasked, V1_24, unmasked) == unmasked
    assert prepare("Pod", unmasked, Version(1, 33)) == unmasked


def test_an_apparmor_annotation_becomes_a_field_since_1_30() -> None:
    annotated = bare_pod({APPARMOR_OF_C: "localhost/x"})
    field = {"appArmorProfile": {"type": "Localhost", "localhostProfile": "x"}}
    assert prepare("Pod", annotated, Version(1, 30)) == bare_pod({APPARMOR_OF_C: "localhost/x"}, of_c=field)
    assert prepare("Pod", annotated, Version(1, 29)) == annotated
    same = bare_pod({APPARMOR_OF_C: "unconfined"}, {"appArmorProfile": {"type": "Unconfined"}})
    assert prepare("Pod", same, Version(1, 30)) == same
    windows = copy.deepcopy(annotated)
    windows["spec"]["os"] = {"name": "windows"}
    assert prepare("Pod", windows, Version(1, 30)) == windows


def test_1_25_and_1_26_make_seccomp_fields_of_annotations_but_no_annotations_of_fields() -> None:
    field = {"seccompProfile": {"type": "Unconfined"}}
    both = bare_pod({OF_POD: "unconfined", OF_C: "unconfined"}, field, field)
    for version in (Version(1, 25), Version(1, 26)):
        assert prepare("Pod", bare_pod({OF_POD: "unconfined", OF_C: "unconfined"}), version) == both
        assert prepare("Pod", bare_pod({}, field, field), version) == bare_pod({}, field, field)


@pytest.mark.parametrize(
    ("field", "annotation"),
    [
        ({"type": "Unconfined"}, "unconfined"),
        ({"type": "RuntimeDefault"}, "runtime/default"),
        ({"type": "Localhost", "localhostProfile": "x"}, "localhost/x"),
    ],
)
def test_from_1_30_to_1_33_an_apparmor_field_of_container_or_pod_becomes_an_annotation(
    field: Any, annotation: str
) -> None:
    profile = {"appArmorProfile": field}
    for submitted in (bare_pod(of_c=profile), bare_pod(context=profile)):
        annotated = {**submitted, "metadata": {"annotations": {APPARMOR_OF_C: annotation}}}
        for version in (Version(1, 30), Version(1, 33)):
            assert prepare("Pod", submitted, version) == annotated
        for version in (Version(1, 29), Version(1, 34)):
            assert prepare("Pod", submitted, version) == submitted


def test_an_apparmor_field_becomes_no_annotation_where_it_means_none_or_on_windows() -> None:
    unknown = bare_pod(of_c={"appArmorProfile": {"type": "Localhost"}})
    assert prepare("Pod", unknown, Version(1, 30)) == unknown
    windows = bare_pod(context={"appArmorProfile": {"type": "Unconfined"}})
    windows["spec"]["os"] = {"name": "windows"}
    assert prepare("Pod", windows, Version(1, 30)) == windows


@pytest.mark.parametrize("annotation", ["localhost/", "localhost/ x", "other", "localhost/" + "x" * 4096])
def test_an_apparmor_annotation_without_a_valid_field_is_not_changed(annotation: str) -> None:
    assert prepare("Pod", bare_pod({APPARMOR_OF_C: annotation}), Version(1, 30)) == bare_pod(
        {APPARMOR_OF_C: annotation}
    )


def test_fields_that_the_server_sets_are_dropped_and_the_input_is_not_modified() -> None:
    submitted = bare_pod() | {"status": {"phase": "Running"}}
    submitted["metadata"] |= {"uid": "u", "creationTimestamp": "t", "name": "n"}
    before = copy.deepcopy(submitted)
    assert prepare("Pod", submitted)["metadata"] == {"annotations": {}, "name": "n"}
    assert "status" not in prepare("Pod", submitted)
    assert submitted == before


def test_ephemeral_containers_of_a_new_pod_are_dropped_before_1_23() -> None:
    submitted = bare_pod()
    submitted["spec"]["ephemeralContainers"] = [{"name": "e"}]
    assert prepare("Pod", submitted, Version(1, 22)) == bare_pod()
    assert prepare("Pod", submitted, Version(1, 23)) == submitted


def test_zero_values_are_left_out_where_go_leaves_them_out() -> None:
    assert canonical(
        {
            "metadata": {"labels": {}, "annotations": {"a": ""}, "name": "n"},
            "spec": {
                "hostNetwork": False,
                "containers": [],
                "volumes": [
                    {"name": "a", "emptyDir": {"medium": ""}},
                    {"name": "b", "azureDisk": {"readOnly": False, "fsType": ""}},
                    {"name": "c", "nfs": {"readOnly": False, "path": ""}},
                    {"name": "d", "hostPath": {"type": ""}},
                    {"name": "e", "projected": {"sources": []}},
                ],
                "securityContext": {"supplementalGroups": [], "runAsUser": 0, "runAsNonRoot": False},
                "tolerations": [{"key": "", "operator": "Exists"}],
                "enableServiceLinks": False,
            },
        }
    ) == {
        "metadata": {"annotations": {"a": ""}, "name": "n"},
        "spec": {
            "containers": [],
            "volumes": [
                {"name": "a", "emptyDir": {}},
                {"name": "b", "azureDisk": {"readOnly": False, "fsType": ""}},
                {"name": "c", "nfs": {"path": ""}},
                {"name": "d", "hostPath": {"type": ""}},
                {"name": "e", "projected": {"sources": None}},
            ],
            "securityContext": {"runAsUser": 0, "runAsNonRoot": False},
            "tolerations": [{"operator": "Exists"}],
            "enableServiceLinks": False,
        },
    }


def test_1_24_drops_the_grace_period_of_probes_and_the_domains_of_spreading_unless_they_were_used() -> None:
    def with_them(**more: Any) -> dict[str, Any]:
        container = {"name": "c", "livenessProbe": {**more}, "startupProbe": {**more}}
        return {"spec": {"containers": [container], "topologySpreadConstraints": [{"maxSkew": 1}]}}

    given = with_them(terminationGracePeriodSeconds=10)
    given["spec"]["topologySpreadConstraints"][0]["minDomains"] = 2
    assert prepare("Pod", given)["spec"] == with_them()["spec"]
    assert prepare("Pod", given, old=given) == given
    assert prepare("Pod", given, Version(1, 27))["spec"] == given["spec"]


def test_the_metadata_of_a_claim_is_written_only_where_there_is_any() -> None:
    volume: Any = {"ephemeral": {"volumeClaimTemplate": {"metadata": {}, "spec": {}}}}
    assert canonical({"spec": {"volumes": [volume]}}) == {
        "spec": {"volumes": [{"ephemeral": {"volumeClaimTemplate": {"spec": {}}}}]}
    }
