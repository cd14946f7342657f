"""Runs upstream's own Go code on the generated clusters: its figures, and how slow this machine is.

The limits of the targets are times of one machine, on which `RECORDED` was measured as well. The same program
takes longer on a slower machine, or on a busy one, so measured times are divided by how much longer it takes.
"""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.generate import write

SOURCE = Path(__file__).parents[1] / "tests" / "apiserver" / "v1.24"
SIZE = 10_000
"""The bindings of the cluster that tells how slow the machine is."""
ROUNDS = 3


class Upstream(NamedTuple):
    """What upstream takes in process: its Go authorizer and its subject locator."""

    load_seconds: float
    authorize_us: float
    who_can_us: float
    subjects: int
    """Found over all requests; upstream counts a subject once for each of its bindings."""


RECORDED = {
    1_000: Upstream(0.025, 5.3, 22, 19_648),
    10_000: Upstream(0.196, 56, 219, 106_336),
    100_000: Upstream(1.78, 1_543, 5_375, 976_985),
}
"""By the number of bindings; of 2 cores, one run."""


@cache
def _program() -> str | None:
    """The compiled program; None without Go, or where it cannot be built."""
    go = shutil.which("go")
    if go is None:
        return None
    target = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rbacpsp" / "authorize"
    # The same flags as in tests/apiserver/install.sh, so that Go's cache serves both.
    flags = ("-trimpath", "-ldflags", "-checklinkname=0 -s -w", "-o", str(target))
    built = subprocess.run(  # noqa: S603 - our own program
        (go, "build", *flags, "./authorize"),
        cwd=SOURCE,
        env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
        check=False,
    )
    return None if built.returncode else str(target)


def measure(cluster: Path, requests: Path) -> Upstream | None:
    """What upstream takes on this machine for a cluster and its requests; None if it cannot be built here."""
    program = _program()
    if program is None:
        return None
    done = subprocess.run((program, str(cluster), str(requests)), check=True, capture_output=True)  # noqa: S603
    figures: dict[str, float] = json.loads(done.stdout)
    load, authorize, who_can = (figures[name] for name in Upstream._fields[:3])
    return Upstream(load, authorize, who_can, int(figures["subjects"]))


def lowest(*measured: float | None) -> float | None:
    """The lowest of several measures of slowness; None if one is unknown."""
    known = [each for each in measured if each is not None]
    return min(known) if len(known) == len(measured) else None


def slowness(folder: Path) -> float | None:
    """How many times as long upstream takes as on the machine of the limits; None if it cannot be built here.

    The median of its three figures, each the best of several runs.
    """
    runs = [measure(*write(SIZE, folder)) for _ in range(ROUNDS)]
    figures = [run[:3] for run in runs if run is not None]
    if not figures:
        return None
    best = [min(column) for column in zip(*figures, strict=True)]
    ratios: list[float] = [here / there for here, there in zip(best, RECORDED[SIZE], strict=False)]
    return median(ratios)
