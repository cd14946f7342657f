"""Defines a suite of figures, and prints it."""

import resource
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate


class Target(NamedTuple):
    """A figure that must not be exceeded."""

    name: str
    measured: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether the measured figure is below the limit."""
        return self.measured <= self.limit

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return f"{verdict:>6}  {self.name} (limit {self.limit:.4g} {self.unit}, measured {self.measured:.4g})"


class Suite(NamedTuple):
    """A table of figures and the targets that belong to it."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target]

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
