"""The answer of a command, independent of the format."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

API_VERSION = "rbacpsp.io/v1"


class Table(Struct, frozen=True):
    """Rows of text under titles; every row has a cell for every column, including the wide ones."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    wide: frozenset[str] = frozenset()
    """The columns that only `-o wide` and `-o csv` show."""
    named: frozenset[str] = frozenset()
    """The columns whose titles are names from the cluster; these titles are not put into upper case."""
    last: str = ""
    """A line below the rows, for people: what the list leaves out."""

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles for people, in upper case as kubectl prints them."""
        return tuple(column if column in self.named else column.upper() for column in self.columns)

    def narrow(self) -> "Table":
        """The table without its wide columns."""
        if not self.wide:
            return self
        indexes = [index for index, column in enumerate(self.columns) if column not in self.wide]
        rows = [[row[index] for index in indexes] for row in self.rows]
        return Table(tuple(self.columns[index] for index in indexes), rows, named=self.named, last=self.last)


class Answer(Struct, frozen=True):
    """An answer that every format can render: a table for people, data for programs.

    It contains names exactly as the cluster has them; each format escapes them for its output.
    """

    kind: str
    """The `kind` of its JSON and YAML, for example `WhoCan`."""
    table: Table
    data: Mapping[str, Any] = field(default_factory=dict)
    """The fields of JSON and YAML in addition to apiVersion and kind, as plain JSON values."""
    names: Sequence[str] = ()
    """What `-o name` prints, one per line, for example `clusterrole/view`."""

    def tabulated(self, *, wide: bool) -> Table:
        """The table, with its wide columns or without."""
        return self.table if wide else self.table.narrow()

    def named(self) -> Sequence[str]:
        """The names."""
        return self.names

    def document(self) -> dict[str, Any]:
        """The complete answer as one JSON object."""
        return {"apiVersion": API_VERSION, "kind": self.kind, **self.data}
