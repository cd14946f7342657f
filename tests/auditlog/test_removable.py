"""Compares removable grants with a naive check: remove each, and decide every request again."""

from typing import Any, get_args

import pytest
from hypothesis import given

from rbacpsp import Cluster
from rbacpsp.auditlog.removable import NOT_OBSERVABLE, REMOVABLE, By, Item
from tests.auditlog.events import event, lines
from tests.auditlog.worlds import CLUSTERS, REQUESTS, JSONObject, asked, each_of, taken_apart, used

UNOBSERVED = {"use", "bind", "escalate", "approve", "sign", "attest"}


def name_of(item: Item) -> tuple[Any, ...]:
    obj = item.binding or item.role
    assert obj is not None
    name: tuple[Any, ...] = (obj.kind, obj.metadata.namespace, obj.metadata.name)
    if item.subject:
        return (*name, item.subject.kind, item.subject.name)
    if item.role is None:
        return name
    return (*name, item.rule_index) if item.what == "rule" else (*name, item.rule_index, item.word)


def is_unobserved(objects: list[JSONObject], by: str, name: tuple[Any, ...]) -> bool:
    """Whether an item holds only verbs that leave no event."""
    obj = next(
        each
        for each in objects
        if (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]) == name[:3]
    )
    if "roleRef" in obj:
        ref, place = obj["roleRef"], name[1] if obj["roleRef"]["kind"] == "Role" else ""
        rules = [
            rule
            for each in objects
            if each["kind"] == ref["kind"]
            and each["metadata"]["name"] == ref["name"]
            and each["metadata"].get("namespace", "") == place
            for rule in each["rules"]
        ]
    else:
        rules = [obj["rules"][name[3]]]
        if by == "verb":
            rules = [{"verbs": [name[4]]}]
    return bool(rules) and all(set(rule["verbs"]) <= UNOBSERVED for rule in rules)


@pytest.mark.parametrize("by", get_args(By))
@given(objects=CLUSTERS, made=REQUESTS)
def test_an_item_is_removable_exactly_when_every_allowed_request_stays_allowed_without_it(
    by: By, objects: list[JSONObject], made: list[JSONObject]
) -> None:
    allowed = [each for each in made if asked(objects, each)]
    expected = {}
    for name, left in each_of(objects, by):
        if is_unobserved(objects, by, name):
            expected[name] = NOT_OBSERVABLE
        elif all(asked(left, each) for each in allowed):
            expected[name] = REMOVABLE
    result = taken_apart(objects, made, by)
    assert {name_of(item): item.status for item in result.items} == expected


@pytest.mark.parametrize("by", get_args(By))
@given(objects=CLUSTERS, made=REQUESTS)
def test_the_set_of_removable_grants_is_safe_and_maximal(
    by: By, objects: list[JSONObject], made: list[JSONObject]
) -> None:
    allowed = [each for each in made if asked(objects, each)]
    result = taken_apart(objects, made, by)
    gone = {name_of(item) for item in result.together}
    assert gone <= {name_of(item) for item in result.items if item.status == REMOVABLE}
    assert all(asked(without(objects, by, gone), each) for each in allowed)
    for item in result.items:
        if item.status == REMOVABLE and name_of(item) not in gone:
            left = without(objects, by, gone | {name_of(item)})
            assert not all(asked(left, each) for each in allowed)


def without(objects: list[JSONObject], by: str, names: set[tuple[Any, ...]]) -> list[JSONObject]:
    """The objects without some items, which are removed from the end so that indexes stay valid."""
    kept: list[JSONObject] = []
    for obj in objects:
        name = (obj["kind"], obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
        if name in names:
            continue
        if "roleRef" in obj:
            left = [
                subject
                for subject in obj["subjects"]
                if (*name, subject["kind"], subject["name"]) not in names
            ]
            kept.append(obj | {"subjects": left})
        else:
            rules = [stripped(rule, by, (*name, index), names) for index, rule in enumerate(obj["rules"])]
            kept.append(obj | {"rules": [rule for rule in rules if rule is not None]})
    return kept


def stripped(
    rule: JSONObject, by: str, name: tuple[Any, ...], names: set[tuple[Any, ...]]
) -> JSONObject | None:
    if name in names:
        return None
    fields = {"verb": "verbs", "resource": "resources", "name": "resourceNames", "url": "nonResourceURLs"}
    if by not in fields or fields[by] not in rule:
        return rule
    left = [word for word in rule[fields[by]] if (*name, word) not in names]
    return rule | {fields[by]: left} if left else None


def cluster_role_that_gets_pods(name: str, labels: dict[str, str] | None = None, **fields: Any) -> JSONObject:
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}
    metadata = {"name": name, **({"labels": labels} if labels else {})}
    return {
        "kind": "ClusterRole",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": metadata,
        "rules": [rule],
    } | fields


BINDING = {
    "kind": "ClusterRoleBinding",
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "metadata": {"name": "b"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "whole"},
    "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "uma"}],
}


@pytest.mark.parametrize(("parts", "removable"), [(("one",), set()), (("one", "two"), {"one", "two"})])
def test_a_rule_of_an_aggregated_role_is_removed_from_its_source_role(
    parts: tuple[str, ...], removable: set[str]
) -> None:
    selector = {"clusterRoleSelectors": [{"matchLabels": {"part": "yes"}}]}
    objects = [
        cluster_role_that_gets_pods("whole", aggregationRule=selector),
        *(cluster_role_that_gets_pods(name, {"part": "yes"}) for name in parts),
        BINDING,
    ]
    request = {"user": "uma", "groups": [], "attributes": _get_pods()}
    result = used(objects, [request]).unused_by("rule", min_days=0)
    assert {item.role.name for item in result.items if item.role} == removable
    assert len(result.together) == max(len(removable) - 1, 0)


def _get_pods() -> JSONObject:
    return {
        "verb": "get",
        "group": "",
        "resource": "pods",
        "subresource": "",
        "namespace": "shop",
        "name": "a",
    }


def test_an_impersonation_needs_its_grant_although_the_log_names_the_other_user() -> None:
    from rbacpsp.auditlog.reading import Reader
    from rbacpsp.auditlog.record import Record
    from rbacpsp.auditlog.usage import Usage

    rule = {"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}
    cluster = Cluster.from_objects([cluster_role_that_gets_pods("whole", rules=[rule]), BINDING])
    reader = Reader(Record())
    other = {"username": "udo", "groups": ["system:authenticated"]}
    reader.read("log", "log", [lines([event(uri="/foo", decision="forbid", impersonatedUser=other)])])
    assert Usage(cluster, reader).unused_by("binding", min_days=0).items == ()
