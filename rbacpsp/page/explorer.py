"""The explorer of a cluster, which becomes one HTML file."""

import os
from base64 import b64encode
from collections.abc import Iterator
from functools import cached_property

from rbacpsp.model.progress import ProgressContext, no_progress
from rbacpsp.page.facts import Facts
from rbacpsp.report.escape import html_text

_HEIGHT = 640
"""Pixels of the frame in a notebook."""


class Explorer:
    """The page about one cluster; it is generated on first access."""

    def __init__(self, facts: Facts, telling: ProgressContext = no_progress) -> None:
        """Store the facts; `telling` gives the receiver of progress reports."""
        self._facts = facts
        self._telling = telling

    def pieces(self) -> Iterator[str]:
        """The file in pieces, each generated on demand."""
        from rbacpsp.page.html import pieces

        with self._telling() as report_progress:
            yield from pieces(self._facts, report_progress)

    @cached_property
    def html(self) -> str:
        """The whole file."""
        return "".join(self.pieces())

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file atomically.

        Raises:
            OSError: It cannot be written; no partial file remains.
        """
        from rbacpsp.sources.atomic_write import replaced_file

        with replaced_file(path) as stream:
            for piece in self.pieces():
                stream.write(piece.encode())

    def _repr_html_(self) -> str:
        """The whole page in a frame of a notebook's cell; it reaches neither the notebook nor the network.

        The frame's address is the page itself: in a `srcdoc` its links would lead to the notebook.
        """
        page = b64encode(self.html.encode("utf-8", "backslashreplace")).decode()
        return (
            f'<iframe src="data:text/html;charset=utf-8;base64,{page}" '
            f'sandbox="allow-scripts allow-downloads" title="{html_text(repr(self)[1:-1])}" '
            f'style="width:100%;height:{_HEIGHT}px;border:1px solid"></iframe>'
        )

    def __str__(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<Explorer of {self._facts.version_words}>"
