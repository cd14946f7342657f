"""Tests that every rule has a cluster that triggers it and a near miss that does not."""

from collections.abc import Callable
from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.audit import RULES, Audit, Finding, audit
from rbacpsp.audit.references import NSA_TITLE
from rbacpsp.audit.rules import BY_ID, reach, rules_by_id
from rbacpsp.model.subjects import user_of
from rbacpsp.testing import ClusterBuilder, pod, rule
from tests.paths.around import CLIENT_SIGNER, aws_auth, request

Build = Callable[[], Cluster]
RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
CERTIFICATES = "certificates.k8s.io"
EVE = "User/eve"
ALONE = "That alone is not enough to take over the node."


def holds(*rules: dict[str, list[str]], who: str = EVE, namespace: str = "") -> Build:
    """A subject that holds rules by a ClusterRole: everywhere, or by a RoleBinding in a namespace."""

    def build() -> Cluster:
        builder = ClusterBuilder().role("r", *rules)
        return builder.bind("r", who, namespace=namespace, kind="ClusterRole").build()

    return build


def with_policies(build: Callable[[ClusterBuilder], ClusterBuilder]) -> Build:
    """A cluster with a privileged policy, `lax`, and a `strict` one."""

    def built() -> Cluster:
        builder = ClusterBuilder().policy("lax", privileged=True).policy("strict", volumes=["projected"])
        return build(builder).build()

    return built


def policies_for(*rules: dict[str, list[str]], namespace: str = "") -> Build:
    return with_policies(
        lambda b: b.role("r", *rules).bind("r", EVE, namespace=namespace, kind="ClusterRole")
    )


def builds(builder: ClusterBuilder, version: str | None = None) -> Build:
    return lambda: builder.build(kubernetes_version=version)


def with_account(namespace: str, name: str) -> ClusterBuilder:
    return ClusterBuilder().service_account(namespace, name).namespace(namespace)


def token_of(name: str) -> ClusterBuilder:
    """A secret that is a token of an account; `strong` holds full control."""
    metadata = {"name": "t", "namespace": "a", "annotations": {"kubernetes.io/service-account.name": name}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    builder = with_account("a", "strong").service_account("a", "weak").add(secret)
    return builder.role("all", rule("*", "*", "*")).bind("all", "ServiceAccount/a:strong")


POD_READER = rule("get", "pods")
BINDING_WRITER = rule("create", "clusterrolebindings rolebindings", RBAC)
ROLE_WRITER = rule("patch", "roles clusterroles", RBAC)
APPROVER = rule("update", "certificatesigningrequests/approval", CERTIFICATES)
SIGNER_STATUS = rule("update", "certificatesigningrequests/status", CERTIFICATES)

STANDARD = (
    *("anyuid", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2", "nonroot", "nonroot-v2"),
    *("privileged", "restricted", "restricted-v2"),
)


def constraints(name: str = "mine", *, without: str = "", account: str = "", **fields: Any) -> Build:
    """An OpenShift cluster with all but one of the standard constraints, and with others."""

    def constraint(name: str, **fields: Any) -> dict[str, Any]:
        return {
            "apiVersion": "security.openshift.io/v1",
            "kind": "SecurityContextConstraints",
            "metadata": {"name": name},
            "runAsUser": {"type": "MustRunAsRange"},
            "seLinuxContext": {"type": "MustRunAs"},
            "volumes": ["configMap", "secret"],
            **fields,
        }

    def build() -> Cluster:
        result = {each: constraint(each) for each in STANDARD if each != without}
        result[name] = constraint(name, **fields)
        accounts = [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "x"}}
        ]
        return Cluster.from_objects([*result.values(), *(accounts if account else [])])

    return build


CASES: dict[str, tuple[Build, Build]] = {
    "RBP001": (holds(rule("*", "*", "*")), holds(rule("*", "*", ""), rule("*", "pods", "*"))),
    "RBP002": (holds(rule("get list", "*", "*")), holds(rule("get list", "*", ""))),
    "RBP003": (holds(rule("patch", "*", "*")), holds(rule("patch", "*", "*", names="one"))),
    "RBP015": (builds(token_of("strong")), builds(token_of("weak"))),
    "RBP016": (
        builds(token_of("strong").role("r", rule("get", "secrets", names="t")).bind("r", EVE)),
        builds(token_of("strong").role("r", rule("get", "secrets", names="u")).bind("r", EVE)),
    ),
    "RBP063": (
        request(CLIENT_SIGNER, "Approved")[0],
        request("kubernetes.io/kubelet-serving", "Approved")[0],
    ),
    "RBP117": (aws_auth("[system:masters]")[0], aws_auth("[nobody]")[0]),
    "RBP004": (holds(rule("get", "", urls="/*")), holds(rule("get", "", urls="/healthz/* /metrics /"))),
    "RBP010": (
        holds(rule("list", "secrets"), namespace="a"),
        holds(rule("get list", "secrets", names="db"), rule("get", "secrets", "example.com")),
    ),
    "RBP011": (holds(rule("create", "secrets")), holds(rule("update", "secrets", names="db"))),
    "RBP012": (
        holds(rule("create", "*/token"), namespace="a"),
        holds(rule("create", "serviceaccounts"), rule("get", "serviceaccounts/token")),
    ),
    "RBP013": (holds(rule("patch", "serviceaccounts")), holds(rule("patch", "serviceaccounts/status"))),
    "RBP014": (
        holds(rule("patch", "configmaps", names="aws-auth"), namespace="kube-system"),
        holds(rule("patch", "configmaps"), namespace="a"),
    ),
    "RBP020": (
        holds(rule("impersonate", "users")),
        holds(rule("impersonate", "users"), namespace="kube-system"),
    ),
    "RBP021": (
        holds(rule("impersonate", "serviceaccounts"), namespace="a"),
        holds(rule("impersonate", "serviceaccounts", "authentication.k8s.io")),
    ),
    "RBP022": (
        holds(
            rule("impersonate", "userextras/scopes", "authentication.k8s.io"),
            rule("impersonate", "users", names="nobody"),
        ),
        holds(
            rule("impersonate", "userextras/*", "authentication.k8s.io"),
            rule("impersonate", "users", names="nobody"),
        ),
    ),
    "RBP023": (
        holds(rule("impersonate", "groups"), rule("impersonate", "users", names="nobody")),
        holds(rule("impersonate", "groups")),
    ),
    "RBP024": (
        builds(
            ClusterBuilder()
            .role("r", rule("impersonate:user-info", "users", "authentication.k8s.io"))
            .bind("r", EVE),
            "1.36",
        ),
        builds(
            ClusterBuilder()
            .role("r", rule("impersonate:user-info", "users"), rule("impersonate", "nodes"))
            .bind("r", EVE),
            "1.36",
        ),
    ),
    "RBP030": (
        holds(rule("bind", "clusterroles", RBAC), BINDING_WRITER),
        holds(rule("bind", "clusterrolebindings rolebindings", RBAC), BINDING_WRITER),
    ),
    "RBP031": (
        holds(rule("escalate", "clusterroles", RBAC), ROLE_WRITER),
        holds(rule("escalate", "clusterroles", RBAC), ROLE_WRITER, namespace="a"),
    ),
    "RBP032": (holds(rule("create", "rolebindings", RBAC)), holds(rule("delete", "rolebindings", RBAC))),
    "RBP033": (
        holds(rule("patch", "roles", RBAC), namespace="a"),
        holds(rule("patch", "clusterroles", RBAC), namespace="a"),
    ),
    "RBP034": (
        builds(
            ClusterBuilder()
            .add(
                {
                    "apiVersion": f"{RBAC}/v1",
                    "kind": "ClusterRole",
                    "metadata": {"name": "grown"},
                    "rules": [POD_READER],
                    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"grow": "yes"}}]},
                }
            )
            .bind("grown", "Group/dev")
            .role("r", rule("patch", "clusterroles", RBAC))
            .bind("r", EVE)
        ),
        holds(rule("patch", "clusterroles", RBAC)),
    ),
    "RBP040": (holds(rule("create", "pods"), namespace="a"), holds(rule("create", "pods", names="web"))),
    "RBP041": (
        holds(rule("create", "deployments", "apps")),
        holds(
            rule("create", "deployments", ""),
            rule("create", "deployments", "apps", names="web"),
            rule("patch", "deployments/scale", "apps"),
        ),
    ),
    "RBP042": (holds(rule("patch", "pods")), holds(rule("patch", "pods/log"), rule("delete", "pods"))),
    "RBP043": (holds(rule("create", "*/exec"), namespace="a"), holds(rule("create", "pods/* pods"))),
    "RBP044": (
        holds(rule("patch", "pods/ephemeralcontainers", names="web")),
        holds(rule("create", "pods/ephemeralcontainers")),
    ),
    "RBP045": (holds(rule("create", "pods/portforward")), holds(rule("create", "services/portforward"))),
    "RBP046": (
        holds(rule("get", "services/proxy"), namespace="a"),
        holds(rule("get", "services/proxy", names="web")),
    ),
    "RBP047": (holds(rule("patch", "pods/status")), holds(rule("get", "pods/status"))),
    "RBP050": (holds(rule("get", "nodes/proxy")), holds(rule("get", "nodes/proxy"), namespace="kube-system")),
    "RBP051": (holds(rule("patch", "nodes")), holds(rule("patch", "nodes"), namespace="a")),
    "RBP052": (holds(rule("patch", "nodes/status")), holds(rule("get", "nodes/status"))),
    "RBP053": (
        holds(rule("patch", "nodes"), rule("create", "pods/eviction")),
        holds(rule("patch", "nodes"), rule("get", "pods")),
    ),
    "RBP060": (
        holds(rule("approve", "signers", CERTIFICATES), APPROVER),
        holds(rule("approve", "signers", CERTIFICATES), rule("get", "pods")),
    ),
    "RBP061": (
        holds(rule("sign", "signers", CERTIFICATES), SIGNER_STATUS),
        holds(rule("approve", "signers", CERTIFICATES), SIGNER_STATUS),
    ),
    "RBP062": (
        builds(ClusterBuilder().role("r", APPROVER).bind("r", EVE), "1.17"),
        builds(ClusterBuilder().role("r", APPROVER).bind("r", EVE), "1.18"),
    ),
    "RBP070": (
        holds(rule("patch", "mutatingwebhookconfigurations", ADMISSION)),
        holds(rule("patch", "mutatingwebhookconfigurations", ADMISSION), namespace="kube-system"),
    ),
    "RBP071": (
        holds(rule("delete", "validatingadmissionpolicybindings", ADMISSION)),
        holds(rule("get", "validatingadmissionpolicybindings", ADMISSION)),
    ),
    "RBP072": (
        holds(rule("create", "policyexceptions", "kyverno.io"), namespace="a"),
        holds(rule("create", "clusterpolicies", "kyverno.io"), namespace="a"),
    ),
    "RBP073": (
        holds(rule("create", "apiservices", "apiregistration.k8s.io")),
        holds(rule("create", "apiservices/status", "apiregistration.k8s.io")),
    ),
    "RBP074": (
        holds(rule("delete", "customresourcedefinitions", "apiextensions.k8s.io")),
        holds(rule("delete", "customresourcedefinitions", "apiextensions.k8s.io", names="one.example.com")),
    ),
    "RBP075": (
        holds(rule("patch", "namespaces"), namespace="a"),
        holds(rule("patch", "namespaces/status"), rule("create", "namespaces")),
    ),
    "RBP080": (holds(rule("create", "persistentvolumes")), holds(rule("create", "persistentvolumeclaims"))),
    "RBP081": (
        holds(rule("create", "storageclasses", "storage.k8s.io")),
        holds(rule("create", "storageclasses", "storage.k8s.io"), namespace="a"),
    ),
    "RBP082": (holds(rule("patch", "services/status")), holds(rule("patch", "services"))),
    "RBP083": (
        holds(rule("delete", "networkpolicies", "networking.k8s.io")),
        holds(rule("delete", "networkpolicies", "extensions")),
    ),
    "RBP084": (holds(rule("update", "endpoints")), holds(rule("update", "endpoints", "discovery.k8s.io"))),
    "RBP160": (
        constraints(allowHostPID=True, groups=["system:authenticated"]),
        constraints(allowHostPID=True, groups=["dev"]),
    ),
    "RBP161": (
        constraints(runAsUser={"type": "MustRunAs"}),
        constraints(runAsUser={"type": "MustRunAs", "uid": 1000}),
    ),
    "RBP162": (constraints(priority=1), constraints("anyuid", priority=10)),
    "RBP163": (
        constraints("restricted", groups=["system:authenticated"]),
        constraints("restricted-v2", groups=["system:authenticated"]),
    ),
    "RBP164": (constraints(without="nonroot-v2"), constraints()),
    "RBP165": (
        constraints(account="a", users=["system:serviceaccount:x:b"]),
        constraints(account="a", users=["system:serviceaccount:x:a"]),
    ),
    "RBP100": (
        policies_for(rule("use", "podsecuritypolicies", "policy"), namespace="a"),
        policies_for(rule("use", "podsecuritypolicies", "policy", names="strict")),
    ),
    "RBP101": (
        policies_for(rule("*", "*", "*")),
        policies_for(rule("use", "podsecuritypolicies", "policy")),
    ),
    "RBP102": (
        policies_for(rule("update", "podsecuritypolicies", "policy")),
        policies_for(rule("update", "podsecuritypolicies", "policy"), namespace="a"),
    ),
    "RBP103": (
        with_policies(lambda b: b.may_use("lax", "Group/dev")),
        with_policies(lambda b: b.may_use("lax", "ServiceAccount/a:agent").may_use("strict", "Group/dev")),
    ),
    "RBP104": (
        with_policies(
            lambda b: (
                b.policy("z", runAsUser={"rule": "MustRunAsNonRoot"}, privileged=True)
                .may_use("z", EVE)
                .may_use("strict", EVE)
                .policy("z2", runAsUser={"rule": "MustRunAsNonRoot"})
                .may_use("z2", EVE)
            )
        ),
        with_policies(lambda b: b.may_use("strict", EVE).may_use("lax", "User/other")),
    ),
    "RBP105": (
        with_policies(lambda b: b.may_use("strict", EVE)),
        with_policies(lambda b: b.may_use("strict", EVE).may_use("lax", EVE)),
    ),
    "RBP106": (
        with_policies(lambda b: b.may_use("strict", EVE).may_use("lax", EVE)),
        with_policies(lambda b: b.may_use("strict", EVE).may_use("lax", "User/other")),
    ),
    "RBP107": (
        with_policies(
            lambda b: (
                b.policy("a-changes", requiredDropCapabilities=["ALL"])
                .may_use("a-changes", EVE)
                .may_use("lax", EVE)
            )
        ),
        with_policies(
            lambda b: (
                b.policy("z-changes", requiredDropCapabilities=["ALL"])
                .may_use("z-changes", EVE)
                .may_use("lax", EVE)
            )
        ),
    ),
    "RBP110": (
        holds(POD_READER, who="Group/system:unauthenticated", namespace="a"),
        holds(POD_READER, who="Group/unauthenticated"),
    ),
    "RBP111": (
        holds(POD_READER, who="Group/system:authenticated"),
        holds(POD_READER, who="User/system:authenticated"),
    ),
    "RBP112": (
        holds(POD_READER, who="Group/system:serviceaccounts"),
        holds(POD_READER, who="Group/system:serviceaccounts:a"),
    ),
    "RBP113": (
        holds(POD_READER, who="Group/system:serviceaccounts:a"),
        holds(POD_READER, who="Group/system:serviceaccounts"),
    ),
    "RBP114": (
        holds(POD_READER, who="User/system:serviceaccount:a:default"),
        holds(POD_READER, who="User/default"),
    ),
    "RBP115": (holds(POD_READER, who="Group/system:nodes"), holds(POD_READER, who="Group/nodes")),
    "RBP116": (
        builds(
            ClusterBuilder().add(
                {
                    "apiVersion": "v1",
                    "kind": "ServiceAccount",
                    "metadata": {
                        "name": "s3",
                        "namespace": "a",
                        "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/s3"},
                    },
                }
            )
        ),
        builds(ClusterBuilder().service_account("a", "s3")),
    ),
    "RBP120": (
        builds(ClusterBuilder().bind("gone", EVE, namespace="a")),
        builds(ClusterBuilder().role("there", POD_READER, namespace="a").bind("there", EVE, namespace="a")),
    ),
    "RBP121": (
        builds(ClusterBuilder().role("r", POD_READER).bind("r")),
        builds(ClusterBuilder().role("r", POD_READER).bind("r", EVE)),
    ),
    "RBP122": (
        builds(
            ClusterBuilder()
            .role("r", POD_READER)
            .add(
                {
                    "apiVersion": f"{RBAC}/v1",
                    "kind": "ClusterRoleBinding",
                    "metadata": {"name": "b"},
                    "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "r"},
                    "subjects": [{"kind": "ServiceAccount", "name": "robot"}],
                }
            )
        ),
        builds(
            ClusterBuilder()
            .role("r", POD_READER)
            .add(
                {
                    "apiVersion": f"{RBAC}/v1",
                    "kind": "RoleBinding",
                    "metadata": {"name": "b", "namespace": "a"},
                    "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "r"},
                    "subjects": [{"kind": "ServiceAccount", "name": "robot"}],
                }
            )
        ),
    ),
    "RBP123": (
        builds(with_account("a", "there").role("r", POD_READER).bind("r", "ServiceAccount/a:gone")),
        builds(ClusterBuilder().role("r", POD_READER).bind("r", "ServiceAccount/a:gone")),
    ),
    "RBP124": (
        builds(ClusterBuilder().role("r", POD_READER, namespace="a")),
        builds(ClusterBuilder().role("r", POD_READER, namespace="a").bind("r", EVE, namespace="a")),
    ),
    "RBP125": (
        builds(
            ClusterBuilder()
            .role("r", POD_READER)
            .bind("r", EVE)
            .bind("r", EVE, namespace="a", kind="ClusterRole")
        ),
        builds(
            ClusterBuilder()
            .role("r", POD_READER)
            .role("r", POD_READER, namespace="a")
            .bind("r", EVE)
            .bind("r", EVE, namespace="a")
        ),
    ),
    "RBP126": (lambda: many_roles(12), lambda: many_roles(11)),
    "RBP127": (lambda: many_subjects(40), lambda: many_subjects(39)),
    "RBP128": (lambda: aggregated({}), lambda: aggregated({"matchLabels": {"to": "view"}})),
    "RBP130": (
        builds(
            ClusterBuilder()
            .role("r", rule("create", "pods"))
            .bind("r", "ServiceAccount/a:robot")
            .add(pod("web", namespace="a", serviceAccountName="robot"))
        ),
        builds(
            ClusterBuilder()
            .role("r", rule("create", "pods"))
            .bind("r", "ServiceAccount/a:robot")
            .add(pod("web", namespace="a", serviceAccountName="robot", automountServiceAccountToken=False))
        ),
    ),
    "RBP131": (
        builds(ClusterBuilder().add(pod("agent", hostPID=True))),
        builds(
            ClusterBuilder().add(
                pod("agent", container={"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}})
            )
        ),
    ),
    "RBP132": (
        builds(ClusterBuilder().add(pod("web", container={"envFrom": [{"secretRef": {"name": "db"}}]}))),
        builds(ClusterBuilder().add(pod("web", container={"envFrom": [{"configMapRef": {"name": "db"}}]}))),
    ),
    "RBP133": (
        builds(ClusterBuilder().namespace("a"), "1.30"),
        builds(ClusterBuilder().namespace("a", {"pod-security.kubernetes.io/enforce": "baseline"}), "1.30"),
    ),
    "RBP140": (
        holds(rule("get", "pod")),
        holds(rule("get", "pods pods/log */scale"), rule("use", "widgets", "example.com")),
    ),
    "RBP141": (
        holds(rule("get", "endpoints", names="web*")),
        holds(
            rule("get", "endpoints", names="web"),
            rule("approve", "signers", CERTIFICATES, names="example.com/*"),
        ),
    ),
    "RBP142": (
        holds(rule("get create", "configmaps", names="menu")),
        holds(rule("create", "pods/exec", names="menu"), rule("get *", "configmaps", names="menu")),
    ),
    "RBP143": (
        holds(rule("get", "nodes"), namespace="a"),
        holds(
            rule("get list", "namespaces"),
            rule("bind", "clusterroles", RBAC),
            rule("use", "podsecuritypolicies", "policy"),
            rule("*", "*", "*"),
            namespace="a",
        ),
    ),
    "RBP144": (
        holds(POD_READER, who="Group/system:serviceaccount:a:b"),
        holds(POD_READER, who="User/system:serviceaccount:a:b"),
    ),
    "RBP145": (
        builds(with_account("a", "idle").add(pod("web", namespace="a"))),
        builds(with_account("a", "busy").add(pod("web", namespace="a", serviceAccountName="busy"))),
    ),
}


def test_the_pod_template_that_no_controller_runs_is_checked_all_the_same() -> None:
    template = {"spec": {"hostPID": True, "containers": [{"name": "main", "image": "web"}]}}
    metadata = {"name": "web", "namespace": "b"}
    body = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": metadata, "template": template}
    (only,) = found(builds(ClusterBuilder().add(body))(), "RBP131")
    assert only.detail == "It has hostPID. That alone is not enough to take over the node."


@pytest.mark.parametrize(
    ("spec", "severity", "said"),
    [
        ({"hostNetwork": True}, "low", f"It has hostNetwork. {ALONE}"),
        (
            {"container": {"securityContext": {"privileged": True}}},
            "medium",
            "It has privileged container app. Whoever is in the pod can take over its node.",
        ),
    ],
)
def test_the_severity_of_a_pod_follows_from_what_it_gives_access_to(
    spec: dict[str, Any], severity: str, said: str
) -> None:
    (only,) = found(builds(ClusterBuilder().add(pod("p", **spec)))(), "RBP131")
    assert (only.severity, only.detail) == (severity, said)


def test_a_pod_on_every_node_is_more_severe() -> None:
    template = {"spec": {"serviceAccountName": "strong", "containers": [{"name": "c", "image": "x"}]}}
    metadata = {"name": "agent", "namespace": "a"}
    daemon_set = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": metadata,
        "spec": {"template": template},
    }
    deployment = daemon_set | {"kind": "Deployment"}
    findings = found(token_of("strong").add(daemon_set, deployment).build(), "RBP130")
    assert [(finding.about and finding.about.kind, finding.severity) for finding in findings] == [
        ("DaemonSet", "high"),
        ("Deployment", "medium"),
    ]


def test_a_namespace_names_what_baseline_would_refuse() -> None:
    builder = ClusterBuilder().namespace("a").add(pod("plain", namespace="a"))
    (before,) = found(builder.build(kubernetes_version="1.30"), "RBP133")
    (after,) = found(
        builder.add(pod("agent", namespace="a", hostPID=True)).build(kubernetes_version="1.30"), "RBP133"
    )
    assert (before.severity, after.severity) == ("low", "medium")
    assert after.detail.endswith("The baseline level would refuse Pod agent.")
    assert (before.breaks, after.breaks) == ((), ("Pod a/agent",))


def test_the_severity_of_reading_secrets_follows_from_their_tokens() -> None:
    strong = (
        token_of("strong").role("r", rule("get", "secrets")).bind("r", EVE, namespace="a", kind="ClusterRole")
    )
    weak = (
        token_of("weak").role("r", rule("get", "secrets")).bind("r", EVE, namespace="a", kind="ClusterRole")
    )
    (graver,) = found(strong.build(), "RBP010")
    (plain,) = found(weak.build(), "RBP010")
    assert (graver.severity, plain.severity) == ("critical", "medium")
    assert "Secret t is a token of service account strong. RBP001" in graver.detail


def many_roles(count: int) -> Cluster:
    builder = ClusterBuilder()
    for number in range(count):
        builder.role(f"r{number}", POD_READER).bind(f"r{number}", EVE)
    return builder.build()


def many_subjects(count: int) -> Cluster:
    users = [f"User/u{number}" for number in range(count)]
    return ClusterBuilder().role("r", POD_READER, namespace="a").bind("r", *users, namespace="a").build()


def aggregated(selector: dict[str, object]) -> Cluster:
    role = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "grown"},
        "aggregationRule": {"clusterRoleSelectors": [selector]},
        "rules": [],
    }
    return ClusterBuilder().add(role).build()


def audited(cluster: Cluster) -> Audit:
    return audit(cluster.objects, cluster.authorizer, version=cluster._stated_version)


def found(cluster: Cluster, number: str) -> list[Finding]:
    return [finding for finding in audited(cluster).findings if finding.rule.id == number]


def test_every_rule_has_a_trigger_and_a_near_miss() -> None:
    by_paths = {rule.id for rule in reach.RULES}  # see tests/paths/test_findings.py
    assert set(CASES) == {rule.id for rule in RULES} - by_paths


@pytest.mark.parametrize("number", sorted(CASES))
def test_a_rule_reports_its_trigger(number: str) -> None:
    findings = found(CASES[number][0](), number)
    assert findings
    assert all(finding.rule is BY_ID[number] for finding in findings)


@pytest.mark.parametrize("number", sorted(CASES))
def test_a_rule_does_not_report_its_near_miss(number: str) -> None:
    assert found(CASES[number][1](), number) == []


@pytest.mark.parametrize("number", sorted(CASES))
def test_the_permission_of_a_finding_is_confirmed_by_the_authorizer(number: str) -> None:
    for build in CASES[number]:
        cluster = build()
        for finding in audited(cluster).findings:
            if finding.request is not None:
                assert finding.subject is not None
                decision = cluster.authorize(user_of(finding.subject), finding.request)
                assert decision.allowed, finding
                given = {(grant.binding.name, grant.rule_index) for grant in decision.grants}
                assert given & {(grant.binding.name, grant.rule_index) for grant in finding.grants}


def test_a_misspelt_word_is_reported_with_the_likely_spelling_and_is_less_severe_in_part_of_a_rule() -> None:
    (whole,) = found(holds(rule("get", "deployments"))(), "RBP140")
    assert (whole.brief, whole.severity) == ("deployments (deployments of apiGroups apps?)", "low")
    assert whole.detail == (
        'Rule 1 matches no request. resources "deployments": the core group has no such resource. '
        "Probably meant: deployments of apiGroups apps."
    )
    (part,) = found(holds(rule("get GET", "pods"))(), "RBP140")
    assert (part.brief, part.severity) == ("GET (get?)", "info")
    assert part.detail == (
        'A part of rule 1 matches no request. verbs "GET": verbs are lower case, without spaces. '
        "Probably meant: get."
    )


def test_each_rule_of_a_role_has_a_finding_of_its_own() -> None:
    cluster = holds(rule("get", "pod"), rule("get", "secret"), rule("get", "pods"))()
    findings = found(cluster, "RBP140")
    assert [finding.brief for finding in findings] == ["pod (pods?)", "secret (secrets?)"]
    assert len({finding.fingerprint for finding in findings}) == 2


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("User/system:masters", "it is the name of a group"),
        ("User/system:serviceaccounts:a", "it is the name of a group"),
        ("Group/system:kube-scheduler", "it is the name of a user"),
        ("Group/system:anonymous", "it is the name of a user"),
        ("Group/system:node:n1", "it is the name of a user"),
        ("Group/system:serviceaccount:a:b", "it is the user name of ServiceAccount b of namespace a"),
    ],
)
def test_a_name_that_the_server_makes_is_found_under_another_kind(who: str, why: str) -> None:
    (finding,) = found(holds(POD_READER, who=who)(), "RBP144")
    assert f": {why}." in finding.detail


@pytest.mark.parametrize(
    ("number", "verbs", "resource", "group", "severity"),
    [
        ("RBP080", "create", "persistentvolumes", "", "high"),
        ("RBP080", "patch", "persistentvolumes", "", "low"),
        ("RBP080", "create patch", "persistentvolumes", "", "high"),
        ("RBP070", "patch", "mutatingwebhookconfigurations", ADMISSION, "critical"),
        ("RBP070", "create", "validatingwebhookconfigurations", ADMISSION, "high"),
        ("RBP070", "delete", "mutatingwebhookconfigurations", ADMISSION, "medium"),
        ("RBP073", "create", "apiservices", "apiregistration.k8s.io", "high"),
        ("RBP073", "patch", "apiservices", "apiregistration.k8s.io", "high"),
        ("RBP073", "delete", "apiservices", "apiregistration.k8s.io", "low"),
    ],
)
def test_a_weaker_verb_is_less_severe_and_its_effect_is_described(
    number: str, verbs: str, resource: str, group: str, severity: str
) -> None:
    (finding,) = found(holds(rule(verbs, resource, group))(), number)
    assert finding.severity == severity
    whole = (number, verbs) in {("RBP080", "create"), ("RBP080", "create patch"), ("RBP073", "create")}
    assert bool(finding.detail) is not (whole or (resource.startswith("mutating") and verbs == "patch"))


def test_a_grant_to_everybody_lists_every_resource_of_a_rule() -> None:
    cluster = holds(rule("get list", "bindings pods pods/log"), who="Group/system:unauthenticated")()
    (finding,) = found(cluster, "RBP110")
    assert finding.permission == "get,list bindings, pods, pods/log"


def token_pod(volume: dict[str, object], *, mounted: bool = True) -> Cluster:
    mounts = {"volumeMounts": [{"name": "t", "mountPath": "/t"}]} if mounted else {}
    return (
        ClusterBuilder()
        .role("r", rule("create", "pods"))
        .bind("r", "ServiceAccount/a:robot")
        .add(
            pod(
                "web",
                namespace="a",
                serviceAccountName="robot",
                automountServiceAccountToken=False,
                container=mounts,
                volumes=[{"name": "t", **volume}],
            )
        )
        .build()
    )


def projected(**token: str) -> dict[str, object]:
    return {"projected": {"sources": [{"serviceAccountToken": {"path": "token", **token}}]}}


def test_a_token_that_a_pod_projects_itself_counts_where_a_container_mounts_it() -> None:
    (finding,) = found(token_pod(projected()), "RBP130")
    assert finding.detail == (
        "It runs as service account robot and projects its token into a volume: RBP040 Creates pods, whole "
        "cluster."
    )
    assert found(token_pod(projected(audience="https://kubernetes.default.svc")), "RBP130")
    assert not found(token_pod(projected(audience="vault")), "RBP130")
    assert not found(token_pod(projected(), mounted=False), "RBP130")


def test_a_secret_that_holds_a_token_counts_for_the_account_that_lists_it() -> None:
    robot = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "robot", "namespace": "a"},
        "secrets": [{"name": "robot-token"}],
    }
    mounts = {"volumeMounts": [{"name": "t", "mountPath": "/t"}]}
    secret = [{"name": "t", "secret": {"secretName": "robot-token"}}]
    cluster = (
        ClusterBuilder()
        .role("r", rule("create", "pods"))
        .bind("r", "ServiceAccount/a:robot")
        .add(robot)
        .add(pod("web", namespace="a", container=mounts, volumes=secret))
        .build()
    )
    (finding,) = found(cluster, "RBP130")
    assert finding.detail == (
        "It holds the token of service account robot and mounts secret robot-token, which is its token: "
        "RBP040 Creates pods, whole cluster."
    )


def test_the_pods_of_custom_resources_are_audited() -> None:
    rollout = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "web", "namespace": "a"},
        "spec": {"template": {"spec": {"serviceAccountName": "robot", "hostPID": True, "containers": []}}},
    }
    cluster = (
        ClusterBuilder()
        .role("r", rule("create", "pods"))
        .bind("r", "ServiceAccount/a:robot")
        .add(rollout)
        .build()
    )
    assert [each.detail for each in found(cluster, "RBP131")] == [
        f"It has hostPID. {ALONE} Its pod template is at spec.template."
    ]
    (finding,) = found(cluster, "RBP130")
    assert (finding.brief, finding.about.kind if finding.about else "") == ("spec.template", "Rollout")


def test_a_missing_default_role_is_to_be_restored_and_its_binding_kept() -> None:
    cluster = ClusterBuilder().bind("auth", "ServiceAccount/a:b", kind="ClusterRole").build()
    assert "delete ClusterRoleBinding" in found(cluster, "RBP120")[0].remedy
    reader = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "metrics-reader", "namespace": "kube-system"},
        "roleRef": {
            "apiGroup": RBAC,
            "kind": "Role",
            "name": "extension-apiserver-authentication-reader",
        },
        "subjects": [{"kind": "ServiceAccount", "name": "metrics", "namespace": "monitoring"}],
    }
    for finding in found(ClusterBuilder().add(reader).build(), "RBP120"):
        assert finding.remedy == (
            "load Role extension-apiserver-authentication-reader, or restore it where it was removed"
        )


def test_a_missing_account_is_reported_in_the_namespace_of_its_role_binding() -> None:
    cluster = (
        ClusterBuilder()
        .role("r", POD_READER)
        .service_account("a", "there")
        .bind("r", "ServiceAccount/a:ther", namespace="a", kind="ClusterRole")
        .build()
    )
    (finding,) = found(cluster, "RBP123")
    assert finding.scope == "a"
    assert finding.detail == (
        "ServiceAccount/a:ther does not exist; it is named by RoleBinding r of namespace a. "
        "ServiceAccount there has a similar name."
    )


def test_a_registry_with_two_equal_ids_is_refused() -> None:
    with pytest.raises(ValueError, match="RBP001: two rules have this id"):
        rules_by_id((RULES[0], RULES[0]))


def test_ids_ascend() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(ids)


def test_every_rule_about_permissions_names_a_section_of_the_hardening_guide() -> None:
    without = [
        rule.id
        for rule in RULES
        if rule.permissions
        and not any(reference.title.startswith(NSA_TITLE) for reference in rule.references)
    ]
    assert without == []
