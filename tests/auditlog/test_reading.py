"""Tests that every form of a log is read alike, and that damaged parts are counted and named."""

import gzip
import io
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rbacpsp import LoadError
from rbacpsp.auditlog.reading import Damaged
from rbacpsp.auditlog.record import Record
from rbacpsp.logs import read_logs
from tests.auditlog.events import event, lines, pods, read

ADVICE = "name an audit log of the API server, or an export of one from EKS, AKS or GKE"
EVENTS = [event(ref=pods(f"p{number}")) for number in range(30)]


def zstandard(data: bytes) -> bytes:
    library: Any = pytest.importorskip("zstandard")
    packed: bytes = library.ZstdCompressor().compress(data)
    return packed


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "without a last line end": lambda data: data.rstrip(),
    "empty lines and CRLF": lambda data: b"\n\n" + data.replace(b"\n", b"\r\n\r\n"),
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "gzip": gzip.compress,
    "two gzip members": lambda data: (
        gzip.compress(data[: data.index(b"\n") + 1]) + gzip.compress(data[data.index(b"\n") + 1 :])
    ),
    "xz": lzma.compress,
    "zstandard": zstandard,
    "an EventList": lambda _: json.dumps(
        {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": EVENTS}
    ).encode(),
    "an indented EventList": lambda _: json.dumps({"kind": "EventList", "items": EVENTS}, indent=2).encode(),
    "a list": lambda _: json.dumps(EVENTS, indent=1).encode(),
    "indented events": lambda _: "\n".join(json.dumps(each, indent=4) for each in EVENTS).encode(),
    "no line ends": lambda data: data.replace(b"\n", b""),
    "v1beta1": lambda data: data.replace(b"audit.k8s.io/v1", b"audit.k8s.io/v1beta1"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_log_is_read_in_every_form(tmp_path: Path, form: str) -> None:
    reader = read(tmp_path, FORMS[form](lines(EVENTS)))
    assert (reader.record.requests, reader.damaged) == (30, 0)
    assert len(reader.record.decisions) == 30


def test_standard_input_is_read() -> None:
    record = Record()
    read_logs(["-"], record, stdin=io.BytesIO(gzip.compress(lines(EVENTS))))
    assert record.requests == 30


def test_a_folder_of_rotated_files_is_one_log_of_one_server(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_bytes(lines(EVENTS[:10]))
    (tmp_path / "audit-2026-11-01T00-00-00.000.log.gz").write_bytes(gzip.compress(lines(EVENTS[10:20])))
    (tmp_path / "audit.log.1").write_bytes(lines(EVENTS[20:]))
    (tmp_path / ".hidden").write_bytes(lines(EVENTS))
    record = Record()
    read_logs([tmp_path], record)
    assert record.requests == 30
    assert record.timeline.servers == (str(tmp_path / "audit"),)


def test_damaged_lines_are_counted_and_named_and_the_others_are_read(tmp_path: Path) -> None:
    whole = lines(EVENTS).splitlines(keepends=True)
    other = b'{"kind": "Event", "apiVersion": "v1", "message": "Pulled image"}\n'
    cut = whole[4][:50] + b"\n"
    reader = read(
        tmp_path, b"".join([*whole[:4], cut, *whole[5:9], other, b"[]\n", b"\xff\xfe\n", *whole[9:]])
    )
    assert reader.record.requests == 29
    file = str(tmp_path / "audit.log")
    assert reader.places == [
        Damaged(file, 5, "this is not JSON, or it was cut short"),
        Damaged(file, 10, "this is not an event of audit.k8s.io/v1"),
        Damaged(file, 11, "this is not an event of audit.k8s.io/v1"),
        Damaged(file, 12, "this is not JSON, or it was cut short"),
    ]


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard])
def test_a_truncated_gzip_file_is_read_to_its_end(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    many = [event(ref=pods(f"{number * 7919:x}"), auditID=f"{number * 104729:x}") for number in range(3000)]
    data = pack(lines(many))
    reader = read(tmp_path, data[: len(data) * 3 // 4])
    assert 0 < reader.record.requests < 3000
    assert reader.damaged >= 1


def test_values_of_wrong_types_are_damage_and_never_a_failure(tmp_path: Path) -> None:
    odd = [
        event(ref=pods()) | {"auditID": 5},
        event(ref=pods()) | {"verb": ["get"]},
        event(ref=pods()) | {"annotations": []},
        event(ref=pods()) | {"kind": None},
    ]
    nothing = dict.fromkeys(("user", "objectRef", "requestURI", "annotations", "impersonatedUser", "verb"))
    reader = read(tmp_path, lines([*odd, EVENTS[0], event() | nothing, event(ref=pods()) | {"user": "uma"}]))
    assert (reader.damaged, reader.record.requests) == (4, 2)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "this log is empty; an audit policy of level None writes nothing: check both"),
        (
            b'time="2026" level=info msg=hello\n',
            f"there is no audit event in it: this is not JSON, or it was cut short; {ADVICE}",
        ),
        (
            b'{"level":"info","msg":"reconciled"}\n',
            f"there is no audit event in it: this is not an event of audit.k8s.io/v1; {ADVICE}",
        ),
    ],
)
def test_a_log_without_an_event_is_an_error_in_one_line(tmp_path: Path, data: bytes, expected: str) -> None:
    with pytest.raises(LoadError) as raised:
        read(tmp_path, data)
    (problem,) = raised.value.problems
    assert f"{problem.message}; {problem.advice}" == expected


def test_a_file_that_is_not_a_log_is_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "wide.log").write_bytes("x".encode("utf-16"))
    with pytest.raises(LoadError) as raised:
        read_logs([tmp_path / "none.log", tmp_path / "empty"], Record())
    assert [problem.message for problem in raised.value.problems] == [
        "there is no such file",
        "there is no file in this folder",
    ]
    with pytest.raises(LoadError, match="UTF-16"):
        read_logs([tmp_path / "wide.log"], Record())
