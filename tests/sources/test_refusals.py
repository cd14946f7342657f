"""Tests that errors of the client and of servers are one line without credentials."""

import pytest

from rbacpsp.sources.refusals import RefusedError, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\tc\x1b[31m", "a b c [31m"),
        ("expected key in {'token': 'secret', 'x': {}}/context", "expected key in {...}/context"),
        ("cut short: {'token': 'secret", "cut short: {...}"),
        ("no use: Bearer secret.secret!", "no use: <hidden>"),
        ("got eyJsecret.secret.secret of it", "got <hidden> of it"),
        ("x" * 301, "x" * 297 + "..."),
    ],
)
def test_possible_credentials_are_hidden(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_long_message_takes_no_time() -> None:
    """A new search for the partner of each brace would take days."""
    assert str(RefusedError(500, "{" * 2_000_000)) == "{...}"
