"""Tests that a report in chunks equals the complete report."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.report import json, yaml
from rbacpsp.report.chunks import BATCH, batches, join_chunks

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=4)


def with_iterators(document: dict[str, Any]) -> dict[str, Any]:
    """The document with an iterator for each of its lists."""
    return {key: iter(value) if isinstance(value, list) else value for key, value in document.items()}


@pytest.mark.parametrize(("stream", "encode"), [(json.stream, json.encode), (yaml.stream, yaml.encode)])
@given(document=OBJECTS)
def test_an_object_is_the_same_in_pieces(
    stream: Callable[[Mapping[str, object]], Iterator[str]],
    encode: Callable[[object], str],
    document: dict[str, Any],
) -> None:
    assert "".join(stream(document)) == encode(document)
    assert "".join(stream(with_iterators(document))) == encode(document)


@pytest.mark.parametrize("count", [BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])
def test_a_long_list_is_the_same_in_pieces(count: int) -> None:
    entries = [{"number": number, "names": ["a", str(number)], "none": []} for number in range(count)]
    document = {"kind": "Long", "items": entries, "end": True}
    assert "".join(json.stream({**document, "items": iter(entries)})) == json.encode(document)
    assert "".join(yaml.stream({**document, "items": iter(entries)})) == yaml.encode(document)


def test_entries_are_generated_only_when_they_are_written() -> None:
    made = []

    def entries() -> Iterator[int]:
        for number in range(10 * BATCH):
            made.append(number)
            yield number

    chunks = json.stream({"items": entries()})
    next(chunks)
    assert len(made) == BATCH


def test_half_a_surrogate_pair_does_not_change_other_entries() -> None:
    entries = [{"name": "é"}] * BATCH + [{"name": "\ud800"}]
    first, second, _, _ = json.stream({"items": iter(entries)})
    assert '"name": "é"' in first
    assert '"name": "\\ud800"' in second


def test_batches_hold_every_item_in_its_order() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([])) == []


@given(st.lists(st.text(max_size=5), max_size=20))
def test_gathered_texts_are_the_same_text(texts: list[str]) -> None:
    assert "".join(join_chunks(texts)) == "".join(texts)


def test_gathered_texts_are_few() -> None:
    assert [len(text) for text in join_chunks("x" * 1000 for _ in range(100))] == [66_000, 34_000]
