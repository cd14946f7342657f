"""Tests how PodSecurityPolicy differs between releases.

Every expectation was read in the source that a docstring names, and compared with a run of that release's
plugins; `tests/conformance/test_psp_versions.py` holds recorded answers of all of them.
"""

from typing import Any

import pytest

from rbacpsp.model import Version
from rbacpsp.psp import Admission, Change
from tests.psp.build import admit, pod_without_token, policy_struct

EPHEMERAL = {"ephemeralContainers": [{"name": "e", "image": "debug:1"}]}


@pytest.mark.parametrize(
    ("version", "verdict"),
    [(Version(1, 17), "unchanged"), (Version(1, 18), "changed"), (Version(1, 22), "changed")],
)
def test_ephemeral_containers_that_are_not_stored_are_filled_in_since_1_18(
    version: Version, verdict: str
) -> None:
    """pkg/security/podsecuritypolicy/provider.go (MutatePod), 1.17 against 1.18 to 1.22.

    So a policy may lose its place to another because of containers that are dropped.
    """
    strict = policy_struct("a", allowPrivilegeEscalation=False, runAsUser={"rule": "MustRunAsNonRoot"})
    submitted = pod_without_token(
        {"securityContext": {"allowPrivilegeEscalation": False, "runAsUser": 5}},
        ephemeralContainers=[{"name": "e", "securityContext": {"privileged": True}}],
    )
    admission = admit(submitted, strict, policy_struct("b"), version=version)
    assert admission.considered["a"].verdict == verdict
    assert admission.policy == ("a" if verdict == "unchanged" else "b")
    assert admission.pod is not None
    assert "ephemeralContainers" not in admission.pod["spec"]


def test_policies_check_runtime_classes_since_1_15() -> None:
    """pkg/security/podsecuritypolicy/provider.go, 1.14 against 1.15."""
    kata = policy_struct(
        runtimeClass={"allowedRuntimeClassNames": ["kata"], "defaultRuntimeClassName": "kata"}
    )
    assert admit(pod_without_token(runtimeClassName="runc"), kata, version=Version(1, 14))
    assert admit(pod_without_token(), kata, version=Version(1, 14)).considered["p"].diff == ()
    assert admit(pod_without_token(runtimeClassName="runc"), kata, version=Version(1, 15)).message == (
        'pods "web" is forbidden: unable to validate against any pod security policy: '
        '[spec.runtimeClassName: Invalid value: "runc"]'
    )
    assert admit(pod_without_token(), kata, version=Version(1, 15)).considered["p"].diff == (
        Change("spec.runtimeClassName", None, "kata"),
    )


def test_policies_check_run_as_group_since_1_14() -> None:
    """pkg/security/podsecuritypolicy/factory.go and provider.go, 1.13: the gate RunAsGroup is off."""
    groups = policy_struct(runAsGroup={"rule": "MustRunAs", "ranges": [{"min": 1, "max": 9}]})
    submitted = pod_without_token({"securityContext": {"runAsGroup": 70}})
    older = admit(submitted, groups, version=Version(1, 13))
    assert older.pod is not None
    assert older.pod["spec"]["containers"][0]["securityContext"] == {}
    assert older.considered["p"].verdict == "unchanged"
    assert admit(submitted, groups, version=Version(1, 14)).message == (
        'pods "web" is forbidden: unable to validate against any pod security policy: '
        "[spec.containers[0].securityContext: Invalid value: []int64{70}: "
        "group 70 must be in the ranges: [{1 9}]]"
    )


def test_policies_check_csi_drivers_since_1_16() -> None:
    """pkg/security/podsecuritypolicy/provider.go, 1.15: validatePodVolumes asks the gate CSIInlineVolume."""
    drivers = policy_struct(allowedCSIDrivers=[{"name": "a"}])
    submitted = pod_without_token(volumes=[{"name": "v", "csi": {"driver": "b"}}])
    assert admit(submitted, drivers, version=Version(1, 15)).considered["p"].errors == ()
    assert admit(submitted, drivers, version=Version(1, 16)).message == (
        'pods "web" is forbidden: unable to validate against any pod security policy: '
        '[spec.volumes[0].csi.driver: Invalid value: "b": Inline CSI driver is not allowed to be used]'
    )


@pytest.mark.parametrize(
    ("source", "version", "stored"),
    [
        ({"csi": {"driver": "d"}}, Version(1, 13), {"emptyDir": {}}),
        ({"csi": {"driver": "d"}}, Version(1, 14), None),
        ({"csi": {"driver": "d"}}, Version(1, 15), None),
        ({"csi": {"driver": "d"}}, Version(1, 16), {"csi": {"driver": "d"}}),
        ({"ephemeral": {}}, Version(1, 18), {"emptyDir": {}}),
        ({"ephemeral": {}}, Version(1, 19), None),
        ({"ephemeral": {}}, Version(1, 20), None),
        ({"ephemeral": {}}, Version(1, 21), {"ephemeral": {}}),
    ],
)
def test_a_volume_whose_feature_is_off_is_admitted_by_policies_and_then_invalid(
    source: dict[str, Any], version: Version, stored: dict[str, Any] | None
) -> None:
    """pkg/api/pod/util.go (dropDisabledFields) and pkg/apis/core/validation/validation.go of each version."""
    admission = admit(pod_without_token(volumes=[{"name": "v", **source}]), policy_struct(), version=version)
    assert admission.considered["p"].errors == ()
    if stored is None:
        assert (
            admission.message
            == 'Pod "web" is invalid: spec.volumes[0]: Required value: must specify a volume type'
        )
    else:
        assert admission.pod is not None
        assert admission.pod["spec"]["volumes"] == [{"name": "v", **stored}]


def test_a_policy_that_does_not_allow_such_a_volume_refuses_it_first() -> None:
    """plugin/pkg/admission/security/podsecuritypolicy/admission.go, 1.20: it runs before API validation."""
    secrets = policy_struct(volumes=["secret"])
    submitted = pod_without_token(volumes=[{"name": "v", "ephemeral": {}}])
    assert admit(submitted, secrets, version=Version(1, 20)).message == (
        'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: '
        '[spec.volumes[0]: Invalid value: "ephemeral": ephemeral volumes are not allowed to be used]'
    )


def update(spec: dict[str, Any], version: Version, old: dict[str, Any] | None = None) -> Admission:
    """An update that adds some fields to a pod that no policy admits."""
    before = pod_without_token(hostPID=True, **(old or {}))
    return admit(
        pod_without_token(hostPID=True, **spec),
        policy_struct(),
        version=version,
        operation="UPDATE",
        old=before,
    )


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({"os": {"name": "linux"}}, Version(1, 24)),
        (EPHEMERAL, Version(1, 23)),
        ({"setHostnameAsFQDN": True}, Version(1, 20)),
        ({"runtimeClassName": "kata"}, Version(1, 14)),
    ],
)
def test_an_update_that_adds_only_dropped_fields_changes_nothing_and_is_not_checked(
    fields: dict[str, Any], since: Version
) -> None:
    """pkg/registry/core/pod/strategy.go (PrepareForUpdate) runs before the plugin validates, 1.13 to 1.24."""
    assert update(fields, Version(1, since.minor - 1)).not_judged.endswith("owners and finalizers")
    assert not update(fields, since)


def test_in_1_13_an_update_takes_disabled_fields_from_the_old_pod_too() -> None:
    """pkg/registry/core/pod/strategy.go (PrepareForUpdate), 1.13: DropDisabledAlphaFields of both."""
    kata = {"runtimeClassName": "kata"}
    assert update({}, Version(1, 13), kata).not_judged.endswith("owners and finalizers")
    assert not update({}, Version(1, 14), kata)


@pytest.mark.parametrize("of_pod", [True, False])
@pytest.mark.parametrize(("version", "allowed"), [(Version(1, 18), True), (Version(1, 19), False)])
def test_seccomp_fields_count_since_1_19(version: Version, *, of_pod: bool, allowed: bool) -> None:
    """pkg/security/podsecuritypolicy/seccomp/strategy.go, 1.18 against 1.19: no profile is allowed."""
    context: dict[str, Any] = {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}
    submitted = pod_without_token(**context) if of_pod else pod_without_token(context)
    admission = admit(submitted, policy_struct(), version=version)
    assert admission.allowed == allowed
    assert (admission.considered["p"].diff == ()) == (allowed or not of_pod)
