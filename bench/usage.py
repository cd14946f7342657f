"""Measures reading the audit logs of a large cluster, plain and in CloudWatch's format, and the memory.

Run by `python -m bench`, each log in a process of its own so that the peaks are true. Events are of the level
Metadata, as large as those of a real server.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.generate import write
from bench.report import Suite, Target, peak_mib
from rbacpsp.auditlog.record import EventFilter, Record
from rbacpsp.files import load
from rbacpsp.logs import names_of, read_logs

BINDINGS = 10_000
LOGS = (("native", 50_000), ("native", 200_000), ("cloudwatch", 50_000))
"""The form of each log, and how many events it holds."""
NATIVE, WRAPPED, PEAK = 150, 60, 500
"""Megabytes a second at least, and MiB at most."""
_BATCH = 50
_AGENT = "kubectl/v1.37.1 (linux/amd64) kubernetes/0123456"


def events(cases: Path, count: int) -> Iterator[dict[str, Any]]:
    """Events of the requests of a generated cluster."""
    requests = [json.loads(line) for line in cases.read_text(encoding="utf-8").splitlines()]
    for number in range(count):
        yield _event(requests[number % len(requests)], number)


def _event(asked: dict[str, Any], number: int) -> dict[str, Any]:
    attributes = asked["resourceAttributes"]
    group, resource = attributes.get("group", ""), attributes["resource"]
    start = f"/apis/{group}/v1" if group else "/api/v1"
    uri = f"{start}/namespaces/{attributes['namespace']}/{resource}"
    clock = f"{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}"
    when = f"2026-11-{1 + number % 28:02}T{clock}.123456Z"
    named = {"namespace": attributes["namespace"], "apiGroup": group, "name": attributes.get("name", "")}
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": f"0a1b2c3d-0000-4000-8000-{number:012}",
        "stage": "ResponseComplete",
        "requestURI": uri,
        "verb": attributes["verb"],
        "user": {
            "username": asked["user"],
            "uid": f"5f0e2c1a-0000-4000-8000-{number % 5000:012}",
            "groups": asked["groups"],
            "extra": {"authentication.kubernetes.io/credential-id": [f"JTI={number % 5000:036}"]},
        },
        "sourceIPs": ["10.12.34.56"],
        "userAgent": _AGENT,
        "objectRef": {"resource": resource, "apiVersion": "v1"} | {k: v for k, v in named.items() if v},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": when,
        "stageTimestamp": when,
        "annotations": {
            "authorization.k8s.io/decision": "allow",
            "authorization.k8s.io/reason": 'RBAC: allowed by RoleBinding "rb-3/ns-1" of ClusterRole "cr-7"',
        },
    }


def _plain(all_events: Iterable[dict[str, Any]]) -> Iterator[str]:
    for event in all_events:
        yield json.dumps(event, separators=(",", ":"))


def _wrapped(all_events: Iterable[dict[str, Any]]) -> Iterator[str]:
    messages = list(_plain(all_events))
    for start in range(0, len(messages), _BATCH):
        batch = [
            {"id": f"{start + place:056}", "timestamp": 1_793_000_000_000, "message": message}
            for place, message in enumerate(messages[start : start + _BATCH])
        ]
        head = {"messageType": "DATA_MESSAGE", "logGroup": "/aws/eks/prod/cluster", "logEvents": batch}
        yield json.dumps(head | {"logStream": "kube-apiserver-audit-0123456789abcdef"})


FORMS = {"native": _plain, "cloudwatch": _wrapped}


def _log(form: str, count: int, cases: Path, folder: Path) -> Path:
    path = folder / f"audit-{form}-{count}.log"
    if not path.exists():
        with path.open("w", encoding="utf-8") as log:
            log.writelines(f"{line}\n" for line in FORMS[form](events(cases, count)))
    return path


def measure(log: Path, cluster: Path) -> dict[str, float]:
    """The megabytes a second of reading a log; to be called in a fresh process."""
    record = Record(EventFilter(), names=names_of(load(cluster).objects))
    start = time.perf_counter()
    read_logs([log], record)
    taken = time.perf_counter() - start
    size = log.stat().st_size / 1e6
    return {
        "mb": size,
        "mb_s": size / taken,
        "peak_mib": peak_mib(),
    }


def run(folder: Path) -> Iterator[Suite]:
    """The figures of each log, and whether memory stays."""
    cluster, cases = write(BINDINGS, folder)
    result = []
    for form, count in LOGS:
        log = _log(form, count, cases, folder)
        program = [sys.executable, "-m", "bench.usage", str(log), str(cluster)]
        done = subprocess.run(program, check=True, capture_output=True, text=True)  # noqa: S603 - this very module
        result.append(json.loads(done.stdout))
    rows = [
        (form, f"{count:,}", f"{each['mb']:.0f}", f"{each['mb_s']:.0f}", f"{each['peak_mib']:.0f}")
        for (form, count), each in zip(LOGS, result, strict=True)
    ]
    _, many, wrapped = result
    targets = [
        Target(f"a native log: {NATIVE} MB/s", 1e3 / many["mb_s"], 1e3 / NATIVE, "ms a MB"),
        Target(f"a wrapped log: {WRAPPED} MB/s", 1e3 / wrapped["mb_s"], 1e3 / WRAPPED, "ms a MB"),
        Target(f"memory: {PEAK} MiB", many["peak_mib"], PEAK, "MiB"),
    ]
    yield Suite("Audit logs", ("form", "events", "MB", "MB/s", "peak MiB"), rows, targets)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]))))
