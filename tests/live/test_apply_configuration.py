"""Compares the merging of apply configurations with a real server."""

from collections.abc import Iterator
from typing import Any

import pytest

from rbacpsp.model.version import NEWEST
from rbacpsp.pods.defaults import set_defaults
from tests.live.clusters import made
from tests.live.migrated import Client, applied
from tests.live.server import ApiServer
from tests.migration.build import Server, cluster
from tests.migration.configured import EXPRESSIONS, mutating, submitted

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def client(own: ApiServer) -> Iterator[Client]:
    result = Client(own)
    result.create(made("v1", "ServiceAccount", "default", "default"))
    yield result
    result.close()


def set_fields(pod: dict[str, Any]) -> dict[str, Any]:
    """The fields that the expressions set, without those that other parts of the server decide."""
    spec, metadata = pod["spec"], pod["metadata"]
    kept = ("containers", "volumes", "hostNetwork", "terminationGracePeriodSeconds", "securityContext")
    return {
        **{key: spec[key] for key in kept if spec.get(key)},
        **{key: metadata[key] for key in ("labels", "annotations") if metadata.get(key)},
    }


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=list(EXPRESSIONS))
def test_a_pod_is_stored_as_it_is_evaluated(client: Client, number: int) -> None:
    [*_, expression] = list(EXPRESSIONS.values())[: number + 1]
    with applied(client, mutating(expression), 3000 + number):
        reply = client.ask("POST", "/api/v1/namespaces/default/pods?dryRun=All", submitted())
        who = client.ask("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review())
    stored, messages = Server(cluster(), mutating(expression)).create(submitted())
    assert reply.allowed == (messages == []), (reply.message, messages)
    if reply.allowed:
        metadata = stored["metadata"]
        if "example.com/by" in metadata.get("annotations", {}):
            metadata["annotations"] = {"example.com/by": who.body["status"]["userInfo"]["username"]}
        assert set_fields(reply.body) == set_fields(set_defaults("Pod", stored, NEWEST))
    else:
        result = messages[0].removeprefix("ApplyConfiguration: ")
        if result.startswith("may not mutate"):
            assert result in reply.message


def review() -> dict[str, Any]:
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
