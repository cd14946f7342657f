"""Permissions to change storage and network resources."""

from rbacpsp.audit.permission import CHANGE, WRITE, Permission
from rbacpsp.audit.references import (
    CIS_VOLUMES,
    ESCAPE,
    IMPAIR,
    LEAST_PRIVILEGE,
    MIDDLE,
    NSA_RBAC,
    VOLUME_CREATION,
    Reference,
    kubernetes,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity

_ALTER = (*WRITE, "delete", "deletecollection")
_GATEWAY = "gateway.networking.k8s.io"

RULES = (
    Rule(
        id="RBP080",
        name="write-persistent-volumes",
        title="Writes persistent volumes",
        severity=Severity.HIGH,
        why="A new PersistentVolume can be a hostPath. Policies check the claim that a pod names, not the "
        "volume. The source of an existing volume cannot change: update and patch can only give it to "
        "another claim.",
        gain="With create, any folder of a node, in a pod that every policy admits; with update or patch, "
        "the data of volumes that are not bound to a claim.",
        remedy="Let provisioners create volumes; grant persistentvolumeclaims instead.",
        references=(CIS_VOLUMES, NSA_RBAC, VOLUME_CREATION, ESCAPE),
        permissions=(
            Permission(("create",), "persistentvolumes", namespaced=False),
            Permission(
                CHANGE,
                "persistentvolumes",
                namespaced=False,
                at_most=Severity.LOW,
                gives="The source of an existing volume cannot change; only its claim can.",
            ),
        ),
    ),
    Rule(
        id="RBP081",
        name="write-storage",
        title="Writes storage classes, drivers and attachments",
        severity=Severity.MEDIUM,
        why="These objects decide which driver serves a volume, with which parameters and on which node.",
        gain="The data of volumes, and the node plugins of a driver.",
        remedy="Leave storage.k8s.io to the operators of the cluster and the drivers.",
        references=(
            NSA_RBAC,
            LEAST_PRIVILEGE,
            kubernetes("concepts/storage/storage-classes/", "storage classes"),
        ),
        permissions=tuple(
            Permission(WRITE, resource, "storage.k8s.io", namespaced=False)
            for resource in ("storageclasses", "csidrivers", "volumeattachments", "csinodes")
        ),
    ),
    Rule(
        id="RBP082",
        name="service-status",
        title="Writes the status of services",
        severity=Severity.LOW,
        namespaced=Severity.LOW,
        why="The status of a load balancer holds IP addresses. Every node sends traffic for these addresses "
        "to the service (CVE-2020-8554, which is not fixed, by design).",
        gain="Takes over the cluster's traffic to an external address.",
        remedy="Leave services/status to the cloud controller.",
        references=(
            NSA_RBAC,
            Reference("CVE-2020-8554", "https://github.com/kubernetes/kubernetes/issues/97076"),
            MIDDLE,
        ),
        permissions=(Permission(CHANGE, "services/status"),),
    ),
    Rule(
        id="RBP083",
        name="write-network-policies",
        title="Writes network policies",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        why="Network policies separate pods from each other. Whoever writes them can open every connection "
        "that they forbid.",
        gain="Reaches pods that network policies protected.",
        remedy="Leave network policies to those who are responsible for the separation.",
        references=(NSA_RBAC, LEAST_PRIVILEGE, IMPAIR),
        permissions=(Permission(_ALTER, "networkpolicies", "networking.k8s.io"),),
    ),
    Rule(
        id="RBP084",
        name="write-routes",
        title="Decides where traffic goes",
        severity=Severity.LOW,
        namespaced=Severity.INFO,
        why="Endpoints, ingresses and gateways decide which pods answer for a name; endpoints may name any "
        "address (CVE-2021-25740).",
        gain="Answers in place of a service, or reaches backends of other namespaces.",
        remedy="Remove endpoints and endpointslices from the roles of users; leave gateways to operators.",
        references=(
            NSA_RBAC,
            Reference("CVE-2021-25740", "https://github.com/kubernetes/kubernetes/issues/103675"),
            MIDDLE,
        ),
        permissions=(
            Permission(WRITE, "endpoints"),
            Permission(WRITE, "endpointslices", "discovery.k8s.io"),
            Permission(WRITE, "ingresses", "networking.k8s.io"),
            *(Permission(WRITE, name, _GATEWAY) for name in ("gateways", "httproutes", "referencegrants")),
        ),
    ),
)
