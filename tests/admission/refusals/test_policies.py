"""Tests that refusals by PodSecurityPolicy are recognized in the words of every version."""

import pytest

from rbacpsp.admission.refusals.policies import PolicyRefusal, find, is_pod_of

PRIVILEGED = "spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are "
PRIVILEGED += "not allowed"
SECCOMP = (
    "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: Forbidden: seccomp may not be set"
)
BOTH = f"PodSecurityPolicy: unable to admit pod: [{PRIVILEGED} {SECCOMP}] (x3 over 5m)"


@pytest.mark.parametrize(
    ("text", "pod", "errors", "no_policies"),
    [
        (
            'pods "web" is forbidden: unable to validate against any pod security policy: []',
            "web",
            (),
            False,
        ),
        (
            'Error creating: pods "dm-75b5689b9f-" is forbidden: PodSecurityPolicy: unable to admit pod: []',
            "dm-75b5689b9f-",
            (),
            False,
        ),
        (
            f'Error from server (Forbidden): error when creating "a.yaml": pods "web" is forbidden: {BOTH}',
            "web",
            (PRIVILEGED, SECCOMP),
            False,
        ),
        (
            f'pods "web" is forbidden: PodSecurityPolicy: unable to validate pod: [{SECCOMP}]',
            "web",
            (SECCOMP,),
            False,
        ),
        (
            'pods "web" is forbidden: PodSecurityPolicy: no providers available to validate pod request',
            "web",
            (),
            True,
        ),
        (
            'pods "web" is forbidden: no providers available to validate pod request',
            "web",
            (),
            True,
        ),
    ],
)
def test_the_messages_of_every_version_are_parsed(
    text: str, pod: str, errors: tuple[str, ...], *, no_policies: bool
) -> None:
    result = read(f"  3m  Warning {text}\n")
    assert (result.pod, result.errors, result.no_policies, result.cut) == (pod, errors, no_policies, False)
    assert result.generated is pod.endswith("-")


def read(text: str) -> PolicyRefusal:
    (found,) = find(text)
    return found


def test_the_message_distinguishes_the_validating_step_from_the_mutating_one() -> None:
    said = 'pods "web" is forbidden: PodSecurityPolicy: unable to {} pod: []'
    assert read(said.format("validate")).validating
    assert not read(said.format("admit")).validating
    assert not read(
        'pods "web" is forbidden: unable to validate against any pod security policy: []'
    ).validating


def test_a_list_of_errors_ends_at_its_closing_bracket() -> None:
    ports = "spec.containers[0].hostPort: Invalid value: 80: Host port 80. Allowed: [8000-9000]"
    result = read(f'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: [{ports}] and [more]')
    assert result.errors == (ports,)


def test_a_list_that_is_cut_off_keeps_its_complete_errors() -> None:
    result = read(
        f'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: [{SECCOMP} spec.containers[0]'
    )
    assert (result.errors, result.cut) == ((SECCOMP,), True)


def test_each_of_several_complete_errors_of_a_list_that_is_cut_off_is_kept() -> None:
    errors = f"{PRIVILEGED}, {SECCOMP}, {PRIVILEGED}, spec.containers[1]"
    result = read(f'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: [{errors}')
    assert (result.errors, result.cut) == ((PRIVILEGED, SECCOMP, PRIVILEGED), True)


def test_a_message_without_details_has_no_list_of_errors() -> None:
    result = read("Pod web is forbidden: unable to validate against any pod security policy")
    assert (result.pod, result.errors, result.listed) == ("web", (), False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        'pods "web" is forbidden: violates PodSecurity "restricted:latest": x',
        'pods "web" not found',
    ],
)
def test_other_texts_are_not_parsed_as_policy_refusals(text: str) -> None:
    assert not list(find(text))


@pytest.mark.parametrize(
    ("pod", "kind", "name", "made"),
    [
        ("dm-75b5689b9f-", "Deployment", "dm", True),
        ("dm-75b5689b9f-", "ReplicaSet", "dm-75b5689b9f", True),
        ("dm-75b5689b9f-", "DaemonSet", "dm", False),
        ("dm-xxxxxxxxxx-", "Deployment", "dm", True),
        ("dm-2-75b5689b9f-", "Deployment", "dm", False),
        ("web-", "DaemonSet", "web", True),
        ("web-", "Deployment", "web", False),
        ("web-0", "StatefulSet", "web", True),
        ("web-0", "Deployment", "web", False),
        ("web-0", "Pod", "web-0", True),
        ("web-0", "Pod", "web", False),
        ("job-", "Job", "job", True),
        ("job-0-", "Job", "job", True),
        ("tick-27654321-", "CronJob", "tick", True),
        ("tick-xxxxxxxx-", "CronJob", "tick", True),
        ("tick-27654321-", "Job", "tick-27654321", True),
        ("other-", "DaemonSet", "web", False),
        ("dm-75b5689b9f-x9k4q", "Deployment", "dm", True),
        ("web-x9k4q", "DaemonSet", "web", True),
        ("tick-27654321-0-x9k4q", "CronJob", "tick", True),
        ("web-0-x9k4q", "Job", "web", True),
        ("bakery-6b5d4c3b2a-oven1", "Deployment", "bakery", False),
        ("bakery-x9k4q", "ReplicaSet", "bakery", True),
        ("bakery-x9k4q", "Pod", "bakery", False),
    ],
)
def test_the_name_of_a_pod_identifies_its_workload(pod: str, kind: str, name: str, *, made: bool) -> None:
    assert is_pod_of(pod, kind, name) is made
