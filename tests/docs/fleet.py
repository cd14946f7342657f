"""Writes the columns of docs/fleet.md: `python -m tests.docs.fleet`."""

from rbacpsp.fleet.tables import TABLES
from tests.docs import written
from tests.docs.console import ROOT

PAGE = ROOT / "docs" / "fleet.md"
_BEGIN, _END = "<!-- columns -->\n", "<!-- end of columns -->"


def page() -> str:
    """The page with its columns as they are."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    parts = [
        f"\n`{name}`:\n\n"
        + written.table(
            ("column", "type", "meaning"),
            [(f"`{column.name}`", column.kind, column.meaning) for column in columns],
        )
        for name, columns in TABLES.items()
    ]
    return f"{before}{_BEGIN}{''.join(parts)}\n{_END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
