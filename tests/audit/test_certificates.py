"""Tests what the audit advises about issued certificates, and about paths that no grant allows."""

from typing import Any

import pytest

from rbacpsp import Cluster
from rbacpsp.audit.by_change import Remediation, changes
from rbacpsp.audit.change import Changes
from rbacpsp.audit.token_holders import TokenHolders
from rbacpsp.model.subjects import subject_text
from rbacpsp.testing import ClusterBuilder, rule
from tests.paths.around import CLIENT_SIGNER, REQUEST, aws_auth

MASTERS = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIak1JR0tBZ0VBTUNneERUQUxCZ05WQkFNTUJHcHZaVEl4"
    "RnpBVkJnTlZCQW9NRG5ONWMzUmxiVHB0WVhOMApaWEp6TUZrd0V3WUhLb1pJemowQ0FRWUlLb1pJemowREFRY0RRZ0FFL3Vp"
    "ZHZiTFJKczN5VFh6R25GZFRpRUN1CldzeUhETlBMMXUwZmNWVjVrOHo4UXE4RWxjenlXWUpma1Vmczg0WjdXZVhCbVhINzJJ"
    "WFErOVE3ajFXb1dhQUEKTUFvR0NDcUdTTTQ5QkFNQ0EwZ0FNRVVDSUJ5TWpnUXNwUjJWcjdwRTBlMWZWaVFwQXM3UUlGVWxS"
    "c2VCMVg2RgpWVDNVQWlFQXRRRUlpTlloR084K0dtcWJ6WW4zbWNjQUNGZTZvNks2Yk9WenBjN0E3bk09Ci0tLS0tRU5EIENF"
    "UlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="
)
"""Of openssl: a request for CN=joe2, O=system:masters."""
REPLACE = "replace the certificate authority for client certificates"


def issued(request: str) -> dict[str, Any]:
    """An approved request of joe."""
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "c10"},
        "spec": {
            "signerName": CLIENT_SIGNER,
            "username": "joe",
            "usages": ["client auth"],
            "request": request,
        },
        "status": {"conditions": [{"type": "Approved", "status": "True"}]},
    }


def of_rule(cluster: Cluster, name: str) -> list[Remediation]:
    found = changes(cluster.audit().findings, TokenHolders(cluster.paths().view))
    return [change for change in found if {finding.rule.id for finding in change.every} == {name}]


def test_nothing_is_removed_from_the_masters_whom_a_certificate_names() -> None:
    cluster = ClusterBuilder().add(issued(MASTERS)).build(kubernetes_version="1.30")
    (change,) = of_rule(cluster, "RBP063")
    assert change.words == (
        f"let the certificate of CertificateSigningRequest c10 expire, or {REPLACE}: "
        "RBAC takes nothing from Group/system:masters"
    )
    assert [subject_text(each) for each in change.holders] == ["User/joe2"]


def test_a_path_by_a_certificate_of_the_masters_removes_no_permission() -> None:
    cluster = ClusterBuilder().add(issued(MASTERS)).build(kubernetes_version="1.30")
    (change,) = of_rule(cluster, "RBP150")
    assert change.words == (
        f"User/joe: let the certificate expire, or {REPLACE} (CertificateSigningRequest c10 was approved for "
        "it); RBAC grants no step of this path"
    )
    (finding,) = change.findings
    assert Changes().of(finding) == (change.words,)


@pytest.mark.parametrize(
    ("holders", "named"),
    [
        (["User/eve-cert"], "User/eve-cert"),
        (["Group/admins"], "Group/admins"),
        (["Group/admins", "User/eve-cert"], "User/eve-cert and Group/admins"),
    ],
)
def test_the_permissions_of_whom_a_certificate_names_are_removed(holders: list[str], named: str) -> None:
    builder = ClusterBuilder().role("all", rule("*", "*", "*")).bind("all", *holders)
    cluster = builder.add(issued(REQUEST)).build(kubernetes_version="1.30")
    (change,) = of_rule(cluster, "RBP063")
    assert change.words == (
        f"remove the permissions of {named} in RBAC, which the certificate of CertificateSigningRequest c10 "
        f"gives until it expires, or {REPLACE}"
    )
    paths = [
        change
        for change in changes(cluster.audit().findings, None)
        for finding in change.every
        if finding.rule.id == "RBP150"
    ]
    assert {change.words for change in paths} == {"delete ClusterRoleBinding all"}


def test_a_path_by_a_cloud_identity_removes_its_mapping() -> None:
    (change,) = of_rule(aws_auth("[system:masters]")[0](), "RBP150")
    assert change.words == (
        "ServiceAccount/b:cloudy: remove the mapping of the cloud identity, or the annotation (annotation "
        "eks.amazonaws.com/role-arn); RBAC grants no step of this path"
    )
