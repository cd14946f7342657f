"""Finds the container logs in the output of `kubectl cluster-info dump`, which are between its JSON lists.

A container can print anything, including the markers of a dump and JSON after them. So a log is recognized
only by the structure of the dump: it starts with a marker on its own line, ends with the marker of the same
container, contains no other marker, and there is one for each container. A file with any other structure is
refused, since parts from the API server cannot be told from parts that a container printed.

Source: kubectl/pkg/cmd/clusterinfo/clusterinfo_dump.go (1.24).
"""

import re
from collections.abc import Iterator

_START = re.compile(rb"^==== START logs for container (.*) ====\r?$", re.MULTILINE)
_MARKER = re.compile(rb"==== (?:START|END) logs for container [^\r\n]* ====")
_REST_OF_LINE = re.compile(rb"\r?(?:\n|\Z)")

ADVICE = "keep the logs apart: kubectl cluster-info dump --output-directory FOLDER"


class LogError(Exception):
    """A log whose extent in a dump is unclear: `at` is the offset of its start, the message says why."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.at = offset


def has_logs(data: bytes) -> bool:
    """Whether a line of a file is the start marker of a log."""
    return b"==== START logs for container " in data and _START.search(data) is not None


def between_logs(data: bytes) -> Iterator[tuple[int, int]]:
    """The parts of a dump outside of logs, as offsets; each value of the dump is completely in one of them.

    Raises:
        LogError: A log has no end, or its end is ambiguous.
    """
    offset = 0
    seen: set[bytes] = set()
    while start := _START.search(data, offset):
        yield offset, start.start()
        container = start[1]
        if container in seen:
            raise LogError(start.start(), "a second log of one container starts here")
        seen.add(container)
        marker = b"==== END logs for container " + container + b" ===="
        end = data.find(marker, start.end())
        if end < 0:
            raise LogError(start.start(), "the log that starts here has no end")
        rest = _REST_OF_LINE.match(data, end + len(marker))
        if rest is None or _MARKER.search(data, start.end(), end):
            raise LogError(start.start(), "the log that starts here contains a marker of another log")
        offset = rest.end()
    yield offset, len(data)
