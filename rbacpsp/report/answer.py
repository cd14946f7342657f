"""The answer of a command, independent of the format."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

API_VERSION = "rbacpsp.io/v1"


class Table(Struct, frozen=True):
    """Rows of text under titles; every row has a cell for every column, the wide ones included."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    wide: frozenset[str] = frozenset()
    """The columns that only `-o wide` and `-o csv` show."""
    named: frozenset[str] = frozenset()
    """The columns whose titles are names of the cluster: for readers too they stay as they are."""
    last: str = ""
    """A line for readers below the rows: what the list leaves out."""

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles for readers, in upper case as kubectl has them."""
        return tuple(column if column in self.named else column.upper() for column in self.columns)

    def narrow(self) -> "Table":
        """The table without its wide columns."""
        if not self.wide:
            return self
        kept = [place for place, column in enumerate(self.columns) if column not in self.wide]
        rows = [[row[place] for place in kept] for row in self.rows]
        return Table(tuple(self.columns[place] for place in kept), rows, named=self.named, last=self.last)


class Answer(Struct, frozen=True):
    """An answer that every format can render: a table for readers, data for programs.

    Names stand in it as the cluster has them; each format makes them harmless for where it goes.
    """

    kind: str
    """The `kind` of its JSON and YAML, for example `WhoCan`."""
    table: Table
    data: Mapping[str, Any] = field(default_factory=dict)
    """What JSON and YAML say beside apiVersion and kind, as plain JSON values."""
    names: Sequence[str] = ()
    """What `-o name` prints, one a line, for example `clusterrole/view`."""

    def tabulated(self, *, wide: bool) -> Table:
        """The table, with its wide columns or without."""
        return self.table if wide else self.table.narrow()

    def named(self) -> Sequence[str]:
        """The names."""
        return self.names

    def document(self) -> dict[str, Any]:
        """The whole answer as one JSON object."""
        return {"apiVersion": API_VERSION, "kind": self.kind, **self.data}
