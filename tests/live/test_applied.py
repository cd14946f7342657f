"""Compares answers about manifests and what-ifs with real servers to which they were applied.

The servers run the controllers that fill aggregated ClusterRoles and create service accounts.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp.cluster import Cluster
from rbacpsp.decode import decode_objects
from rbacpsp.model import Request, User
from rbacpsp.model.request import service_account_groups
from tests.live.clusters import GROUP, made
from tests.live.dry_runs import DryRuns, Said, alike
from tests.live.random_manifests import ACCOUNTS, GROWING, RULES, Change, Manifests
from tests.live.server import ApiServer, collection, run_server, wait_until

JSONObject = dict[str, Any]
MANIFESTS = 300 if os.environ.get("RBACPSP_LONG") else 30
ROUNDS = 5
"""Rules travel through at most four aggregated roles, one a round."""
ROLES = f"/apis/{GROUP}/v1/clusterroles"
REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
MARK = "sentinel"


class Applied:
    """A server with controllers, to which manifests are applied, and with which answers are compared."""

    def __init__(self, server: ApiServer) -> None:
        self.server = server
        self.says = DryRuns(server)
        self._turn = 0
        rule = {"clusterRoleSelectors": [{"matchLabels": {MARK: "true"}}]}
        self.says.store("POST", ROLES, made(f"{GROUP}/v1", "ClusterRole", MARK) | {"aggregationRule": rule})
        self.says.store("POST", ROLES, self._part())

    def _part(self) -> JSONObject:
        part = made(f"{GROUP}/v1", "ClusterRole", f"{MARK}-part")
        part["metadata"]["labels"] = {MARK: "true"}
        return part | {"rules": [self._rule()]}

    def _rule(self) -> JSONObject:
        return {"verbs": [f"turn-{self._turn}"], "apiGroups": [MARK], "resources": ["turns"]}

    def settle(self) -> None:
        """Wait until the controller has handled all earlier changes."""
        for _ in range(ROUNDS):
            self._turn += 1
            self.says.store("PUT", f"{ROLES}/{MARK}-part", self._part())
            wait_until(lambda: self.rules(MARK, hidden=False) == [self._rule()])

    def rules(self, name: str, *, hidden: bool = True) -> list[JSONObject]:
        """The stored rules of a ClusterRole, without those of the sentinel."""
        rules = self.says.read(f"{ROLES}/{name}").get("rules") or []
        return [rule for rule in rules if not (hidden and rule.get("apiGroups") == [MARK])]

    def apply(self, *objects: JSONObject) -> None:
        """Create objects, or replace existing ones."""
        for obj in objects:
            stored = self.says.read(_path(obj))
            if stored["kind"] == "Status":
                self.says.store("POST", collection(obj), obj)
            elif obj["kind"] != "Namespace":
                self.says.store("PUT", _path(obj), obj)

    def remove(self, obj: JSONObject) -> None:
        """Remove an object; namespaces stay, since no controller here would empty them."""
        if obj["kind"] != "Namespace":
            self.says.store("DELETE", _path(obj), None)

    def forget(self, objects: list[JSONObject]) -> None:
        """Remove objects, and wait until they are gone, before the next manifests are applied.

        The controller writes an aggregated role with a server-side apply, which creates it again where it was
        deleted in between: without its aggregationRule, but with its rules, which others then select.
        """
        for obj in objects:
            self.remove(obj)
        self.settle()
        roles = [obj for obj in objects if obj["kind"] == "ClusterRole"]
        while again := [role for role in roles if self.says.read(_path(role))["kind"] != "Status"]:
            for role in again:
                self.remove(role)
            self.settle()

    def allows(self, who: User, request: Request) -> bool:
        """Whether the server's authorizer lets a user do something."""
        attributes = {
            "verb": request.verb,
            "group": request.group,
            "resource": request.resource,
            "name": request.name,
            "namespace": request.namespace,
        }
        spec = {"user": who.name, "groups": list(who.groups), "resourceAttributes": attributes}
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        return bool(self.says.store("POST", REVIEWS, review)["status"]["allowed"])


def _path(obj: JSONObject) -> str:
    return f"{collection(obj)}/{obj['metadata']['name']}"


@pytest.fixture(params=["v1.24", "current"])
def applied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Applied]:
    with run_server(request.param, tmp_path / "server", controllers=True) as server:
        result = Applied(server)
        with closing(result.says):
            yield result


@pytest.mark.live
def test_manifests_and_what_ifs_are_answered_as_by_a_server_to_which_they_were_applied(
    applied: Applied, tmp_path: Path
) -> None:
    old = applied.server.release.startswith("v1.24.")
    different: list[str] = []
    asked: Counter[str] = Counter()
    file = tmp_path / "manifests.json"
    for number in range(MANIFESTS):
        manifests = Manifests(number, policies=old)
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests.objects}))
        applied.apply(*manifests.objects)
        applied.settle()
        ours = rbacpsp.load(str(file), kubernetes_version=applied.server.release)
        different += compared(applied, ours, manifests, asked)
        change = manifests.change()
        changed = tried(ours, change)
        left = make(applied, manifests, change)
        applied.settle()
        different += [f"{change}: {each}" for each in compared(applied, changed, manifests, asked)]
        applied.forget(left)
    assert not different, "\n".join(different)
    assert min(asked["yes"], asked["no"], asked["taken"], asked["refused"]) > MANIFESTS // 3, asked


def tried(ours: Cluster, change: Change) -> Cluster:
    added = decode_objects(list(change.added)) if change.added else None
    return ours.changed(added, [change.removed] if change.removed else [])


def make(applied: Applied, manifests: Manifests, change: Change) -> list[JSONObject]:
    """Apply a what-if to the server; return the objects that it then has."""
    held = {identity(obj): obj for obj in manifests.objects}
    if change.removed:
        applied.remove(held.pop(change.removed))
    applied.apply(*change.added)
    return list((held | {identity(obj): obj for obj in change.added}).values())


def identity(obj: JSONObject) -> tuple[str, str, str]:
    metadata = obj["metadata"]
    return (obj["kind"], metadata.get("namespace", ""), metadata["name"])


def compared(applied: Applied, ours: Cluster, manifests: Manifests, asked: Counter[str]) -> Iterator[str]:
    """One sentence for each answer that differs from the server's."""
    draw = random.Random(manifests.name)  # noqa: S311 - the same questions each time
    yield from rules_compared(applied, ours, [*manifests.cluster_roles, *GROWING])
    for _ in range(2):
        yield from holders_compared(applied, ours, manifests, random_request(draw, manifests), asked)
    for _ in range(2):
        yield from pods_compared(applied, ours, manifests, draw, asked)


def rules_compared(applied: Applied, ours: Cluster, names: list[str]) -> Iterator[str]:
    for name in names:
        role = ours.objects.cluster_roles.get(name)
        if role is None:
            continue
        role = ours.authorizer.aggregation.roles.get(name, role)
        wanted = [plain(rule) for rule in role.rules]
        theirs: list[list[JSONObject]] = []

        def same(name: str = name, wanted: list[JSONObject] = wanted, theirs: Any = theirs) -> bool:
            theirs[:] = [applied.rules(name)]
            return bool(theirs[0] == wanted)

        if not wait_until(same):
            mine = [rule for rule in wanted if rule not in theirs[0]]
            other = [rule for rule in theirs[0] if rule not in wanted]
            yield f"ClusterRole {name}\n  only ours:   {mine or wanted}\n  only theirs: {other or theirs[0]}"


def plain(rule: Any) -> JSONObject:
    """A rule as the API writes it."""
    parts = {
        "verbs": rule.verbs,
        "apiGroups": rule.api_groups,
        "resources": rule.resources,
        "resourceNames": rule.resource_names,
        "nonResourceURLs": rule.non_resource_urls,
    }
    return {name: list(values) for name, values in parts.items() if values}


def random_request(draw: random.Random, manifests: Manifests) -> Request:
    verbs, group, resource = draw.choice(RULES)
    verb = draw.choice((*verbs, "get", "delete"))
    name = f"{manifests.name}-0" if resource == "podsecuritypolicies" else ""
    return Request(
        verb, group=group, resource=resource, name=name, namespace=draw.choice(("", *manifests.namespaces))
    )


def holders_compared(
    applied: Applied, ours: Cluster, manifests: Manifests, request: Request, asked: Counter[str]
) -> Iterator[str]:
    """Compare who-can with the server's decision for each subject."""
    result = {
        (access.subject.kind, access.subject.namespace, access.subject.name)
        for access in ours.who_can(request)
    }
    for subject in manifests.subjects():
        kind, namespace, name = subject["kind"], subject.get("namespace", ""), subject["name"]
        who = {
            "User": User(name),
            "Group": User("somebody", groups=(name,)),
            "ServiceAccount": User(f"system:serviceaccount:{namespace}:{name}"),
        }[kind]
        listed = (kind, namespace, name) in result
        if listed != bool(ours.authorize(who, request)):
            yield f"{who} {request}: who-can says {listed}, can-i another"

        def agreed(who: User = who, listed: bool = listed) -> bool:
            return applied.allows(who, request) is listed

        if not wait_until(agreed):
            yield f"{who} {request}: ours {listed}"
        asked["yes" if listed else "no"] += 1


def pods_compared(
    applied: Applied, ours: Cluster, manifests: Manifests, draw: random.Random, asked: Counter[str]
) -> Iterator[str]:
    """Submit a pod to both."""
    pod = made("v1", "Pod", "p", draw.choice(manifests.namespaces))
    container: JSONObject = {"name": "c", "image": "i"}
    if draw.random() < 0.3:
        container["securityContext"] = {"privileged": True}
    pod["spec"] = {"containers": [container]}
    # An account is known to be missing only in namespaces whose accounts were read.
    known = ours.objects.accounts_were_read(pod["metadata"]["namespace"])
    account = draw.choice(("", *(ACCOUNTS if known else ("default",))))
    if account:
        pod["spec"]["serviceAccountName"] = account
    maker = draw.choice(
        (
            User("alice", groups=("dev", "system:authenticated")),
            User("root", groups=("system:masters", "system:authenticated")),
            User(
                f"system:serviceaccount:{manifests.namespaces[0]}:builder",
                groups=(*service_account_groups(manifests.namespaces[0]), "system:authenticated"),
            ),
        )
    )
    submission = ours.submit(pod, user=maker)
    said: list[Said] = []

    def same() -> bool:
        said[:] = [applied.says.create(pod, maker)]
        return said[0].by == submission.refused_by and alike(said[0].message) == alike(submission.message)

    if not wait_until(same):
        yield f"{pod} {maker}\n  ours:   {submission.refused_by} {submission.message}\n  theirs: {said[0]}"
    asked["refused" if submission.refused_by else "taken"] += 1
