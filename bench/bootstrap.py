"""Measures what a command needs to assume the objects that Kubernetes creates for itself.

Run by `python -m bench`. Each figure is the least of several fresh processes, since a command assumes once.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.report import Suite, Target
from rbacpsp import Request, User, load

PROCESSES = 7
LIMIT_MS = 15
MANIFEST = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "ops"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "ops"}],
}


def measure(path: str, bootstrap: str) -> float:
    """The milliseconds of the processor from a file to an answer; to be called in a fresh process."""
    user, request = User("alice", groups=("ops",)), Request("get", resource="pods", namespace="shop")
    load(path, bootstrap="never").authorize(user, request)  # everything is imported
    start = time.process_time()
    load(path, bootstrap=bootstrap).authorize(user, request)  # type: ignore[arg-type]
    return (time.process_time() - start) * 1e3


def run(folder: Path) -> Iterator[Suite]:
    """The figures, and whether the target is met."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    path.write_text(json.dumps(MANIFEST), encoding="utf-8")
    never, auto = (_least(path, mode) for mode in ("never", "auto"))
    rows = [("never", f"{never:.1f}"), ("auto", f"{auto:.1f}")]
    target = Target(f"assuming costs a command {LIMIT_MS} ms", auto - never, LIMIT_MS, "ms")
    yield Suite("Kubernetes' own objects", ("bootstrap", "file to answer ms"), rows, [target])


def _least(path: Path, bootstrap: str) -> float:
    program = [sys.executable, "-m", "bench.bootstrap", str(path), bootstrap]
    return min(
        float(subprocess.run(program, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - this very module
        for _ in range(PROCESSES)
    )


if __name__ == "__main__":
    print(measure(sys.argv[1], sys.argv[2]))
