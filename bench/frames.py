"""Measures the pandas view: a large frame of grants, and the security review notebook on 10,000 bindings.

Run by `python -m bench`, each figure in a process of its own. The notebook needs the extra `notebook`.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from bench.generate import write
from bench.report import Suite, Target
from rbacpsp import Cluster
from rbacpsp.model import (
    ClusterRole,
    Document,
    ObjectMeta,
    Objects,
    PolicyRule,
    RoleBinding,
    RoleRef,
    Subject,
)

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "03-security-review-from-frames.py"
BINDINGS = 10_000


def grants() -> dict[str, float]:
    """The seconds of a frame of 200,000 grants; to be called in a fresh process."""
    frames = Cluster(_many()).frames
    _ = frames.subjects  # the start-up time of pandas itself does not count
    start = time.perf_counter()
    found = frames.grants
    return {"seconds": time.perf_counter() - start, "rows": len(found)}


def _many() -> Objects:
    objects, document = Objects(), Document("many")
    for number in range(500):
        rules = tuple(PolicyRule(("get",), ("",), (f"r{number}-{place}",)) for place in range(4))
        objects.add(ClusterRole(metadata=ObjectMeta(name=f"role-{number}"), rules=rules), document)
    for number in range(25_000):
        subjects = (Subject("User", f"user-{number % 9000}"), Subject("ServiceAccount", f"sa-{number % 7}"))
        meta = ObjectMeta(name=f"binding-{number}", namespace=f"ns-{number % 3000}")
        ref = RoleRef(kind="ClusterRole", name=f"role-{number % 500}")
        objects.add(RoleBinding(metadata=meta, subjects=subjects, role_ref=ref), document)
    return objects


def notebook(cluster: Path) -> float:
    """The seconds of the notebook, from the start of Python to its end."""
    start = time.perf_counter()
    subprocess.run(  # noqa: S603 - a script of this project
        [sys.executable, NOTEBOOK.name],
        cwd=NOTEBOOK.parent,
        env={**os.environ, "CLUSTER": str(cluster.resolve()), "MPLBACKEND": "Agg"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def run(folder: Path) -> Iterator[Suite]:
    """The figures, and whether the targets are met."""
    code = "import json; from bench import frames; print(json.dumps(frames.grants()))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603 - this very module
    document = json.loads(done.stdout)
    rows = [("frame of grants", f"{document['rows']:,} rows", f"{document['seconds']:.2f}")]
    targets = [Target("200,000 grants as a frame: 1 s", document["seconds"], 1, "s")]
    if find_spec("matplotlib") is None:
        rows.append(("notebook 03", f"{BINDINGS:,} bindings", "needs the extra notebook"))
    else:
        cluster, _ = write(BINDINGS, folder)
        seconds = notebook(cluster)
        rows.append(("notebook 03", f"{BINDINGS:,} bindings", f"{seconds:.1f}"))
        targets.append(Target("notebook 03 on 10,000 bindings: 20 s", seconds, 20, "s"))
    yield Suite("Frames and notebooks", ("what", "size", "seconds"), rows, targets)
