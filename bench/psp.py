"""Measures the admission of distinct pods by policies, and the simulation of a cluster of equal pods.

Run by `python -m bench`, each size in a process of its own so that the peaks are true.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import rbacpsp
from bench.pods import write
from bench.report import Suite, Target, peak_mib
from rbacpsp import User

CREATOR = User.service_account("kube-system", "replicaset-controller")

UPSTREAM_ADMIT_US = 93
"""What upstream's Go plugin took for a pod with 5 policies (2 cores, one run)."""


class Size(NamedTuple):
    """A cluster."""

    title: str
    pods: int
    templates: int
    policies: int
    workloads: bool
    """Whether the workloads of the pods were loaded too."""


DISTINCT = Size("distinct pods", 2_000, 2_000, 5, workloads=False)
OF_TEMPLATES = Size("pods of workloads", 10_000, 500, 10, workloads=True)
ALONE = Size("the same pods alone", 10_000, 500, 10, workloads=False)


def measure_admit(path: Path) -> dict[str, float]:
    """The microseconds of an admission, each pod another; to be called in a fresh process."""
    cluster = rbacpsp.load(path)
    pods = [pod.body for pod in cluster.objects.pods.values()]
    cluster.admit(pods[0], user=CREATOR)
    start = time.perf_counter()
    for pod in pods:
        cluster.admit(pod, user=CREATOR)
    return {"admit_us": (time.perf_counter() - start) / len(pods) * 1e6}


def measure_simulate(path: Path) -> dict[str, float]:
    """The seconds and the peak of a whole simulation; to be called in a fresh process."""
    start = time.perf_counter()
    cluster = rbacpsp.load(path)
    loaded = time.perf_counter()
    simulation = cluster.simulate()
    rows = len(simulation)
    judged = time.perf_counter()
    pods = simulation.summary.pods
    done = time.perf_counter()
    return {
        "load": loaded - start,
        "rows_s": judged - loaded,
        "summary_s": done - judged,
        "total": done - start,
        "rows": rows,
        "pods": pods,
        "peak_mib": peak_mib(),
    }


def _in_a_process(what: str, size: Size, folder: Path) -> dict[str, float]:
    path = write(size.pods, size.templates, size.policies, folder, workloads=size.workloads)
    command = [sys.executable, "-m", "bench.psp", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


HEADERS = ("cluster", "pods", "templates", "policies", "load s", "rows s", "summary s", "total s", "peak MiB")


def run(folder: Path) -> Iterator[Suite]:
    """The figures of admissions and simulations, and whether the targets are met."""
    admit = _in_a_process("admit", DISTINCT, folder)["admit_us"]
    yield Suite(
        "Admission of distinct pods",
        ("pods", "policies", "admit us", "upstream admit us"),
        [(f"{DISTINCT.pods:,}", f"{DISTINCT.policies}", f"{admit:.0f}", f"{UPSTREAM_ADMIT_US}")],
        [Target("a distinct pod with 5 policies: 500 us", admit, 500, "us")],
    )
    rows, targets = [], []
    for size in (OF_TEMPLATES, ALONE, DISTINCT):
        figures = _in_a_process("simulate", size, folder)
        rows.append(
            (
                size.title,
                f"{size.pods:,}",
                f"{size.templates:,}",
                f"{size.policies}",
                f"{figures['load']:.2f}",
                f"{figures['rows_s']:.2f}",
                f"{figures['summary_s']:.2f}",
                f"{figures['total']:.2f}",
                f"{figures['peak_mib']:.0f}",
            )
        )
        if size is not DISTINCT:
            targets.append(Target(f"{size.title}, file to answer: 3 s", figures["total"], 3, "s"))
            targets.append(Target(f"{size.title}, peak memory: 300 MiB", figures["peak_mib"], 300, "MiB"))
    yield Suite("Simulation of a whole cluster", HEADERS, rows, targets)


if __name__ == "__main__":
    task, name = sys.argv[1:]
    print(json.dumps((measure_admit if task == "admit" else measure_simulate)(Path(name))))
