"""Sends random requests with random grants to a real server, and returns its audit log."""

import json
import random
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.live.server import ApiError, ApiServer

JSONObject = dict[str, Any]
GROUP = "rbac.authorization.k8s.io"
NAMESPACES = ("shop", "bank", "farm")
NAMES = ("web", "db", "a.b", "cache", "n0")
USERS = ("uma", "udo", "ute", "system:serviceaccount:shop:builder", "system:serviceaccount:bank:reader")
GROUPS = ("red", "blue", "green")
RESOURCES = (
    ("", "v1", "pods", True, ("log", "exec", "eviction")),
    ("", "v1", "configmaps", True, ()),
    ("", "v1", "secrets", True, ()),
    ("", "v1", "serviceaccounts", True, ("token",)),
    ("", "v1", "nodes", False, ("proxy",)),
    ("", "v1", "namespaces", False, ()),
    ("apps", "v1", "deployments", True, ("scale", "status")),
    ("coordination.k8s.io", "v1", "leases", True, ()),
    (GROUP, "v1", "clusterroles", False, ()),
)
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
URLS = (
    "/healthz",
    "/healthz/etcd",
    "/version",
    "/metrics",
    "/logs/kube.log",
    "/openapi/v2",
    "/apis/apps",
    "/foo",
)
_METHODS = {
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "deletecollection": "DELETE",
}
_JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """A request as it is sent."""

    user: str
    """The user whose token is used."""
    method: str
    path: str
    headers: Mapping[str, Sequence[str]]
    body: JSONObject | None = None
    kind: str = _JSON


class RandomAccess:
    """Draws grants and requests; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - a test draws the same each time

    def objects(self) -> Iterator[JSONObject]:
        """Namespaces, accounts, roles and bindings, in an order in which they can be created."""
        draw = self.draw
        for namespace in NAMESPACES:
            yield _made("v1", "Namespace", namespace)
        yield _made("v1", "ServiceAccount", "builder", "shop")
        yield _made("v1", "ServiceAccount", "reader", "bank")
        places = ["", *NAMESPACES]
        for place in places:
            for number in range(8):
                kind = "Role" if place else "ClusterRole"
                rules = [self._rule(whole=not place) for _ in range(draw.randint(1, 3))]
                yield _made(f"{GROUP}/v1", kind, f"r{number}", place) | {"rules": rules}
        for place in places:
            for number in range(9):
                kind = "Role" if place and draw.random() < 0.7 else "ClusterRole"
                yield _made(
                    f"{GROUP}/v1", "RoleBinding" if place else "ClusterRoleBinding", f"b{number}", place
                ) | {
                    "roleRef": {"apiGroup": GROUP, "kind": kind, "name": f"r{draw.randrange(8)}"},
                    "subjects": [self._subject() for _ in range(draw.randint(1, 3))],
                }
        yield _made(f"{GROUP}/v1", "ClusterRole", "impersonator") | {
            "rules": [
                {
                    "apiGroups": [""],
                    "resources": ["users"],
                    "verbs": ["impersonate"],
                    "resourceNames": ["uma", "udo"],
                },
                {
                    "apiGroups": [""],
                    "resources": ["groups"],
                    "verbs": ["impersonate"],
                    "resourceNames": ["red"],
                },
                {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]},
            ]
        }
        yield _made(f"{GROUP}/v1", "ClusterRoleBinding", "impersonator") | {
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": "impersonator"},
            "subjects": [{"apiGroup": GROUP, "kind": "Group", "name": "dev"}],
        }

    def _rule(self, *, whole: bool) -> JSONObject:
        draw = self.draw
        verbs = sorted(
            set(draw.choices((*VERBS, "*"), weights=(4,) * len(VERBS) + (1,), k=draw.randint(1, 4)))
        )
        if whole and draw.random() < 0.25:
            urls = draw.sample((*URLS, "/healthz/*", "/logs/*", "/api*"), 2)
            return {"nonResourceURLs": urls, "verbs": ["get"] if draw.random() < 0.8 else ["*"]}
        group, _, resource, _, parts = draw.choice(RESOURCES)
        words = draw.sample(
            (resource, *(f"{resource}/{part}" for part in parts)), draw.randint(1, 1 + len(parts))
        )
        if draw.random() < 0.1:
            words.append(draw.choice(("*", "*/scale")))
        rule: JSONObject = {"apiGroups": [group], "resources": words, "verbs": verbs}
        if draw.random() < 0.35:
            rule["resourceNames"] = draw.sample(NAMES, 2)
        return rule

    def _subject(self) -> JSONObject:
        draw = self.draw
        chosen = draw.choice(("user", "user", "group", "account", "everybody"))
        if chosen == "group":
            return {"apiGroup": GROUP, "kind": "Group", "name": draw.choice(GROUPS)}
        if chosen == "account":
            name, namespace = draw.choice((("builder", "shop"), ("reader", "bank")))
            return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
        if chosen == "everybody" and draw.random() < 0.3:
            return {"apiGroup": GROUP, "kind": "Group", "name": "system:serviceaccounts"}
        return {"apiGroup": GROUP, "kind": "User", "name": draw.choice(USERS)}

    def calls(self, number: int) -> Iterator[Call]:
        """Requests of all kinds."""
        for _ in range(number):
            yield self._call()

    def _call(self) -> Call:
        draw = self.draw
        headers: dict[str, Sequence[str]] = {"Impersonate-User": [draw.choice(USERS)]}
        if draw.random() < 0.4 and not headers["Impersonate-User"][0].startswith("system:"):
            headers["Impersonate-Group"] = draw.sample(GROUPS, draw.randint(1, 2))
        by = "alice" if draw.random() < 0.1 else "admin"
        if draw.random() < 0.12:
            return Call(by, "GET", draw.choice(URLS), headers)
        group, version, resource, namespaced, parts = draw.choice(RESOURCES)
        result = draw.choice((*NAMESPACES, NAMESPACES[0], "")) if namespaced else ""
        verb = draw.choice(VERBS)
        if verb == "watch" and draw.random() < 0.7:
            verb = "list"  # a current server answers a watch when its second is over
        part = draw.choice(parts) if parts and draw.random() < 0.3 else ""
        name = draw.choice(NAMES)
        root = f"/apis/{group}/{version}" if group else f"/api/{version}"
        path = f"{root}/namespaces/{result}/{resource}" if result else f"{root}/{resource}"
        query: dict[str, str] = {}
        if part:
            verb = draw.choice(("get", "create", "update", "patch"))
            path += f"/{name}/{part}"
        elif verb in {"get", "update", "patch", "delete"}:
            path += f"/{name}"
        elif verb in {"list", "watch", "deletecollection"} and draw.random() < 0.3:
            query["fieldSelector"] = f"metadata.name={name}"
        if verb == "watch":
            query |= {"watch": "true", "timeoutSeconds": "1"}
        if verb not in {"get", "list", "watch"}:
            query["dryRun"] = "All"
        body, kind = self._body(group, version, resource, result, name, verb)
        target = quote(path) + (f"?{urlencode(query)}" if query else "")
        return Call(by, _METHODS.get(verb, "GET"), target, headers, body, kind)

    def _body(
        self, group: str, version: str, resource: str, place: str, name: str, verb: str
    ) -> tuple[JSONObject | None, str]:
        if verb == "patch":
            return {"metadata": {"labels": {"a": "b"}}}, "application/merge-patch+json"
        if verb not in {"create", "update"}:
            return None, _JSON
        kinds = {"pods": "Pod", "configmaps": "ConfigMap", "secrets": "Secret", "leases": "Lease"}
        kind = kinds.get(resource, resource.removesuffix("s").capitalize())
        return _made(f"{group}/{version}" if group else version, kind, name, place), _JSON


def send(server: ApiServer, calls: Iterator[Call]) -> int:
    """Send requests one after the other; return how many were answered."""
    where = urlsplit(server.url)
    context = ssl.create_default_context(cafile=str(server.ca))
    answered = 0
    connection = HTTPSConnection(where.hostname or "", where.port, timeout=60, context=context)
    with closing(connection):
        for call in calls:
            connection.putrequest(call.method, call.path, skip_accept_encoding=True)
            body = b"" if call.body is None else json.dumps(call.body).encode()
            connection.putheader("Authorization", f"Bearer {server.tokens[call.user]}")
            connection.putheader("Content-Type", call.kind)
            connection.putheader("Content-Length", str(len(body)))
            for name, values in call.headers.items():
                for value in values:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            answered += 1
            if "watch=true" in call.path and answer.status == 200:
                connection.close()  # the rest of the response is not needed
            else:
                answer.read()
    return answered


def _made(version: str, kind: str, name: str, namespace: str = "") -> JSONObject:
    result = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **result}}


class Reviewer:
    """Asks a server with SubjectAccessReviews over one connection."""

    def __init__(self, server: ApiServer) -> None:
        where = urlsplit(server.url)
        context = ssl.create_default_context(cafile=str(server.ca))
        self._connection = HTTPSConnection(where.hostname or "", where.port, timeout=60, context=context)
        self._headers = {"Authorization": f"Bearer {server.tokens['admin']}", "Content-Type": _JSON}

    def __call__(self, spec: JSONObject) -> bool:
        """Whether the server allows the request of a spec."""
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        self._connection.request("POST", path, json.dumps(review), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status >= 400:
            raise ApiError(body.decode())
        return bool(json.loads(body)["status"]["allowed"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
