"""Tests that messages of PodSecurity are recognized: complete, cut off, or followed by other text."""

import pytest

from rbacpsp.admission.refusals.pod_security import (
    AffectedPods,
    NamespaceWarning,
    PodSecurityRefusal,
    Violation,
    find,
    find_warnings,
)

START = 'pods "web" is forbidden: violates PodSecurity "restricted:v1.30": '
PROFILE = '(pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault")'
WHOLE = f"{START}host namespaces (hostNetwork=true), seccompProfile {PROFILE}"
BOTH = (Violation("host namespaces", "hostNetwork=true"), Violation("seccompProfile", PROFILE[1:-1]))


def read(text: str) -> PodSecurityRefusal:
    (found,) = find(text)
    return found


def warned(text: str) -> NamespaceWarning:
    (found,) = find_warnings(text)
    return found


@pytest.mark.parametrize("behind", ["", "\nmore", ", ", ", 7", ". See the docs (of PodSecurity)", ' "'])
def test_every_check_is_read_and_the_text_after_them_is_ignored(behind: str) -> None:
    result = read(WHOLE + behind)
    assert (result.violations, result.end, result.cut) == (BOTH, len(WHOLE), False)
    assert (result.level, result.pod, result.resource, result.warning) == (
        "restricted:v1.30",
        "web",
        "pods",
        False,
    )


def test_parentheses_within_a_detail_belong_to_it() -> None:
    text = f"{START}privileged (container (a) of (b (c)) is), host namespaces (hostPID=true)"
    result = read(text)
    assert result.violations == (
        Violation("privileged", "container (a) of (b (c)) is"),
        Violation("host namespaces", "hostPID=true"),
    )
    assert result.end == len(text)


def test_a_check_without_a_detail_is_read() -> None:
    result = read(f"{START}hostPort, privileged")
    assert (result.violations, result.cut) == (
        (Violation("hostPort", ""), Violation("privileged", "")),
        False,
    )


def test_a_list_that_ends_in_a_detail_is_cut_off() -> None:
    text = WHOLE[:-8]
    result = read(text)
    assert result.violations == (BOTH[0], Violation("seccompProfile", PROFILE[1:-8]))
    assert (result.end, result.cut) == (len(text), True)


@pytest.mark.parametrize("text", [START, START[:-2], f"{START}("])
def test_a_list_without_a_check_is_cut_off(text: str) -> None:
    result = read(text)
    assert (result.violations, result.cut) == ((), True)


HEAD = 'existing pods in namespace "x" violate the new PodSecurity enforce level "restricted:latest"'
LINES = ("web-1 (and 3 other pods): host namespaces, runAsNonRoot != true", "job: privileged")
PODS = (
    AffectedPods("web-1", 3, ("host namespaces", "runAsNonRoot != true")),
    AffectedPods("job", 0, ("privileged",)),
)


@pytest.mark.parametrize(
    "behind", ["", "\nnamespace/x labeled", "\n", "\nnamespace/x labeled\nlater: privileged"]
)
@pytest.mark.parametrize("prefix", ["", "Warning: "])
def test_the_pods_of_a_warning_are_read_line_by_line(prefix: str, behind: str) -> None:
    text = "\n".join((HEAD, *(prefix + line for line in LINES)))
    result = warned(text + behind)
    assert (result.pods, result.end, result.cut) == (PODS, len(text), False)
    assert (result.namespace, result.level) == ("x", "restricted:latest")


@pytest.mark.parametrize("behind", ["", "\n", "\nnamespace/x labeled", " and so on\nweb: privileged"])
def test_a_warning_without_its_pods_is_cut_off(behind: str) -> None:
    result = warned(HEAD + behind)
    assert (result.pods, result.end, result.cut) == ((), len(HEAD), True)
