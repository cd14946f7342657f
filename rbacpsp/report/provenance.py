"""The sources of a report: which cluster or files were read, when, and what could not be read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rbacpsp.model import Objects
from rbacpsp.report.escape import html_text as text


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the objects of a report come from."""

    cluster: str = ""
    """The name by which the reader knows the cluster; may be empty."""
    sources: tuple[str, ...] = ()
    """The files, or the server."""
    time: str = ""
    """When they were read."""
    read: tuple[tuple[str, int], ...] = ()
    """How many objects of each kind were read, by kind."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """How many objects have kinds that no answer depends on, by kind."""
    unread: tuple[str, ...] = ()
    """A sentence for each kind that could not be read although answers may depend on it."""

    @classmethod
    def of(
        cls, objects: Objects, unread: tuple[str, ...], cluster: str, sources: tuple[str, ...], time: str
    ) -> "Provenance":
        """The provenance of some objects."""
        read = Counter(obj.kind for obj in objects.loaded)
        read.update(other.kind for other in objects.surroundings.values())
        return cls(
            cluster,
            sources,
            time,
            tuple(sorted(read.items())),
            tuple(sorted(objects.ignored.items())),
            unread,
        )

    def html(self) -> Iterator[str]:
        """A list for the header of a page."""
        yield '<dl class="read">'
        for title, value in (
            ("Cluster", self.cluster),
            ("Read from", ", ".join(self.sources)),
            ("Time", self.time),
            ("Read", _counts(self.read) or "nothing"),
            ("Passed over", _counts(self.passed_over)),
        ):
            if value:
                yield f"<dt>{title}</dt><dd>{text(value)}</dd>"
        not_read = "<br>".join(map(text, self.unread)) or "nothing that is known"
        yield f"<dt>Not read</dt><dd>{not_read}</dd>\n</dl>"


def _counts(counted: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in counted)
