"""Compares `preflight` of Services and ConfigMaps with real servers."""

import random
from collections import Counter
from contextlib import closing
from typing import Any

import pytest

from rbacpsp.live import connect
from tests.conformance.said import causes
from tests.live.clusters import made
from tests.live.conftest import own_servers
from tests.live.dry_runs import DryRuns, alike
from tests.live.odd_fields import odd_config_map
from tests.live.server import ApiServer, collection
from tests.live.test_updates import ADMIN

JSONObject = dict[str, Any]
SETS, SERVICES = 20, 6
NAMESPACE = "given-out"

v1_24, current = own_servers()


def random_service(draw: random.Random, name: str) -> JSONObject:
    """A Service that asks for one of few addresses and ports, so that others may have it already."""
    spec: JSONObject = {"type": draw.choice(("ClusterIP", "NodePort", "NodePort", "LoadBalancer"))}
    spec["ports"] = [
        {"name": f"p{number}", "port": draw.choice((80, 81, 82)), "protocol": draw.choice(("TCP", "UDP"))}
        | ({"nodePort": draw.choice((30500, 30501, 30502))} if draw.random() < 0.6 else {})
        for number in range(draw.choice((1, 1, 2)))
    ]
    if draw.random() < 0.3:
        spec["clusterIP"] = draw.choice(("10.0.0.201", "10.0.0.202", "None"))
    if draw.random() < 0.2:
        spec["ipFamilies"] = ["IPv4", "IPv6"]
        spec |= {"clusterIP": "None"} if draw.random() < 0.7 else {"ipFamilyPolicy": "SingleStack"}
    if draw.random() < 0.3:
        spec["selector"] = {"app": "web"}
    if spec["type"] == "LoadBalancer" and draw.random() < 0.5:
        spec |= {"externalTrafficPolicy": "Local", "healthCheckNodePort": draw.choice((30501, 30503))}
    return made("v1", "Service", name, NAMESPACE) | {"spec": spec}


@pytest.mark.live
def test_a_set_of_services_is_answered_as_by_a_server_to_which_it_was_applied(server: ApiServer) -> None:
    draw = random.Random(5)  # noqa: S311 - the same objects each time
    server.create(made("v1", "Namespace", NAMESPACE))
    ours = connect(kubeconfig=str(server.kubeconfig()))
    differing: list[str] = []
    counts: Counter[str] = Counter()
    with closing(DryRuns(server)) as server_says:
        for _ in range(SETS):
            objects = [random_service(draw, f"s{number}") for number in range(SERVICES)]
            objects.append(odd_config_map(draw, "c", NAMESPACE))
            left: list[str] = []
            rows = ours.preflight(objects, ADMIN).rows
            for row, obj in zip(rows, objects, strict=True):
                theirs = server_says.submit(obj).message
                (mine,) = [each.message for each in row.missing] or [""]
                counts[f"{row.kind} {'refused' if theirs else 'taken'}"] += 1
                if causes(alike(mine)) != causes(alike(theirs)):
                    differing.append(f"{obj}\n  ours:   {mine}\n  theirs: {theirs}")
                if not theirs:
                    left.append(f"{collection(obj)}/{obj['metadata']['name']}")
            for path in left:
                server_says.store("DELETE", path, None)
    assert not differing, "\n".join(differing)
    assert min(counts.values()) >= 5, counts
