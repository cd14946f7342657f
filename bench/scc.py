"""Measures the admission of distinct pods by OpenShift's security context constraints.

Run by `python -m bench`, in a process of its own. The pods are those of `bench.psp`.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import rbacpsp
from bench.pods import JSONObject, write
from bench.psp import CREATOR, DISTINCT
from bench.report import Suite, Target

RELEASE = "4.21"
"""It has thirteen standard constraints, of which everybody may use two."""

_BLOCK = {
    "openshift.io/sa.scc.mcs": "s0:c26,c15",
    "openshift.io/sa.scc.supplemental-groups": "1000680000/10000",
    "openshift.io/sa.scc.uid-range": "1000680000/10000",
}


def measure(path: Path) -> dict[str, float]:
    """The microseconds of an admission, each pod another; to be called in a fresh process."""
    loaded = rbacpsp.load(path)
    pods = [_submitted(pod.body) for pod in loaded.objects.pods.values()]
    names = sorted({pod["metadata"]["namespace"] for pod in pods})
    cluster = rbacpsp.Cluster(
        rbacpsp.Cluster.from_objects([_namespace(name) for name in names]).objects,
        openshift_version=RELEASE,
        bootstrap="always",
    )
    cluster.scc_admit(pods[0], user=CREATOR)
    start = time.perf_counter()
    refused = sum(not cluster.scc_admit(pod, user=CREATOR) for pod in pods)
    taken = time.perf_counter() - start
    return {
        "admit_us": taken / len(pods) * 1e6,
        "constraints": len(cluster.objects.constraints),
        "refused": refused,
    }


def _namespace(name: str) -> JSONObject:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "annotations": _BLOCK},
    }


def _submitted(pod: JSONObject) -> JSONObject:
    """A pod without what policies filled in, and what restricted-v2 forbids."""
    containers = [
        {key: value for key, value in container.items() if key != "securityContext"}
        for container in pod["spec"]["containers"]
    ]
    spec = {key: value for key, value in pod["spec"].items() if key != "securityContext"}
    return {**pod, "spec": {**spec, "containers": containers}}


def run(folder: Path) -> Iterator[Suite]:
    """The figure of admissions, and whether the target is met."""
    path = write(DISTINCT.pods, DISTINCT.templates, DISTINCT.policies, folder, workloads=DISTINCT.workloads)
    command = [sys.executable, "-m", "bench.scc", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
    figures: dict[str, float] = json.loads(done.stdout)
    yield Suite(
        "Admission of distinct pods by security context constraints",
        ("pods", "refused", "constraints", "admit us"),
        [
            (
                f"{DISTINCT.pods:,}",
                f"{figures['refused']:,}",
                f"{figures['constraints']:.0f}",
                f"{figures['admit_us']:.0f}",
            )
        ],
        [Target("a distinct pod with 13 constraints: 400 us", figures["admit_us"], 400, "us")],
    )


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
