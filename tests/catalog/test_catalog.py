"""Tests that the catalog finds resources by any of their names and expands wildcards."""

import json
from pathlib import Path

import pytest

import rbacpsp
from rbacpsp.catalog import CONTROLLERS, Account, Catalog, ResourceVerb
from rbacpsp.catalog.bootstrap import LATEST
from rbacpsp.catalog.catalog import RECORDED
from rbacpsp.model import Version
from rbacpsp.model.version import NEWEST
from tests.policy_rules import policy_rule
from tools.bootstrap.generate import RELEASES

DATA = Path(rbacpsp.__file__).parent / "catalog" / "data"

OLD = Catalog.for_version(Version(1, 24))
NEW = Catalog.for_version(Version(1, 36))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("deployments", ["deployments.apps"]),
        ("deploy", ["deployments.apps"]),
        ("Deployment", ["deployments.apps"]),
        ("deploy.apps", ["deployments.apps"]),
        ("deployments.v1.apps", ["deployments.apps"]),
        ("deployments.v2.apps", []),
        ("deployments.batch", []),
        ("po", ["pods"]),
        ("pods.v1.", ["pods"]),
        ("psp", ["podsecuritypolicies.policy"]),
        ("events", ["events", "events.events.k8s.io"]),
        ("ev.events.k8s.io", ["events.events.k8s.io"]),
        ("ingresses.networking", ["ingresses.networking.k8s.io"]),
        ("roles.rbac", ["roles.rbac.authorization.k8s.io"]),
        ("hpa.autoscal", ["horizontalpodautoscalers.autoscaling"]),
        ("ev.events", ["events.events.k8s.io"]),
        ("deploy.pps", []),
        ("deploy.", ["deployments.apps"]),
        ("pods/log", []),
        ("users", ["users"]),
        ("userextras", ["userextras.authentication.k8s.io"]),
        ("signers", ["signers.certificates.k8s.io"]),
        ("nonsense", []),
    ],
)
def test_a_resource_is_found_by_plural_singular_or_short_name(name: str, expected: list[str]) -> None:
    result = OLD.find(name)
    assert [each.qualified for each in result if each.group != "extensions"] == expected


def test_the_singular_is_the_kind_in_lower_case_where_discovery_gives_none() -> None:
    assert OLD.find("networkpolicies")[0].singular == "networkpolicy"


def test_a_subresource_belongs_to_the_group_that_serves_it() -> None:
    scale = next(resource for resource in OLD.resources if resource.combined == "deployments/scale")
    assert (scale.group, scale.kind) == ("apps", "Scale")
    assert OLD.subresources(OLD.find("deploy")[0]) == ("scale", "status")


def test_what_is_recorded_ends_with_the_newest_release() -> None:
    files = (path.stem.removeprefix("discovery-") for path in DATA.glob("discovery-*.jsonl"))
    assert sorted(map(Version.parse, files)) == list(RECORDED)
    text = (DATA / "bootstrap.jsonl").read_text(encoding="utf-8")
    last = max(Version.parse(json.loads(line)["until"]) for line in text.splitlines())
    assert RECORDED[-1] == NEWEST == LATEST == last == Version.parse(RELEASES[-1])


@pytest.mark.parametrize(
    ("version", "served"), [("1.16", True), ("1.24", True), ("1.25", False), ("1.37", False)]
)
def test_policies_are_served_up_to_1_24(version: str, served: bool) -> None:
    assert bool(Catalog.for_version(Version.parse(version)).find("podsecuritypolicies")) is served


def test_an_unknown_resource_is_answered_with_similar_names() -> None:
    assert OLD.close_to("deplyments")[0] == "deployments.apps"
    assert OLD.close_to("podsecuritypolicys.policy")[0] == "podsecuritypolicies.policy"
    assert OLD.close_to("qqqq") == ()


def test_special_verbs_are_added_to_those_of_discovery() -> None:
    assert OLD.verbs("policy", "podsecuritypolicies")[-1] == "watch"
    assert "use" in OLD.verbs("policy", "podsecuritypolicies")
    assert {"bind", "escalate"} <= set(OLD.verbs("rbac.authorization.k8s.io", "clusterroles"))
    assert OLD.verbs("", "users") == ("impersonate",)
    assert OLD.verbs("certificates.k8s.io", "signers") == ("approve", "sign")
    assert NEW.verbs("policy", "podsecuritypolicies") == ()


def test_trust_bundles_can_be_attested_where_they_are_served() -> None:
    row = {"name": "clustertrustbundles", "namespaced": False, "kind": "ClusterTrustBundle", "verbs": ["get"]}
    live = Catalog.from_discovery([{"groupVersion": "certificates.k8s.io/v1beta1", "resources": [row]}])
    assert live.verbs("certificates.k8s.io", "signers") == ("approve", "attest", "sign")


def test_a_starred_subresource_is_expanded_to_each_that_is_served() -> None:
    assert OLD.expand(policy_rule("patch", "*/scale", "apps")) == (
        ResourceVerb("apps", "deployments", "scale", "patch"),
        ResourceVerb("apps", "replicasets", "scale", "patch"),
        ResourceVerb("apps", "statefulsets", "scale", "patch"),
    )


def test_a_starred_verb_includes_the_served_and_the_special_verbs_of_the_resource() -> None:
    verbs = [each.verb for each in OLD.expand(policy_rule("*", "roles", "rbac.authorization.k8s.io"))]
    assert verbs == [
        "bind", "create", "delete", "deletecollection", "escalate", "get", "list", "patch", "update", "watch",
    ]  # fmt: skip


def test_a_starred_resource_includes_only_resources_that_serve_the_verb() -> None:
    assert OLD.expand(policy_rule("use", "*", "*")) == (
        ResourceVerb("extensions", "podsecuritypolicies", "", "use"),
        ResourceVerb("policy", "podsecuritypolicies", "", "use"),
    )


def test_everything_is_every_verb_of_every_resource_and_subresource() -> None:
    everything = OLD.expand(policy_rule("*", "*", "*"))
    assert len(everything) == sum(len(verbs) for verbs in OLD.served.values())
    assert ResourceVerb("", "pods", "exec", "create") in everything
    assert ResourceVerb("", "users", "", "impersonate") in everything


def test_unknown_resources_and_verbs_are_kept_as_written() -> None:
    assert OLD.expand(policy_rule("* get", "widgets *", "example.com")) == (
        ResourceVerb("example.com", "*", "", "*"),
        ResourceVerb("example.com", "*", "", "get"),
        ResourceVerb("example.com", "widgets", "", "*"),
        ResourceVerb("example.com", "widgets", "", "get"),
    )
    assert OLD.expand(policy_rule("get", "pods/*", "")) == (ResourceVerb("", "pods", "*", "get"),)
    assert OLD.expand(policy_rule("frob", "pods", "*")) == (ResourceVerb("*", "pods", "", "frob"),)


def test_a_catalog_is_made_from_a_live_server_s_discovery() -> None:
    row = {
        "name": "widgets",
        "singularName": "",
        "namespaced": True,
        "kind": "Widget",
        "verbs": ["get", "list"],
    }
    live = Catalog.from_discovery([{"groupVersion": "example.com/v1", "resources": [row]}])
    assert [each.qualified for each in live.find("widget")] == ["widgets.example.com"]
    assert live.expand(policy_rule("*", "widgets", "*")) == (
        ResourceVerb("example.com", "widgets", "", "get"),
        ResourceVerb("example.com", "widgets", "", "list"),
    )


def test_a_deployment_s_pods_are_made_by_the_replicaset_controller() -> None:
    assert (
        OLD.controllers["Deployment"].user.name == "system:serviceaccount:kube-system:replicaset-controller"
    )
    assert OLD.controllers["CronJob"] == Account("kube-system", "job-controller")


def test_the_kinds_of_operators_are_added_to_the_controllers() -> None:
    catalog = Catalog(OLD.resources, controllers={**CONTROLLERS, "Rollout": Account("argo", "rollouts")})
    assert catalog.controllers["Rollout"].user.groups == (
        "system:serviceaccounts",
        "system:serviceaccounts:argo",
        "system:authenticated",
    )
