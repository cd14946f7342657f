"""Tests that generated roles allow the recorded requests and nothing else."""

from functools import cache
from typing import Any

import msgspec
from hypothesis import given

from rbacpsp.auditlog.synthesis import synthesise
from rbacpsp.auditlog.widening import Generalise, widening
from rbacpsp.catalog.bootstrap import bootstrap_policy
from rbacpsp.model import Namespace, ObjectMeta, Objects, Request, Subject, Version
from tests.auditlog.worlds import CLUSTERS, REQUESTS, JSONObject, asked, used
from tests.rbac.naive import authorize

UMA = Subject("User", "uma")


def as_request(attributes: JSONObject) -> Request:
    return Request(**attributes)


def stands_for(recorded: JSONObject, other: JSONObject) -> bool:
    """Whether a recorded request includes another: one without a name or namespace includes all of them."""
    return all(
        recorded.get(key) == other.get(key) or (key in {"name", "namespace"} and not recorded.get(key))
        for key in ("verb", "path", "group", "resource", "subresource", "name", "namespace")
    )


@given(made=REQUESTS, others=REQUESTS)
def test_roles_allow_exactly_the_recorded_requests(made: list[JSONObject], others: list[JSONObject]) -> None:
    recorded = [each["attributes"] for each in made]
    result = synthesise(map(as_request, recorded), UMA, Objects())
    for each in (*recorded, *(other["attributes"] for other in others)):
        expected = any(stands_for(one, each) for one in recorded)
        assert authorize([*result.objects], "uma", [], each).allowed == expected
        assert not authorize([*result.objects], "udo", [], each).allowed


@given(objects=CLUSTERS, made=REQUESTS)
def test_the_roles_of_each_user_allow_all_of_its_recorded_requests(
    objects: list[JSONObject], made: list[JSONObject]
) -> None:
    usage = used(objects, made)
    own = own_objects()
    for user in {each["user"] for each in made}:
        roles = [*usage.role(user).objects, *own]
        for each in made:
            if each["user"] == user and asked(objects, each):
                groups = ["system:authenticated"]
                assert authorize(roles, user, [*each["groups"], *groups], each["attributes"]).allowed


@cache
def own_objects() -> list[JSONObject]:
    """The bootstrap objects of every server that concern all users."""
    result: list[JSONObject] = [msgspec.to_builtins(each) for each in bootstrap_policy(Version(1, 24))]
    public = {"system:discovery", "system:public-info-viewer", "system:basic-user"}
    return [each for each in result if each["metadata"]["name"] in public]


def rules(
    requests_: list[Request], generalise: Generalise = "none", **labels: dict[str, str]
) -> tuple[Any, ...]:
    namespaces = {name: Namespace(metadata=ObjectMeta(name=name, labels=its)) for name, its in labels.items()}
    result = synthesise(requests_, UMA, Objects(), widen=widening(generalise, namespaces))
    shown = [
        (each["kind"], each["metadata"].get("namespace", ""), each.get("rules") or each["roleRef"]["name"])
        for each in result.objects
    ]
    return shown, list(result.widened)


def get(resource: str, name: str = "", namespace: str = "shop", verb: str = "get") -> Request:
    return Request(verb, resource=resource, name=name, namespace=namespace)


def test_rules_are_grouped_and_cluster_wide_ones_are_not_repeated_in_namespaces() -> None:
    shown, _ = rules(
        [
            get("pods", "a"),
            get("pods", "b"),
            get("secrets", "a"),
            get("secrets", "b"),
            get("nodes", namespace="", verb="list"),
            get("nodes", verb="list"),
            Request("get", path="/metrics"),
        ]
    )
    rule = {
        "apiGroups": [""],
        "resources": ["pods", "secrets"],
        "resourceNames": ["a", "b"],
        "verbs": ["get"],
    }
    assert shown == [
        (
            "ClusterRole",
            "",
            [
                {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]},
                {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
            ],
        ),
        ("ClusterRoleBinding", "", "uma-used"),
        ("Role", "shop", [rule]),
        ("RoleBinding", "shop", "uma-used"),
    ]


def test_equal_permissions_in_several_namespaces_are_one_cluster_role_bound_in_each() -> None:
    shown, _ = rules([get("pods"), get("pods", namespace="bank")])
    assert [(kind, place) for kind, place, _ in shown] == [
        ("ClusterRole", ""),
        ("RoleBinding", "bank"),
        ("RoleBinding", "shop"),
    ]


def test_requests_that_only_a_wildcard_allows_are_left_out_and_reported() -> None:
    asked_ = [Request("get", path="/logs/*"), Request("get", resource="*", namespace="shop")]
    result = synthesise(asked_, UMA, Objects())
    assert result.objects == ()
    assert result.left_out == (
        (asked_[0], "a rule takes the * at its end for a wildcard"),
        (asked_[1], "only a wildcard allows it"),
    )


def test_an_option_replaces_generated_names_by_all_names_and_reports_it() -> None:
    names = ["web-5d9c7b8f6d-x2x4z", "web-5d9c7b8f6d-bbbbb", "web-6f7d8c9b5c-zzzzz"]
    shown, widened = rules([get("pods", name) for name in names], "names")
    assert shown[0][2] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    assert widened == ["get pods in namespace shop: 3 recorded names become all names"]
    assert rules([get("pods", name) for name in ("alpha", "beta", "gamma")], "names")[1] == []


def test_an_option_adds_all_read_verbs_and_no_others() -> None:
    shown, widened = rules([get("pods", verb="list"), get("pods", "a", verb="update")], "verbs")
    assert shown[0][2] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"], "verbs": ["update"]},
    ]
    assert widened == ["get, watch pods in namespace shop: not recorded, added to list"]


def test_an_option_adds_namespaces_with_a_shared_label() -> None:
    team = {"team": "a"}
    shown, widened = rules(
        [get("pods"), get("pods", namespace="bank")], "namespaces", shop=team, bank=team, farm=team, moon={}
    )
    assert [place for kind, place, _ in shown if kind == "RoleBinding"] == ["bank", "farm", "shop"]
    assert widened == [
        "what was recorded in shop, bank is allowed in farm as well: 1 more namespaces with the label team=a"
    ]
