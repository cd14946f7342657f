"""Prints every suite's figures; the exit code is 1 when a target is missed.

Where Go is installed, upstream's own code is timed before and after each suite, and the better of both times
tells how much longer this machine takes than the one of the limits. Elsewhere times are compared as they are.

A suite is a module with `run(folder) -> Iterator[Suite]`; a new one is added to `SUITES`.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import audit, bootstrap, comparison, frames, migration, psp, rbac, scc, usage
from bench.report import Suite
from bench.upstream import lowest, slowness

DATA = Path(__file__).parent / "data"
SUITES: tuple[Callable[[Path], Iterator[Suite]], ...] = (
    rbac.run,
    bootstrap.run,
    psp.run,
    scc.run,
    audit.run,
    comparison.run,
    frames.run,
    migration.run,
    usage.run,
)


def main() -> int:
    """Run all suites."""
    missed = False
    before = slowness(DATA)
    for run in SUITES:
        for suite in run(DATA):
            after = slowness(DATA)
            compared = suite.at(lowest(before, after))
            print(compared, end="\n\n", flush=True)
            missed |= not compared.met
            before = after
    return int(missed)


sys.exit(main())
