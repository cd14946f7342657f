"""The limits of requests to a server: every wait and every answer has one.

Each bound can be set by its name (`--live-limit` on the command line), and has a line for when it is reached.
"""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from time import monotonic

from rbacpsp.model.wrong import require, said
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
"""Each bound as the user names it, and the field that holds it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server, in seconds, and how much to take from it, in bytes unpacked."""

    connect: float = 10
    read: float = 60
    """Between two pieces of an answer."""
    request: float = 300
    """For one answer as a whole."""
    total: float = 3600
    """For a cluster as a whole."""
    attempts: int = 6
    first_delay: float = 0.25
    """Before the second attempt; it doubles with each further one."""
    longest_delay: float = 30
    """A server that asks to be left alone for longer (Retry-After) is given up."""
    pages: int = 100_000
    """Of one list."""
    list_bytes: int = 1 << 30
    """Of one list, and of any other answer."""
    total_bytes: int = 1 << 32
    """Of a cluster as a whole."""

    def with_limits(self, limits: Mapping[str, float]) -> "Patience":
        """The same except for some bounds, each by its name such as `list-bytes`.

        Raises:
            ValueError: There is no such bound, or it is not above 0.
        """
        changed: dict[str, float] = {}
        for name, value in limits.items():
            if name not in _BOUNDS:
                raise ValueError(f"{said(name)} is no limit: name one of {', '.join(_BOUNDS)}")
            require("limits", value, int | float, f"a number for {name}")
            if not 0 < value < math.inf:
                raise ValueError(f"the limit {name} must be a number above 0")
            field = _BOUNDS[name]
            whole = next(each.type for each in fields(self) if each.name == field) in {int, "int"}
            changed[field] = max(1, int(value)) if whole else value
        return replace(self, **changed)  # type: ignore[arg-type]  # whole numbers are made above


LIMITS = tuple(_BOUNDS)
"""The names of the bounds."""


def limit_reached(what: str, name: str) -> ConnectError:
    """The line of a bound that was reached: what the server did, and the option that raises the bound."""
    return ConnectError(f"{what}; raise the bound with --live-limit {name}=N where that is to be expected")


class Budget:
    """What is left of the bounds of one cluster as a whole; several threads draw on it."""

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
        """The line that says that the time is over."""
        what = f"{self._server} was not read within {self._patience.total:g} seconds"
        return limit_reached(what, "total-seconds")

    @property
    def ended(self) -> bool:
        """Whether the time is over."""
        return monotonic() >= self._end

    def take(self, size: int) -> None:
        """Count the bytes of an answer.

        Raises:
            ConnectError: There were too many in all.
        """
        with self._lock:
            self._bytes += size
            if self._bytes > self._patience.total_bytes:
                what = f"{self._server} sent more than {self._patience.total_bytes} bytes in all"
                raise limit_reached(what, "total-bytes")
