"""Tests the audit: Kubernetes' own roles, mistakes that other tools make, and the changes it proposes."""

from copy import copy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import Cluster
from rbacpsp.audit import Audit, Finding, Rule, Severity, audit
from rbacpsp.audit.change import Changes
from rbacpsp.audit.permission import Permission
from rbacpsp.audit.policy_facts import changes, node_takeover
from rbacpsp.audit.rule import Wildcard
from rbacpsp.catalog.bootstrap_objects import Bootstrap
from rbacpsp.files import load
from rbacpsp.model import User, Version
from rbacpsp.model.subjects import user_of
from rbacpsp.testing import ClusterBuilder, pod, rule

SAMPLES = Path(__file__).parents[2] / "sample_clusters"
RBAC = "rbac.authorization.k8s.io"
CERTIFICATES = "certificates.k8s.io"
EVE = "User/eve"


def audited(cluster: Cluster, version: str | None = None) -> Audit:
    stated = Version.parse(version) if version else None
    return audit(cluster.objects, cluster.authorizer, version=stated)


def ids(cluster: Cluster) -> list[str]:
    return [finding.rule.id for finding in audited(cluster).findings]


def one(cluster: Cluster, number: str) -> Finding:
    (found,) = (finding for finding in audited(cluster).findings if finding.rule.id == number)
    return found


class TestKubernetesOwn:
    @pytest.mark.parametrize("version", ["1.24", "1.36"])
    @pytest.mark.parametrize("stated", [True, False])
    def test_a_fresh_cluster_has_no_finding(self, version: str, *, stated: bool) -> None:
        cluster = load(SAMPLES / f"bootstrap-{version}")
        result = audited(cluster, version if stated else None)
        assert [finding.order for finding in result.findings] == []

    def test_grants_that_kubeadm_adds_for_its_nodes_are_not_findings(self) -> None:
        every_node = ("Group/system:nodes", "Group/system:bootstrappers:kubeadm:default-node-token")
        info, kubelet = "kubeadm:bootstrap-signer-clusterinfo", "kubeadm:kubelet-config"
        rotation = "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient"
        builder = (
            ClusterBuilder()
            .role(rotation, rule("create", "certificatesigningrequests/selfnodeclient", CERTIFICATES))
            .bind(rotation, "Group/system:nodes", name="kubeadm:node-autoapprove-certificate-rotation")
            .role("cluster-admin", rule("*", "*", "*"))
            .bind("cluster-admin", "Group/kubeadm:cluster-admins", name="kubeadm:cluster-admins")
            .role("system:kubelet-api-admin", rule("*", "nodes/proxy nodes/stats"))
            .bind(
                "system:kubelet-api-admin",
                "User/kube-apiserver-kubelet-client",
                name="kubeadm:apiserver-kubelet-client",
            )
            .role(info, rule("get", "configmaps", names="cluster-info"), namespace="kube-public")
            .bind(info, "User/system:anonymous", namespace="kube-public")
            .role(kubelet, rule("get", "configmaps", names="kubelet-config"), namespace="kube-system")
            .bind(kubelet, *every_node, namespace="kube-system")
        )
        assert [finding.order for finding in audited(builder.build(), "1.36").findings] == []
        widened = builder.bind(info, "Group/system:unauthenticated", namespace="kube-public", name="more")
        assert set(ids(widened.build())) == {"RBP110"}

    def test_a_namespace_that_kubernetes_creates_needs_no_level(self) -> None:
        builder = ClusterBuilder()
        for name in ("default", "kube-node-lease", "kube-public", "kube-system"):
            builder.namespace(name)
        assert audited(builder.build(), "1.30").findings == ()
        builder.add(pod("web"))
        result = audited(builder.build(), "1.30")
        assert [(finding.rule.id, finding.scope) for finding in result.findings] == [("RBP133", "default")]

    def test_a_grant_to_a_group_of_kubeadm_is_reported_in_versions_without_the_group(self) -> None:
        builder = ClusterBuilder().role("cluster-admin", rule("*", "*", "*"))
        name = "kubeadm:cluster-admins"
        cluster = builder.bind("cluster-admin", f"Group/{name}", name=name).build()
        assert [f.rule.id for f in audited(cluster, "1.28").findings] == ["RBP001"]
        assert [f.rule.id for f in audited(cluster, "1.29").findings] == []

    def test_findings_that_are_ruled_out_are_listed_with_their_reason(self) -> None:
        result = audited(load(SAMPLES / "bootstrap-1.24"), "1.24")
        nodes = [each for each in result.ruled_out if each.rule.name == "read-secrets" and each.scope == ""]
        assert {node.ruled_out for node in nodes} == {"Kubernetes creates this grant itself"}
        assert "namespace-controller" in {node.subject.name for node in nodes if node.subject}

    def test_a_new_member_of_kubernetes_own_binding_is_reported(self) -> None:
        builder = ClusterBuilder().role("cluster-admin", rule("*", "*", "*"))
        result = one(builder.bind("cluster-admin", "Group/system:masters", EVE).build(), "RBP001")
        assert result.subject is not None
        assert result.subject.name == "eve"

    def test_a_rule_added_to_kubernetes_own_role_is_reported(self) -> None:
        added = rule("list", "secrets")
        builder = ClusterBuilder().role("system:basic-user", added)
        cluster = builder.bind("system:basic-user", "Group/system:authenticated").build()
        assert {"RBP010", "RBP111"} <= set(ids(cluster))

    def test_a_bootstrap_rule_of_one_version_is_reported_in_another(self) -> None:
        builder = ClusterBuilder().role("system:controller:expand-controller", rule("get", "secrets"))
        account = "ServiceAccount/kube-system:expand-controller"
        cluster = builder.bind("system:controller:expand-controller", account).build()
        assert [f.rule.id for f in audited(cluster, "1.24").at_least(Severity.MEDIUM)] == []
        assert [f.rule.id for f in audited(cluster, "1.36").at_least(Severity.MEDIUM)] == ["RBP010"]

    def test_an_unknown_version_gets_the_objects_of_the_nearest_one(self) -> None:
        assert Bootstrap(Version(1, 5)).account("kube-system", "job-controller")
        assert Bootstrap(Version(9, 9)).account("kube-system", "job-controller")


class TestPeersMistakes:
    """Cases about risky permissions that other tools get wrong."""

    def test_rules_about_the_core_group_see_it(self) -> None:
        """rbac-tool 19: exec, ephemeral containers and nodes/proxy were tested against another name of it."""
        rules = (rule("create", "pods/exec nodes/proxy"), rule("patch", "pods/ephemeralcontainers"))
        result = ids(ClusterBuilder().role("r", *rules).bind("r", EVE).build())
        assert {"RBP043", "RBP044", "RBP050"} <= set(result)

    def test_creating_deployments_is_seen(self) -> None:
        """rbac-tool 20, KubeHound: the group apps was missing."""
        cluster = ClusterBuilder().role("r", rule("create", "deployments", "apps")).bind("r", EVE).build()
        assert ids(cluster) == ["RBP041"]

    def test_a_name_with_system_hides_nobody(self) -> None:
        """rbac-tool 21: everything whose name starts with system: was left out."""
        builder = ClusterBuilder().role("cluster-admin", rule("*", "*", "*"))
        cluster = builder.bind("cluster-admin", "Group/system:unauthenticated", name="oops").build()
        assert ids(cluster) == ["RBP001", "RBP110"]

    def test_one_secret_is_not_all_of_them(self) -> None:
        """rbac-tool 13, rbac-police 46: resourceNames were ignored."""
        assert (
            ids(ClusterBuilder().role("r", rule("get list", "secrets", names="db")).bind("r", EVE).build())
            == []
        )

    def test_another_group_with_secrets_is_another_resource(self) -> None:
        """KubiScan 37, rakkess 28: API groups were ignored."""
        cluster = ClusterBuilder().role("r", rule("get", "secrets", "example.com")).bind("r", EVE).build()
        assert ids(cluster) == []

    def test_all_verbs_are_each_verb(self) -> None:
        """KubiScan 36: a `*` among the verbs matched nothing."""
        cluster = ClusterBuilder().role("r", rule("*", "pods/exec")).bind("r", EVE).build()
        assert ids(cluster) == ["RBP043"]

    def test_a_role_of_the_same_name_in_another_namespace_affects_nobody(self) -> None:
        """KubiScan 38: bindings were matched to roles by name alone."""
        cluster = (
            ClusterBuilder()
            .role("x", rule("get", "pods"), namespace="a")
            .role("x", rule("list", "secrets"), namespace="b")
            .bind("x", EVE, namespace="a")
            .build()
        )
        assert ids(cluster) == ["RBP124"]

    def test_two_rules_about_bindings_do_not_grant_bind(self) -> None:
        """KubiScan 35: a counter of matches took two of one kind for one of each."""
        rules = (rule("create", "rolebindings", RBAC), rule("create", "rolebindings", RBAC))
        assert ids(ClusterBuilder().role("r", *rules).bind("r", EVE).build()) == ["RBP032"]

    def test_a_group_before_a_service_account_does_not_hide_it(self) -> None:
        """rbac-police 41: the first group ended the search for service accounts."""
        builder = ClusterBuilder().role("r", rule("list", "secrets"))
        findings = audited(builder.bind("r", "Group/devs", "ServiceAccount/a:order").build()).findings
        assert [each.subject.kind for each in findings if each.subject] == ["Group", "ServiceAccount"]

    def test_bind_is_a_verb_of_roles(self) -> None:
        """rbac-police 42: it was looked for on bindings."""
        writer = rule("create", "rolebindings", RBAC)
        roles = ClusterBuilder().role("r", rule("bind", "clusterroles", RBAC), writer).bind("r", EVE).build()
        other = ClusterBuilder().role("r", rule("bind", "clusterrolebindings", RBAC), writer).bind("r", EVE)
        assert ids(roles) == ["RBP030", "RBP032"]
        assert ids(other.build()) == ["RBP032", "RBP140"]

    def test_a_role_binding_grants_no_cluster_scoped_permission(self) -> None:
        """rbac-police 43: nodes/proxy and impersonating users were reported for it."""
        rules = (rule("get", "nodes/proxy"), rule("impersonate", "users"))
        cluster = ClusterBuilder().role("r", *rules).bind("r", EVE, namespace="a", kind="ClusterRole").build()
        assert ids(cluster) == ["RBP143"]

    def test_the_status_of_one_namespace_is_granted_in_that_one(self) -> None:
        builder = ClusterBuilder().role("r", rule("get", "namespaces/status", names="b"))
        for namespace in ("a", "b", "c"):
            builder = builder.bind("r", EVE, namespace=namespace, kind="ClusterRole")
        findings = [each for each in audited(builder.build()).findings if each.rule.id == "RBP143"]
        assert [each.scope for each in findings] == ["a", "c"]

    def test_a_user_named_as_a_service_account_is_one(self) -> None:
        """rbac-police 44: only subjects of the kind ServiceAccount counted."""
        user = "User/system:serviceaccount:a:user-style"
        result = one(ClusterBuilder().role("r", rule("get", "nodes/proxy")).bind("r", user).build(), "RBP050")
        assert result.subject is not None
        assert (result.subject.kind, result.subject.namespace, result.subject.name) == (
            "ServiceAccount",
            "a",
            "user-style",
        )

    def test_using_all_policies_is_found_and_reading_one_is_not_use(self) -> None:
        """Krane 47: a policy had to be named, and any verb would do."""
        reader = rule("get", "podsecuritypolicies", "policy", "lax")
        both = rule("use", "podsecuritypolicies", "policy")
        builder = ClusterBuilder().policy("lax", privileged=True).role("all", both).bind("all", EVE)
        result = ids(builder.role("read", reader).bind("read", "Group/readers").build())
        assert result == ["RBP100"]

    def test_an_unset_escalation_is_allowed(self) -> None:
        """Krane 48: it was taken as forbidden."""
        cluster = ClusterBuilder().policy("p", hostPID=True, allowedCapabilities=["SYS_PTRACE"]).build()
        policy = cluster.objects.policies["p"]
        assert changes(policy) == ()
        assert node_takeover(policy) == ("hostPID with SYS_PTRACE", "hostPath of any folder")

    def test_full_control_of_a_normal_user_is_seen(self) -> None:
        """Krane 51: default roles were left out, whoever was bound to them."""
        builder = ClusterBuilder().role("cluster-admin", rule("*", "*", "*"))
        assert ids(builder.bind("cluster-admin", EVE, name="mine").build()) == ["RBP001"]


class TestFindings:
    def test_a_grant_in_a_namespace_is_less_severe_than_in_the_cluster_except_in_kube_system(self) -> None:
        def severity(namespace: str) -> Severity:
            builder = ClusterBuilder().role("r", rule("list", "secrets"))
            return one(
                builder.bind("r", EVE, namespace=namespace, kind="ClusterRole").build(), "RBP010"
            ).severity

        assert [severity(each) for each in ("", "kube-system", "a")] == ["high", "high", "medium"]

    def test_grants_by_name_are_less_severe_unless_the_names_are_dangerous(self) -> None:
        def severity(names: str) -> Severity:
            users, groups = rule("impersonate", "users"), rule("impersonate", "groups", names=names)
            return one(ClusterBuilder().role("r", users, groups).bind("r", EVE).build(), "RBP023").severity

        assert severity("dev") == "medium"
        assert severity("dev system:masters") == "critical"

    @pytest.mark.parametrize(
        ("verb", "roles", "written", "useful"),
        [
            ("bind", "roles", "rolebindings", True),
            ("bind", "roles", "clusterrolebindings", False),
            ("bind", "clusterroles", "rolebindings", True),
            ("bind", "clusterroles", "clusterrolebindings", True),
            ("escalate", "roles", "roles", True),
            ("escalate", "roles", "clusterroles", False),
            ("escalate", "clusterroles", "clusterroles", True),
            ("escalate", "clusterroles", "roles", False),
        ],
    )
    def test_bind_and_escalate_need_permission_to_write_a_binding_or_a_role(
        self, verb: str, roles: str, written: str, *, useful: bool
    ) -> None:
        builder = ClusterBuilder().role("r", rule(verb, roles, RBAC), rule("create", written, RBAC))
        assert ({"RBP030", "RBP031"} & set(ids(builder.bind("r", EVE).build())) != set()) == useful

    def test_useless_permissions_are_not_evidence(self) -> None:
        both = rule("bind", "roles clusterroles", RBAC)
        builder = ClusterBuilder().role("r", both, rule("create", "clusterrolebindings", RBAC))
        result = one(builder.bind("r", EVE).build(), "RBP030")
        assert result.permission == "bind clusterroles.rbac.authorization.k8s.io"

    def test_to_escalate_the_role_that_says_so_is_no_limit(self) -> None:
        def severity(names: str) -> Severity:
            escalate = rule("escalate", "clusterroles", RBAC, names)
            builder = ClusterBuilder().role("r", escalate, rule("patch", "clusterroles", RBAC))
            return one(builder.bind("r", EVE).build(), "RBP031").severity

        assert [severity(each) for each in ("", "other", "other r")] == ["critical", "medium", "critical"]

    def test_a_grant_on_one_workload_is_as_severe_as_on_all_of_a_namespace(self) -> None:
        builder = ClusterBuilder().role("r", rule("patch", "deployments", "apps", names="web"))
        result = one(builder.bind("r", EVE, namespace="a", kind="ClusterRole").build(), "RBP041")
        assert (result.severity, result.permission) == ("medium", "patch deployments.apps [web]")

    @pytest.mark.parametrize("url", ["*", "/*", "**", "/**"])
    def test_every_url_is_every_url_however_it_is_written(self, url: str) -> None:
        every = {"verbs": ["get"], "nonResourceURLs": [url]}
        result = one(ClusterBuilder().role("r", every).bind("r", EVE).build(), "RBP004")
        assert result.permission == "get URL /*"

    @pytest.mark.parametrize("resource", ["uids", "userextras/scopes"])
    def test_attributes_cannot_be_impersonated_without_a_user(self, resource: str) -> None:
        extras = rule("impersonate", resource, "authentication.k8s.io")
        alone = ClusterBuilder().role("r", extras).bind("r", EVE)
        assert ids(alone.build()) == []
        users = alone.role("u", rule("impersonate", "serviceaccounts", names="x"))
        assert set(ids(users.bind("u", EVE, namespace="a", kind="ClusterRole").build())) == {
            "RBP021",
            "RBP022",
        }

    def test_a_permission_in_another_namespace_is_not_a_companion(self) -> None:
        builder = (
            ClusterBuilder()
            .role("bind", rule("bind", "clusterroles", RBAC))
            .role("write", rule("create", "rolebindings", RBAC))
            .bind("bind", EVE, namespace="a", kind="ClusterRole")
        )
        apart = builder.bind("write", EVE, namespace="b", kind="ClusterRole").build()
        assert "RBP030" not in ids(apart)
        together = builder.bind("write", EVE, namespace="a", kind="ClusterRole").build()
        assert "RBP030" in ids(together)

    @pytest.mark.parametrize(
        ("verb", "roles", "written"),
        [
            ("bind", "clusterroles", "rolebindings"),
            ("bind", "roles", "rolebindings"),
            ("escalate", "roles", "roles"),
        ],
    )
    def test_a_cluster_wide_permission_is_found_only_where_its_companion_is_held(
        self, verb: str, roles: str, written: str
    ) -> None:
        builder = ClusterBuilder().role("r", rule(verb, roles, RBAC)).role("w", rule("create", written, RBAC))
        builder = builder.bind("r", EVE)
        for namespace in ("a", "kube-system"):
            builder = builder.bind("w", EVE, namespace=namespace, kind="ClusterRole")
        cluster = builder.build()
        findings = [
            finding for finding in audited(cluster).findings if finding.rule.id in {"RBP030", "RBP031"}
        ]
        assert sorted((finding.scope, str(finding.severity)) for finding in findings) == [
            ("a", "high"),
            ("kube-system", "critical"),
        ]
        for finding in findings:
            assert finding.request is not None
            assert finding.request.namespace == finding.scope
            assert cluster.authorizer.authorize(User("eve"), finding.request).allowed

    def test_a_permission_held_everywhere_and_in_a_namespace_is_one_finding_about_the_namespace(self) -> None:
        both = (rule("bind", "clusterroles", RBAC), rule("create", "rolebindings", RBAC))
        builder = ClusterBuilder().role("r", both[0]).role("both", *both).bind("r", EVE)
        found = one(builder.bind("both", EVE, namespace="a", kind="ClusterRole").build(), "RBP030")
        assert found.scope == "a"
        assert [evidence.role.name for evidence in found.evidence] == ["r", "both"]

    def test_only_what_needs_a_companion_is_limited_to_its_namespaces(self) -> None:
        both = (rule("bind", "clusterroles", RBAC), rule("bind", "roles", RBAC))
        builder = (
            ClusterBuilder()
            .role("r", *both)
            .role("w", rule("create", "rolebindings", RBAC))
            .role("everywhere", rule("create", "clusterrolebindings", RBAC))
            .bind("r", EVE)
            .bind("everywhere", EVE)
            .bind("w", EVE, namespace="a", kind="ClusterRole")
        )
        findings = [finding for finding in audited(builder.build()).findings if finding.rule.id == "RBP030"]
        assert [(finding.scope, finding.permission) for finding in findings] == [
            ("", f"bind clusterroles.{RBAC}"),
            ("a", f"bind roles.{RBAC}"),
        ]

    def test_a_companion_through_an_implicit_group_counts(self) -> None:
        cluster = (
            ClusterBuilder()
            .role("bind", rule("bind", "clusterroles", RBAC))
            .role("write", rule("create", "clusterrolebindings", RBAC))
            .bind("bind", "ServiceAccount/a:x")
            .bind("write", "Group/system:serviceaccounts")
            .build()
        )
        assert "RBP030" in ids(cluster)

    def test_the_smallest_change_narrows_a_rule_that_names_the_permission(self) -> None:
        builder = ClusterBuilder().role("r", rule("get create", "pods/exec")).bind("r", EVE)
        (found,) = audited(builder.build(), "1.24").findings
        assert Changes().of(found) == ("delete rule 1 of ClusterRole r",)
        cluster = ClusterBuilder().role("r", rule("list watch patch", "pods")).bind("r", EVE).build()
        assert Changes().of(one(cluster, "RBP042")) == ("remove the verb patch from rule 1 of ClusterRole r",)

    def test_the_smallest_change_for_a_shared_role_is_to_remove_the_subject_from_its_binding(self) -> None:
        builder = ClusterBuilder().role("edit", rule("list", "secrets"))
        cluster = builder.bind("edit", EVE, namespace="a", kind="ClusterRole").build()
        assert Changes().of(one(cluster, "RBP010")) == ("remove User/eve from RoleBinding a/edit",)

    def test_a_fingerprint_survives_another_way_to_the_same_permission(self) -> None:
        builder = ClusterBuilder().role("r", rule("list", "secrets")).bind("r", EVE)
        first = one(builder.build(), "RBP010")
        second = one(builder.bind("r", EVE, name="again").build(), "RBP010")
        assert first.fingerprint == second.fingerprint
        assert (len(first.grants), len(second.grants)) == (1, 2)

    def test_a_copy_of_a_finding_has_its_fingerprint(self) -> None:
        builder = ClusterBuilder().role("r", rule("list", "secrets")).bind("r", EVE)
        found = one(builder.build(), "RBP010")
        copies = [found.because("before"), copy(found)]
        fingerprint = found.fingerprint
        copies += [found.because("after"), copy(found)]
        assert {each.fingerprint for each in copies} == {fingerprint}
        assert fingerprint == one(builder.build(), "RBP010").fingerprint

    def test_a_finding_is_represented_by_one_line(self) -> None:
        found = one(ClusterBuilder().role("r", rule("list", "secrets")).bind("r", EVE).build(), "RBP010")
        assert repr(found) == "<Finding RBP010, high: User/eve: Reads every secret, whole cluster>"
        assert found.fingerprint
        assert repr(found) == "<Finding RBP010, high: User/eve: Reads every secret, whole cluster>"

    def test_a_finding_names_binding_role_and_rule(self) -> None:
        rules = (rule("get", "pods"), rule("list", "secrets"))
        (grant,) = one(ClusterBuilder().role("r", *rules).bind("r", EVE, name="b").build(), "RBP010").grants
        assert (grant.binding.name, grant.role.name, grant.rule_index) == ("b", "r", 1)

    def test_ephemeral_containers_are_not_reported_before_they_are_served(self) -> None:
        cluster = ClusterBuilder().role("r", rule("patch", "pods/ephemeralcontainers")).bind("r", EVE).build()
        assert audited(cluster, "1.22").findings == ()
        assert [finding.rule.id for finding in audited(cluster, "1.23").findings] == ["RBP044"]

    def test_websockets_need_create_from_1_35_on(self) -> None:
        cluster = ClusterBuilder().role("r", rule("get", "pods/exec")).bind("r", EVE).build()
        assert [finding.rule.id for finding in audited(cluster, "1.34").findings] == ["RBP043"]
        assert audited(cluster, "1.35").findings == ()


VERBS = st.sampled_from(["*", "get", "list", "create", "patch", "use", "bind", "impersonate", "escalate"])
RESOURCES = st.sampled_from(
    [
        "*",
        "pods",
        "pods/exec",
        "*/exec",
        "secrets",
        "nodes/proxy",
        "clusterroles",
        "rolebindings",
        "users",
        "groups",
        "namespaces",
        "podsecuritypolicies",
        "deployments",
        "serviceaccounts",
        "*/token",
        "userextras/x",
        "*/*",
    ]
)
GROUPS = st.sampled_from(["*", "", "apps", "policy", RBAC, "authentication.k8s.io"])
NAMES = st.lists(st.sampled_from(["*", "a", "system:masters", "cluster-admin"]), max_size=2)
SUBJECTS = st.sampled_from(
    [EVE, "Group/dev", "Group/system:authenticated", "ServiceAccount/a:x", "User/system:serviceaccount:a:x"]
)


@st.composite
def clusters(draw: st.DrawFn) -> Cluster:
    """Small clusters of the words that rules are about."""
    builder = ClusterBuilder().policy("lax", privileged=True)
    for number in range(draw(st.integers(1, 4))):
        rules = []
        for _ in range(draw(st.integers(1, 3))):
            made = {
                "verbs": draw(st.lists(VERBS, min_size=1, max_size=3)),
                "apiGroups": draw(st.lists(GROUPS, min_size=1, max_size=2)),
                "resources": draw(st.lists(RESOURCES, min_size=1, max_size=3)),
                "resourceNames": draw(NAMES),
            }
            rules.append(made)
        builder.role(f"r{number}", *rules)
        who = draw(st.lists(SUBJECTS, min_size=1, max_size=2, unique=True))
        namespace = draw(st.sampled_from(["", "a", "kube-system"]))
        builder.bind(f"r{number}", *who, namespace=namespace, kind="ClusterRole")
    return builder.build()


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_every_permission_of_a_finding_is_one_that_the_authorizer_allows(cluster: Cluster) -> None:
    result = audited(cluster)
    for finding in (*result.findings, *result.ruled_out):
        if finding.subject is None or finding.request is None:
            continue
        for each in finding.evidence:
            for hit in each.hits:
                decision = cluster.authorize(user_of(finding.subject), hit.match.request(finding.scope))
                given = {(id(grant.binding), grant.rule_index) for grant in decision.grants}
                assert (id(each.binding), hit.rule_index) in given


@settings(max_examples=150, deadline=None)
@given(clusters())
def test_every_permission_that_the_authorizer_allows_is_found(cluster: Cluster) -> None:
    """The reverse, checked with the authorizer: each grant of a request is in some finding."""
    whole = audited(cluster)
    result = {
        (finding.rule.id, finding.subject, finding.scope)
        for finding in whole.findings
        if finding.subject is not None
    }
    for each in whole.rules:
        if each.also or each.paired or each.wildcard is not Wildcard.FOLDED or each.id == "RBP014":
            continue
        for permission, verb, scope in requests(each):
            decision = cluster.authorize(User("eve"), permission.request(verb, scope))
            for grant in decision.grants:
                if grant.subject.name == "eve":
                    everything = all(
                        "*" in words
                        for words in (grant.rule.verbs, grant.rule.api_groups, grant.rule.resources)
                    )
                    expected = "RBP001" if everything else each.id
                    assert (expected, grant.subject, grant.scope) in result


def requests(each: Rule) -> list[tuple[Permission, str, str]]:
    """Every request of a rule's permissions: everywhere, and within namespaces where they have one."""
    return [
        (permission, verb, scope)
        for permission in each.permissions
        if permission.path is None and not permission.any_subresource
        for verb in permission.verbs
        for scope in (("", "a", "kube-system") if permission.namespaced else ("",))
    ]


def test_findings_about_two_subjects_or_two_rules_of_an_object_have_different_fingerprints() -> None:
    """So a baseline that knows one of them does not hide the other."""
    slip = rule("get", "deployments")
    builder = ClusterBuilder().namespace("a").role("r", slip, rule("get", "pods"), slip)
    for number in ("1", "2"):
        builder.bind("r", "User/ann", "User/bob", namespace="a", kind="ClusterRole", name=number)
    findings = builder.build(kubernetes_version="1.30").audit().findings
    titles = [finding.title for finding in findings if finding.rule.id in {"RBP125", "RBP140"}]
    assert len(titles) == 4
    assert len({finding.fingerprint for finding in findings}) == len(findings)
