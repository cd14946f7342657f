"""Tests the migration to Pod Security: levels, gaps, and defaults that move into templates."""

from typing import Any

import pytest

from rbacpsp.migration import Workload, migrate
from rbacpsp.migration.controls import CONTROLS, controls_of
from rbacpsp.migration.level import level_of
from rbacpsp.migration.level_coverage import _HOLDS, holds
from rbacpsp.psp.versions import behavior
from rbacpsp.testing import namespace
from tests.migration.build import ANY_SECCOMP, SECCOMP, cluster, open_policy

JSON = dict[str, Any]
RESTRICTED: JSON = {
    "privileged": False,
    "hostNetwork": False,
    "hostPID": False,
    "hostIPC": False,
    "hostPorts": [],
    "allowPrivilegeEscalation": False,
    "requiredDropCapabilities": ["ALL"],
    "allowedCapabilities": [],
    "allowedUnsafeSysctls": [],
    "allowedProcMountTypes": [],
    "volumes": ["configMap", "emptyDir", "projected", "secret", "downwardAPI", "persistentVolumeClaim"],
    "runAsUser": {"rule": "MustRunAsNonRoot"},
}
"""The official policy of that name, as far as the two levels have a demand for it."""
PROFILES = {
    f"{SECCOMP}/allowedProfileNames": "docker/default,runtime/default",
    f"{SECCOMP}/defaultProfileName": "runtime/default",
    "apparmor.security.beta.kubernetes.io/allowedProfileNames": "runtime/default",
    "apparmor.security.beta.kubernetes.io/defaultProfileName": "runtime/default",
}


def deployment(name: str, where: str, **spec: Any) -> JSON:
    template = {
        "metadata": {"labels": {"a": name}},
        "spec": {"containers": [{"name": "c", "image": "app"}], **spec},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": where},
        "spec": {"selector": {"matchLabels": {"a": name}}, "template": template},
    }


def the_level(made: JSON) -> tuple[str, str]:
    result = level_of(cluster(made).objects.policies[made["metadata"]["name"]])
    return result.exact, result.level


def test_the_official_policies_have_the_levels_that_are_named_after_them() -> None:
    assert the_level(open_policy("privileged")) == ("privileged", "privileged")
    assert the_level(open_policy("restricted", PROFILES, **RESTRICTED)) == ("privileged", "restricted")
    labels = {"rule": "MustRunAs", "seLinuxOptions": {"level": "s0:c1"}}
    assert the_level(open_policy("labelled", PROFILES, **RESTRICTED, seLinux=labels)) == (
        "restricted",
        "restricted",
    )
    baseline = {**RESTRICTED, "runAsUser": {"rule": "RunAsAny"}, "requiredDropCapabilities": []}
    assert the_level(open_policy("baseline", ANY_SECCOMP, **baseline)) == ("privileged", "baseline")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("privileged", True, "it is allowed"),
        ("hostPorts", [{"min": 1, "max": 2}], "ports of the host are allowed"),
        ("volumes", ["hostPath"], "hostPath is allowed"),
        ("allowedCapabilities", ["SYS_ADMIN"], "may be added: SYS_ADMIN"),
        ("defaultAddCapabilities", ["NET_ADMIN"], "are added: NET_ADMIN"),
        ("allowedProcMountTypes", ["Unmasked"], "Unmasked is allowed"),
        ("allowedUnsafeSysctls", ["kernel.sem"], "allowed too: kernel.sem"),
    ],
)
def test_a_field_that_demands_less_than_baseline_is_named(field: str, value: object, why: str) -> None:
    made = open_policy("p", PROFILES, **{**RESTRICTED, field: value})
    blockers = level_of(cluster(made).objects.policies["p"]).blockers
    assert ("baseline", field, why) in blockers


def test_every_kind_of_control_is_compared_with_the_levels() -> None:
    assert set(_HOLDS) == set(CONTROLS)
    loose = controls_of(cluster(open_policy("p", **RESTRICTED)).objects.policies["p"], behavior()).controls
    assert [control.field for control in loose if holds("privileged", control)] == []
    assert {control.field for control in loose if holds("restricted", control)} >= {"privileged", "runAsUser"}


def test_a_namespace_gets_the_level_that_its_pods_meet_once_the_policy_filled_them_in() -> None:
    made = migrate(
        cluster(
            open_policy("restricted", PROFILES, **RESTRICTED),
            namespace("empty"),
            namespace("shop"),
            deployment("web", "shop"),
            namespace("tools"),
            deployment("shell", "tools", hostPID=True),
        ),
        "psa",
    )
    enforced = {
        obj["metadata"]["name"]: obj["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for obj in made.objects
    }
    assert enforced == {"empty": "restricted", "shop": "restricted", "tools": "privileged"}


def test_labels_are_pinned_and_tell_what_the_next_level_refuses() -> None:
    made = migrate(cluster(open_policy("p", **RESTRICTED), namespace("a")), "psa", target_version="1.36")
    assert made.objects == (
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": "a",
                "labels": {
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/enforce-version": "v1.36",
                    "pod-security.kubernetes.io/audit": "restricted",
                    "pod-security.kubernetes.io/audit-version": "v1.36",
                    "pod-security.kubernetes.io/warn": "restricted",
                    "pod-security.kubernetes.io/warn-version": "v1.36",
                },
            },
        },
    )


def test_what_a_policy_fills_in_becomes_a_patch_of_the_template() -> None:
    granted = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "all"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:serviceaccounts"}
        ],
    }
    admin = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "cluster-admin"},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}],
    }
    made = migrate(
        cluster(
            open_policy("restricted", PROFILES, **RESTRICTED),
            granted,
            admin,
            namespace("shop"),
            deployment("web", "shop"),
        ),
        "psa",
    )
    [template] = made.templates
    assert template.workload == Workload("Deployment", "shop", "web")
    assert template.policy == "restricted"
    assert template.patch == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "template": {
                "metadata": {
                    "annotations": {"container.apparmor.security.beta.kubernetes.io/c": "runtime/default"}
                },
                "spec": {
                    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [
                        {
                            "name": "c",
                            "securityContext": {
                                "capabilities": {"drop": ["ALL"]},
                                "runAsNonRoot": True,
                                "allowPrivilegeEscalation": False,
                            },
                        }
                    ],
                },
            }
        },
    }
    labels = made.objects[0]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    kinds = {(gap.kind, gap.field) for gap in made.gaps if gap.policy == "restricted"}
    assert ("mutation lost", "runAsUser") in kinds
    assert ("weaker", "privileged") not in kinds
    assert [gap.field for gap in made.gaps if gap.kind == "scope lost"] == ["metadata.name"]
