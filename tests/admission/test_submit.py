"""Tests `Cluster.submit`: the part of the server that refuses an object, and the remedies."""

from typing import Any

import pytest

from rbacpsp import Cluster, User, testing
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import ClusterBuilder

DANA = User.impersonate("dana")
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
WRITES = {"verbs": ["create", "update"], "apiGroups": ["", "apps", "batch"], "resources": ["*"]}
RBAC = "rbac.authorization.k8s.io"


def built(labels: dict[str, str] | None = None, version: str = "1.37") -> Cluster:
    builder = ClusterBuilder().namespace("x", labels=labels).service_account("x", "default")
    return (
        builder.role("writes", WRITES, namespace="x")
        .bind("writes", "User/dana", namespace="x")
        .build(kubernetes_version=version)
    )


def web_pod(**spec: Any) -> JSONObject:
    return testing.pod("web", namespace="x", container={"image": "i"}, **spec)


def web_deployment(**spec: Any) -> JSONObject:
    return testing.deployment("web", namespace="x", container={"image": "i"}, **spec)


def test_an_object_that_every_check_accepts_is_accepted() -> None:
    submission = built().submit(web_pod(), user=DANA)
    assert submission
    assert (submission.refused_by, submission.message, submission.verdict, submission.pods) == (
        None,
        None,
        "taken",
        (),
    )
    assert [step.by for step in submission.steps] == ["rbac", "serviceaccount", "validation", "podsecurity"]


def test_rbac_is_checked_first_and_its_fix_is_a_grant() -> None:
    submission = built(RESTRICTED).submit(web_pod(serviceAccountName="gone"), user=User.impersonate("eve"))
    assert (submission.refused_by, submission.verdict) == ("rbac", "refused by RBAC")
    assert submission.message == (
        'pods is forbidden: User "eve" cannot create resource "pods" in API group "" in the namespace "x"'
    )
    grant = submission.mending[-1]
    after = Cluster.from_objects(
        [*ClusterBuilder().namespace("x").service_account("x", "default").objects, *grant.objects]
    )
    assert after.submit(web_pod(), user=User.impersonate("eve"))


def test_without_a_user_rbac_is_not_checked() -> None:
    step = built().submit(web_pod()).steps[0]
    assert (step.by, step.allowed) == ("rbac", None)


def test_the_service_account_is_checked_before_pod_security_and_its_fix_is_an_account() -> None:
    submission = built(RESTRICTED).submit(web_pod(serviceAccountName="gone"), user=DANA)
    assert submission.refused_by == "serviceaccount"
    assert submission.message == (
        'pods "web" is forbidden: error looking up service account x/gone: serviceaccount "gone" not found'
    )
    assert submission.mending[0].objects[0]["metadata"] == {"name": "gone", "namespace": "x"}


def test_pod_security_refuses_a_pod_and_the_patch_fixes_it() -> None:
    submission = built(RESTRICTED).submit(web_pod(), user=DANA)
    assert submission.refused_by == "podsecurity"
    assert str(submission.message).startswith(
        'pods "web" is forbidden: violates PodSecurity "restricted:latest": '
    )
    kinds = [remedy.kind for remedy in submission.mending]
    assert kinds == ["patch", "label"]
    assert ("spec.securityContext.runAsNonRoot", True) in submission.mending[0].fields
    assert "enforce=baseline" in submission.mending[1].text


def test_a_workload_is_accepted_and_its_pods_are_refused() -> None:
    submission = built(RESTRICTED).submit(web_deployment(), user=DANA)
    assert submission
    assert not submission.runs
    assert (submission.refused_by, submission.verdict) == (
        None,
        "taken, but its pods are refused by Pod Security",
    )
    (made,) = submission.pods
    assert (made.refused_by, made.name) == ("podsecurity", "web-xxxxxxxxxx-")
    assert made.creator == User.service_account("kube-system", "replicaset-controller")
    assert str(made.event).startswith(
        'Warning  FailedCreate  Error creating: pods "web-xxxxxxxxxx-xxxxx" is '
    )
    assert submission.mending[0].patch is not None


def test_policies_are_checked_only_where_some_exist() -> None:
    builder = ClusterBuilder().namespace("x").service_account("x", "default").policy("p")
    assert builder.build(kubernetes_version="1.24").submit(web_pod(hostPID=True)).refused_by == "psp"
    assert builder.build(kubernetes_version="1.37").submit(web_pod(hostPID=True)).refused_by is None


def test_a_grant_fixes_a_pod_that_no_usable_policy_admits() -> None:
    builder = ClusterBuilder().namespace("x").service_account("x", "default").policy("p", volumes=["*"])
    submission = builder.build(kubernetes_version="1.24").submit(web_pod())
    assert submission.refused_by == "psp"
    (grant,) = submission.mending
    assert grant.kind == "grant"
    fixed = Cluster.from_objects([*builder.objects, *grant.objects], kubernetes_version="1.24")
    assert fixed.submit(web_pod())


def test_the_writer_of_a_role_must_hold_its_rules() -> None:
    role = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": "r", "namespace": "x"},
        "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
    }
    may_write = {"verbs": ["create"], "apiGroups": [RBAC], "resources": ["roles"]}
    builder = ClusterBuilder().namespace("x").role("roles", may_write, namespace="x")
    submission = builder.bind("roles", "User/dana", namespace="x").build().submit(role, user=DANA)
    assert submission.refused_by == "rbac"
    assert "is attempting to grant RBAC permissions not currently held" in str(submission.message)


@pytest.mark.parametrize(
    ("obj", "by", "message"),
    [
        (
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": "n", "labels": {"pod-security.kubernetes.io/enforce": "no"}},
            },
            "podsecurity",
            (
                'Namespace "n" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid '
                'value: "no": must be one of privileged, baseline, restricted'
            ),
        ),
        (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "N"}},
            "validation",
            'Namespace "N" is invalid: metadata.name: ',
        ),
        (
            {"apiVersion": "b.example.com/v1", "kind": "Boat", "metadata": {"name": "b"}},
            "validation",
            'no matches for kind "Boat" in version "b.example.com/v1"',
        ),
        (
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "gone"}},
            "validation",
            'namespaces "gone" not found',
        ),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "x"}}, None, ""),
    ],
)
def test_every_kind_of_object_gets_an_answer(obj: JSONObject, by: str | None, message: str) -> None:
    submission = built().submit(obj)
    assert submission.refused_by == by
    assert str(submission.message or "").startswith(message)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"containers": []}, "spec.template.spec.containers: Required value"),
        ({"containers": [{"name": "a"}]}, "spec.template.spec.containers[0].image: Required value"),
        (
            {"containers": [{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]},
            'spec.template.spec.containers[1].name: Duplicate value: "a"',
        ),
        (
            {"restartPolicy": "Never"},
            'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        ),
    ],
)
def test_required_fields_of_workloads_are_validated(change: JSONObject, words: str) -> None:
    submission = built().submit(web_deployment(**change), user=DANA)
    assert submission.refused_by == "validation"
    assert words in str(submission.message)


@pytest.mark.parametrize(("version", "by"), [("1.33", None), ("1.34", "validation")])
def test_the_template_of_a_stateful_set_is_validated_since_1_34(version: str, by: str | None) -> None:
    obj = {**web_deployment(containers=[{"name": "a"}]), "kind": "StatefulSet"}
    submission = built(version=version).submit(obj, user=DANA)
    assert submission.refused_by == by
    assert [pod.refused_by for pod in submission.pods] == ([] if by else ["validation"])


def test_a_selector_must_match_its_template() -> None:
    obj = web_deployment()
    obj["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    assert "`selector` does not match template `labels`" in str(built().submit(obj).message)
    del obj["spec"]["selector"]
    assert built().submit(obj).message == (
        'Deployment.apps "web" is invalid: [spec.selector: Required value, spec.template.metadata.labels: '
        'Invalid value: {"app":"web"}: `selector` does not match template `labels`]'
    )


@pytest.mark.parametrize(
    ("selector", "by"), [({"app": "web"}, None), ({"app": "y"}, "validation"), (None, None)]
)
def test_a_replication_controller_selects_by_labels(selector: JSONObject | None, by: str | None) -> None:
    spec: JSONObject = {"template": web_deployment()["spec"]["template"]}
    spec |= {"selector": selector} if selector else {}
    metadata = {"name": "web", "namespace": "x"}
    obj = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": metadata, "spec": spec}
    assert built().submit(obj).refused_by == by


def test_an_update_needs_the_verb_update_and_is_validated_as_an_update() -> None:
    cluster = built(RESTRICTED)
    old = web_pod()
    same = cluster.submit(web_pod(), user=DANA, operation="UPDATE", old=old)
    assert same
    changed = web_pod()
    changed["spec"]["containers"][0]["image"] = "other"
    assert cluster.submit(changed, user=DANA, operation="UPDATE", old=old).refused_by == "podsecurity"
    refused = cluster.submit(changed, user=User.impersonate("eve"), operation="UPDATE", old=old)
    assert 'cannot update resource "pods"' in str(refused.message)


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="operation"):
        built().submit(web_pod(), operation="PATCH")


ROLE: JSONObject = {
    "apiVersion": f"{RBAC}/v1",
    "kind": "Role",
    "metadata": {"name": "r", "namespace": "x"},
    "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"]}],
}


def test_a_writer_who_holds_what_a_role_grants_may_write_it() -> None:
    may_write = {"verbs": ["create"], "apiGroups": [RBAC], "resources": ["roles"]}
    builder = ClusterBuilder().namespace("x").role("roles", may_write, *ROLE["rules"], namespace="x")
    submission = builder.bind("roles", "User/dana", namespace="x").build().submit(ROLE, user=DANA)
    assert [(step.by, step.allowed) for step in submission.steps] == [
        *[("rbac", True), ("rbac", True)],
        ("validation", True),
    ]
    assert (
        submission.steps[1].text == "the writer has the permissions that it grants, or may escalate or bind"
    )


def test_a_submission_is_shown_with_its_verdict_and_its_message() -> None:
    cluster = built()
    assert repr(cluster.submit(web_pod(), user=DANA)) == "<Submission of Pod web: taken>"
    assert repr(cluster.submit(web_pod(), user=User("eve"))).startswith(
        '<Submission of Pod web: refused by RBAC: pods is forbidden: User "eve" cannot create'
    )


def rollout(api_version: str = "argoproj.io/v1alpha1", kind: str = "Rollout", **spec: Any) -> JSONObject:
    return {**web_deployment(**spec), "apiVersion": api_version, "kind": kind}


def test_the_pods_of_a_custom_resource_are_refused_and_fixed_in_its_template() -> None:
    submission = built(RESTRICTED).submit(rollout())
    assert submission
    (made,) = submission.pods
    assert (made.refused_by, made.creator) == (
        "podsecurity",
        User.service_account("kube-system", "replicaset-controller"),
    )
    assert [(remedy.kind, remedy.patch) for remedy in submission.mending] == [("edit", None), ("label", None)]
    assert submission.mending[0].text.endswith(" in the pod's template")
    assert not submission.mending[1].text.endswith(" in the pod's template")


def test_a_custom_resource_is_requested_by_its_group_and_its_plural() -> None:
    may = {"verbs": ["create"], "apiGroups": ["argoproj.io"], "resources": ["rollouts"]}
    builder = ClusterBuilder().namespace("x").role("r", may, namespace="x")
    cluster = builder.bind("r", "User/dana", namespace="x").build()
    assert cluster.submit(rollout(), user=DANA).refused_by is None
    assert cluster.submit(rollout(), user=User.impersonate("eve")).message == (
        'rollouts.argoproj.io is forbidden: User "eve" cannot create resource "rollouts" in API group '
        '"argoproj.io" in the namespace "x"'
    )
