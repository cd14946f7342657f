"""Tests that exactly the times are accepted that the API server accepts."""

import pytest

from rbacpsp.decode import LoadError, decode_objects
from rbacpsp.decode.times import is_time


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-01T00:00:00Z",
        "2024-02-29T23:59:59.123456789+01:00",
        "2024-01-01T1:02:03Z",
        "2024-01-01T01:02:03,5-24:00",
        "0000-01-01T00:00:00Z",
    ],
)
def test_times_that_go_parses_are_valid(text: str) -> None:
    assert is_time(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2024-01-01", "2024-1-01T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00"),
        *("2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-04-31T00:00:00Z", "2024-13-01T00:00:00Z"),
        *("2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01t00:00:00z"),
        *("2024-01-01T00:00:00+25:00", "2024-01-01T00:00:00+1:00", "\u0662024-01-01T00:00:00Z", "x"),
    ],
)
def test_times_that_go_does_not_parse_are_invalid(text: str) -> None:
    assert not is_time(text)


@pytest.mark.parametrize("kind", ["Pod", "ServiceAccount"])
def test_an_object_with_an_invalid_creation_timestamp_is_refused(kind: str) -> None:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "creationTimestamp": "yesterday"}}
    with pytest.raises(LoadError) as raised:
        decode_objects([{"kind": "List", "apiVersion": "v1", "items": [body]}])
    assert str(raised.value) == (
        f"<objects>, document 1: {kind} a: metadata.creationTimestamp must be a time and is the string"
        ' "yesterday"; write one such as 2026-01-31T12:00:00Z, or leave it out'
    )
