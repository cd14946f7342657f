"""Measures reading a running cluster: `python -m bench.live`; the exit code is 1 if a target is missed.

A local API server (tests/apiserver) is filled with 10,000 bindings and what belongs to them. Every figure is
of a fresh process, the best of several, beside kubectl's on the same server.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.generate import Generator
from bench.report import Suite, Target, peak_mib
from bench.upstream import lowest, slowness
from tests.live.server import ApiServer, run_server

BINDINGS = 10_000
ROUNDS = 5
KUBECTL = ("get", "clusterroles,roles,clusterrolebindings,rolebindings,serviceaccounts", "-A", "-o", "json")
RAW = ("get", "--raw", "/apis/rbac.authorization.k8s.io/v1/rolebindings")
LOAD = "import sys, rbacpsp; rbacpsp.connect(kubeconfig=sys.argv[1])"
MIB = 2**20


def fill(server: ApiServer) -> None:
    """Create the objects of the generated cluster; those of the bootstrap that have their names stay."""
    objects = [each for each in Generator(BINDINGS).objects() if each["metadata"]["name"] != "cluster-admin"]
    namespaces = [each for each in objects if each["kind"] == "Namespace"]
    with ThreadPoolExecutor(8) as executor:
        for part in (namespaces, [each for each in objects if each["kind"] != "Namespace"]):
            list(executor.map(server.create, part))


def seconds(command: Sequence[str]) -> float:
    """The wall time of a command, the best of several.

    Python keeps what it compiles, as in every installed package: else this would time the compiler.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def once() -> float:
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own
        return time.perf_counter() - start

    return min(once() for _ in range(ROUNDS))


def resident() -> int:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def memory(kubeconfig: str) -> None:
    """Print, in a process of its own, what loading needs: bytes received, the peak, what stays, the index."""
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Request
    from rbacpsp.sources import live
    from rbacpsp.sources.answers import HTTPAnswer
    from rbacpsp.sources.connection import Connection

    received = 0
    asked: Callable[..., HTTPAnswer] = Connection.get

    def counted(*arguments: object, **options: object) -> HTTPAnswer:
        nonlocal received
        answer = asked(*arguments, **options)
        received += len(answer.body)
        return answer

    Connection.get = counted  # type: ignore[method-assign] # counts what comes
    before = resident()
    cluster = Cluster(live.read_live(kubeconfig=kubeconfig).objects)
    loaded = resident()
    peak = max(loaded, round(peak_mib() * MIB))
    cluster.authorizer.who_can(Request("get", resource="secrets", namespace="ns-5"))
    index = resident() - loaded
    print(json.dumps({"received": received, "peak": peak - before, "kept": loaded - before, "index": index}))


def objects(kubeconfig: str) -> None:
    """Print, in a process of its own, how many bytes Python allocated for what was loaded.

    What stays in memory afterwards does not tell it: an allocator keeps the pages of what was freed.
    """
    from rbacpsp.sources import live

    tracemalloc.start()
    loaded = live.read_live(kubeconfig=kubeconfig)
    allocated, _ = tracemalloc.get_traced_memory()
    print(json.dumps({"objects": allocated}))
    del loaded


def printed_figures(option: str, kubeconfig: str) -> dict[str, int]:
    """What this module prints with an option, in a process of its own."""
    command = (sys.executable, "-m", "bench.live", option, kubeconfig)
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - this module
    figures: dict[str, int] = json.loads(done.stdout)
    return figures


def measure(server: ApiServer) -> Suite:
    """The table and the targets."""
    kubeconfig = str(server.kubeconfig())
    program = str(Path(sys.executable).parent / "rbacpsp")
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        raise SystemExit("bench.live: kubectl is missing: install it, the figures stand beside its own")
    theirs = seconds((kubectl, "--kubeconfig", kubeconfig, *KUBECTL))
    raw = seconds((kubectl, "--kubeconfig", kubeconfig, *RAW))
    ours = seconds((sys.executable, "-c", LOAD, kubeconfig))
    client = seconds((sys.executable, "-c", "import kubernetes"))
    question = (program, "who-can", "get", "secrets", "-n", "ns-5")
    who_can = seconds((*question, "--kubeconfig", kubeconfig))
    matrix = seconds((program, "matrix", "secrets", "-n", "ns-5", "--kubeconfig", kubeconfig))
    lookup = (program, "lookup", "group:team-5", "--kubeconfig", kubeconfig)
    lookup_all, lookup_one = seconds(lookup), seconds((*lookup, "-n", "ns-5"))
    with tempfile.TemporaryDirectory() as folder:
        snapshot = f"{folder}/cluster.json.gz"
        command = (program, "snapshot", "-O", snapshot, "--kubeconfig", kubeconfig)
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
        offline = seconds((*question, "-f", snapshot))
    used = printed_figures("--memory", kubeconfig) | printed_figures("--objects", kubeconfig)
    garbage = (used["peak"] - used["objects"]) / MIB
    rows = [
        ("kubectl get, five kinds", f"{theirs:.2f} s"),
        ("rbacpsp.connect, sixteen kinds and discovery", f"{ours:.2f} s"),
        ("who-can get secrets -n ns-5", f"{who_can:.2f} s"),
        ("matrix secrets -n ns-5", f"{matrix:.2f} s"),
        ("lookup group:team-5 -n ns-5", f"{lookup_one:.2f} s"),
        ("lookup group:team-5, all RoleBindings", f"{lookup_all:.2f} s"),
        ("kubectl get --raw, all RoleBindings in one page", f"{raw:.2f} s"),
        ("who-can get secrets -n ns-5 from a snapshot", f"{offline:.2f} s"),
        ("import kubernetes alone", f"{client:.2f} s"),
        *((f"memory: {name}", f"{value / MIB:.1f} MiB") for name, value in used.items()),
    ]
    targets = (
        Target("whole-cluster load, times kubectl's", ours / theirs, 1.5, ""),
        Target("who-can of one namespace", who_can, 0.3, "s"),
        Target("matrix of one namespace", matrix, 0.3, "s"),
        Target("lookup in one namespace", lookup_one, 0.3, "s"),
        Target("who-can from a snapshot", offline, 0.22, "s"),
        Target("garbage of loading: peak above the objects", garbage, 30, "MiB"),
    )
    return Suite(f"{BINDINGS:,} bindings on a local API server", ("what", "measured"), rows, targets)


def main() -> int:
    """Start a server, fill it, and print the figures."""
    if sys.argv[1:2] == ["--memory"]:
        memory(sys.argv[2])
        return 0
    if sys.argv[1:2] == ["--objects"]:
        objects(sys.argv[2])
        return 0
    with tempfile.TemporaryDirectory() as folder, run_server("current", Path(folder) / "server") as server:
        start = time.perf_counter()
        fill(server)
        print(f"filled in {time.perf_counter() - start:.0f} s\n", flush=True)
        before = slowness(Path(folder))
        suite = measure(server)
        suite = suite.at(lowest(before, slowness(Path(folder))))
        print(suite)
    return int(not suite.met)


if __name__ == "__main__":
    sys.exit(main())
