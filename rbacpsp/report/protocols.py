"""The protocols between answers and formats: the methods that a format calls on an answer.

An answer has the methods that make sense for it. `rbacpsp.report.answer.Answer` has those of a plain table
with data; a report with its own pages has more.
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
        """The rows, with or without the columns that only wide formats show."""


@runtime_checkable
class Streamed(Protocol):
    """It has too many rows to keep in memory: `csv`."""

    def streamed(self) -> tuple[Sequence[str], Iterable[Sequence[str]]]:
        """The titles, and the rows, each made when it is needed."""


@runtime_checkable
class Spoken(Protocol):
    """It has a text for people instead of a table: `table`, `wide`."""

    def spoken(self, *, wide: bool, headers: bool) -> Iterable[str]:
        """The text in chunks, escaped for a terminal."""


@runtime_checkable
class Documented(Protocol):
    """It is one JSON object: `json`, `yaml`."""

    def document(self) -> Mapping[str, Any]:
        """The object; a member that is an iterator becomes a list, written while it is made."""


@runtime_checkable
class Listed(Protocol):
    """It is several JSON objects: `jsonl`."""

    def documents(self) -> Iterable[Mapping[str, Any]]:
        """The objects."""


@runtime_checkable
class Applied(Protocol):
    """It is manifests for kubectl, perhaps with comments: `yaml`."""

    def manifests(self) -> Iterable[str]:
        """YAML documents, each with its last newline; the format joins them with `---` lines."""


@runtime_checkable
class HasNames(Protocol):
    """It has names for other commands to read: `name`."""

    def named(self) -> Iterable[str]:
        """The names in their order, for example `clusterrole/view`."""


@runtime_checkable
class Markdown(Protocol):
    """It has its own Markdown page: `markdown`."""

    def markdown(self) -> Iterable[str]:
        """The page in chunks."""


@runtime_checkable
class Paged(Protocol):
    """It has an HTML page: `html`."""

    def page(self) -> Iterable[str]:
        """The page in chunks."""


@runtime_checkable
class Scanned(Protocol):
    """It has results for code scanning: `sarif`, `github`, `gitlab`."""

    def log(self) -> Mapping[str, Any]:
        """A SARIF log, made with `rbacpsp.report.sarif.log`."""


@runtime_checkable
class Tested(Protocol):
    """It has passed and failed cases: `junit`."""

    def suites(self) -> tuple[str, Sequence["Suite"]]:
        """The name of the report, and the suites of cases."""


@runtime_checkable
class Drawn(Protocol):
    """It is a graph: `dot`, `svg`, `graphml`, `mermaid`."""

    def drawn(self) -> "nx.MultiDiGraph[str]":
        """The graph."""
