"""Tests the blocks of ids in the annotations of a namespace."""

import pytest

from rbacpsp.model.psp import Range
from rbacpsp.scc.blocks import BlockError, parse_block, parse_blocks


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1000/100", 1000, 1099),
        ("1000-1099", 1000, 1099),
        ("1000/100 and more", 1000, 1099),
        (" 5- 7", 5, 7),
        ("0/0", 0, 4294967295),
    ],
)
def test_a_block_has_a_size_or_an_end(text: str, first: int, last: int) -> None:
    assert parse_block(text) == Range(first, last)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "EOF"),
        ("1000/", "EOF"),
        ("1000", "unexpected EOF"),
        ("x", "expected integer"),
        ("+5/1", "expected integer"),
        ("5:7", "input does not match format"),
        ("\n5/1", "unexpected newline"),
        ("4294967296/1", "unsigned integer overflow on token 4294967296"),
        ("18446744073709551616/1", 'strconv.ParseUint: parsing "18446744073709551616": value out of range'),
    ],
)
def test_an_invalid_block_is_reported_in_the_words_of_go(text: str, words: str) -> None:
    with pytest.raises(BlockError) as raised:
        parse_block(text)
    assert str(raised.value) == words


def test_a_comma_separates_blocks() -> None:
    assert parse_blocks("1/2,8-9") == (Range(1, 2), Range(8, 9))


def test_an_empty_last_block_is_ignored() -> None:
    with pytest.raises(BlockError, match=r"^EOF$"):
        parse_blocks("1/2,")
