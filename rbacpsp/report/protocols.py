"""The protocols between answers and formats: a format names the methods that it needs of an answer.

An answer has the methods that make sense for it. `rbacpsp.report.answer.Answer` has those of a plain table
with data; a report with pages of its own has more.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import networkx as nx

    from rbacpsp.report.answer import Table
    from rbacpsp.report.suites import Suite


@runtime_checkable
class Tabular(Protocol):
    """It has rows under titles: `table`, `wide`, `csv`, `markdown`."""

    def tabulated(self, *, wide: bool) -> "Table":
        """The rows, with the columns that only wide formats show or without them."""


@runtime_checkable
class Streamed(Protocol):
    """It has too many rows to hold them at once: `csv`."""

    def streamed(self) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
        """The titles, and the rows as they are made."""


@runtime_checkable
class Spoken(Protocol):
    """It has a text for readers instead of a table: `table`, `wide`."""

    def spoken(self, *, wide: bool, headers: bool) -> Iterable[str]:
        """The text in pieces, harmless for a terminal."""


@runtime_checkable
class Documented(Protocol):
    """It is one JSON object: `json`, `yaml`."""

    def document(self) -> Mapping[str, Any]:
        """The object; a member that is an iterator is a list that is written while it is made."""


@runtime_checkable
class Listed(Protocol):
    """It is several JSON objects: `jsonl`."""

    def documents(self) -> Iterable[Mapping[str, Any]]:
        """The objects."""


@runtime_checkable
class Applied(Protocol):
    """It is manifests for kubectl, perhaps with comments: `yaml`."""

    def manifests(self) -> Iterable[str]:
        """YAML texts that are joined by `---` lines, each with its last newline."""


@runtime_checkable
class Named(Protocol):
    """It has names for other commands to read: `name`."""

    def named(self) -> Iterable[str]:
        """The names in their order, for example `clusterrole/view`."""


@runtime_checkable
class Markdown(Protocol):
    """It has a Markdown page of its own: `markdown`."""

    def markdown(self) -> Iterable[str]:
        """The page in pieces."""


@runtime_checkable
class Paged(Protocol):
    """It has an HTML page: `html`."""

    def page(self) -> Iterable[str]:
        """The page in pieces."""


@runtime_checkable
class Scanned(Protocol):
    """It has results for code scanning: `sarif`, `github`, `gitlab`."""

    def log(self) -> Mapping[str, Any]:
        """A SARIF log, made with `rbacpsp.report.sarif.log`."""


@runtime_checkable
class Tested(Protocol):
    """It has passed and failed cases: `junit`."""

    def suites(self) -> tuple[str, Sequence["Suite"]]:
        """What was tested, and the suites of cases."""


@runtime_checkable
class Drawn(Protocol):
    """It is a graph: `dot`, `svg`, `graphml`, `mermaid`."""

    def drawn(self) -> "nx.MultiDiGraph[str]":
        """The graph."""
