"""Tests `Cluster` through its public names, as the documentation uses them."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster, LoadError, Request, Subject, User
from rbacpsp.testing import ClusterBuilder, pod, policy

JSON = dict[str, Any]

USE = Request("use", group="policy", resource="podsecuritypolicies", name="100-psp", namespace="default")
REPLICASETS = User.service_account("kube-system", "replicaset-controller")


def builder() -> ClusterBuilder:
    """Two policies, of which alice may use the second one; view for the account `web`."""
    return (
        ClusterBuilder()
        .namespace("default", {"pod-security.kubernetes.io/enforce": "baseline"})
        .policy("100-psp", readOnlyRootFilesystem=True)
        .policy("200-psp", privileged=True)
        .may_use("200-psp", "User/alice", namespace="default")
        .role("view", {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]})
        .bind("view", "ServiceAccount/default:web", namespace="default", kind="ClusterRole")
        .bind("gone", "User/alice", namespace="default")
    )


@pytest.fixture
def cluster() -> Cluster:
    return builder().build(kubernetes_version="1.24")


def test_the_public_names_are_these() -> None:
    assert {"Cluster", "LoadError", "Request", "Subject", "User", "load", "connect"} <= set(rbacpsp.__all__)
    for name in rbacpsp.__all__:
        assert getattr(rbacpsp, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        _ = rbacpsp.nope  # type: ignore[attr-defined]  # which is what is tested


def test_a_cluster_is_made_of_dicts_and_a_list_among_them_counts_as_its_items() -> None:
    objects = builder().objects
    listed = [objects[0], {"apiVersion": "v1", "kind": "List", "items": objects[1:]}]
    before = copy.deepcopy(listed)
    one = Cluster.from_objects(objects, kubernetes_version=None, admission_config=None)
    other = Cluster.from_objects(iter(listed))
    assert list(one.objects) == list(other.objects)
    assert listed == before
    typed = {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicyList",
        "items": [{key: value for key, value in policy("p").items() if key not in {"apiVersion", "kind"}}],
    }
    assert list(Cluster.from_objects([typed]).objects.policies) == ["p"]


def test_an_object_that_no_server_would_accept_is_an_error_that_names_it() -> None:
    role = {
        "kind": "Role",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"name": "r"},
        "rules": 3,
    }
    with pytest.raises(LoadError) as failure:
        Cluster.from_objects([role, policy("p")])
    assert len(failure.value.problems) == 1
    with pytest.raises(ValueError, match="is not a Kubernetes version"):
        Cluster.from_objects([], kubernetes_version="new")


@pytest.mark.parametrize(
    ("version", "objects", "expected"),
    [
        (None, [], "1.37"),
        (None, [policy("p")], "1.24"),
        ("1.18", [policy("p")], "1.18"),
        ("v1.24.17", [], "1.24"),
    ],
)
def test_the_version_is_as_given_or_1_24_where_policies_exist_or_the_newest(
    version: str | None, objects: list[JSON], expected: str
) -> None:
    assert str(Cluster.from_objects(objects, kubernetes_version=version).kubernetes_version) == expected


def test_users_are_taken_verbatim_or_get_what_the_server_adds() -> None:
    assert User("alice", groups=("dev",)).groups == ("dev",)
    assert User.impersonate("alice", groups=("dev",)).groups == ("dev", "system:authenticated")
    assert REPLICASETS.name == "system:serviceaccount:kube-system:replicaset-controller"
    assert User.impersonate("system:anonymous").groups == ("system:unauthenticated",)
    assert User.impersonate(REPLICASETS.name).groups == REPLICASETS.groups


def test_a_decision_says_whether_why_and_what_the_server_would_say(cluster: Cluster) -> None:
    alice = User("alice", groups=("system:authenticated",))
    refused = cluster.authorize(alice, USE)
    assert (bool(refused), refused.allowed, refused.grants, refused.reasons) == (False, False, (), ())
    assert refused.errors == ('role.rbac.authorization.k8s.io "gone" not found',)
    assert refused.reason == 'RBAC: role.rbac.authorization.k8s.io "gone" not found'
    assert refused.message == (
        'podsecuritypolicies.policy "100-psp" is forbidden: User "alice" cannot use resource '
        '"podsecuritypolicies" in API group "policy" in the namespace "default": RBAC: '
        'role.rbac.authorization.k8s.io "gone" not found'
    )
    allowed = cluster.authorize(alice, Request.from_attributes({**attributes(USE), "name": "200-psp"}))
    assert (bool(allowed), allowed.message) == (True, None)
    assert (
        allowed.reason
        == 'RBAC: allowed by RoleBinding "psp:200-psp/default" of Role "psp:200-psp" to User "alice"'
    )
    assert allowed.reasons == (allowed.reason,)
    masters = cluster.authorize(User("root", ("system:masters",)), Request("get", path="/healthz"))
    assert (masters.allowed, masters.reason, masters.grants) == (True, "", ())


def attributes(request: Request) -> JSON:
    return {key: getattr(request, key) for key in ("verb", "group", "resource", "name", "namespace")}


def test_a_grant_carries_where_it_comes_from(cluster: Cluster) -> None:
    (grant,) = cluster.authorize(
        User.service_account("default", "web"), Request("get", resource="pods", namespace="default")
    ).grants
    assert (grant.binding.kind, grant.binding.name, grant.role.kind, grant.role.name) == (
        *("RoleBinding", "view"),
        *("ClusterRole", "view"),
    )
    assert (grant.rule_index, grant.scope) == (0, "default")
    assert grant.subject == Subject("ServiceAccount", "web", "default")
    assert grant.rule.verbs == ("get", "list")


def test_who_can_lists_each_subject_once_and_expands_on_request(cluster: Cluster) -> None:
    answer = cluster.who_can(
        Request("use", group="policy", resource="podsecuritypolicies", name="200-psp", namespace="default")
    )
    assert [access.subject for access in answer] == [
        Subject("Group", "system:masters"),
        Subject("User", "alice"),
    ]
    assert [len(access.grants) for access in answer] == [0, 1]
    assert answer.errors == ('role.rbac.authorization.k8s.io "gone" not found',)
    group = builder().may_use("100-psp", "Group/system:serviceaccounts").build()
    expanded = {access.subject: access for access in group.who_can(USE).expand()}
    controller = expanded[Subject("ServiceAccount", "replicaset-controller", "kube-system")]
    assert controller.controls == ("Deployment", "ReplicaSet")
    assert Subject("ServiceAccount", "web", "default") in expanded


def test_the_rules_of_a_user_are_a_review_or_every_permission(cluster: Cluster) -> None:
    rules = cluster.rules_for(User.service_account("default", "web"), namespace="default")
    assert rules.status()["resourceRules"] == [
        {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}
    ]
    assert {(each.permission.resource, each.permission.verb) for each in rules.expand()} == {
        ("pods", "get"),
        ("pods", "list"),
    }
    assert cluster.rules_for(User("nobody")).status()["resourceRules"] == []


def test_a_pod_is_admitted_as_a_dict_as_text_or_as_it_was_loaded(cluster: Cluster) -> None:
    given = pod("web")
    before = copy.deepcopy(given)
    loaded = builder().add(given).build(kubernetes_version="1.24").objects.pods["default", "web"]
    answers = [
        cluster.admit(form, user=User("alice"))
        for form in (given, json.dumps(given), f"---\n{json.dumps(given)}", loaded)
    ]
    assert given == before
    for answer in answers:
        assert (bool(answer), answer.allowed, answer.policy, answer.message) == (True, True, "200-psp", None)
        assert answer.pod == answers[0].pod
    stored = answers[0].pod
    assert stored is not None
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "200-psp"}
    assert [volume["name"] for volume in stored["spec"]["volumes"]] == ["kube-api-access-xxxxx"]


def test_every_policy_that_was_considered_is_there_by_name(cluster: Cluster) -> None:
    answer = cluster.admit(pod("web"), user=User("alice"))
    assert list(answer.considered) == ["100-psp", "200-psp"]
    first, second = answer.considered["100-psp"], answer.considered["200-psp"]
    assert (first.usable_by, first.grants, first.verdict, first.errors) == ((), (), "changed", ())
    assert [change._asdict() for change in first.diff] == [
        {
            "path": "spec.containers[0].securityContext.readOnlyRootFilesystem",
            "before": None,
            "after": True,
        }
    ]
    assert second.usable_by == (User("alice"),)
    assert [grant.binding.name for grant in second.grants] == ["psp:200-psp"]
    assert (second.verdict, second.diff) == ("unchanged", ())
    assert answer.asked == (
        User(
            "system:serviceaccount:default:default",
            ("system:serviceaccounts", "system:serviceaccounts:default"),
        ),
        User("alice"),
    )


def test_the_namespace_is_the_argument_or_the_pods_or_default(cluster: Cluster) -> None:
    nowhere = {**pod("web"), "metadata": {"name": "web"}}
    for given, namespace, expected in (
        (nowhere, None, "default"),
        (pod("web", namespace="other"), None, "other"),
        (pod("web", namespace="other"), "default", "default"),
    ):
        answer = cluster.admit(given, user=User("alice"), namespace=namespace)
        assert answer.asked[0].name == f"system:serviceaccount:{expected}:default"
        assert answer.allowed == (expected == "default")


def test_a_refusal_is_the_servers_whole_message(cluster: Cluster) -> None:
    answer = cluster.admit(pod("web"), user=REPLICASETS)
    assert (answer.allowed, answer.policy, answer.pod) == (False, None, None)
    assert answer.message == 'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: []'


def test_an_update_is_judged_by_what_changed_and_a_subresource_by_nothing(cluster: Cluster) -> None:
    old = cluster.admit(pod("web"), user=User("alice")).pod
    assert old is not None
    new = copy.deepcopy(old)
    new["spec"]["containers"][0]["image"] = "example/app:2"
    owned = copy.deepcopy(old)
    owned["metadata"]["finalizers"] = ["example.com/x"]
    before = copy.deepcopy((old, new))
    assert cluster.admit(new, user=User("alice"), operation="UPDATE", old=old).policy == "200-psp"
    refused = cluster.admit(new, user=User("bob"), operation="UPDATE", old=json.dumps(old))
    assert refused.message == 'pods "web" is forbidden: PodSecurityPolicy: unable to validate pod: []'
    skipped = cluster.admit(owned, user=User("bob"), operation="UPDATE", old=old)
    assert (skipped.allowed, skipped.policy, dict(skipped.considered)) == (True, None, {})
    assert "owners and finalizers" in skipped.not_judged
    status = cluster.admit(new, user=User("bob"), operation="UPDATE", old=old, subresource="status")
    assert (status.allowed, status.not_judged) == (
        True,
        "PodSecurityPolicy does not judge subresources: pods/status passes it by",
    )
    assert (old, new) == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "the text must contain one object, a pod"),
        ("a: 1\n---\nb: 2\n", "the text must contain one object, a pod"),
        ("[]", "the text must contain one object, a pod"),
        ({"kind": "Deployment", "metadata": {"name": "d"}}, "judge the pods that its controller makes"),
        ({"kind": "Pod", "spec": {"containers": 3}}, "spec.containers must be a list, not a whole number"),
    ],
)
def test_an_invalid_pod_is_a_value_error(cluster: Cluster, given: JSON | str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cluster.admit(given, user=User("alice"))


def test_questions_about_policies_are_errors_on_a_server_without_them() -> None:
    with pytest.raises(ValueError, match="has no PodSecurityPolicy"):
        Cluster.from_objects([], kubernetes_version="1.30").admit(pod("web"), user=User("alice"))


def test_policy_users_counts_both_api_groups_and_groups_members() -> None:
    old = {"verbs": ["use"], "apiGroups": ["extensions"], "resources": ["podsecuritypolicies"]}
    cluster = builder().role("old", old).bind("old", "Group/system:serviceaccounts:default").build()
    result = cluster.policy_users("100-psp", namespace="default")
    subjects = [access.subject for access in result]
    assert subjects[0] == Subject("Group", "system:masters")
    assert Subject("Group", "system:serviceaccounts:default") in subjects
    assert Subject("ServiceAccount", "web", "default") in subjects
    assert [
        access.namespaces for access in cluster.policy_users("200-psp") if access.subject.name == "alice"
    ] == [("default",)]


def test_pod_security_is_evaluated_with_or_without_a_cluster(cluster: Cluster) -> None:
    privileged = pod("web", container={"securityContext": {"privileged": True}})
    answer = cluster.pss_admit(privileged, user=User("alice"), namespace="default")
    assert not answer.allowed
    assert answer.message == (
        'pods "web" is forbidden: violates PodSecurity "baseline:latest": privileged (container "app" must '
        "not set securityContext.privileged=true)"
    )
    evaluated = rbacpsp.pss.evaluate(
        privileged, level="baseline", version="latest", kubernetes_version="1.24"
    )
    assert (evaluated.allowed, evaluated.reason) == (False, "privileged")
    assert [failure.check for failure in evaluated.failures] == ["privileged"]
    exempt = Cluster.from_objects(
        builder().objects,
        admission_config={
            "apiVersion": "pod-security.admission.config.k8s.io/v1beta1",
            "kind": "PodSecurityConfiguration",
            "exemptions": {"usernames": ["alice"]},
        },
    )
    assert exempt.pss_admit(privileged, user=User("alice")).allowed


@pytest.mark.parametrize("name", ["prod.json", "prod.json.gz"])
def test_a_snapshot_loads_again_and_gives_the_same_answers(tmp_path: Path, name: str) -> None:
    cluster = builder().add(pod("web")).build(kubernetes_version="1.23")
    cluster.snapshot(tmp_path / name)
    again = rbacpsp.load(tmp_path / name)
    assert str(again.kubernetes_version) == "1.23"
    objects = {(each.kind, each.namespace, each.name): each for each in cluster.objects}
    assert {(each.kind, each.namespace, each.name): each for each in again.objects} == objects
    again.snapshot(str(tmp_path / f"again-{name}"))
    assert (tmp_path / f"again-{name}").read_bytes() == (tmp_path / name).read_bytes()
    for asked in (USE, Request("list", resource="pods", namespace="default")):
        assert [access.subject for access in again.who_can(asked)] == [
            each.subject for each in cluster.who_can(asked)
        ]
    assert (
        again.admit(pod("web"), user=User("alice")).pod == cluster.admit(pod("web"), user=User("alice")).pod
    )


def test_the_frames_the_graph_and_the_audit_are_of_the_same_cluster(cluster: Cluster) -> None:
    grants = cluster.frames.grants
    assert len(grants) == sum(
        len(cluster.rules_for(user, "default").status()["resourceRules"])
        for user in (User("alice"), User.service_account("default", "web"))
    )
    graph = cluster.graph()
    assert {"PodSecurityPolicy:100-psp", "PodSecurityPolicy:200-psp"} <= set(graph)
    assert graph is not cluster.graph()
    fingerprints = [finding.fingerprint for finding in cluster.audit().findings]
    assert fingerprints == [finding.fingerprint for finding in cluster.audit().findings]
    assert {finding.rule.name for finding in cluster.audit().findings} >= {"dangling-role"}


def test_loading_takes_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "p.json").write_text(json.dumps(policy("p")), encoding="utf-8")
    (tmp_path / "q.json").write_text(json.dumps(policy("q")), encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("kind: [", encoding="utf-8")
    cluster = rbacpsp.load(tmp_path / "a", str(tmp_path / "q.json"), kubernetes_version="1.22")
    assert sorted(cluster.objects.policies) == ["p", "q"]
    assert str(cluster.kubernetes_version) == "1.22"
    with pytest.raises(LoadError, match=r"bad\.yaml"):
        rbacpsp.load(tmp_path)
    assert sorted(rbacpsp.load(tmp_path, keep_going=True).objects.policies) == ["p", "q"]


def test_a_changed_cluster_is_a_new_object(cluster: Cluster) -> None:
    less = cluster.changed(removed=[("PodSecurityPolicy", "", "200-psp")])
    assert sorted(less.objects.policies) == ["100-psp"]
    assert sorted(cluster.objects.policies) == ["100-psp", "200-psp"]
    assert less.kubernetes_version == cluster.kubernetes_version
    with pytest.raises(KeyError):
        cluster.changed(removed=[("PodSecurityPolicy", "", "nope")])


def test_reviews_are_answered_by_a_cluster_and_not_changed() -> None:
    builder = ClusterBuilder().role("reader", {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]})
    cluster = builder.bind("reader", "User/alice").build()
    attributes = {"verb": "get", "resource": "pods"}
    review = {"kind": "SubjectAccessReview", "spec": {"user": "alice", "resourceAttributes": attributes}}
    answered = cluster.review(review)
    assert answered["status"]["allowed"] is True
    assert "status" not in review
    with pytest.raises(ValueError, match='unknown kind of review "Pod"'):
        cluster.review({"kind": "Pod"})


def test_an_object_is_evaluated_against_a_level_whatever_the_labels_of_its_namespace() -> None:
    config = {
        "apiVersion": "pod-security.admission.config.k8s.io/v1",
        "kind": "PodSecurityConfiguration",
        "exemptions": {"namespaces": ["kube-system"]},
    }
    cluster = Cluster.from_objects([], kubernetes_version="1.30", admission_config=config)
    host = pod("web", hostNetwork=True)
    assert not cluster.pss_check(host, "baseline")
    assert cluster.pss_check(host, "baseline").evaluation.reason == "host namespaces"
    assert cluster.pss_check(host, "privileged")
    exempt = cluster.pss_check(pod("web", namespace="kube-system", hostNetwork=True), "baseline")
    assert (bool(exempt), exempt.exempt) == (True, "its namespace is")
    with pytest.raises(ValueError, match="tight"):
        cluster.pss_check(host, "tight")
