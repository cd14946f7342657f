"""Records the answers of real engines to recorded pods: `python -m tests.engines.record kyverno`.

Each line of the record is a recorded cluster: what was written for it, and for each of its pods whether the
engine admitted it, and the security fields of the pod as the engine left it. `make record-engines` builds the
engines first.
"""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rbacpsp import Cluster, User, migrate
from rbacpsp.model.version import NEWEST
from rbacpsp.pods.canonical import canonical
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.prepare import prepare_pod
from rbacpsp.pods.service_account import apply_service_account
from tests.engines.asked import Asked, ask
from tests.live.migrated import security

JSON = dict[str, Any]

RECORDED = Path(__file__).parents[1] / "conformance" / "data" / "psp-create.jsonl.gz"
DATA = Path(__file__).parent / "data"
PODS = 1500
"""At least so many pods are asked about."""


def clusters() -> Iterator[JSON]:
    """The recorded clusters, until there are enough pods."""
    count = 0
    with gzip.open(RECORDED, "rt", encoding="utf-8") as lines:
        for line in lines:
            batch = json.loads(line)
            yield batch
            count += len(batch["cases"])
            if count >= PODS:
                return


def questions(batch: JSON, cluster: Cluster) -> list[Asked]:
    """The recorded pods as a current server hands them to webhooks: with its defaults and the account's."""
    asked = []
    for case in batch["cases"]:
        pod = set_defaults("Pod", case["pod"], NEWEST)
        pod["metadata"]["namespace"] = case["namespace"]
        refusal = apply_service_account(pod, case["namespace"], cluster.objects, NEWEST)
        assert refusal is None, refusal
        user = User.impersonate(case["as"], case["groups"])
        asked.append(Asked(pod, case["namespace"], user.name, tuple(user.groups)))
    return asked


def stored(pod: JSON) -> JSON:
    """The security fields of a pod as a server would store it."""
    prepare_pod(pod, NEWEST)
    return security(canonical(pod))


def record(engine: str) -> None:
    """Ask an engine about every pod, and record its answers."""
    DATA.mkdir(exist_ok=True)
    file = DATA / f"{engine}.jsonl.gz"
    with gzip.GzipFile(file, "wb", mtime=0) as out:
        for batch in clusters():
            cluster = Cluster.from_objects(batch["cluster"]["items"])
            objects = list(migrate(cluster, engine).objects)
            verdicts = [
                {"allowed": answer.allowed, "security": stored(answer.pod)}
                for answer in ask(engine, objects, questions(batch, cluster))
            ]
            assert len(verdicts) == len(batch["cases"])
            line = {"batch": batch["batch"], "objects": objects, "verdicts": verdicts}
            out.write(json.dumps(line, sort_keys=True).encode() + b"\n")
            sys.stderr.write(f"{engine} {batch['batch']}\n")


if __name__ == "__main__":
    record(sys.argv[1])
