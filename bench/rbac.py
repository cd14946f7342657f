"""Measures access decisions: load, authorize and who-can, compared with json.load and upstream's Go code.

Run by `python -m bench`, each size in a process of its own so that the peaks are true.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import upstream
from bench.generate import write
from bench.report import Suite, Target, peak_mib
from rbacpsp.model import Request, User
from rbacpsp.rbac import Authorizer
from rbacpsp.sources import read_files

SIZES = (1_000, 10_000, 100_000)


def measure(cluster: Path, requests: Path) -> dict[str, float]:
    """The figures of one cluster; to be called in a fresh process.

    The first questions also index the bindings, all at once and then of each namespace that is asked about.
    """
    asked = [json.loads(line) for line in requests.read_text(encoding="utf-8").splitlines()]
    questions = [(User(each["user"], tuple(each["groups"])), Request.from_attributes(each)) for each in asked]

    start = time.perf_counter()
    objects = read_files([str(cluster)]).objects
    loaded = time.perf_counter()
    authorizer = Authorizer(objects)
    authorizer.authorize(*questions[0])
    answered = time.perf_counter()

    def authorize_all() -> int:
        return sum(len(authorizer.authorize(*question).grants) for question in questions)

    _, indexing_us = _each(authorize_all, asked)
    grants, authorize_us = _each(authorize_all, asked)
    authorizer.who_can(questions[0][1])
    subjects, who_can_us = _each(
        lambda: sum(len(list(authorizer.who_can(question[1]))) for question in questions), asked
    )
    return {
        "load": loaded - start,
        "first_answer": answered - start,
        "indexing_us": indexing_us,
        "authorize_us": authorize_us,
        "grants": grants / len(questions),
        "who_can_us": who_can_us,
        "subjects": subjects,
        "peak_mib": peak_mib(),
    }


def _each(run: Callable[[], int], asked: list[Any]) -> tuple[int, float]:
    """What a run over all requests finds, and its microseconds a request."""
    start = time.perf_counter()
    result = run()
    return result, (time.perf_counter() - start) / len(asked) * 1e6


def json_load(cluster: Path) -> dict[str, float]:
    """The seconds that Python's own json.load takes; to be called in a fresh process."""
    gc.collect()
    start = time.perf_counter()
    with cluster.open(encoding="utf-8") as file:
        json.load(file)
    return {"json_load": time.perf_counter() - start}


def _in_a_process(what: str, *files: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.rbac", what, *map(str, files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _targets(figures: dict[str, float]) -> list[Target]:
    subjects = figures["subjects"] / 2_000
    return [
        Target("authorize: 20 us + 2 us a grant", figures["authorize_us"], 20 + 2 * figures["grants"], "us"),
        Target("who-can: 200 us + 1 us a subject", figures["who_can_us"], 200 + subjects, "us"),
        Target(
            "file to first answer, times json.load", figures["first_answer"] / figures["json_load"], 1, ""
        ),
        Target("peak memory: 400 MiB", figures["peak_mib"], 400, "MiB"),
    ]


HEADERS = (
    "bindings",
    "load s",
    "first answer s",
    "json.load s",
    "authorize and index us",
    "authorize us",
    "who-can us",
    "subjects found",
    "peak MiB",
    "upstream load s",
    "upstream authorize us",
    "upstream who-can us",
)


def run(folder: Path) -> Iterator[Suite]:
    """The figures of every size, and at the largest whether the targets are met."""
    rows = []
    figures: dict[str, float] = {}
    for size in SIZES:
        cluster, requests = write(size, folder)
        figures = _in_a_process("measure", cluster, requests) | _in_a_process("json_load", cluster)
        theirs = upstream.measure(cluster, requests) or upstream.RECORDED[size]
        rows.append(
            (
                f"{size:,}",
                f"{figures['load']:.2f}",
                f"{figures['first_answer']:.2f}",
                f"{figures['json_load']:.2f}",
                f"{figures['indexing_us']:.1f}",
                f"{figures['authorize_us']:.1f}",
                f"{figures['who_can_us']:.0f}",
                f"{figures['subjects']:,.0f}",
                f"{figures['peak_mib']:.0f}",
                f"{theirs.load_seconds:.2f}",
                f"{theirs.authorize_us:,.1f}",
                f"{theirs.who_can_us:,.0f}",
            )
        )
    yield Suite("Access decisions", HEADERS, rows, _targets(figures))


if __name__ == "__main__":
    task, *names = sys.argv[1:]
    print(json.dumps(measure(*map(Path, names)) if task == "measure" else json_load(Path(names[0]))))
