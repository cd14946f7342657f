"""Tests the output of `migrate kyverno`: current grants, templates by controller, older kinds."""

from typing import Any

import pytest

from rbacpsp import User, migrate
from rbacpsp.migration import Migration
from rbacpsp.testing import binding, role, rule
from tests.migration.build import Server, cluster, open_policy, pod_without_token
from tests.migration.test_vap import ALICE, BOB, SCOPED, expressions

JSON = dict[str, Any]
REPLICA_SETS = "system:serviceaccount:kube-system:replicaset-controller"


def written(*objects: JSON, **options: Any) -> Migration:
    return migrate(cluster(*objects), "kyverno", **options)


def test_the_kinds_are_kyvernos_current_ones_in_the_order_in_which_they_are_applied() -> None:
    objects = written(*SCOPED).objects
    assert [(obj["apiVersion"], obj["kind"], obj["metadata"]["name"]) for obj in objects] == [
        ("policies.kyverno.io/v1", "MutatingPolicy", "podsecuritypolicies.rbacpsp.io"),
        ("policies.kyverno.io/v1", "ValidatingPolicy", "podsecuritypolicies.rbacpsp.io"),
        ("policies.kyverno.io/v1", "ValidatingPolicy", "ephemeralcontainers.podsecuritypolicies.rbacpsp.io"),
    ]
    assert len(written(*SCOPED, subresources="exact").objects) == 2


@pytest.mark.parametrize("api", ["v1", "clusterpolicy"])
def test_a_policy_counts_for_those_who_may_use_it_today(api: str) -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    server = Server(cluster(*SCOPED), written(*SCOPED, kyverno_api=api).objects)
    privileged = pod_without_token("web", {"privileged": True, "runAsNonRoot": True})
    plain = pod_without_token("web", {"runAsNonRoot": True})
    assert server.create(privileged, ALICE)[1] == []
    assert server.create(plain, BOB)[1] == []
    [message] = server.create(privileged, BOB)[1]
    assert message == (
        "PodSecurityPolicy: unable to admit pod: no policy that the pod's service account or the requester"
        " may use takes it: open would take it, but neither may use it; restricted refuses privileged"
    )
    assert server.create(plain, BOB, "elsewhere")[1] != []


def test_the_defaults_of_the_winning_policy_are_set_and_its_name_is_recorded() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    server = Server(cluster(*SCOPED), written(*SCOPED).objects)
    stored, messages = server.create(pod_without_token(), BOB)
    assert messages == []
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "restricted"}
    assert stored["spec"]["containers"][0]["securityContext"] == {"runAsNonRoot": True}
    stored, _ = server.create(pod_without_token(), ALICE)
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "open"}
    assert "securityContext" not in stored["spec"]["containers"][0]


def test_a_template_is_judged_as_the_controller_that_will_create_its_pods() -> None:
    """Kyverno evaluates the policy with the workload's kind, and rewrites `object.spec` for its template."""
    granted = (
        open_policy("open"),
        role("use", rule("use", "podsecuritypolicies", "policy", names="open")),
        binding("use", f"User/{REPLICA_SETS}", name="controller"),
    )
    _, validating, debugging = written(*granted).objects
    assert validating["spec"]["autogen"] == {
        "podControllers": {
            "controllers": ["cronjobs", "daemonsets", "deployments", "jobs", "replicasets", "statefulsets"]
        }
    }
    assert debugging["spec"]["autogen"] == {"podControllers": {"controllers": []}}
    variables = expressions(validating)
    assert f"request.kind.kind in ['Deployment', 'ReplicaSet'] ? '{REPLICA_SETS}'" in variables["username"]
    assert f"variables.username == '{REPLICA_SETS}'" in variables["may_use_open"]


def test_templates_are_judged_as_if_they_were_filled_in_already() -> None:
    _, validating, _ = written(open_policy("only", readOnlyRootFilesystem=True), scope="all").objects
    assert (
        "(!(request.kind.kind == 'Pod') || !(variables.containers.exists("
        in expressions(validating)["readOnlyRootFilesystem_1"]
    )


def test_names_that_kyverno_would_rewrite_are_escaped() -> None:
    """For templates, Kyverno replaces every occurrence of `object.spec`."""
    objects = written(open_policy("object.spec"), open_policy("object.metadata"), scope="all").objects
    variables = expressions(objects[0])
    assert r"'object\u002espec'" in variables["first_unchanged"]
    assert r"'object\u002emetadata'" in variables["first_unchanged"]
    assert "'object.spec'" not in str(objects)


def test_a_cluster_policy_judges_alone_and_says_what_is_lost() -> None:
    made = written(open_policy("only", readOnlyRootFilesystem=True), scope="all", kyverno_api="clusterpolicy")
    assert [obj["kind"] for obj in made.objects] == ["ClusterPolicy", "ClusterPolicy"]
    [rule] = made.objects[0]["spec"]["rules"]
    assert rule["match"] == {"any": [{"resources": {"kinds": ["Pod"], "operations": ["CREATE", "UPDATE"]}}]}
    assert rule["validate"]["failureAction"] == "Enforce"
    assert {(gap.kind, gap.field) for gap in made.gaps if gap.policy == "only"} >= {
        ("mutation lost", "readOnlyRootFilesystem"),
        ("stricter", "readOnlyRootFilesystem"),
    }


def test_actions_and_excluded_namespaces_are_kyvernos() -> None:
    objects = written(*SCOPED, actions=("Warn", "Audit"), excluded_namespaces=("kube-system",)).objects
    selector = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}
    for obj in objects:
        assert obj["spec"]["matchConstraints"]["namespaceSelector"] == {"matchExpressions": [selector]}
    assert objects[1]["spec"]["validationActions"] == ["Warn", "Audit"]


def test_features_that_kyverno_lacks_are_gaps() -> None:
    gaps = {(gap.kind, gap.field) for gap in written(*SCOPED).gaps if gap.policy == "*"}
    assert gaps == {
        ("stricter", "ephemeralContainers"),
        ("scope lost", "metadata.name"),
        ("weaker", "metadata.namespace"),
        ("stricter", "spec.template"),
    }


def test_kyverno_cannot_ask_rbac() -> None:
    with pytest.raises(
        ValueError, match="Kyverno does not support the scope rbac; known scopes: namespaces, all"
    ):
        written(*SCOPED, scope="rbac")


def test_a_service_account_of_a_grant_is_asked_as_the_pods_account_too() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    objects = (
        open_policy("open"),
        role("use", rule("use", "podsecuritypolicies", "policy", names="open")),
        binding("use", "ServiceAccount/default:builder", name="sa"),
    )
    server = Server(cluster(*objects), written(*objects).objects)
    assert server.create(pod_without_token(serviceAccountName="builder"), BOB)[1] == []
    assert server.create(pod_without_token(), BOB)[1] != []
    assert server.create(pod_without_token(), User("system:serviceaccount:default:builder", ()))[1] == []
    assert server.create(pod_without_token(serviceAccountName="builder"), BOB, "elsewhere")[1] != []
