"""Measures the difference of access between two large clusters of which fifty bindings differ.

Run by `python -m bench`, in a process of its own so that the peak is true.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.generate import write
from bench.report import Suite, Target, peak_mib
from rbacpsp.comparison import diff
from rbacpsp.files import load

SIZES = (10_000, 100_000)
CHANGES = 50


def changed(cluster: Path) -> Path:
    """The same cluster with another subject in some of its bindings, evenly drawn."""
    path = cluster.with_name(f"{cluster.stem}-changed.json")
    if not path.exists():
        whole = json.loads(cluster.read_text(encoding="utf-8"))
        bindings = [item for item in whole["items"] if item["kind"] == "RoleBinding"]
        for binding in bindings[:: len(bindings) // CHANGES][:CHANGES]:
            binding["subjects"][0] = {
                "kind": "Group",
                "apiGroup": "rbac.authorization.k8s.io",
                "name": "newcomers",
            }
        path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def measure(old: Path, new: Path) -> dict[str, float]:
    """The seconds to the difference, after loading; to be called in a fresh process."""
    before, after = load(old), load(new)
    start = time.perf_counter()
    difference = diff(before, after)
    count = len(difference.access.gained) + len(difference.access.lost)
    compared = time.perf_counter()
    objects = len(difference.objects.changed)
    return {
        "access": compared - start,
        "changes": count,
        "objects": time.perf_counter() - compared,
        "changed": objects,
        "peak_mib": peak_mib(),
    }


def run(folder: Path) -> Iterator[Suite]:
    """The figures of every size, and at the largest whether the target is met."""
    rows = []
    figures: dict[str, float] = {}
    for size in SIZES:
        cluster, _ = write(size, folder)
        program = [sys.executable, "-m", "bench.comparison", str(cluster), str(changed(cluster))]
        done = subprocess.run(program, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
        figures = json.loads(done.stdout)
        rows.append(
            (
                f"{size:,}",
                f"{figures['changes']:,}",
                f"{figures['access']:.2f}",
                f"{figures['changed']:,}",
                f"{figures['objects']:.2f}",
                f"{figures['peak_mib']:.0f}",
            )
        )
    headers = ("bindings", "changes", "access s", "objects", "objects s", "peak MiB")
    target = Target(f"access of two clusters, {CHANGES} bindings apart: 3 s", figures["access"], 3, "s")
    yield Suite("Difference", headers, rows, [target])


if __name__ == "__main__":
    print(json.dumps(measure(*map(Path, sys.argv[1:3]))))
