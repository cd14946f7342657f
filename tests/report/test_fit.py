"""Tests tables that fit the width of a terminal."""

import os
import pty
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.report.answer import Table
from rbacpsp.report.fit import fit_table
from rbacpsp.report.table import columns
from tests.docs import console

CELLS = st.text("abcdefg,", min_size=1, max_size=80)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=5), width=st.integers(60, 200))
def test_lines_are_cut_to_the_width_and_shorter_ones_stay(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    table = Table(("subject", "can", "role"), rows)
    text = columns(fit_table(table, width))
    if max(map(len, columns(table).splitlines())) <= width:
        assert text == columns(table)
    assert max(map(len, text.splitlines())) <= width
    assert len(text.splitlines()) == len(rows) + 1


def test_the_first_column_is_cut_last() -> None:
    table = Table(
        ("subject", "resources"), [("Group/acme:developers", "pods,secrets,configmaps,services,events")]
    )
    assert columns(fit_table(table, 50)) == (
        "SUBJECT                 RESOURCES\nGroup/acme:developers   pods,secrets,configmaps...\n"
    )


def shown(*options: str) -> str:
    """What a terminal of eighty columns shows."""
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "rbacpsp",
        "rules",
        "acme:developers",
        "-f",
        "sample_clusters/acme",
        *options,
    ]
    environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    with subprocess.Popen(
        command, stdout=theirs, stderr=subprocess.DEVNULL, env=environment, cwd=console.ROOT
    ) as process:
        os.close(theirs)
        found = b""
        try:
            while piece := os.read(ours, 65_536):
                found += piece
        except OSError:  # the end of a terminal
            pass
        process.wait()
    os.close(ours)
    return found.decode().replace("\r\n", "\n")


def test_a_table_fits_the_terminal_and_wide_shows_all() -> None:
    lines = shown().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("..." in line for line in lines)
    assert "..." not in shown("-o", "wide")
