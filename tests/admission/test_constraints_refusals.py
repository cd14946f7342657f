"""Tests that pasted refusals by security context constraints are recognized."""

from rbacpsp.admission.refusals.constraints import ConstraintRefusal, find, not_usable
from tests.conformance.test_scc import CREATES

MESSAGE = (
    'pods "web-6b5d-" is forbidden: unable to validate against any security context constraint: '
    '[provider "anyuid": Forbidden: not usable by user or serviceaccount, provider restricted-v2: '
    ".containers[0].runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999], "
    'spec.volumes[0]: Invalid value: "hostPath": hostPath volumes are not allowed to be used]'
)


def only(text: str) -> ConstraintRefusal:
    (found,) = find(text)
    return found


def test_each_error_is_assigned_to_the_constraints_that_report_it() -> None:
    result = only(f"Warning  FailedCreate  Error creating: {MESSAGE}")
    assert (result.pod, result.generated, result.cut, result.command) == ("web-6b5d-", True, False, False)
    assert result.by_constraints == {
        "anyuid": ("Forbidden: not usable by user or serviceaccount",),
        "restricted-v2": (
            ".containers[0].runAsUser: Invalid value: 0: must be in the ranges: [1000680000, 1000689999]",
        ),
        "": ('spec.volumes[0]: Invalid value: "hostPath": hostPath volumes are not allowed to be used',),
    }
    assert [name for name, words in result.by_constraints.items() if not_usable(words)] == ["anyuid"]


def test_brackets_before_a_message_are_not_its_list() -> None:
    before = "Events [1 of 2]:  "
    result = only(f"{before}{MESSAGE} [x]")
    assert (result.start, result.end) == (len(before), len(before) + len(MESSAGE))
    assert len(result.errors) == 3


def test_a_single_error_has_no_brackets() -> None:
    result = only(
        'pods "p" is forbidden: unable to validate against any security context constraint: '
        'provider "mine": Forbidden: not usable by user or serviceaccount\nnext line'
    )
    assert result.errors == ('provider "mine": Forbidden: not usable by user or serviceaccount',)


def test_a_message_that_is_cut_off_is_marked() -> None:
    assert only(MESSAGE[:150]).cut


def test_a_refused_exec_is_recognized() -> None:
    text = (
        'pods "p" is forbidden: exec operation is not allowed because the pod\'s security context exceeds '
        f"your permissions: {MESSAGE}"
    )
    assert only(text).command


def test_every_recorded_message_is_parsed_completely() -> None:
    messages = {
        case["result"]["message"]
        for line in list(CREATES.values())[::4]
        for case in line["cases"]
        if case["result"].get("stage") == "scc-mutate" and "unable to validate" in case["result"]["message"]
    }
    assert len(messages) > 300
    for message in messages:
        result = only(message)
        assert (result.start, result.end, result.cut) == (0, len(message), False), message
