"""Every rule has a cluster that triggers it and a near miss that must not."""

from collections.abc import Callable

import pytest

from rbacpsp import Cluster
from rbacpsp.audit import RULES, Audit, Finding, audit
from rbacpsp.audit.rules import BY_ID, checked
from rbacpsp.model.subjects import user_of
from rbacpsp.testing import ClusterBuilder, pod

Build = Callable[[], Cluster]
RBAC = "rbac.authorization.k8s.io"
ADMISSION = "admissionregistration.k8s.io"
CERTIFICATES = "certificates.k8s.io"
EVE = "User/eve"


def rule(
    verbs: str, resources: str, group: str = "", names: str = "", urls: str = ""
) -> dict[str, list[str]]:
    """A PolicyRule from words that are separated by spaces."""
    found = {"verbs": verbs.split()}
    if urls:
        return found | {"nonResourceURLs": urls.split()}
    found |= {"apiGroups": [group], "resources": resources.split()}
    return found | ({"resourceNames": names.split()} if names else {})


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


def account(namespace: str, name: str) -> ClusterBuilder:
    return ClusterBuilder().service_account(namespace, name).namespace(namespace)


POD_READER = rule("get", "pods")
BINDING_WRITER = rule("create", "clusterrolebindings rolebindings", RBAC)
ROLE_WRITER = rule("patch", "roles clusterroles", RBAC)
APPROVER = rule("update", "certificatesigningrequests/approval", CERTIFICATES)
SIGNER_STATUS = rule("update", "certificatesigningrequests/status", CERTIFICATES)

CASES: dict[str, tuple[Build, Build]] = {
    "RBP001": (holds(rule("*", "*", "*")), holds(rule("*", "*", ""), rule("*", "pods", "*"))),
    "RBP002": (holds(rule("get list", "*", "*")), holds(rule("get list", "*", ""))),
    "RBP003": (holds(rule("patch", "*", "*")), holds(rule("patch", "*", "*", names="one"))),
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
        builds(account("a", "there").role("r", POD_READER).bind("r", "ServiceAccount/a:gone")),
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
}


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
    assert set(CASES) == {rule.id for rule in RULES}


@pytest.mark.parametrize("number", sorted(CASES))
def test_a_rule_reports_its_trigger(number: str) -> None:
    findings = found(CASES[number][0](), number)
    assert findings
    assert all(finding.rule is BY_ID[number] for finding in findings)


@pytest.mark.parametrize("number", sorted(CASES))
def test_a_rule_passes_over_its_near_miss(number: str) -> None:
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


def test_a_registry_with_two_equal_ids_is_refused() -> None:
    with pytest.raises(ValueError, match="RBP001: two rules have this id"):
        checked((RULES[0], RULES[0]))


def test_ids_ascend() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(ids)
