"""Tests that columns are aligned as by Go's text/tabwriter; Go 1.26 printed the expected texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.report.tabwriter import align


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\tb\tc\nlonger\tb\tc\n", "a       b  c\nlonger  b  c\n", id="cells line up"),
        pytest.param(
            "a\tb\nalone\nlonger\tb\n", "a  b\nalone\nlonger  b\n", id="a line without a tab ends the block"
        ),
        pytest.param("a\t\nbb\t\n", "a   \nbb  \n", id="a cell that a tab ends is padded, whatever follows"),
        pytest.param("\t\tx\n\t\ty\n", "    x\n    y\n", id="empty cells are as wide as the padding"),
        pytest.param("é\tx\nee\ty\n", "é   x\nee  y\n", id="width is counted in characters, not bytes"),
        pytest.param("a\tb\flonger\tb\n", "a  b\nlonger  b\n", id="a form feed ends the line and the blocks"),
        pytest.param("a\vb\nlonger\tb\n", "a       b\nlonger  b\n", id="a vertical tab ends a cell"),
        pytest.param(
            "a\tb\tc\nlonger\tb\nx\tbb\tc\n", "a       b  c\nlonger  b\nx       bb  c\n", id="nested blocks"
        ),
        pytest.param("longer\tb\na\t", "longer  b\na", id="a tab at the very end makes no column"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_text_is_aligned_as_go_aligns_it(text: str, expected: str) -> None:
    assert align(text, minwidth=0, padding=2) == expected


def test_a_column_is_never_narrower_than_the_minimum() -> None:
    assert align("a\tb\n", minwidth=6, padding=3) == "a     b\n"


def test_a_remembered_column_stays_as_wide_as_it_was() -> None:
    text = "longer\tb\nalone\na\tb\n"
    assert align(text, minwidth=0, padding=2, remember=True) == "longer  b\nalone\na       b\n"


@given(st.lists(st.lists(st.text("ab é", max_size=5), min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_full_table_has_every_column_at_one_offset(rows: list[list[str]]) -> None:
    printed = align("".join("\t".join(row) + "\n" for row in rows), minwidth=0, padding=2).split("\n")
    first, second = (2 + max(len(row[column]) for row in rows) for column in (0, 1))
    assert printed == [*(f"{a:<{first}}{b:<{second}}{c}" for a, b, c in rows), ""]
