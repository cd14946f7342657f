"""Tests that no line is a command of a CI system, no cell is a formula, and cells are limited."""

import csv
import io
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.report.answer import Table
from rbacpsp.report.csv import lines as csv_lines
from rbacpsp.report.escape import LONGEST_CELL, line, markdown_cell
from rbacpsp.report.json import encode as to_json
from rbacpsp.report.table import columns
from rbacpsp.report.tabwriter import align
from rbacpsp.report.yaml import encode as to_yaml

COMMAND = re.compile(r"^\s*::\S|##(vso|teamcity)?\[", re.MULTILINE)
TEXTS = st.lists(
    st.sampled_from(
        ["::", ":", "#", "##vso[", "##[", "[", " ", "error", "a", ";", ",", "\t", "=", "+1", '"', "|", "'"]
    )
).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("  ::set-output name=x::y", "  \\x3a:set-output name=x::y"),
        ("a::b", "a::b"),
        ("##vso[task.complete]", "\\x23#vso[task.complete]"),
        ("a ##[error]b", "a \\x23#[error]b"),
        ("##teamcity[x]", "\\x23#teamcity[x]"),
        ("## title", "## title"),
    ],
)
def test_characters_that_begin_a_ci_command_are_escaped(text: str, shown: str) -> None:
    assert line(text) == shown


@given(TEXTS, TEXTS)
def test_no_format_writes_a_line_that_is_a_command(one: str, other: str) -> None:
    rows = [(one, other), (other, one)]
    value = {one: [other], "x": {other: one}}
    texts = [
        line(one),
        "".join(csv_lines(("a", "b"), rows)),
        columns(Table(("a", "b"), rows)),
        columns(Table(("a", "b"), rows * 300)),
        markdown_cell(one),
        to_json(value),
        to_yaml(value),
    ]
    assert [text for text in texts if COMMAND.search(text)] == []
    assert json.loads(texts[-2]) == value
    assert yaml.safe_load(texts[-1]) == value


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1))
def test_csv_holds_the_cells_and_starts_no_formula_in_any_locale(rows: list[tuple[str, str]]) -> None:
    text = "".join(csv_lines(("a", "b"), rows))
    read = list(csv.reader(io.StringIO(text)))
    assert [len(row) for row in read] == [2] * (len(rows) + 1)
    for separator in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)


def test_a_field_with_a_semicolon_is_quoted() -> None:
    assert list(csv_lines(("a",), [("ClusterRole/a;=1+1",)], headers=False)) == ['"ClusterRole/a;\'=1+1"\n']


def test_a_long_cell_is_cut_in_columns_and_complete_elsewhere() -> None:
    name = "x" * 1_000_000
    rows = [(name, "a")] + [("short", "b")] * 1_000
    text = columns(Table(("name", "other"), rows))
    assert len(text) < 2 * 1_000 * LONGEST_CELL
    assert text.splitlines()[1].startswith("x" * 500 + "..." + "x" * 250)
    described = align(f"{name}\ta\n" + "short\tb\n" * 1_000, minwidth=0, padding=1)
    assert len(described) < 2 * 1_000 * LONGEST_CELL
    assert name in "".join(csv_lines(("a", "b"), rows))
    assert name in to_json({"name": name})
