"""Measures migrations: writing many policies, finding affected workloads, and checking every pod.

Run by `python -m bench`, each size in a process of its own so that the peaks are true.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import rbacpsp
from bench.pods import write
from bench.report import Suite, Target, peak_mib

PODS = 10_000


def measure_write(path: Path) -> dict[str, float]:
    """The seconds of the text, and of the workloads that the gaps touch beside those of a simulation."""
    cluster = rbacpsp.load(path)
    start = time.perf_counter()
    migration = rbacpsp.migrate(cluster, "vap", excluded_namespaces=("kube-system",))
    written = time.perf_counter()
    for gap in migration.gaps:
        _ = gap.affected
    affected = time.perf_counter()
    _ = cluster.simulate().rows
    simulated = time.perf_counter()
    return {"text": written - start, "ratio": (affected - written) / (simulated - affected)}


def measure_check(path: Path) -> dict[str, float]:
    """The seconds of a check of every pod and template; to be called in a fresh process."""
    from rbacpsp.migration.check import MigrationChecker

    cluster = rbacpsp.load(path)
    migration = rbacpsp.migrate(cluster, "vap")
    start = time.perf_counter()
    checker = MigrationChecker(migration.objects, cluster.objects, cluster.authorizer)
    check_result = checker.check(cluster.simulate())
    return {
        "seconds": time.perf_counter() - start,
        "same": check_result.counts["same"],
        "rows": len(check_result.rows),
        "peak_mib": peak_mib(),
    }


def _in_a_process(what: str, templates: int, policies: int, folder: Path) -> dict[str, float]:
    path = write(PODS, templates, policies, folder, workloads=what == "write")
    command = [sys.executable, "-m", "bench.migration", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run(folder: Path) -> Iterator[Suite]:
    """The figures of migrations, and whether the targets are met."""
    written = _in_a_process("write", PODS, 100, folder)
    yield Suite(
        "migrate vap of 100 policies and 10,000 workloads",
        ("text s", "affected workloads, times a simulation"),
        [(f"{written['text']:.2f}", f"{written['ratio']:.2f}")],
        [
            Target("the text: 2 s", written["text"], 2, "s"),
            Target("the workloads that gaps touch: 1.5 simulations", written["ratio"], 1.5, ""),
        ],
    )
    rows, targets = [], []
    for policies, limit in ((10, 10), (100, 60)):
        figures = _in_a_process("check", 500, policies, folder)
        rows.append(
            (
                f"{PODS:,}",
                f"{policies}",
                f"{figures['seconds']:.1f}",
                f"{figures['same']:,.0f} of {figures['rows']:,.0f}",
                f"{figures['peak_mib']:.0f}",
            )
        )
        targets.append(Target(f"10,000 pods, {policies} policies: {limit} s", figures["seconds"], limit, "s"))
    yield Suite("migrate check", ("pods", "policies", "s", "the same", "peak MiB"), rows, targets)


if __name__ == "__main__":
    task, name = sys.argv[1:]
    print(json.dumps((measure_write if task == "write" else measure_check)(Path(name))))
