"""Tests the API server's validation of pods that policies have filled in."""

from typing import Any

import pytest

from rbacpsp.model import Version
from rbacpsp.pods.runtime_class import is_of_runtime_class, runtime_class_refusal
from rbacpsp.pods.validation import pod_errors, pod_refusal

JSON = dict[str, Any]
V1_24, V1_37 = Version(1, 24), Version(1, 37)
WINDOWS = "cannot be set for a windows pod"
CONTEXT = "spec.containers[0].securityContext"


def made(context: JSON | None = None, annotations: JSON | None = None, **spec: Any) -> JSON:
    container: JSON = {"name": "c", "image": "i"}
    if context is not None:
        container["securityContext"] = context
    metadata = {"name": "web", "annotations": annotations or {}}
    return {"metadata": metadata, "spec": {"containers": [container], **spec}}


def words(pod: JSON, version: Version = V1_24) -> list[str]:
    return list(map(str, pod_errors(pod, version)))


def test_a_pod_that_sets_nothing_special_is_valid() -> None:
    assert pod_refusal(made({"runAsUser": 0, "runAsNonRoot": True, "privileged": True}), V1_24) is None


def test_the_whole_message_names_the_pod_and_puts_several_errors_into_brackets() -> None:
    pod = made({"runAsUser": -1}, runtimeClassName="A")
    assert pod_refusal(pod, V1_24) == (
        f'Pod "web" is invalid: [{CONTEXT}.runAsUser: Invalid value: -1: must be between 0 and 2147483647, '
        'inclusive, spec.runtimeClassName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist '
        "of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
        "character (e.g. 'example.com', regex used for validation is "
        r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')]"
    )


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"privileged": True}, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"),
        (
            {"capabilities": {"add": ["CAP_SYS_ADMIN"]}},
            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN",
        ),
    ],
)
def test_privileged_containers_may_not_forbid_privilege_escalation(context: JSON, expected: str) -> None:
    pod = made({**context, "allowPrivilegeEscalation": False})
    value = "core.SecurityContext{...}"
    assert words(pod) == [f"{CONTEXT}: Invalid value: {value}: {expected}"]
    assert words(pod, V1_37) == [f"{CONTEXT}: Invalid value: {{...}}: {expected}"]


def test_only_the_capability_with_its_prefix_is_checked() -> None:
    assert words(made({"capabilities": {"add": ["SYS_ADMIN"]}, "allowPrivilegeEscalation": False})) == []


def test_ids_are_bounded_in_the_pod_too() -> None:
    most = "must be between 0 and 2147483647, inclusive"
    context = {"fsGroup": 3_000_000_000, "runAsGroup": -2, "supplementalGroups": [1, 1 << 31]}
    assert words(made(securityContext=context)) == [
        f"spec.securityContext.fsGroup: Invalid value: 3000000000: {most}",
        f"spec.securityContext.runAsGroup: Invalid value: -2: {most}",
        f"spec.securityContext.supplementalGroups[1]: Invalid value: 2147483648: {most}",
    ]


def test_a_windows_pod_has_none_of_the_linux_fields() -> None:
    context = {"fsGroup": 1, "seLinuxOptions": {}, "supplementalGroups": [1], "runAsUser": 1}
    pod = made({"runAsUser": 1, "capabilities": {}}, os={"name": "windows"}, securityContext=context)
    assert words(pod) == [
        f"spec.securityContext.seLinuxOptions: Forbidden: {WINDOWS}",
        f"spec.securityContext.fsGroup: Forbidden: {WINDOWS}",
        f"spec.securityContext.runAsUser: Forbidden: {WINDOWS}",
        f"spec.securityContext.supplementalGroups: Forbidden: {WINDOWS}",
        f"{CONTEXT}.capabilities: Forbidden: {WINDOWS}",
        f"{CONTEXT}.runAsUser: Forbidden: {WINDOWS}",
    ]


def test_a_linux_pod_has_no_windows_options() -> None:
    pod = made({"windowsOptions": {}}, os={"name": "linux"})
    expected = "windows options cannot be set for a linux pod"
    assert words(pod) == [f"{CONTEXT}.windowsOptions: Forbidden: {expected}"]
    assert words(made({"windowsOptions": {}})) == []


@pytest.mark.parametrize(
    ("os", "version", "expected"),
    [
        ({}, V1_24, "spec.os.name: Required value: cannot be empty"),
        (
            {"name": "beos"},
            V1_24,
            'spec.os: Unsupported value: "beos": supported values: "linux", "windows"',
        ),
        (
            {"name": "linux"},
            Version(1, 23),
            "spec.os: Forbidden: cannot be set when IdentifyPodOS feature is not enabled",
        ),
    ],
)
def test_unknown_operating_systems_are_refused(os: JSON, version: Version, expected: str) -> None:
    assert words(made(os=os), version) == [expected]


def test_host_processes_share_a_pod_with_nothing_else_and_the_hosts_network() -> None:
    both = [
        {"name": "a", "image": "i", "securityContext": {"windowsOptions": {"hostProcess": True}}},
        {"name": "b", "image": "i"},
    ]
    if_any = "if pod contains any hostProcess containers"
    assert words({"metadata": {"name": "p"}, "spec": {"containers": both}}) == [
        f'spec: Invalid value: "": I{if_any[1:]} then all containers must be HostProcess containers',
        f"spec.hostNetwork: Invalid value: false: hostNetwork must be true {if_any}",
    ]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"type": "RuntimeDefault"}, []),
        ({}, ["type: Required value: type is required when seccompProfile is set"]),
        (
            {"type": "X"},
            [
                'type: Unsupported value: "X": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
            ],
        ),
        (
            {"type": "Localhost"},
            ["localhostProfile: Required value: must be set when seccomp type is Localhost"],
        ),
        (
            {"type": "Localhost", "localhostProfile": "../x"},
            ["localhostProfile: Invalid value: \"../x\": must not contain '..'"],
        ),
    ],
)
def test_a_seccomp_field_names_a_profile(profile: JSON, expected: list[str]) -> None:
    assert words(made({"seccompProfile": profile})) == [
        f"{CONTEXT}.seccompProfile.{each}" for each in expected
    ]


def test_annotations_with_unknown_profiles_or_containers_are_refused() -> None:
    seccomp = "seccomp.security.alpha.kubernetes.io/pod"
    apparmor = "container.apparmor.security.beta.kubernetes.io/other"
    result = f"metadata.annotations[{apparmor}]: Invalid value"
    assert words(made(annotations={apparmor: "x", seccomp: "y"})) == [
        f'metadata.annotations.{seccomp}: Invalid value: "y": must be a valid seccomp profile',
        f'{result}: "other": container not found',
        f'{result}: "x": invalid AppArmor profile name: "x"',
    ]


def test_a_profile_is_the_same_as_a_field_and_as_an_annotation() -> None:
    annotations = {"container.seccomp.security.alpha.kubernetes.io/c": "unconfined"}
    pod = made({"seccompProfile": {"type": "RuntimeDefault"}}, annotations)
    expected = "seccomp type in annotation and field must match"
    assert words(pod) == [f"{CONTEXT}.seccompProfile.type: Forbidden: {expected}"]


def test_overhead_is_set_only_by_a_runtime_class() -> None:
    refused = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
    assert runtime_class_refusal(made(overhead={"cpu": "1"})) == refused
    assert runtime_class_refusal(made(overhead={"cpu": "1"}, runtimeClassName="kata")) == ""
    assert is_of_runtime_class(f'pods "web" is forbidden: {refused}')
    assert is_of_runtime_class('pods "web" is forbidden: pod rejected: RuntimeClass "kata" not found')
    assert not is_of_runtime_class('pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: []')
