"""Tests that hostile names are escaped in every format."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.report import escape


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain-name:é/日本", "plain-name:é/日本"),
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("a\rroot", "a\\rroot"),
        ("a\nroot   ClusterRole/cluster-admin", "a\\nroot   ClusterRole/cluster-admin"),
        ("\x9b31m", "\\x9b31m"),
        ("nimda\u202e", "nimda\\u202e"),
        ("ad\u200bmin", "ad\\u200bmin"),
        ("a\u00a0b", "a\\xa0b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_control_characters_are_shown_and_never_sent(hostile: str, shown: str) -> None:
    assert escape.line(hostile) == shown


def test_text_of_many_lines_keeps_its_newlines_only() -> None:
    assert escape.lines("Name:  a\x1b\nRole:\n") == "Name:  a\\x1b\nRole:\n"


@pytest.mark.parametrize(
    ("text", "shown"), [("admin ", "admin\\x20"), (" admin", "\\x20admin"), ("  ", "\\x20\\x20"), ("", "")]
)
def test_spaces_at_the_ends_of_a_name_are_visible(text: str, shown: str) -> None:
    assert escape.cell(text) == shown


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\\t=1"),
        ("\r=1", "'\\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),  # noqa: RUF001 - the attack is the full-width sign
        ("system:masters", "system:masters"),
        ("", ""),
    ],
)
def test_a_spreadsheet_does_not_read_cells_as_formulas(hostile: str, harmless: str) -> None:
    assert escape.csv_cell(hostile) == harmless


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("a|b", "a\\|b"),
        ("`x`", "\\`x\\`"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("[click](javascript:alert(1))", "\\[click\\](javascript:alert(1))"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("https://evil.example", "https:&#47;&#47;evil.example"),
        ("www.evil.example", "www&#46;evil.example"),
        ("@everyone", "&#64;everyone"),
        ("a\\|b", "a\\\\\\|b"),
        ("a\nb", "a\\\\nb"),
        ("*", "\\*"),
        ("system:masters", "system:masters"),
    ],
)
def test_names_are_plain_text_in_markdown(hostile: str, harmless: str) -> None:
    assert escape.markdown_cell(hostile) == harmless


@given(st.text())
def test_no_unprintable_character_is_written(text: str) -> None:
    for shown in (escape.line(text), escape.cell(text), escape.csv_cell(text), escape.markdown_cell(text)):
        assert shown.isprintable()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_keeps_the_value_and_shows_what_is_unprintable(text: str) -> None:
    shown = escape.json_text(json.dumps(text, ensure_ascii=False))
    assert json.loads(shown) == text
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kind: Pod\n\tname: \u00e4\u00a0\U0001f469\u200d\U0001f4bb\r\n", False),
        ("a: ::error\nb: # note [x] ##\n", False),
        ("a\n  ::error::b\n", True),
        ("a: b ##[section]c\n", True),
        ("a\rb", True),
        *((f"a{char}b", True) for char in "\x00\x08\x0b\x1b\x7f\x85\x9b\u061c\u200f\u2028\u202e\u2066\u2069"),
    ],
    ids=ascii,
)
def test_a_text_needs_escapes_where_a_terminal_or_a_ci_system_would_act_on_it(
    text: str, expected: bool
) -> None:
    assert escape.needs_escapes(text) is expected
