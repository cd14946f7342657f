"""Hypothesis strategies for small random clusters with recorded requests."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.auditlog.reading import Reader
from rbacpsp.auditlog.record import Record
from rbacpsp.auditlog.removable import By, Needs, Unused, unused
from rbacpsp.auditlog.usage import Usage
from tests.auditlog.events import event, lines
from tests.rbac.naive import authorize

JSONObject = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"
PLACES = ("shop", "bank")
USERS = ("uma", "udo", "system:serviceaccount:shop:web")
GROUPS = ("red", "blue")
WORDS = ("get", "list", "use", "*")
RESOURCES = ("pods", "pods/log", "*/log", "secrets", "*")
NAMES = ("a", "b")
URLS = ("/healthz", "/healthz/*", "/metrics", "*")


def some(draw: Random, values: Sequence[str], most: int = 2) -> list[str]:
    return draw.choices(values, k=draw.randint(1, most))


def random_rule(draw: Random, *, urls: bool) -> JSONObject:
    if urls and draw.random() < 0.25:
        return {"verbs": some(draw, WORDS), "nonResourceURLs": some(draw, URLS)}
    result: JSONObject = {
        "verbs": some(draw, WORDS, 3),
        "apiGroups": some(draw, ("", "apps", "*")),
        "resources": some(draw, RESOURCES, 3),
    }
    if draw.random() < 0.5:
        result["resourceNames"] = some(draw, NAMES)
    return result


def subject(draw: Random) -> JSONObject:
    kind = draw.choice(("User", "Group", "ServiceAccount"))
    if kind == "ServiceAccount":
        return {"kind": kind, "name": "web", "namespace": "shop"}
    return {"kind": kind, "apiGroup": RBAC, "name": draw.choice(USERS if kind == "User" else GROUPS)}


def cluster_of(seed: int) -> list[JSONObject]:
    """Roles and bindings; some of the bindings overlap."""
    draw = Random(seed)  # noqa: S311 - a test draws the same cluster for the same seed
    objects: list[JSONObject] = []
    for place in ("", *PLACES):
        where = {"namespace": place} if place else {}
        kind = "Role" if place else "ClusterRole"
        for number in range(2):
            held = [random_rule(draw, urls=not place) for _ in range(draw.randint(0, 2))]
            objects.append({"kind": kind, "metadata": {"name": f"r{number}", **where}, "rules": held})
        for number in range(draw.randint(0, 3)):
            ref = {
                "apiGroup": RBAC,
                "kind": draw.choice((kind, "ClusterRole")),
                "name": f"r{draw.randint(0, 2)}",
            }
            objects.append(
                {
                    "kind": f"{kind}Binding",
                    "metadata": {"name": f"b{number}", **where},
                    "roleRef": ref,
                    "subjects": [subject(draw) for _ in range(draw.randint(0, 3))],
                }
            )
    return [{"apiVersion": f"{RBAC}/v1", **each} for each in objects]


def requests_of(seed: int) -> list[JSONObject]:
    """Users with their groups, and attributes as a review writes them."""
    draw = Random(seed)  # noqa: S311 - as above
    return [_request(draw) for _ in range(draw.randint(1, 12))]


def _request(draw: Random) -> JSONObject:
    who = {"user": draw.choice(USERS), "groups": draw.choices(GROUPS, k=draw.randint(0, 2))}
    if draw.random() < 0.2:
        return who | {"attributes": {"verb": "get", "path": draw.choice(("/healthz", "/healthz/x", "/foo"))}}
    return who | {
        "attributes": {
            "verb": draw.choice(("get", "list", "delete")),
            "group": draw.choice(("", "apps")),
            "resource": draw.choice(("pods", "secrets")),
            "subresource": draw.choice(("", "log")),
            "namespace": draw.choice(("", *PLACES)),
            "name": draw.choice(("", *NAMES, "c")),
        }
    }


CLUSTERS = st.integers(0, 1 << 32).map(cluster_of)
"""Made of a number each, which is quick; what fails is small anyway."""
REQUESTS = st.integers(0, 1 << 32).map(requests_of)


def asked(objects: list[JSONObject], request: JSONObject) -> bool:
    """The decision of a naive implementation of RBAC."""
    return authorize(objects, request["user"], request["groups"], request["attributes"]).allowed


def used(objects: list[JSONObject], made: list[JSONObject]) -> Usage:
    """The usage of a cluster's grants by some requests."""
    record = Record()
    reader = Reader(record)
    reader.read("audit.log", "audit", [lines(map(_event, [(each, asked(objects, each)) for each in made]))])
    record.finish()
    return Usage(Cluster.from_objects(deepcopy(objects)), reader)


def taken_apart(objects: list[JSONObject], made: list[JSONObject], by: By) -> Unused:
    """The removable items of a cluster, without an order by danger, which would need an audit."""
    usage = used(objects, made)
    cluster = Cluster.from_objects(deepcopy(objects))
    needs = Needs(cluster.authorizer, cluster.objects, usage.requests.allowed)
    return unused(needs, cluster.objects, by, enough=True, include_system=False, weight=lambda _: 0)


def _event(made: tuple[JSONObject, bool]) -> JSONObject:
    request, allowed = made
    attributes = request["attributes"]
    who = {"user": request["user"], "groups": request["groups"]}
    decision = "allow" if allowed else "forbid"
    if "path" in attributes:
        return event(attributes["verb"], uri=attributes["path"], decision=decision, **who)
    ref = {
        "resource": attributes["resource"],
        "apiGroup": attributes["group"],
        "subresource": attributes["subresource"],
        "namespace": attributes["namespace"],
        "name": attributes["name"],
    }
    return event(attributes["verb"], ref=ref, decision=decision, **who)


def each_of(objects: list[JSONObject], by: str) -> Iterator[tuple[tuple[Any, ...], list[JSONObject]]]:
    """Every item of a unit, by name, with the objects without it."""
    for place, obj in enumerate(objects):
        name = (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        if by == "binding" and "roleRef" in obj:
            yield name, objects[:place] + objects[place + 1 :]
        elif by == "subject" and "roleRef" in obj:
            for one in _distinct(obj["subjects"]):
                left = [each for each in obj["subjects"] if each != one]
                who = (one["kind"], one["name"])
                yield (*name, *who), _with(objects, place, obj | {"subjects": left})
        elif "roleRef" not in obj:
            for index, its in enumerate(obj["rules"]):
                for word, left in _without(its, by):
                    others = [*obj["rules"][:index], *left, *obj["rules"][index + 1 :]]
                    yield (*name, index, *word), _with(objects, place, obj | {"rules": others})


FIELDS = {"verb": "verbs", "resource": "resources", "name": "resourceNames", "url": "nonResourceURLs"}


def _without(its: JSONObject, by: str) -> Iterator[tuple[tuple[str, ...], list[JSONObject]]]:
    """The rest of a rule without a part of it; no rule if it loses its last word."""
    if by == "rule":
        yield (), []
    elif by in FIELDS:
        for word in dict.fromkeys(its.get(FIELDS[by], ())):
            left = [each for each in its[FIELDS[by]] if each != word]
            yield (word,), [its | {FIELDS[by]: left}] if left else []


def _with(objects: list[JSONObject], place: int, obj: JSONObject) -> list[JSONObject]:
    return [*objects[:place], obj, *objects[place + 1 :]]


def _distinct(values: list[JSONObject]) -> list[JSONObject]:
    return [each for place, each in enumerate(values) if each not in values[:place]]
