"""Defines a suite of figures, and prints it."""

import resource
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

_TIMES = frozenset({"s", "ms", "us", "ms a MB"})


class Target(NamedTuple):
    """A figure that must not be exceeded."""

    name: str
    measured: float
    limit: float
    unit: str
    slowness: float = 1
    """How many times as long this machine takes as the one of the limit, where the figure is a time."""

    @property
    def met(self) -> bool:
        """Whether the measured figure, at the speed of the machine of the limit, is below the limit."""
        return self.measured / self.slowness <= self.limit

    def at(self, slowness: float) -> "Target":
        """The target measured on a machine that takes so many times as long as the one of the limit."""
        return self._replace(slowness=slowness) if self.unit in _TIMES else self

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        there = f", {self.measured / self.slowness:.4g} at that speed" if self.slowness != 1 else ""
        limit = f"{self.limit:.4g} {self.unit}".rstrip()
        return f"{verdict:>6}  {self.name} (limit {limit}, measured {self.measured:.4g}{there})"


class Suite(NamedTuple):
    """A table of figures and the targets that belong to it."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target]

    @property
    def met(self) -> bool:
        """Whether all targets are met."""
        return all(target.met for target in self.targets)

    def at(self, slowness: float | None) -> "Suite":
        """The suite with the targets of a machine of this slowness; None: it is not known."""
        if slowness is None:
            return self
        title = (
            f"{self.title} (upstream's code takes {slowness:.2f} times as long as where the limits are from)"
        )
        return self._replace(title=title, targets=tuple(target.at(slowness) for target in self.targets))

    def __str__(self) -> str:
        table = tabulate(
            self.rows, self.headers, disable_numparse=True, colalign=["right"] * len(self.headers)
        )
        return "\n".join((self.title, "", table, "", *map(str, self.targets)))


def peak_mib() -> float:
    """The most memory that this process has had so far, in MiB.

    Linux counts in `ru_maxrss` what the parent process had when it started this one; VmHWM leaves that out.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
