"""A difference of two states, for every format of `rbacpsp diff`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rbacpsp.cli.diff_output import log, markdown, page
from rbacpsp.cli.diff_output.section import COLUMNS, WIDE, DiffSection
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.escape import line
from rbacpsp.report.table import stream


@dataclass(frozen=True, slots=True)
class DiffReport:
    """One section for each thing that was compared; access comes first."""

    sections: Sequence[DiffSection]
    names: Sequence[str]
    """The subjects whose access changed."""
    left_out: int = 0
    """How many changes of access the options exclude, so that an empty section does not mean no change."""

    @property
    def nothing(self) -> str:
        """The line for empty sections: `no change in access`; empty if no section is empty."""
        empty = [section.name for section in self.sections if not section and not self._is_hidden(section)]
        return f"no change in {', '.join(empty)}" if empty else ""

    def _is_hidden(self, section: DiffSection) -> bool:
        return section.name == "access" and bool(self.left_out)

    def spoken(self, *, wide: bool, headers: bool) -> Iterator[str]:
        """A table for each section, with its name if there are several; last, the names of empty sections."""
        several = len(self.sections) > 1
        for section in self.sections:
            if section:
                yield line(f"{section.name}: {section.summary}") + "\n" if several else ""
                yield from stream(section.table if wide else section.table.narrow(), headers=headers)
                yield "\n" if several and section is not self.sections[-1] else ""
        if self.nothing:
            yield f"{self.nothing}\n"

    def tabulated(self, *, wide: bool) -> Table:
        """All sections in one table."""
        table = Table(COLUMNS, [row for section in self.sections for row in section.rows], WIDE)
        return table if wide else table.narrow()

    def document(self) -> JSONObject:
        """The difference as one object, a member for each section."""
        sections = {section.name: section.data() for section in self.sections}
        return {"apiVersion": API_VERSION, "kind": "Diff", **sections}

    def named(self) -> Sequence[str]:
        """The subjects whose access changed."""
        return self.names

    def markdown(self) -> Iterator[str]:
        """A comment for a pull request."""
        return markdown.stream(self.sections, self.nothing)

    def page(self) -> Iterator[str]:
        """A page."""
        return page.stream(self.sections, self.nothing)

    def log(self) -> Mapping[str, Any]:
        """The changes that a reviewer must look at, for code scanning."""
        return log.document(self.sections)
