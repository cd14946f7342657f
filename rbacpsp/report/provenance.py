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
    """The name by which the reader knows the cluster; empty where there is none."""
    sources: tuple[str, ...] = ()
    """The files, or the server."""
    time: str = ""
    """When they were read."""
    read: tuple[tuple[str, int], ...] = ()
    """How many objects of each kind were read, by kind."""
    passed_over: tuple[tuple[str, int], ...] = ()
    """How many objects of kinds on which no answer depends."""
    unread: tuple[str, ...] = ()
    """What could not be read though answers may depend on it, a sentence each."""

    @classmethod
    def of(
        cls, objects: Objects, unread: tuple[str, ...], cluster: str, sources: tuple[str, ...], time: str
    ) -> "Provenance":
        """That of some objects."""
        read = Counter(each.kind for each in objects.loaded)
        read.update(surrounding.kind for surrounding in objects.surroundings.values())
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
        for title, said in (
            ("Cluster", self.cluster),
            ("Read from", ", ".join(self.sources)),
            ("Time", self.time),
            ("Read", _counts(self.read) or "nothing"),
            ("Passed over", _counts(self.passed_over)),
        ):
            if said:
                yield f"<dt>{title}</dt><dd>{text(said)}</dd>"
        not_read = "<br>".join(map(text, self.unread)) or "nothing that is known"
        yield f"<dt>Not read</dt><dd>{not_read}</dd>\n</dl>"


def _counts(counted: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in counted)
