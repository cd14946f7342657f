"""Tests which events are counted, and how often."""

import re
from pathlib import Path
from typing import Any

import pytest

from rbacpsp.auditlog import record as module
from rbacpsp.auditlog.record import MANY, EventFilter
from rbacpsp.auditlog.timeline import LogGap
from rbacpsp.auditlog.usage import Usage
from rbacpsp.decode import LoadError
from rbacpsp.testing import ClusterBuilder
from tests.auditlog.events import event, lines, pods, read

STAGES = ("RequestReceived", "ResponseStarted", "ResponseComplete", "Panic")


def staged(identity: str, *stages: str, **more: Any) -> list[dict[str, Any]]:
    return [event("watch", ref=pods(), auditID=identity, stage=stage, **more) for stage in stages]


@pytest.mark.parametrize(
    ("stages", "requests", "duplicates"),
    [
        (["RequestReceived", "ResponseComplete"], 1, 0),
        (["ResponseStarted"], 1, 0),
        (["ResponseStarted", "ResponseComplete"], 1, 0),
        (["ResponseComplete", "ResponseStarted"], 1, 0),
        (["ResponseStarted", "Panic"], 1, 0),
        (["Panic"], 1, 0),
        (["ResponseComplete", "ResponseComplete"], 1, 1),
        (["ResponseStarted", "ResponseStarted", "ResponseComplete"], 1, 1),
        (["ResponseComplete", "Panic"], 1, 1),
    ],
)
def test_an_audit_id_counts_once(tmp_path: Path, stages: list[str], requests: int, duplicates: int) -> None:
    record = read(tmp_path, lines(staged("a", *stages))).record
    assert (record.requests, record.duplicates) == (requests, duplicates)


def test_only_events_with_a_decision_count(tmp_path: Path) -> None:
    record = read(tmp_path, lines([event(ref=pods(), decision=""), event(ref=pods())])).record
    assert (record.requests, record.undecided) == (1, 1)


@pytest.mark.parametrize(
    ("decided", "undecided", "user", "told"),
    [(1, 1, "uma", True), (100, 2, "uma", True), (100, 1, "uma", False), (1, 5, "", False)],
)
def test_a_log_that_lacks_the_decisions_of_known_users_says_so(
    tmp_path: Path, decided: int, undecided: int, user: str, told: bool
) -> None:
    events = [event(ref=pods()) for _ in range(decided)]
    events += [event(user=user, ref=pods(), decision="") for _ in range(undecided)]
    window = Usage(ClusterBuilder().build(), read(tmp_path, lines(events))).window
    assert window.undecided == undecided
    assert any("the log has no decision" in text for text in window.hidden) == told


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (
            None,
            "no request has a decision (the annotation authorization.k8s.io/decision); export the",
        ),
        (EventFilter(since="2027"), "no request from 2027 has a decision; choose another time"),
        (EventFilter("2025", "2026"), "no request from 2025 and before 2026 has a decision"),
    ],
)
def test_a_log_without_a_decision_is_refused_since_every_grant_would_look_unused(
    tmp_path: Path, choice: EventFilter | None, message: str
) -> None:
    events = [*staged("a", "RequestReceived"), event(ref=pods(), decision="")]
    with pytest.raises(LoadError, match=re.escape(message)):
        read(tmp_path, lines(events), choice)


def test_a_user_may_have_no_request(tmp_path: Path) -> None:
    reader = read(tmp_path, lines([event(user="uma", ref=pods())]), EventFilter(user="udo"))
    assert reader.record.requests == 0


def test_a_refusal_by_admission_was_allowed_and_one_by_the_authorizer_was_not(tmp_path: Path) -> None:
    forbidden: dict[str, Any] = {"responseStatus": {"code": 403}}
    events = [event(ref=pods(), **forbidden), event(ref=pods(), decision="forbid", **forbidden)]
    record = read(tmp_path, lines(events)).record
    assert (record.requests, record.allowed) == (2, 1)


def test_a_request_without_an_end_counts_after_the_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 3)
    others = [event(ref=pods()) for _ in range(20)]
    data = lines(
        [*staged("a", "ResponseStarted"), *others, *staged("b", "ResponseStarted", "ResponseComplete")]
    )
    record = read(tmp_path, data).record
    assert (record.requests, record.duplicates) == (22, 0)


def test_only_events_within_the_given_times_count(tmp_path: Path) -> None:
    events = [event(ref=pods(), when=f"2026-11-0{day}T10:00:00.000000Z") for day in (1, 2, 3)]
    choice = EventFilter("2026-11-02T00:00:00.000000Z", "2026-11-03T00:00:00.000000Z")
    assert read(tmp_path, lines(events), choice).record.requests == 1


def test_only_events_of_the_given_user_count(tmp_path: Path) -> None:
    events = [
        event(ref=pods()),
        event(ref=pods(), user="udo"),
        event(ref=pods(), user="udo", impersonatedUser={"username": "uma"}),
    ]
    assert read(tmp_path, lines(events), EventFilter(user="uma")).record.requests == 2


def test_a_silence_above_an_hour_is_a_gap_of_its_server_whatever_the_order_of_the_files(
    tmp_path: Path,
) -> None:
    times = ["2026-11-01T14:00:00.000000Z", "2026-11-01T10:30:00.000000Z", "2026-11-01T11:29:59.000000Z"]
    record = read(tmp_path, lines(event(ref=pods(), when=when) for when in times)).record
    server = str(tmp_path / "audit")
    assert record.timeline.gaps == (LogGap(server, times[2], times[0]),)
    assert (record.timeline.first, record.timeline.last) == (times[1], times[0])


def test_times_of_other_forms_are_compared_as_times(tmp_path: Path) -> None:
    events = [
        event(ref=pods(), when="2026-11-01T11:00:00+02:00"),
        event(ref=pods(), when="2026-11-01T09:30:00Z"),
    ]
    timeline = read(tmp_path, lines(events)).record.timeline
    assert (timeline.first, timeline.last) == ("2026-11-01T09:00:00.000000Z", "2026-11-01T09:30:00.000000Z")


def test_irrelevant_names_are_combined_once_there_are_very_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DISTINCT", 2)
    data = lines(event(ref=pods(f"p{number}")) for number in range(10))
    folded = read(tmp_path, data, names={"p7"}).record
    assert sorted((key[6], tally.count) for (key, _, _), tally in folded.decisions.items()) == [
        (MANY, 7),
        ("p0", 1),
        ("p1", 1),
        ("p7", 1),
    ]
    assert len(read(tmp_path, data).record.decisions) == 10


def test_pods_that_a_policy_admitted_are_counted(tmp_path: Path) -> None:
    note = {
        "authorization.k8s.io/decision": "allow",
        "podsecuritypolicy.policy.k8s.io/admit-policy": "100-psp",
    }
    record = read(tmp_path, lines([event("create", ref=pods("web"), annotations=note)])).record
    assert [(use.policy, use.user, use.namespace, tally.count) for use, tally in record.policies.items()] == [
        ("100-psp", "uma", "shop", 1)
    ]
