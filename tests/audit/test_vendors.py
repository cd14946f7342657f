"""Tests that a profile explains exactly the grants of its vendor."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp import Cluster
from rbacpsp.audit import AuditPolicy, read_policy
from rbacpsp.audit.vendors import ALWAYS, PROFILES, unused_profiles, vendor_grants
from rbacpsp.cli import main
from rbacpsp.cli.gates import PROFILES as OFFERED
from rbacpsp.testing import ClusterBuilder, rule

EKS = str(Path(__file__).parent / "data" / "eks.yaml")


def audited(*subjects: str, role: str = "cattle-admin", binding: str = "cattle-admin-binding") -> Cluster:
    return ClusterBuilder().role(role, rule("*", "*", "*")).bind(role, *subjects, name=binding).build()


def reported(cluster: Cluster, *profiles: str) -> set[str]:
    findings = cluster.audit(policy=AuditPolicy(profiles=profiles)).findings
    return {each.subject.name for each in findings if each.rule.id == "RBP001" and each.subject}


def test_a_grant_of_the_vendor_is_explained_only_by_its_profile() -> None:
    cluster = audited("ServiceAccount/cattle-system:cattle")
    assert reported(cluster) == reported(cluster, "eks", "k3s") == {"cattle"}
    assert reported(cluster, "rancher") == set()
    (why,) = {
        each.ruled_out
        for each in cluster.audit(policy=AuditPolicy(profiles=("rancher",))).ruled_out
        if each.rule.id == "RBP001"
    }
    assert why.startswith("Rancher creates this grant itself: https://github.com/rancher/rancher/blob/")
    assert why.endswith(" (read on 2026-11-29)")


def test_another_subject_role_or_binding_is_reported() -> None:
    cattle = "ServiceAccount/cattle-system:cattle"
    assert reported(audited(cattle, "User/mallory"), "rancher") == {"mallory"}
    assert reported(audited("ServiceAccount/other:cattle"), "rancher") == {"cattle"}
    assert reported(audited(cattle, role="mine"), "rancher") == {"cattle"}
    assert reported(audited(cattle, binding="mine"), "rancher") == {"cattle"}


@pytest.mark.parametrize(
    ("profile", "binding", "role", "subject"),
    [
        ("aks", "aks-service-rolebinding", "aks-service", "User/aks-support"),
        ("aks", "amalogsclusterrolebinding", "ama-logs-reader", "ServiceAccount/kube-system:ama-logs"),
        ("aks", "nginx", "nginx", "ServiceAccount/app-routing-system:nginx"),
        ("gke", "kube-apiserver-kubelet-api-admin", "kubelet-api-admin", "User/kube-apiserver"),
        ("gke", "gce:cloud-provider", "gce:cloud-provider", "ServiceAccount/kube-system:cloud-provider"),
        ("gke", "of-any-name", "cluster-admin", "User/system:storageversionmigrator"),
        ("k3s", "helm-kube-system-traefik", "cluster-admin", "ServiceAccount/kube-system:helm-traefik"),
        ("rancher", "rancher-webhook", "cluster-admin", "ServiceAccount/cattle-system:rancher-webhook"),
        (
            "rke2",
            "helm-kube-system-rke2-canal",
            "cluster-admin",
            "ServiceAccount/kube-system:helm-rke2-canal",
        ),
        ("rke2", "system:rke2-controller", "system:rke2-controller", "User/system:rke2-controller"),
    ],
)
def test_only_the_described_grant_of_a_vendor_is_explained(
    profile: str, binding: str, role: str, subject: str
) -> None:
    kind, _, name = subject.partition("/")
    if kind == "ServiceAccount":
        name = name.partition(":")[2]
    assert reported(audited(subject, role=role, binding=binding)) == {name}
    assert reported(audited(subject, role=role, binding=binding), profile) == set()
    assert reported(audited(subject, role="mine", binding=binding), profile) == {name}
    assert reported(audited(subject, "User/mallory", role=role, binding=binding), profile) == {"mallory"}
    both = ClusterBuilder().role(role, rule("*", "*", "*")).role("mine", rule("*", "*", "*"))
    both.bind(role, subject, name=binding).bind("mine", subject, name="planted")
    assert reported(both.build(), profile) == {name}


def test_the_policies_of_gke_for_its_own_pods_are_explained_in_kube_system_alone() -> None:
    privileged = "gce:podsecuritypolicy:privileged"

    def who(namespace: str, *profiles: str) -> set[str]:
        builder = ClusterBuilder().namespace(namespace)
        builder.role(privileged, rule("use", "podsecuritypolicies", "policy"))
        nodes = "gce:podsecuritypolicy:nodes"
        builder.bind(privileged, "Group/system:nodes", namespace=namespace, kind="ClusterRole", name=nodes)
        findings = builder.build().audit(policy=AuditPolicy(profiles=profiles)).findings
        return {each.subject.name for each in findings if each.rule.id == "RBP115" and each.subject}

    assert who("kube-system") == who("default") == {"system:nodes"}
    assert who("kube-system", "gke") == set()
    assert who("default", "gke") == {"system:nodes"}


def test_a_path_that_begins_with_a_grant_of_the_vendor_is_explained() -> None:
    builder = ClusterBuilder().namespace("kube-system").service_account("kube-system", "boss")
    builder.role("all", rule("*", "*", "*")).bind("all", "ServiceAccount/kube-system:boss")
    builder.role("eks:tokens", rule("create", "serviceaccounts/token"))
    builder.bind("eks:tokens", "User/eks:tokens", name="eks:tokens")
    cluster = builder.build()

    def who(*profiles: str) -> set[str]:
        findings = cluster.audit(policy=AuditPolicy(profiles=profiles)).findings
        return {each.subject.name for each in findings if each.rule.id == "RBP150" and each.subject}

    assert who() == {"eks:tokens"}
    assert who("eks") == set()


def test_the_command_accepts_profiles_and_reports_imitations_of_vendors() -> None:
    more = ("-f", EKS, "--bootstrap", "never", "--kubernetes-version", "1.33", "--by", "finding")
    result = CliRunner().invoke(main, ["audit", *more, "--profile", "eks"])
    assert "mallory" in result.stdout
    assert "User/eks:node-manager" not in result.stdout
    assert "User/eks:node-manager" in CliRunner().invoke(main, ["audit", *more]).stdout


def test_an_unused_vendor_profile_is_reported() -> None:
    audit = audited("User/ann").audit(policy=AuditPolicy(profiles=("eks",)))
    assert 'The profile "eks" matches no finding: is this a cluster of that vendor?' in audit.warnings


def test_a_policy_file_names_profiles_and_an_unknown_one_is_refused() -> None:
    head = {"apiVersion": "rbacpsp.io/v1", "kind": "AuditPolicy"}
    assert read_policy({**head, "profiles": ["eks", "rancher"]}).profiles == ("eks", "rancher")
    with pytest.raises(
        ValueError,
        match=r'profiles.1.: unknown profile "doks"; known profiles: aks, eks, gke, k3s, kubeadm, rancher',
    ):
        read_policy({**head, "profiles": ["eks", "doks"]})


def test_every_grant_is_of_a_known_profile_and_cites_a_version_of_a_document() -> None:
    assert {ALWAYS, *(vendor_grant.profile for vendor_grant in vendor_grants())} == set(PROFILES)
    assert PROFILES == OFFERED
    for vendor_grant in vendor_grants():
        assert "/blob/" in vendor_grant.url
        assert "*" not in vendor_grant.subject.partition(":")[0]
        assert vendor_grant.read > "2026"


def test_the_profile_of_kubeadm_is_accepted_and_never_unused() -> None:
    assert list(unused_profiles([], ["kubeadm"])) == []
    assert list(unused_profiles([], ["gke"])) == [
        'The profile "gke" matches no finding: is this a cluster of that vendor?'
    ]
