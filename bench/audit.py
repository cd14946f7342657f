"""Measures the audit and the paths of a large cluster, as a library and as commands.

Run by `python -m bench`, each figure in a process of its own so that the peaks are true.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.generate import write
from bench.report import Suite, Target, peak_mib
from rbacpsp.files import load
from rbacpsp.paths.place import IDENTITIES

SIZES = (10_000, 100_000)
FORMATS = ("table", "json", "csv", "markdown", "sarif", "junit", "html")
SUBJECTS = 200
"""How many subjects are asked for their paths: some of all, evenly drawn."""


def audit(cluster: Path) -> dict[str, float]:
    """The seconds from the file to the findings; to be called in a fresh process."""
    start = time.perf_counter()
    result = load(cluster).audit()
    return {"seconds": time.perf_counter() - start, "findings": len(result), "peak_mib": peak_mib()}


def paths(cluster: Path) -> dict[str, float]:
    """The seconds to the graph, and the longest that one subject takes; to be called in a fresh process."""
    start = time.perf_counter()
    ways = load(cluster).paths()
    subjects = sorted(place for place in ways.graph.places if place.kind in IDENTITIES)
    built = time.perf_counter()
    longest = 0.0
    for subject in subjects[:: max(len(subjects) // SUBJECTS, 1)]:
        asked = time.perf_counter()
        ways.from_(subject, 50)
        longest = max(longest, time.perf_counter() - asked)
    return {"graph": built - start, "longest": longest, "peak_mib": peak_mib()}


def command(cluster: Path, form: str) -> dict[str, float]:
    """The seconds that `rbacpsp audit -o FORM` takes from its start to its end, output included."""
    start = time.perf_counter()
    program = [sys.executable, "-m", "rbacpsp", "audit", "-f", str(cluster), "-o", form]
    subprocess.run(  # noqa: S603 - this very program
        program, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - start, "peak_mib": peak}


def _in_a_process(*what: str) -> dict[str, float]:
    program = [sys.executable, "-m", "bench.audit", *what]
    done = subprocess.run(program, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run(folder: Path) -> Iterator[Suite]:
    """The figures of every size, and at the largest whether the targets are met."""
    yield _audits(folder)
    yield _reports(folder)
    yield _paths(folder)


def _audits(folder: Path) -> Suite:
    rows = []
    small: dict[str, float] = {}
    result: dict[str, float] = {}
    for size in SIZES:
        cluster, _ = write(size, folder)
        result = _in_a_process("audit", str(cluster))
        small = small or result
        rows.append(
            (
                f"{size:,}",
                f"{result['findings']:,}",
                f"{result['seconds']:.1f}",
                f"{result['peak_mib']:.0f}",
            )
        )
    targets = [
        Target("audit with paths of 10,000 bindings, file to findings: 1.2 s", small["seconds"], 1.2, "s"),
        Target("audit with paths of 100,000 bindings, file to findings: 8 s", result["seconds"], 8, "s"),
        Target("its peak memory: 600 MiB", result["peak_mib"], 600, "MiB"),
    ]
    return Suite("Audit", ("bindings", "findings", "file to findings s", "peak MiB"), rows, targets)


def _reports(folder: Path) -> Suite:
    """The figures of every format; the JSON report of the larger cluster is about a gigabyte."""
    rows = []
    for size in SIZES:
        cluster, _ = write(size, folder)
        printed = {form: _in_a_process("command", str(cluster), form) for form in FORMATS}
        for what, figure, form in (("seconds", "s", ".1f"), ("peak_mib", "MiB", ".0f")):
            rows.append((f"{size:,}", figure, *(f"{each[what]:{form}}" for each in printed.values())))
    return Suite("Audit reports", ("bindings", "", *(f"-o {form}" for form in FORMATS)), rows, ())


def _paths(folder: Path) -> Suite:
    rows = []
    result: dict[str, float] = {}
    for size in SIZES:
        cluster, _ = write(size, folder)
        result = _in_a_process("paths", str(cluster))
        rows.append(
            (f"{size:,}", f"{result['graph']:.1f}", f"{result['longest']:.3f}", f"{result['peak_mib']:.0f}")
        )
    headers = ("bindings", "file to graph s", f"slowest of {SUBJECTS} subjects s", "peak MiB")
    return Suite("Paths", headers, rows, [Target("paths of a subject: 1 s", result["longest"], 1, "s")])


if __name__ == "__main__":
    task, file, *rest = sys.argv[1:]
    if task == "command":
        figures = command(Path(file), *rest)
    else:
        figures = audit(Path(file)) if task == "audit" else paths(Path(file))
    print(json.dumps(figures))
