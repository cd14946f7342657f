"""Applies the output of `migrate vap` to a current server with the RBAC of the recorded clusters.

The recorded pods are created, and the recorded updates made, as the recorded users. Each is admitted or
refused as the 1.24 server did, and stored with the same security fields, or a gap says why not.
"""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rbacpsp import Cluster, migrate
from rbacpsp.cli import main
from rbacpsp.migration import Migration
from rbacpsp.migration.task import Subresources
from tests.live.clusters import made
from tests.live.migrated import (
    Client,
    applied,
    cluster_objects,
    create_as_recorded,
    prepare,
    security,
    store,
    update_as_recorded,
)
from tests.live.server import ApiServer
from tests.migration.build import open_policy, pod_without_token

JSON = dict[str, Any]
DATA = Path(__file__).parents[1] / "conformance" / "data"
LONG = bool(os.environ.get("RBACPSP_LONG"))
"""All that was recorded (make test-long), or a part of it."""


def recorded(name: str, part: int) -> list[JSON]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        batches = [json.loads(line) for line in lines]
    return batches if LONG else batches[:part]


CREATES = recorded("psp-create.jsonl.gz", 4)
UPDATES = recorded("psp-update.jsonl.gz", 2)


@pytest.fixture(scope="module")
def client(own: ApiServer) -> Iterator[Client]:
    made = Client(own)
    prepare(made)
    yield made
    made.close()


def written(batch: JSON) -> Migration:
    made: Migration = migrate(Cluster.from_objects(batch["cluster"]["items"]), "vap")
    return made


def explained(migration: Migration, policy: str | None, kind: str) -> bool:
    """Whether a gap of a kind names the policy that admitted a pod, or for a refused one any policy."""
    return any(gap.kind == kind and (policy is None or gap.policy == policy) for gap in migration.gaps)


@pytest.mark.live
@pytest.mark.parametrize("number", range(len(CREATES)), ids=[str(batch["batch"]) for batch in CREATES])
def test_a_recorded_pod_is_created_or_refused_as_it_was(client: Client, number: int) -> None:
    batch = CREATES[number]
    migration, objects = written(batch), cluster_objects(batch)
    for obj in objects:
        client.create(obj)
    seen: Counter[str] = Counter()
    result: list[str] = []
    with applied(client, migration.objects, number):
        for case in batch["cases"]:
            reply, was = create_as_recorded(client, case), case["result"]
            if reply.allowed != was["allowed"]:
                kind = "weaker" if reply.allowed else "stricter"
                assert explained(migration, was.get("psp"), kind), (case, reply.message)
                seen["invalid" if " is invalid: " in reply.message else kind] += 1
                result.append(reply.message)
            elif reply.allowed:
                assert security(reply.body) == security(was["pod"]), case
                assert reply.body["metadata"]["annotations"]["kubernetes.io/psp"] == was["psp"], case
    _remove(client, objects)
    assert seen["weaker"] == 0
    assert seen["stricter"] <= max(3, 0.03 * len(batch["cases"])), result
    assert seen["invalid"] <= max(3, 0.1 * len(batch["cases"])), result  # later releases validate more


@pytest.mark.live
@pytest.mark.parametrize("number", range(len(UPDATES)), ids=[str(batch["batch"]) for batch in UPDATES])
def test_a_recorded_update_is_accepted_or_refused_as_it_was(client: Client, number: int) -> None:
    batch = UPDATES[number]
    migration, objects = written(batch), cluster_objects(batch)
    for obj in objects:
        client.create(obj)
    pods = [store(client, case, f"update-{number}-{place}") for place, case in enumerate(batch["cases"])]
    with applied(client, migration.objects, 1000 + number):
        for case, pod in zip(batch["cases"], pods, strict=True):
            reply = update_as_recorded(client, case, pod)
            assert reply.allowed == case["result"]["allowed"], (case, reply.message)
    for pod in pods:
        client.delete(pod)
    _remove(client, objects)


def _remove(client: Client, objects: list[JSON]) -> None:
    for obj in objects:
        if obj["kind"] not in {"Namespace", "ServiceAccount"}:
            client.delete(obj)


@pytest.mark.live
def test_the_target_reports_the_resources_that_it_serves(own: ApiServer, tmp_path: Path) -> None:
    policies = tmp_path / "policies.json"
    policies.write_text(json.dumps(open_policy("only", readOnlyRootFilesystem=True)), encoding="utf-8")
    words = ["migrate", "vap", "-f", str(policies), "--kubeconfig", str(own.kubeconfig(name="new"))]
    taken = CliRunner().invoke(main, [*words, "--target-context", "new", "-o", "json"])
    assert taken.exit_code == 0
    assert json.loads(taken.stdout)["objects"][0]["apiVersion"] == "admissionregistration.k8s.io/v1"
    beta = CliRunner().invoke(main, [*words, "--target-context", "new", "--map-api", "v1beta1"])
    assert (beta.exit_code, beta.stdout) == (2, "")
    assert "does not serve v1beta1/mutatingadmissionpolicies" in beta.stderr
    both = CliRunner().invoke(main, [*words, "--target-context", "new", "--target-version", "1.36"])
    assert (both.exit_code, len(both.stderr.splitlines())) == (2, 1)
    gone = CliRunner().invoke(main, [*words, "--target-context", "gone"])
    assert (gone.exit_code, gone.stdout) == (2, "")


@pytest.mark.live
@pytest.mark.parametrize(("subresources", "status"), [("all", 403), ("exact", 200)])
def test_a_debugging_container_is_checked_unless_an_option_excludes_it(
    client: Client, subresources: Subresources, status: int
) -> None:
    policies = Cluster.from_objects([open_policy("only", privileged=False)])
    client.create(made("v1", "ServiceAccount", "default", "default"))
    plain = pod_without_token(f"debugged-{subresources}")
    plain["metadata"]["namespace"] = "default"
    client.create(plain)
    shell = {"name": "shell", "image": "x", "securityContext": {"privileged": True}}
    path = f"/api/v1/namespaces/default/pods/{plain['metadata']['name']}/ephemeralcontainers"
    with applied(client, migrate(policies, "vap", subresources=subresources).objects, 2000 + status):
        reply = client.ask(
            "PATCH",
            f"{path}?dryRun=All",
            {"spec": {"ephemeralContainers": [shell]}},
            content="application/strategic-merge-patch+json",
        )
    client.delete(plain)
    assert reply.status == status, reply.message
