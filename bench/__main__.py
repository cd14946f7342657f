"""Prints every suite's figures; the exit code is 1 when a target is missed.

A suite is a module with `run(folder) -> Iterator[Suite]`; a new one is added to `SUITES`.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import audit, bootstrap, comparison, frames, migration, psp, rbac, scc, usage
from bench.report import Suite

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
    for run in SUITES:
        for suite in run(DATA):
            print(suite, end="\n\n", flush=True)
            missed |= not all(target.met for target in suite.targets)
    return int(missed)


sys.exit(main())
