"""Tests assertions on small clusters: pass, fail, or cannot be asked."""

from typing import Any

import pytest

import rbacpsp
from rbacpsp import Cluster
from rbacpsp.assertions import AccessTestResult, AssertionFileError
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import binding, namespace, role, rule, service_account

GROUP = "rbac.authorization.k8s.io"


OBJECTS = [
    namespace("team-a"),
    namespace("team-b"),
    service_account("ops", "idle"),
    role("secrets", rule("get list", "secrets")),
    role(
        "rest",
        rule("get", urls="/metrics/*"),
        rule("patch", "deployments/scale", "apps"),
        rule("get", "configmaps", names="public"),
    ),
    binding("secrets", "ServiceAccount/ops:backup", name="backup"),
    binding("secrets", "Group/devs", namespace="team-a", kind="ClusterRole", name="devs"),
    binding("rest", "Group/system:authenticated", name="everybody"),
    binding("gone", "User/lost", namespace="team-b", kind="ClusterRole", name="lost"),
    binding("gone", "User/half", namespace="team-a", kind="ClusterRole", name="half"),
    binding("rest", "User/half", name="half-more"),
]
CLUSTER = Cluster.from_objects(OBJECTS, kubernetes_version="1.30", bootstrap="always")
BY_DEVS = 'RBAC: allowed by RoleBinding "devs/team-a" of ClusterRole "secrets" to Group "devs"'
LOST = 'RoleBinding lost of User/lost: clusterrole.rbac.authorization.k8s.io "gone" not found'
PUBLIC = {"verbs": ["get"], "resources": ["configmaps"], "names": ["public"]}
LOGS = {"verbs": ["get"], "resources": ["pods"], "subresources": ["lgo"]}
READ = {"verbs": ["get", "list"], "resources": ["secrets"]}


def result(cluster: Cluster = CLUSTER, *, include_system: bool = False, **fields: Any) -> AccessTestResult:
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": [{"name": "n", **fields}]}
    [found] = rbacpsp.test(cluster, body, include_system=include_system).items
    return found


@pytest.mark.parametrize(
    ("fields", "expected", "why"),
    [
        ({"who": "Group/devs", "can": {**READ, "namespaces": ["team-a"]}}, "pass", ""),
        ({"who": "Group/devs", "cannot": {**READ, "namespaces": ["team-b"]}}, "pass", ""),
        (
            {"who": "Group/devs", "can": {**READ, "namespaces": ["team-*"]}},
            "fail",
            "Group/devs may not get secrets in team-b (and 1 more)",
        ),
        (
            {"who": ["Group/devs"], "cannot": READ},
            "fail",
            f"Group/devs may get secrets in team-a: {BY_DEVS} (and 1 more)",
        ),
        ({"who": "ServiceAccount/ops:backup", "can": READ}, "pass", ""),
        ({"who": "User/system:serviceaccount:ops:backup", "can": READ}, "pass", ""),
        ({"who": "ServiceAccount/ops:idle", "cannot": READ}, "pass", ""),
        ({"who": "Group/devs", "can": {"verbs": ["get"], "urls": ["/metrics/x"]}}, "pass", ""),
        (
            {"who": "Group/devs", "can": {"verbs": ["get"], "urls": ["/metrics"]}},
            "fail",
            "Group/devs may not get /metrics",
        ),
        (
            {
                "who": "Group/devs",
                "can": {"verbs": ["patch"], "resources": ["deploy"], "subresources": ["scale"]},
            },
            "pass",
            "",
        ),
        (
            {"who": "Group/devs", "can": PUBLIC},
            "pass",
            "",
        ),
        (
            {"who": "Group/devs", "can": {"verbs": ["get"], "resources": ["configmaps"]}},
            "fail",
            "Group/devs may not get configmaps (and 7 more)",
        ),
        ({"who": "Group/dves", "cannot": READ}, "cannot be asked", "no object names Group/dves"),
        (
            {"who": "ServiceAccount/ci:*", "cannot": READ},
            "cannot be asked",
            "no object names a subject like ServiceAccount/ci:*",
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["get"], "resources": ["secrtes"]}},
            "cannot be asked",
            'the server serves no resource "secrtes"; did you mean secrets or users or services?',
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["gett"], "resources": ["secrets"]}},
            "cannot be asked",
            'no request and no role has the verb "gett"; did you mean get?',
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["list"], "urls": ["/metrics"]}},
            "cannot be asked",
            'no request and no role has the verb "list"',
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["list"], "resources": ["selfsubjectreviews"]}},
            "cannot be asked",
            'no request for selfsubjectreviews.authentication.k8s.io has the verb "list": it has create',
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["delete", "use"], "resources": ["secrets"]}},
            "cannot be asked",
            (
                'no request for these resources has the verb "use": it is a verb of podsecuritypolicies and '
                "securitycontextconstraints"
            ),
        ),
        ({"who": "Group/devs", "cannot": {"verbs": ["bind"], "resources": ["roles"]}}, "pass", ""),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["update"], "resources": ["pods/finalizers"]}},
            "pass",
            "",
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["get"], "resources": ["*.appss"]}},
            "cannot be asked",
            'the server serves no group "appss"; did you mean apps?',
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["update"], "resources": ["*/scale"]}},
            "cannot be asked",
            (
                '"*/scale" asks for all such resources at once, and its refusal says nothing about one of '
                "them: list those that matter, or write cannotReach: cluster-admin for full control"
            ),
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["update"], "resources": ["*/scael"]}},
            "cannot be asked",
            'the server serves no subresource "scael" of any resource',
        ),
        (
            {"who": "Group/devs", "cannot": {"verbs": ["get"], "urls": ["/api/v1/secrets"]}},
            "cannot be asked",
            '"/api/v1/secrets" is the path of a resource: write resources, not urls',
        ),
        ({"who": "Group/devs", "cannot": {"verbs": ["get"], "urls": ["/logs"]}}, "pass", ""),
        (
            {"who": "Group/devs", "cannot": {**READ, "names": ["db-*"], "namespaces": ["team-b"]}},
            "cannot be asked",
            '"db-*" is no pattern: requests name one object, or none',
        ),
        (
            {
                "who": "Group/devs",
                "cannot": {"verbs": ["bind"], "resources": ["clusterroles"], "names": ["cluster-admn"]},
            },
            "cannot be asked",
            (
                'no object of clusterroles.rbac.authorization.k8s.io is called "cluster-admn"; did you mean '
                "cluster-admin?"
            ),
        ),
        ({"who": "ServiceAccount/ops:idle", "cannotReach": "secrets"}, "pass", ""),
        (
            {"who": "ServiceAccount/ops:idle", "cannotReach": "cloud:arn:x"},
            "cannot be asked",
            "no object names cloud:arn:x",
        ),
        (
            {"who": "ServiceAccount/ops:idle", "cannotReach": "ServiceAccount/ops:b*"},
            "cannot be asked",
            "ServiceAccount/ops:b* is no pattern: a goal is one subject",
        ),
        (
            {"who": "Group/devs", "cannot": LOGS},
            "cannot be asked",
            'the server serves no subresource "lgo" of pods',
        ),
        (
            {"who": "Group/devs", "cannot": {**READ, "namespaces": ["prd"]}},
            "cannot be asked",
            'there is no object in a namespace "prd"',
        ),
        (
            {"who": "User/lost", "cannot": {**READ, "namespaces": ["team-b"]}},
            "cannot be asked",
            LOST,
        ),
        (
            {"who": "User/lost", "can": {**READ, "namespaces": ["team-b"]}},
            "cannot be asked",
            LOST,
        ),
        ({"who": "User/half", "cannot": {**READ, "namespaces": ["team-a"]}}, "pass", ""),
        (
            {"who": ["Group/dves", "Group/devs"], "cannot": {**READ, "namespaces": ["team-a"]}},
            "fail",
            f"Group/devs may get secrets in team-a: {BY_DEVS} (and 1 more)",
        ),
        (
            {"only": ["ServiceAccount/ops:backup", "Group/devs"], "can": {**READ, "namespaces": ["team-a"]}},
            "pass",
            "",
        ),
        ({"only": ["ServiceAccount/ops:backup"], "can": {**READ, "namespaces": ["team-b"]}}, "pass", ""),
        (
            {"only": ["ServiceAccount/ops:backup"], "can": {**READ, "namespaces": ["*"]}},
            "fail",
            f"Group/devs may get secrets in team-a as well: {BY_DEVS} (and 1 more)",
        ),
        (
            {"only": ["ServiceAccount/ops:backup", "Group/devs"], "can": {**READ, "namespaces": ["team-b"]}},
            "fail",
            "Group/devs may not get secrets in team-b (and 1 more)",
        ),
    ],
)
def test_an_assertion_has_one_of_three_results(fields: JSONObject, expected: str, why: str) -> None:
    found = result(**fields)
    assert (found.result, found.why) == (expected, why)
    assert bool(found.grants) == (expected == "fail" and " may not " not in why)


def test_a_creation_carries_no_name() -> None:
    objects = [
        namespace("a"),
        role("named", rule("create", "secrets", names="db")),
        role("any", rule("create", "configmaps")),
        binding("named", "User/ann", name="named"),
        binding("any", "User/ann", name="any"),
    ]
    cluster = Cluster.from_objects(objects, kubernetes_version="1.30")
    for resource, expected in (("secrets", "fail"), ("configmaps", "pass")):
        access = {"verbs": ["create"], "resources": [resource], "names": ["db"], "namespaces": ["a"]}
        assert result(cluster, who="User/ann", can=access).result == expected


def test_a_rule_that_names_a_verb_and_a_resource_makes_the_pair_known() -> None:
    objects = [namespace("a"), role("odd", rule("use", "secrets")), binding("odd", "User/ann", name="odd")]
    cluster = Cluster.from_objects(objects, kubernetes_version="1.30")
    access = {"verbs": ["use"], "resources": ["secrets"], "namespaces": ["a"]}
    assert result(cluster, who="User/ann", can=access).result == "pass"


def test_kubernetes_own_subjects_count_only_with_the_option() -> None:
    fields: JSONObject = {"only": ["ServiceAccount/ops:backup"], "can": {**READ, "namespaces": ["team-b"]}}
    assert result(**fields).result == "pass"
    found = result(include_system=True, **fields)
    assert found.result == "fail"
    assert found.why.startswith("ServiceAccount/kube-system:")
    assert "Group/system:masters" not in found.why
    assert {grant.binding.kind for grant in found.grants} == {"ClusterRoleBinding"}


def test_a_subject_that_an_operator_binds_counts_although_its_name_is_kubernetes_own() -> None:
    objects = [
        *OBJECTS,
        binding("secrets", "Group/system:authenticated", namespace="team-b", kind="ClusterRole", name="open"),
    ]
    cluster = Cluster.from_objects(objects, kubernetes_version="1.30", bootstrap="always")
    found = result(cluster, only=["ServiceAccount/ops:backup"], can={**READ, "namespaces": ["team-b"]})
    assert found.result == "fail"
    assert found.why.startswith("Group/system:authenticated may get secrets in team-b as well")
    assert result(cluster, who="Group/devs", cannot={**READ, "namespaces": ["team-b"]}).result == "fail"


def test_an_assertion_and_its_opposite_never_both_pass() -> None:
    for who in ("Group/devs", "ServiceAccount/ops:*", "User/half", "User/lost", "Group/system:masters"):
        for access in (READ, {**READ, "namespaces": ["team-a"]}, {"verbs": ["get"], "urls": ["/metrics/x"]}):
            both = {result(who=who, can=access).result, result(who=who, cannot=access).result}
            assert both != {"pass"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"who": "Group/devs", "can": READ, "becuase": "x"}, 'unknown key "becuase"'),
        ({"who": "Robot/devs", "can": READ}, '"Robot/devs" is not a subject'),
        ({"who": "ServiceAccount/bot", "can": READ}, '"ServiceAccount/bot" names no account'),
        ({"who": 3, "can": READ}, 'this must be a string, not "3"'),
        ({"who": [], "can": READ}, "who names no subject"),
        ({"who": "Group/devs"}, "write one of can and cannot"),
        ({"who": "Group/devs", "can": READ, "cannot": READ}, "write one of can and cannot"),
        ({"can": READ}, "write one of who and only"),
        ({"only": [], "cannot": READ}, "cannot cannot be combined with only"),
        ({"who": "Group/devs", "can": {"verbs": "get", "resources": ["secrets"]}}, "verbs must be a list"),
        ({"who": "Group/devs", "can": {"verbs": [], "resources": ["secrets"]}}, "verbs is missing or empty"),
        ({"who": "Group/devs", "can": {"verbs": ["get"]}}, "write resources or urls"),
        ({"who": "Group/devs", "can": {**READ, "names": []}}, "names is empty"),
        (
            {"who": "Group/devs", "can": {"verbs": ["get"], "urls": ["/"], "names": ["x"]}},
            "names cannot be combined",
        ),
        ({"who": "Group/devs", "can": ["get"]}, "this must be a mapping"),
        ({"who": "Group/devs", "can": {**READ, "names": [""]}}, "this is an empty string"),
        ({"who": "Group/devs", "can": {"verbs": ["get"], "urls": ["metrics"]}}, "it starts with /"),
        (
            {
                "who": "Group/devs",
                "can": {"verbs": ["get"], "resources": ["pods/log"], "subresources": ["exec"]},
            },
            '"pods/log" names its subresource, and subresources names others: write one of them',
        ),
        ({"who": "Group/devs", "cannotReach": "secrets:"}, "is not a place"),
        ({"who": "Group/devs", "cannotReach": ["node"]}, "this must be a string"),
        ({"who": "Group/devs", "canReach": "node"}, "canReach cannot be combined with who: write only"),
        ({"only": ["Group/devs"], "cannotReach": "node"}, "cannotReach cannot be combined with only"),
        ({"who": "Group/devs", "cannotReach": "ServiceAccount/x"}, "is not a place"),
        ({"noFinding": {}}, "say which finding"),
        ({"noFinding": {"rules": ["RBP001"]}}, 'unknown key "rules"'),
        ({"noFinding": {"rule": "RBP001", "severity": "grave"}}, 'unknown severity "grave"'),
        ({"noFinding": {"rule": []}}, "rule is empty"),
        ({"noFinding": {"rule": "RBP001"}, "who": "Group/devs"}, "who cannot be combined with noFinding"),
        ({"pod": {"kind": "Pod"}, "can": READ}, "can cannot be combined with pod"),
        ({"pod": {"kind": "Pod"}}, "write one of admittedBy, refused and level"),
        ({"pod": {"kind": "Service"}, "refused": True}, "it contains no pod"),
        ({"pod": "web.yaml", "refused": True}, 'the file "web.yaml" is not read here'),
        ({"pod": {"kind": "Pod"}, "refused": "yes"}, "refused must be true or false"),
        ({"pod": {"kind": "Pod"}, "level": "strict"}, "must be one of privileged, baseline, restricted"),
        ({"workload": "web", "refused": True}, '"web" names no workload'),
        ({"workload": "Pod/a/b", "as": "User/x", "refused": True}, "as cannot be combined with workload"),
        ({"as": "User/x", "who": "User/x", "can": READ}, "as cannot be combined with who"),
    ],
)
def test_errors_of_a_file_are_reported(fields: JSONObject, told: str) -> None:
    with pytest.raises(AssertionFileError) as caught:
        result(**fields)
    assert told in str(caught.value)
    assert str(caught.value).startswith("assertions[0]")


def test_a_file_without_assertions_is_an_error() -> None:
    body = {"apiVersion": "rbacpsp.io/v1", "kind": "AccessTest", "assertions": []}
    with pytest.raises(AssertionFileError, match="there is no assertion in it"):
        rbacpsp.test(CLUSTER, body)


def test_no_assertion_proves_nothing() -> None:
    with pytest.raises(ValueError, match="assertions is empty, so that the results would prove nothing"):
        rbacpsp.test(CLUSTER, [])
    with pytest.raises(
        TypeError, match=r'assertions must be the content of an assertion file.*not "access.yaml"'
    ):
        rbacpsp.test(CLUSTER, "access.yaml")  # type: ignore[arg-type]
