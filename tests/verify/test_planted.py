"""Tests that `verify` finds objects that were not read, or were read wrongly."""

import copy
import gc
from collections.abc import Callable
from typing import Any

import pytest

from rbacpsp.cluster import Cluster
from rbacpsp.model import PolicyRule, Request, User
from rbacpsp.model.json import JSONObject
from rbacpsp.verify import AccessQuestion, PodQuestion, Report, sample, verify
from rbacpsp.verify.ask import Asker, ServerAnswer, ServerRules
from rbacpsp.verify.expect import expect_access, expect_pod
from tests.live.clusters import RandomCluster

VERSION = "1.24"
LOGIN = User("admin", ("system:masters", "ops", "system:authenticated"))
Plant = Callable[[list[JSONObject]], None]


class Answering(Asker):
    """A server of one cluster, which lets its login ask everything."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def may_ask_about_others(self) -> bool:
        return True

    @property
    def may_impersonate(self) -> bool:
        return True

    def require_dry_run(self) -> None:
        """This server supports dryRun."""

    def stores_nothing(self, namespace: str, account: str) -> bool | None:
        assert namespace
        assert account
        return True

    def access(self, question: AccessQuestion) -> ServerAnswer:
        expected = expect_access(self._cluster, question)
        return ServerAnswer(expected.allowed, expected.words)

    def own_access(self, request: Request) -> ServerAnswer:
        return self.access(AccessQuestion(LOGIN, request))

    def rules(self, namespace: str, user: User | None) -> ServerRules:
        held = self._cluster.rules_for(user or LOGIN, namespace)
        status = held.status()
        return ServerRules(
            [policy_rule_of(rule) for rule in status["resourceRules"]],
            [policy_rule_of(rule) for rule in status["nonResourceRules"]],
            status.get("evaluationError", ""),
        )

    def pod(self, question: PodQuestion) -> ServerAnswer:
        expected = expect_pod(self._cluster, question, question.user or LOGIN, policies=True)
        return ServerAnswer(expected.allowed, expected.words, pod=expected.pod, warnings=expected.warnings)


def policy_rule_of(each: dict[str, Any]) -> PolicyRule:
    return PolicyRule(
        verbs=tuple(each.get("verbs", ())),
        api_groups=tuple(each.get("apiGroups", ())),
        resources=tuple(each.get("resources", ())),
        resource_names=tuple(each.get("resourceNames", ())),
        non_resource_urls=tuple(each.get("nonResourceURLs", ())),
    )


def truth() -> list[JSONObject]:
    return list(RandomCluster("shop", 7, policies=True).objects())


def of(objects: list[JSONObject], kind: str, place: int = 0) -> JSONObject:
    """The first object of a kind that has something to remove."""
    some = [each for each in objects if each["kind"] == kind and (each.get("rules", True) != [])]
    return some[place % len(some)]


def lose(kind: str, place: int = 0) -> Plant:
    """Remove a complete object, as if it was not read."""

    def plant(objects: list[JSONObject]) -> None:
        objects.remove(of(objects, kind, place))

    return plant


def bound_role(objects: list[JSONObject], kind: str) -> JSONObject:
    """A role that some binding refers to, and that has rules."""
    refs = {
        (each["roleRef"]["kind"], each["roleRef"]["name"], each["metadata"].get("namespace"))
        for each in objects
        if "roleRef" in each
    }
    for each in objects:
        if each["kind"] == kind and each.get("rules"):
            name, namespace = each["metadata"]["name"], each["metadata"].get("namespace")
            if any((ref[0], ref[1]) == (kind, name) and namespace in {None, ref[2]} for ref in refs):
                return each
    raise AssertionError(kind)


def edit(find: Callable[[list[JSONObject]], JSONObject], change: Callable[[JSONObject], None]) -> Plant:
    def plant(objects: list[JSONObject]) -> None:
        change(find(objects))

    return plant


def subject_of(kind: str) -> Callable[[list[JSONObject]], JSONObject]:
    """The first binding that names a subject of a kind."""

    def find(objects: list[JSONObject]) -> JSONObject:
        return next(each for each in objects if any(s["kind"] == kind for s in each.get("subjects", ())))

    return find


def drop_subject(kind: str) -> Plant:
    def change(binding: JSONObject) -> None:
        gone = next(s for s in binding["subjects"] if s["kind"] == kind)
        binding["subjects"] = [s for s in binding["subjects"] if s is not gone]

    return edit(subject_of(kind), change)


def bound_role_of_kind(kind: str) -> Callable[[list[JSONObject]], JSONObject]:
    return lambda objects: bound_role(objects, kind)


def first_resource_rule(held: JSONObject) -> JSONObject:
    return next(rule for rule in held["rules"] if "resources" in rule)


def enforced(objects: list[JSONObject]) -> JSONObject:
    """A namespace that enforces a level."""
    label = "pod-security.kubernetes.io/enforce"
    return next(
        each
        for each in objects
        if each["kind"] == "Namespace" and each["metadata"]["labels"].get(label) in {"baseline", "restricted"}
    )


def renamed(obj: JSONObject) -> None:
    obj["metadata"]["name"] = "gone"


def rename_subject(kind: str) -> Callable[[JSONObject], None]:
    def change(binding: JSONObject) -> None:
        for subject in binding["subjects"]:
            if subject["kind"] == kind:
                subject["name"] = "another"

    return change


NOTHING_ASKED = {"pod-security.kubernetes.io/enforce": "privileged"}

LOSSES: dict[str, Plant] = {
    "a ClusterRoleBinding": lose("ClusterRoleBinding"),
    "the binding that lets users create pods": lose("ClusterRoleBinding", -1),
    "a RoleBinding": lose("RoleBinding"),
    "another RoleBinding": lose("RoleBinding", 17),
    "a ServiceAccount of a binding": drop_subject("ServiceAccount"),
    "a Group of a binding": drop_subject("Group"),
    "a User of a binding": drop_subject("User"),
    "a ClusterRole that is bound": edit(
        bound_role_of_kind("ClusterRole"), lambda held: held["metadata"].update(name="gone")
    ),
    "a Role that is bound": edit(bound_role_of_kind("Role"), renamed),
    "a rule of a ClusterRole": edit(bound_role_of_kind("ClusterRole"), lambda held: held["rules"].pop()),
    "a rule of a Role": edit(bound_role_of_kind("Role"), lambda held: held["rules"].pop()),
    "a verb": edit(bound_role_of_kind("Role"), lambda held: first_resource_rule(held).update(verbs=["list"])),
    "the labels of a namespace": edit(enforced, lambda obj: obj["metadata"].update(labels={})),
    "a policy": lose("PodSecurityPolicy", 1),
}
CHANGES: dict[str, Plant] = {
    "a verb": edit(
        bound_role_of_kind("ClusterRole"),
        lambda held: first_resource_rule(held).update(verbs=["impersonate"]),
    ),
    "a resource": edit(
        bound_role_of_kind("Role"), lambda held: first_resource_rule(held).update(resources=["widgets"])
    ),
    "a group": edit(
        bound_role_of_kind("ClusterRole"), lambda held: first_resource_rule(held).update(apiGroups=["batch"])
    ),
    "a name": edit(
        bound_role_of_kind("Role"), lambda held: first_resource_rule(held).update(resourceNames=["other"])
    ),
    "the name of an account": edit(
        subject_of("ServiceAccount"), lambda b: b["subjects"][0].update(name="new")
    ),
    "the name of a group": edit(subject_of("Group"), rename_subject("Group")),
    "the role of a binding": edit(
        lambda objects: of(objects, "RoleBinding"),
        lambda b: b["roleRef"].update(kind="ClusterRole", name="shop-edit"),
    ),
    "the level of a namespace": edit(enforced, lambda obj: obj["metadata"]["labels"].update(NOTHING_ASKED)),
    "a field of a policy": edit(
        lambda objects: of(objects, "PodSecurityPolicy", 1),
        lambda obj: obj["spec"].update(volumes=["configMap"]),
    ),
}


def report(plant: Plant | None) -> Report:
    """The report of verify, at its default size, about a cluster with a planted difference."""
    result = Cluster.from_objects(truth(), kubernetes_version=VERSION)
    objects = copy.deepcopy(truth())
    if plant is not None:
        plant(objects)
        assert objects != truth()
    read = Cluster.from_objects(objects, kubernetes_version=VERSION)
    return verify(
        Answering(result),
        lambda: read,
        lambda cluster: sample(cluster, requests=200, pods=50, groups=LOGIN.groups),
        LOGIN,
    )


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rbacpsp.verify.run._SETTLE_SECONDS", 0)
    gc.collect()


def test_nothing_is_found_where_nothing_is_planted() -> None:
    result = report(None)
    assert result.disagreements == ()
    assert (result.requests, result.rules, result.pods) == (200, 252, 50)


def test_at_least_12_of_14_losses_are_found() -> None:
    assert len(LOSSES) == 14
    missed = [name for name, plant in LOSSES.items() if report(plant)]
    assert len(missed) <= 2, missed


def test_at_least_8_of_9_changes_are_found() -> None:
    assert len(CHANGES) == 9
    missed = [name for name, plant in CHANGES.items() if report(plant)]
    assert len(missed) <= 1, missed
