"""Refusals are read back in the words of every version, and matched with what made the pod."""

import pytest

from rbacpsp.psp.refusal import PolicyRefusal, read_policy_refusal

PRIVILEGED = "spec.containers[0].securityContext.privileged: Invalid value: true: Privileged containers are "
PRIVILEGED += "not allowed"
SECCOMP = (
    "pod.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: Forbidden: seccomp may not be set"
)
BOTH = f"PodSecurityPolicy: unable to admit pod: [{PRIVILEGED} {SECCOMP}] (x3 over 5m)"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (
            'pods "web" is forbidden: unable to validate against any pod security policy: []',
            PolicyRefusal("web", (), no_policies=False),
        ),
        (
            'Error creating: pods "dm-75b5689b9f-" is forbidden: PodSecurityPolicy: unable to admit pod: []',
            PolicyRefusal("dm-75b5689b9f-", (), no_policies=False),
        ),
        (
            f'Error from server (Forbidden): error when creating "a.yaml": pods "web" is forbidden: {BOTH}',
            PolicyRefusal("web", (PRIVILEGED, SECCOMP), no_policies=False),
        ),
        (
            f'pods "web" is forbidden: PodSecurityPolicy: unable to validate pod: [{SECCOMP}]',
            PolicyRefusal("web", (SECCOMP,), no_policies=False),
        ),
        (
            'pods "web" is forbidden: PodSecurityPolicy: no providers available to validate pod request',
            PolicyRefusal("web", (), no_policies=True),
        ),
        (
            'pods "web" is forbidden: no providers available to validate pod request',
            PolicyRefusal("web", (), no_policies=True),
        ),
    ],
)
def test_the_words_of_every_version_are_read(text: str, refusal: PolicyRefusal) -> None:
    assert read_policy_refusal(f"  3m  Warning {text}\n") == refusal


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        'pods "web" is forbidden: violates PodSecurity "restricted:latest": x',
        'pods "web" not found',
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert read_policy_refusal(text) is None


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
    ],
)
def test_a_pods_name_tells_which_workload_made_it(pod: str, kind: str, name: str, *, made: bool) -> None:
    refusal = PolicyRefusal(pod, (), no_policies=False)
    assert refusal.made_by(kind, name) is made
    assert refusal.generated is pod.endswith("-")
