"""Permissions to change what admits or modifies objects: webhooks, policies, API services, namespaces."""

from rbacpsp.audit.permission import CHANGE, WRITE, Permission
from rbacpsp.audit.references import (
    CIS_WEBHOOKS,
    IMPAIR,
    LEAST_PRIVILEGE,
    MIDDLE,
    NAMESPACES,
    NSA_RBAC,
    PSA,
    WEBHOOKS,
    Reference,
    kubernetes,
)
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity

ADMISSION = "admissionregistration.k8s.io"
REGISTRATION = "apiregistration.k8s.io"
REMOVE = ("delete", "deletecollection")
_ALTER = ("create", "update", "patch", "delete", "deletecollection")


def _cluster(group: str, *resources: str) -> tuple[Permission, ...]:
    return tuple(Permission(_ALTER, resource, group, namespaced=False) for resource in resources)


RULES = (
    Rule(
        id="RBP070",
        name="write-webhooks",
        title="Writes admission webhooks",
        severity=Severity.CRITICAL,
        named=Severity.HIGH,
        why="A webhook sees every object that is written, secrets included. A mutating one changes them, a "
        "validating one only refuses them. Whoever deletes one switches off what it enforced.",
        gain="By a mutating webhook, changes whatever is written; by any, reads it; by deletion, lifts the "
        "policies of the cluster.",
        remedy="Leave webhook configurations to their operators, by resourceNames.",
        references=(CIS_WEBHOOKS, NSA_RBAC, WEBHOOKS, IMPAIR, MIDDLE),
        permissions=(
            Permission(WRITE, "mutatingwebhookconfigurations", ADMISSION, namespaced=False),
            Permission(
                WRITE,
                "validatingwebhookconfigurations",
                ADMISSION,
                namespaced=False,
                at_most=Severity.HIGH,
                gives="A validating webhook reads and refuses what is written; it changes nothing.",
            ),
            *(
                Permission(
                    REMOVE,
                    resource,
                    ADMISSION,
                    namespaced=False,
                    at_most=Severity.MEDIUM,
                    gives="To delete a webhook switches off what it enforced.",
                )
                for resource in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
            ),
        ),
    ),
    Rule(
        id="RBP071",
        name="write-admission-policies",
        title="Writes admission policies",
        severity=Severity.HIGH,
        named=Severity.MEDIUM,
        why="ValidatingAdmissionPolicies refuse and MutatingAdmissionPolicies change what is written.",
        gain="Lifts the policies of the cluster, or changes every pod that is created.",
        remedy="Leave admission policies and their bindings to the operators of the cluster.",
        references=(
            NSA_RBAC,
            kubernetes("reference/access-authn-authz/validating-admission-policy/", "admission policies"),
            IMPAIR,
        ),
        permissions=_cluster(
            ADMISSION,
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        ),
    ),
    Rule(
        id="RBP072",
        name="write-policy-engines",
        title="Writes the policies of Kyverno or Gatekeeper",
        severity=Severity.MEDIUM,
        namespaced=Severity.LOW,
        named=Severity.LOW,
        why="Policies, constraints, exceptions and the engine's configuration decide what it refuses.",
        gain="Lifts the policies of the cluster or exempts its own objects.",
        remedy="Leave the engine's resources to the operators of the cluster.",
        references=(
            NSA_RBAC,
            Reference("Kyverno: policy exceptions", "https://kyverno.io/docs/exceptions/"),
            Reference("Gatekeeper: exempting namespaces", "https://open-policy-agent.github.io/gatekeeper/"),
            IMPAIR,
        ),
        permissions=(
            *_cluster("kyverno.io", "clusterpolicies", "globalcontextentries"),
            Permission(_ALTER, "policies", "kyverno.io"),
            Permission(_ALTER, "policyexceptions", "kyverno.io"),
            *_cluster("policies.kyverno.io", "validatingpolicies", "mutatingpolicies"),
            Permission(_ALTER, "policyexceptions", "policies.kyverno.io"),
            *_cluster("templates.gatekeeper.sh", "constrainttemplates"),
            *_cluster("mutations.gatekeeper.sh", "assign", "assignmetadata", "modifyset"),
            Permission(_ALTER, "configs", "config.gatekeeper.sh"),
        ),
    ),
    Rule(
        id="RBP073",
        name="write-api-services",
        title="Decides which server answers for an API group",
        severity=Severity.HIGH,
        named=Severity.MEDIUM,
        why="An APIService sends the requests of an API group, and the identities of their authors, "
        "elsewhere. create registers one, update and patch redirect one that is there; delete only takes it "
        "away.",
        gain="Answers for an API group of the cluster, and sees who asks it for what; by deletion, only "
        "stops the group.",
        remedy="Leave apiservices to the operators of the cluster.",
        references=(
            NSA_RBAC,
            kubernetes("concepts/extend-kubernetes/api-extension/apiserver-aggregation/", "aggregation"),
            MIDDLE,
        ),
        permissions=(
            Permission(("create",), "apiservices", REGISTRATION, namespaced=False),
            Permission(
                CHANGE,
                "apiservices",
                REGISTRATION,
                namespaced=False,
                at_most=Severity.HIGH,
                gives="No API is registered by it, but one that is there is redirected to another server.",
            ),
            Permission(
                REMOVE,
                "apiservices",
                REGISTRATION,
                namespaced=False,
                at_most=Severity.LOW,
                gives="To delete a registration registers nothing: its API group stops being served.",
            ),
        ),
    ),
    Rule(
        id="RBP074",
        name="write-definitions",
        title="Writes custom resource definitions",
        severity=Severity.MEDIUM,
        why="A definition decides what operators read; its conversion webhook sees and changes every object, "
        "and deleting it deletes them all.",
        gain="Changes what operators with more permissions act on, or destroys it.",
        remedy="Leave customresourcedefinitions to the operators of the cluster.",
        references=(
            NSA_RBAC,
            LEAST_PRIVILEGE,
            kubernetes("concepts/extend-kubernetes/api-extension/custom-resources/", "CRDs"),
        ),
        permissions=_cluster("apiextensions.k8s.io", "customresourcedefinitions"),
    ),
    Rule(
        id="RBP075",
        name="relabel-namespaces",
        title="Relabels namespaces",
        severity=Severity.HIGH,
        namespaced=Severity.MEDIUM,
        named=Severity.MEDIUM,
        why="Labels of a namespace hold its Pod Security level and select it for network policies and "
        "webhooks. A request for one namespace counts as one within it: a RoleBinding there grants it.",
        gain="Lowers the Pod Security level, then runs privileged pods; passes network policies.",
        remedy="Remove update and patch of namespaces from all but cluster operators.",
        references=(NSA_RBAC, NAMESPACES, PSA, IMPAIR),
        permissions=(Permission(CHANGE, "namespaces"),),
    ),
)
