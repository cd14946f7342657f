"""Tests that text is printed as Go prints it, and parsed back."""

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.model.go import desanitized, quote, sanitized, unquote

TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT)
def test_quoting_can_be_undone(text: str) -> None:
    assert unquote(quote(text)[1:-1]) == text


@given(TEXT)
def test_sanitizing_can_be_undone(text: str) -> None:
    assert desanitized(sanitized(text)) == text


def test_what_cannot_be_printed_is_escaped() -> None:
    assert quote(
        'a"b\\\n\x00\u200b\U0001f600\U000e0001'
    ) == r'"a\"b\\\n\x00\u200b\U0001f600\U000e0001"'.replace(r"\U0001f600", "\U0001f600")
