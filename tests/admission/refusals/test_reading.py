"""Tests that refusals are found in any pasted text: once each, in order, with their objects."""

import json

import pytest

from rbacpsp.admission.refusals import FORMS, PastedRefusal, read_refusals
from rbacpsp.admission.refusals.access import AccessRefusal
from rbacpsp.admission.refusals.form import Form, list_end
from rbacpsp.admission.refusals.policies import PolicyRefusal
from rbacpsp.decode.passages import passages
from rbacpsp.model.message import About

POD = 'pods "web-6b5d4c3b2a-" is forbidden: PodSecurityPolicy: unable to admit pod: []'
HOST = "spec.securityContext.hostNetwork: Invalid value: true: Host network is not allowed to be used"
LONG = f'pods "web-" is forbidden: PodSecurityPolicy: unable to admit pod: [{HOST}]'
LIST = 'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "x"'


def read(text: str) -> tuple[PastedRefusal, ...]:
    return read_refusals(passages(text)).refusals


def only(text: str) -> PastedRefusal:
    (found,) = read(text)
    return found


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form_parses_its_own_example(form: Form) -> None:
    assert only(form.example).message
    assert type(only(form.example)) is type(next(form.find(form.example)))


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"level": "warning", "msg": f"Error creating: {POD}"}),
        json.dumps(json.dumps({"msg": f"Error creating: {POD}"})),
        f'time="2024-05-06T07:08:09Z" level=error msg={json.dumps(POD)}',
        f"2024-05-06 ERROR reconcile {json.dumps({'error': POD})}",
        POD.replace('"', '\\"'),
        POD.replace('"', '\\\\\\"'),
        POD.replace('"', "&quot;"),
        POD.replace('"', "\u201c", 1).replace('"', "\u201d", 1),
        "\n".join(f"> {line}" for line in POD.replace(": ", ":\n  ").split("\n")),
        f"\u2502 Error: {POD[:40]}\n\u2502 {POD[40:]}" if POD[39] == " " else f"\u2502 Error: {POD}",
        f"\x1b[31m{POD}\x1b[0m",
        POD.replace("\n", "\r\n"),
    ],
)
def test_a_message_is_found_in_every_surrounding_text(text: str) -> None:
    result = only(text)
    assert isinstance(result, PolicyRefusal)
    assert (result.pod, result.errors, result.message) == ("web-6b5d4c3b2a-", (), POD)


@pytest.mark.parametrize("width", [60, 72, 79, 80, 100, 120])
def test_a_line_that_a_terminal_wrapped_inside_a_word_is_joined(width: int) -> None:
    broken = "\n".join(LONG[at : at + width] for at in range(0, len(LONG), width))
    result = only(broken)
    assert isinstance(result, PolicyRefusal)
    assert result.errors == (HOST,)


def test_of_two_readings_that_find_as_much_the_one_that_is_not_cut_off_counts() -> None:
    at = LIST.index("namespace") + 4
    result = only(f"{LIST[:at]}\n{LIST[at:]}")
    assert isinstance(result, AccessRefusal)
    assert (result.cut, result.request.namespace, result.request.verb) == (False, "x", "list")


def test_wrapped_and_indented_lines_are_one_message() -> None:
    result = only(LONG.replace(": ", ":\n      "))
    assert isinstance(result, PolicyRefusal)
    assert result.message == LONG


def test_a_repeated_refusal_is_listed_once_and_others_in_order() -> None:
    result = read(f"3m Warning {POD}\n2m Warning {LIST}\n1m Warning {POD}\n")
    assert [type(each) for each in result] == [PolicyRefusal, AccessRefusal]


EVENT = {
    "kind": "Event",
    "involvedObject": {"kind": "ReplicaSet", "namespace": "x", "name": "web-6b5d4c3b2a"},
    "message": f"Error creating: {POD}",
}
WHERE = About("ReplicaSet", "x", "web-6b5d4c3b2a")


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (json.dumps({"kind": "List", "items": [EVENT]}), WHERE),
        (
            json.dumps(
                {
                    "kind": "Deployment",
                    "metadata": {"name": "web", "namespace": "x"},
                    "status": {"conditions": [{"message": POD}]},
                }
            ),
            About("Deployment", "x", "web"),
        ),
        (
            (
                f"kind: Event\nregarding:\n  kind: ReplicaSet\n  name: web-6b5d4c3b2a\n  namespace: x\nnote: "
                f"'{POD}'\n"
            ),
            WHERE,
        ),
        (
            (
                'I0405 event.go:291] "Event occurred" object="x/web-6b5d4c3b2a" kind="ReplicaSet" '
                f"message={json.dumps(f'Error creating: {POD}')}"
            ),
            WHERE,
        ),
        (
            (
                'Event(v1.ObjectReference{Kind:"ReplicaSet", Namespace:"x", Name:"web-6b5d4c3b2a"}): '
                "type: "
                f"'Warning' reason: 'FailedCreate' Error creating: {POD}"
            ),
            WHERE,
        ),
        (
            f'E0405 replica_set.go:585] sync "x/web-6b5d4c3b2a" failed with {POD}',
            About("", "x", "web-6b5d4c3b2a"),
        ),
        (
            (
                "NAMESPACE   LAST SEEN   TYPE      REASON         OBJECT                      MESSAGE\n"
                f"x           2m          Warning   FailedCreate   replicaset/web-6b5d4c3b2a   Error "
                f"creating: {POD}\n"
            ),
            WHERE,
        ),
        (
            (
                "LAST SEEN   TYPE      REASON         OBJECT                      MESSAGE\n"
                f"2m          Warning   FailedCreate   replicaset/web-6b5d4c3b2a   Error creating: {POD}\n"
            ),
            About("ReplicaSet", "", "web-6b5d4c3b2a"),
        ),
        (
            (
                "Name:           web-6b5d4c3b2a\nNamespace:      x\nEvents:\n"
                f"  Warning  FailedCreate  7m (x7 over 7m)  replicaset-controller  Error creating: {POD}\n"
            ),
            WHERE,
        ),
        (
            f"$ kubectl get events -n x\n2m Warning FailedCreate replicaset/web Error: {POD}",
            About("ReplicaSet", "x", "web"),
        ),
        (
            f'E0405 event.go:291] "Failed" err={json.dumps(POD)} object="x/web" kind="ReplicaSet"',
            About("ReplicaSet", "x", "web"),
        ),
        (f'E0405 {POD} sync "x/web" failed with', About()),
        (
            f'object="/node-1" kind="Node" sync "x/web" failed with {POD}',
            About("Node", "", "node-1"),
        ),
        (
            f"Deployment/x/web dry-run failed, reason: Forbidden, error: {POD}",
            About("Deployment", "x", "web"),
        ),
    ],
)
def test_the_object_is_identified_from_the_surrounding_text(text: str, about: About) -> None:
    assert only(text).about == about


@pytest.mark.parametrize(
    ("text", "end", "closed"),
    [
        ("[a]b", 3, True),
        ("[]", 2, True),
        ("[[a] b] c]", 7, True),
        ('[a "]" b] c', 9, True),
        ('["[" ]]', 6, True),
        ('["]\\"]" a] b', 10, True),
        ('[a "b] c', 6, True),
        ("[a", 2, False),
        ("[[a]", 4, False),
    ],
)
def test_a_list_ends_at_its_bracket_and_not_at_one_within_quotes(text: str, end: int, closed: bool) -> None:
    assert list_end(text, 0) == (end, closed)


def test_a_status_object_is_parsed() -> None:
    result = only(json.dumps({"kind": "Status", "status": "Failure", "message": LIST, "code": 403}))
    assert result.message == LIST


@pytest.mark.parametrize(
    "text", ["", "hello", "{", "[]", "kind: [", "a: b", "\x00", "{}" * 50, "[" * 100_000]
)
def test_a_text_without_a_refusal_gives_no_result(text: str) -> None:
    assert read(text) == ()


def test_a_partial_match_names_the_nearest_form() -> None:
    reading = read_refusals(passages("pods is forbidden: User"))
    assert [form.name for form in reading.nearest] == ["a request that is not allowed"]


@pytest.mark.parametrize(
    "piece", ["X", "x.", "pods ", '"', "[", "(", '\\"', "User ", "> ", " is forbidden: "]
)
def test_long_texts_are_parsed_in_linear_time(piece: str) -> None:
    assert read(piece * (200_000 // len(piece))) == ()


def test_characters_that_are_escaped_by_their_number_are_read() -> None:
    escaped = LIST.replace("eve", "ev\\u00e9").replace('"', '\\"')
    result = only(escaped)
    assert isinstance(result, AccessRefusal)
    assert result.user == "ev\u00e9"
