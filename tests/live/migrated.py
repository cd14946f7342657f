"""Applies recorded clusters to a current server, with the output of `migrate vap` as their policies."""

import copy
import json
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from tests.live.clusters import GROUP, bound, group, made
from tests.live.server import ApiServer, collection

JSONObject = dict[str, Any]

RUNTIME_CLASSES = ("gvisor", "kata", "runc")
READY_SECONDS = 60
_PROBE = "rbacpsp-probe"
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


@dataclass(frozen=True)
class Reply:
    """The server's answer."""

    status: int
    body: JSONObject

    @property
    def allowed(self) -> bool:
        return self.status < 300

    @property
    def message(self) -> str:
        return str(self.body.get("message", ""))


class Client:
    """One connection to a server as its administrator, who may impersonate anybody."""

    def __init__(self, server: ApiServer) -> None:
        where = urlsplit(server.url)
        context = ssl.create_default_context(cafile=str(server.ca))
        self._connection = HTTPSConnection(where.hostname or "", where.port, timeout=60, context=context)
        self._token = server.tokens["admin"]

    def close(self) -> None:
        self._connection.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str = "",
        groups: Iterable[str] = (),
        content: str = "application/json",
    ) -> Reply:
        connection = self._connection
        connection.putrequest(method, path)
        connection.putheader("Authorization", f"Bearer {self._token}")
        payload = b"" if body is None else json.dumps(body).encode()
        connection.putheader("Content-Type", content)
        connection.putheader("Content-Length", str(len(payload)))
        if user:
            connection.putheader("Impersonate-User", user)
        for each in groups:
            connection.putheader("Impersonate-Group", each)
        connection.endheaders(payload)
        answer = connection.getresponse()
        return Reply(answer.status, json.loads(answer.read()))

    def create(self, obj: JSONObject) -> None:
        reply = self.ask("POST", collection(obj), obj)
        if reply.status == 409 and obj["kind"] not in {"Namespace", "ServiceAccount"}:  # of the server's own
            reply = self.ask("PUT", f"{collection(obj)}/{obj['metadata']['name']}", obj)
        elif reply.status == 409:
            return
        assert reply.allowed, f"{obj['kind']} {obj['metadata']['name']}: {reply.message}"

    def delete(self, obj: JSONObject) -> None:
        now = "?gracePeriodSeconds=0" if obj["kind"] == "Pod" else ""
        self.ask("DELETE", f"{collection(obj)}/{obj['metadata']['name']}{now}")


def prepare(client: Client) -> None:
    """Create the other objects of the recording server: RuntimeClasses, and users who may create pods."""
    for name in RUNTIME_CLASSES:
        client.create({**made("node.k8s.io/v1", "RuntimeClass", name), "handler": name})
    may = {"verbs": ["create", "update", "patch", "get"], "apiGroups": [""], "resources": ["pods"]}
    client.create(made(f"{GROUP}/v1", "ClusterRole", "recorded-creators") | {"rules": [may]})
    everyone = [group("system:authenticated"), group("system:unauthenticated")]
    client.create(bound("recorded-creators", "", "ClusterRole", "recorded-creators", everyone))


def cluster_objects(batch: JSONObject) -> list[JSONObject]:
    """The objects of a recorded cluster that a current server still knows."""
    return [item for item in batch["cluster"]["items"] if item["kind"] != "PodSecurityPolicy"]


@contextmanager
def applied(client: Client, objects: Iterable[JSONObject], number: int) -> Iterator[None]:
    """Apply the output for an engine, and remove it afterwards; wait until each change has an effect."""
    objects = [*objects, *_probe(number)]
    try:
        for obj in objects:
            client.create(obj)
        _wait(client, number, counts=True)
        yield
    finally:
        for obj in objects:
            client.delete(obj)
        _wait(client, number, counts=False)


def _probe(number: int) -> Iterator[JSONObject]:
    """A mutating policy that marks one ConfigMap, and a validating one that refuses a marked ConfigMap.

    The server learns of policies in the order in which they are made or removed: if these have an effect, so
    do all others; if these no longer have one, no other has.
    """
    version, name = "admissionregistration.k8s.io/v1", f"{_PROBE}-{number}"
    rules = [
        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    ]
    only = [{"name": "probe", "expression": f"object.metadata.?name.orValue('') == '{_PROBE}'"}]
    common = {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": rules}, "matchConditions": only}
    mark = "Object{metadata: Object.metadata{labels: Object.metadata.labels{probe: '" + str(number) + "'}}}"
    yield made(version, "MutatingAdmissionPolicy", name) | {
        "spec": {
            **common,
            "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": mark}}],
        }
    }
    yield made(version, "MutatingAdmissionPolicyBinding", name) | {"spec": {"policyName": name}}
    refuse = f"object.metadata.?labels.?probe.orValue('') != '{number}'"
    yield made(version, "ValidatingAdmissionPolicy", name) | {
        "spec": {**common, "validations": [{"expression": refuse, "message": f"probe {number} counts"}]}
    }
    yield made(version, "ValidatingAdmissionPolicyBinding", name) | {
        "spec": {"policyName": name, "validationActions": ["Deny"]}
    }


def _wait(client: Client, number: int, *, counts: bool) -> None:
    """Wait until both policies have an effect (one marks and the other refuses), or until neither has."""
    plain = made("v1", "ConfigMap", _PROBE, "kube-system")
    marked = copy.deepcopy(plain)
    marked["metadata"]["labels"] = {"probe": str(number)}
    where = f"{collection(plain)}?dryRun=All"
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        reply = client.ask("POST", where, plain)
        refuses = f"probe {number} counts" in reply.message
        if counts and refuses:
            return
        if not counts and not refuses and "probe" not in reply.body["metadata"].get("labels", {}):
            reply = client.ask("POST", where, marked)
            if f"probe {number} counts" not in reply.message:
                return
        time.sleep(0.1)
    which = "do not count" if counts else "still count"
    raise AssertionError(f"the policies of {number} {which} after {READY_SECONDS} s: {reply}")


def create_as_recorded(client: Client, case: JSONObject) -> Reply:
    """Create a recorded pod as its recorded user, with dry run."""
    pod = copy.deepcopy(case["pod"])
    path = f"/api/v1/namespaces/{case['namespace']}/pods?dryRun=All"
    return client.ask("POST", path, pod, user=case["as"], groups=case["groups"])


def store(client: Client, case: JSONObject, name: str) -> JSONObject:
    """Store a recorded pod as it was before its update."""
    pod = copy.deepcopy(case["pod"])
    del pod["metadata"]["labels"]["touched"]
    pod["metadata"].pop("generateName", None)
    pod["metadata"]["name"] = name
    reply = client.ask("POST", f"/api/v1/namespaces/{case['namespace']}/pods", pod)
    assert reply.allowed, reply.message
    return reply.body


def update_as_recorded(client: Client, case: JSONObject, stored: JSONObject) -> Reply:
    """Add the recorded label to a stored pod as the recorded user, with dry run."""
    pod = copy.deepcopy(stored)
    pod["metadata"].setdefault("labels", {})["touched"] = "yes"
    path = f"/api/v1/namespaces/{case['namespace']}/pods/{pod['metadata']['name']}?dryRun=All"
    return client.ask("PUT", path, pod, user=case["as"], groups=case["groups"])


def security(pod: JSONObject) -> JSONObject:
    """The fields of a stored pod that a policy can fill in: every securityContext, and the RuntimeClass.

    AppArmor's field, which 1.24 does not have, is left out; the annotation has the same value. An otherwise
    empty context counts as absent.
    """
    spec = pod["spec"]
    marked = any(key.startswith(_APPARMOR) for key in pod["metadata"].get("annotations", {}))
    result = {"runtimeClassName": spec.get("runtimeClassName"), "pod": _context(spec, marked=marked)}
    for key in ("containers", "initContainers"):
        for container in spec.get(key, ()):
            result[container["name"]] = _context(container, marked=marked)
    return result


def _context(holder: Mapping[str, Any], *, marked: bool) -> JSONObject | None:
    context = holder.get("securityContext")
    if context is None or (marked and context.keys() <= {"appArmorProfile"}):
        return None
    return {key: value for key, value in context.items() if key != "appArmorProfile"}
