"""Compares updates through `Cluster.submit` with dry runs on real servers."""

import copy
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from rbacpsp.cluster import Cluster
from rbacpsp.live import connect
from rbacpsp.model import User
from tests.conformance.said import causes
from tests.live.clusters import GROUP, RandomCluster, bound, create, group, made, remove, user
from tests.live.dry_runs import BROKEN, DryRuns, alike
from tests.live.odd_fields import odd_config_map, odd_service, odd_spec, odd_workload, subset
from tests.live.server import ApiServer, collection
from tests.live.test_submit import random_object, random_user

JSONObject = dict[str, Any]
OBJECTS = 2000 if os.environ.get("RBACPSP_LONG") else 150
STORED = 40
ADMIN = User("admin", groups=("system:masters",))
TEMPLATES = {"Pod": (), "PodTemplate": ("template",), "CronJob": ("spec", "jobTemplate", "spec", "template")}


def template_of(obj: JSONObject) -> JSONObject:
    for key in TEMPLATES.get(obj["kind"], ("spec", "template")):
        obj = obj[key]
    return obj


def changed(stored: JSONObject, draw: random.Random) -> JSONObject:
    """A stored object with a random change."""
    obj = copy.deepcopy(stored)
    kind = obj["kind"]
    if draw.random() < 0.1:
        obj["metadata"]["labels"] = {draw.choice(("a", "-a")): "b"}
    if kind == "Service":
        other = odd_service(draw, "x", "x")["spec"]
        keys = draw.sample(list(other), min(2, len(other)))
        obj["spec"] |= {key: other[key] for key in keys if key not in {"clusterIPs", "ipFamilies"}}
    elif kind == "ConfigMap":
        other = odd_config_map(draw, "x", "x")
        obj |= {key: other[key] for key in draw.sample(("data", "binaryData"), 1)}
        obj |= subset(draw, {"immutable": (True, False)})
    else:
        spec = template_of(obj)["spec"]
        match draw.randrange(5):
            case 0:
                draw.choice(spec.get("containers") or [{}])["image"] = draw.choice(("j", "", " j"))
            case 1:
                odd_workload(obj, draw)
            case 2 | 3:
                odd_spec(spec, draw)
            case _:
                template_of(obj)["metadata"]["labels"] = {"app": draw.choice("xy"), "b": "c"}
    return obj


def stored_objects(server: ApiServer, draw: random.Random, namespace: str) -> Iterator[JSONObject]:
    """Objects that a server accepted, as it stores them."""
    found = 0
    for number in range(STORED * 20):
        name = f"u{number}"
        makers = (random_object, random_object, odd_service, odd_config_map)
        maker = draw.choice(makers)
        if maker is random_object:
            obj = random_object(draw, number, namespace)
        else:
            obj = maker(draw, name, namespace)  # type: ignore[arg-type]
        if obj["kind"] == "Job" and draw.random() < 0.5:
            obj["spec"]["suspend"] = True
        try:
            server.request("POST", collection(obj), obj)
        except Exception:  # noqa: BLE001, S112 - the server refuses it, and another is used
            continue
        yield server.request("GET", f"{collection(obj)}/{obj['metadata']['name']}")
        found += 1
        if found == STORED:
            return


def differences(
    ours: Cluster, server_says: DryRuns, cases: Iterator[tuple[JSONObject, JSONObject | None, User]]
) -> tuple[list[str], Counter[str | None]]:
    """The differences between the analyzer and a server, and how often each part refused."""
    differing: list[str] = []
    counts: Counter[str | None] = Counter()
    for obj, old, who in cases:
        theirs = server_says.create(obj, who) if old is None else server_says.update(obj, who)
        operation = "CREATE" if old is None else "UPDATE"
        submission = ours.submit(obj, user=who, operation=operation, old=old)
        counts[theirs.by] += 1
        if theirs.by == BROKEN:
            continue
        ours_said = (submission.refused_by, *causes(alike(submission.message)))
        theirs_said = (theirs.by, *causes(alike(theirs.message)))
        if ours_said != theirs_said:
            counts["differing"] += 1
            case = f"{operation} {obj}\n  {old}\n  {who}"
            differing.append(f"{case}\n  ours:   {ours_said}\n  theirs: {theirs_said}")
    return differing, counts


def updates(server: ApiServer, count: int, seed: int) -> tuple[list[str], Counter[str | None]]:
    draw = random.Random(seed)  # noqa: S311 - the same objects each time
    namespace = f"updates-{seed}"
    server.create(
        made("v1", "Namespace", namespace),
        made("v1", "ServiceAccount", "default", namespace) | {"automountServiceAccountToken": False},
        made("v1", "ServiceAccount", "quiet", namespace) | {"automountServiceAccountToken": False},
    )
    if server.release.startswith("v1.24."):
        allow_all(server)
    stored = list(stored_objects(server, draw, namespace))
    ours = connect(kubeconfig=str(server.kubeconfig()))
    with closing(DryRuns(server)) as server_says:
        cases = ((changed(old, draw), old, ADMIN) for old in (draw.choice(stored) for _ in range(count)))
        return differences(ours, server_says, cases)


def allow_all(server: ApiServer) -> None:
    """Let policies admit every pod as it is."""
    names = ("runAsUser", "seLinux", "fsGroup", "supplementalGroups")
    everything = {name: {"rule": "RunAsAny"} for name in names}
    flags = ("privileged", "hostNetwork", "hostPID", "hostIPC")
    spec = {
        **everything,
        **dict.fromkeys(flags, True),
        "allowPrivilegeEscalation": True,
        "allowedCapabilities": ["*"],
        "allowedUnsafeSysctls": ["*"],
        "hostPorts": [{"min": 0, "max": 65535}],
        "volumes": ["*"],
    }
    policy = made("policy/v1beta1", "PodSecurityPolicy", "updates") | {"spec": spec}
    seccomp = "seccomp.security.alpha.kubernetes.io/allowedProfileNames"
    policy["metadata"]["annotations"] = {seccomp: "*"}
    try:
        server.create(policy)
    except Exception:  # noqa: BLE001 - it is there
        return


@pytest.mark.live
def test_updates_are_accepted_or_refused_in_the_words_of_the_server(server: ApiServer) -> None:
    differing, told = updates(server, OBJECTS, 5)
    assert differing == []
    assert min(told[None], told["validation"]) > OBJECTS // 10, told


def random_rule(draw: random.Random) -> JSONObject:
    rule: JSONObject = {
        "verbs": draw.choice((["get"], ["get", "list"], ["*"], ["create"], [])),
        "apiGroups": [draw.choice(("", "apps", "*"))],
        "resources": [draw.choice(("pods", "secrets", "deployments", "*"))],
    }
    if draw.random() < 0.2:
        rule["resourceNames"] = ["a"]
    return rule


def random_rbac(draw: random.Random, name: str, cluster: RandomCluster) -> JSONObject:
    """A role or a binding, of which some are invalid."""
    kind = draw.choice(("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"))
    namespace = draw.choice(cluster.namespaces) if not kind.startswith("Cluster") else ""
    if kind.endswith("Role"):
        rules = [random_rule(draw) for _ in range(draw.randint(0, 2))]
        return made(f"{GROUP}/v1", kind, name, namespace) | {"rules": rules}
    to = draw.choice(("view", "edit", "gone", f"{cluster.name}-{draw.randrange(12)}"))
    ref = draw.choice(("ClusterRole", "ClusterRole", "Role" if namespace else "ClusterRole"))
    subjects = [draw.choice((user("a"), group("b"), {"kind": "ServiceAccount", "name": "c"}))]
    return bound(name, namespace, ref, to, subjects)


@pytest.fixture
def cluster(server: ApiServer) -> Iterator[RandomCluster]:
    """A random cluster in which some users may write roles and bindings; which is removed afterwards."""
    yield from writers(server, "writers")


def writers(server: ApiServer, name: str) -> Iterator[RandomCluster]:
    drawn = RandomCluster(name, f"writers {server.release}", policies=False)
    create(server, drawn)
    writes = {"verbs": ["create", "update"], "apiGroups": [GROUP], "resources": ["*"]}
    reads = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
    free = {"verbs": ["bind", "escalate"], "apiGroups": [GROUP], "resources": ["roles", "clusterroles"]}
    server.create(
        made(f"{GROUP}/v1", "ClusterRole", f"{name}-writes") | {"rules": [writes, reads]},
        made(f"{GROUP}/v1", "ClusterRole", f"{name}-free") | {"rules": [writes, free]},
        bound(f"{name}-deployer", "", "ClusterRole", f"{name}-writes", [user("deployer"), user("user-0")]),
        bound(f"{name}-one", drawn.namespaces[0], "ClusterRole", f"{name}-writes", [user("user-1")]),
        bound(f"{name}-two", "", "ClusterRole", f"{name}-free", [user("user-2")]),
    )
    yield drawn
    remove(server, drawn)


def rbac_cases(
    server: ApiServer, cluster: RandomCluster, draw: random.Random, count: int
) -> Iterator[tuple[JSONObject, JSONObject | None, User]]:
    stored: list[JSONObject] = []
    for number in range(STORED):
        obj = random_rbac(draw, f"{cluster.name}-s{number}", cluster)
        try:
            server.request("POST", collection(obj), obj)
        except Exception:  # noqa: BLE001, S112 - it is not valid
            continue
        stored.append(server.request("GET", f"{collection(obj)}/{obj['metadata']['name']}"))
    time.sleep(1)  # until the server has seen its own objects
    for number in range(count):
        obj = random_rbac(draw, f"{cluster.name}-n{number}", cluster)
        who = random_user(draw, cluster)
        if draw.random() < 0.5:
            yield obj, None, who
            continue
        old = draw.choice(stored)
        same: JSONObject = {key: obj[key] for key in ("rules", "subjects") if key in obj and key in old}
        if obj["kind"] == old["kind"] and "roleRef" in obj and draw.random() < 0.3:
            same["roleRef"] = obj["roleRef"]
        yield {**copy.deepcopy(old), **same}, old, who


@pytest.mark.live
def test_roles_and_bindings_are_accepted_or_refused_in_the_words_of_the_server(
    server: ApiServer, cluster: RandomCluster
) -> None:
    draw = random.Random(9)  # noqa: S311 - the same objects each time
    cases = list(rbac_cases(server, cluster, draw, OBJECTS))
    ours = connect(kubeconfig=str(server.kubeconfig()))
    with closing(DryRuns(server)) as server_says:
        differing, told = differences(ours, server_says, iter(cases))
    assert differing == []
    assert min(told[None], told["rbac"], told["validation"] * 5) > OBJECTS // 20, told
