"""The limits of requests to a server: of every wait and every answer.

Each limit can be set by its name (`--live-limit` on the command line), which the error names when it is
reached.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from time import monotonic

from rbacpsp.model.argument_types import require, unknown_word
from rbacpsp.sources.refusals import ConnectError

_BOUNDS = {
    "connect-seconds": "connect",
    "silent-seconds": "read",
    "request-seconds": "request",
    "total-seconds": "total",
    "retry-seconds": "longest_delay",
    "attempts": "attempts",
    "pages": "pages",
    "list-bytes": "list_bytes",
    "total-bytes": "total_bytes",
}
"""The name of each limit, and its field."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in seconds, and how much to read from it, in unpacked bytes."""

    connect: float = 10
    read: float = 60
    """Between two parts of an answer."""
    request: float = 300
    """For one complete answer."""
    total: float = 3600
    """For a complete cluster."""
    attempts: int = 6
    first_delay: float = 0.25
    """Before the second attempt; it doubles with each later one."""
    longest_delay: float = 30
    """If a server asks for a longer delay (Retry-After), the request fails."""
    pages: int = 100_000
    """Of one list."""
    list_bytes: int = 1 << 30
    """Of one list, or any other answer."""
    total_bytes: int = 1 << 32
    """Of a complete cluster."""

    def with_limits(self, limits: Mapping[str, float]) -> "Patience":
        """A copy with other limits, each by its name such as `list-bytes`.

        Raises:
            ValueError: There is no such limit, or a value is not above 0.
        """
        changed: dict[str, float] = {}
        for name, value in limits.items():
            if name not in _BOUNDS:
                raise ValueError(unknown_word("limit", name, _BOUNDS))
            require("limits", value, int | float, f"a number for {name}")
            if not 0 < value < math.inf:
                raise ValueError(f"the limit {name} must be a number above 0")
            field = _BOUNDS[name]
            is_integer = next(item.type for item in fields(self) if item.name == field) in {int, "int"}
            changed[field] = max(1, int(value)) if is_integer else value
        return replace(self, **changed)  # type: ignore[arg-type]  # whole numbers are made above


LIMITS = tuple(_BOUNDS)
"""The names of the limits."""


def limit_reached(message: str, name: str) -> ConnectError:
    """The error of a limit that is reached: what the server did, and the option that raises the limit."""
    return ConnectError(f"{message}; raise the limit with --live-limit {name}=N if that is expected")


class Budget:
    """The rest of the limits of a complete cluster, shared by several threads."""

    def __init__(self, server: str, patience: Patience) -> None:
        self._server = server
        self._patience = patience
        self._end = monotonic() + patience.total
        self._lock = threading.Lock()
        self._bytes = 0

    def seconds(self) -> float:
        """How long one more request may take.

        Raises:
            ConnectError: The time is over.
        """
        left = self._end - monotonic()
        if left <= 0:
            raise self.late()
        return min(left, self._patience.request)

    def late(self) -> ConnectError:
        """The error of the time limit."""
        message = f"{self._server} was not read within {self._patience.total:g} seconds"
        return limit_reached(message, "total-seconds")

    @property
    def ended(self) -> bool:
        """Whether the time is over."""
        return monotonic() >= self._end

    def take(self, size: int) -> None:
        """Count the bytes of an answer.

        Raises:
            ConnectError: All answers together have too many bytes.
        """
        with self._lock:
            self._bytes += size
            if self._bytes > self._patience.total_bytes:
                message = f"{self._server} sent more than {self._patience.total_bytes} bytes in all"
                raise limit_reached(message, "total-bytes")
