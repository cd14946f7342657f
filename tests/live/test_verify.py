"""`verify` against real servers: on random clusters both say the same, and a planted difference is found."""

import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from rbacpsp.cluster import Cluster
from rbacpsp.live import connect
from rbacpsp.load.connection import Connection
from rbacpsp.load.whoami import whoami
from rbacpsp.model import Request, User
from rbacpsp.verify import AccessQuestion, Asker, PodQuestion, Question, Report, VerifyError, sample, verify
from tests.live.clusters import RandomCluster, bound, create, made, user
from tests.live.fake import Asked, Reply, run_fake, status
from tests.live.server import ApiServer

_names = count(1)


@pytest.fixture
def cluster(server: ApiServer) -> Iterator[RandomCluster]:
    """A random cluster of the test's own; what it has beside namespaces is removed again."""
    number = next(_names)
    policies = server.release.startswith("v1.24.")
    drawn = RandomCluster(f"random-{number}", number, policies=policies)
    create(server, drawn)
    time.sleep(1)  # until the server has heard of its own objects
    yield drawn
    rbac = "/apis/rbac.authorization.k8s.io/v1"
    for kind in (f"{rbac}/clusterrolebindings", "/apis/policy/v1beta1/podsecuritypolicies"):
        if "policies" in kind and not policies:
            continue
        for item in server.request("GET", kind)["items"]:
            if f"random-{number}-" in item["metadata"]["name"]:
                server.request("DELETE", f"{kind}/{item['metadata']['name']}")


def compared(
    server: ApiServer, questions: list[Question] | None = None, login: str = "admin", **drawn: int
) -> Report:
    """What verify reports of drawn questions, or of given ones."""
    connection = Connection(kubeconfig=str(server.kubeconfig(login)))
    try:
        return verify(
            Asker(connection),
            lambda: connect(kubeconfig=server.kubeconfig()),
            lambda cluster: sample(cluster, **drawn) if questions is None else questions,
            whoami(connection).user,
        )
    finally:
        connection.close()


def told(report: Report) -> str:
    return "\n".join(
        f"{each.question}\n  analyzer: {each.ours}\n  server:   {each.theirs}"
        for each in report.disagreements
    )


@pytest.mark.live
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.usefixtures("cluster")
def test_a_thousand_requests_and_pods_are_answered_as_the_server_does(server: ApiServer, seed: int) -> None:
    report = compared(server, requests=500, pods=150, seed=seed)
    assert told(report) == ""
    assert report.requests == 500
    assert report.pods >= 125, report.passed_over
