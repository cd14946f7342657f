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
        why="A webhook receives every object that is written, including secrets. A mutating webhook can "
        "change the objects, a validating one can only refuse them. Deleting a webhook switches off what it "
        "enforced.",
        gain="Reads everything that is written; with a mutating webhook, also changes it; by deleting a "
        "webhook, disables policies of the cluster.",
        remedy="Leave webhook configurations to their operators, limited by resourceNames.",
        references=(CIS_WEBHOOKS, NSA_RBAC, WEBHOOKS, IMPAIR, MIDDLE),
        permissions=(
            Permission(WRITE, "mutatingwebhookconfigurations", ADMISSION, namespaced=False),
            Permission(
                WRITE,
                "validatingwebhookconfigurations",
                ADMISSION,
                namespaced=False,
                at_most=Severity.HIGH,
                gives="A validating webhook can read and refuse what is written, but not change it.",
            ),
            *(
                Permission(
                    REMOVE,
                    resource,
                    ADMISSION,
                    namespaced=False,
                    at_most=Severity.MEDIUM,
                    gives="Deleting a webhook switches off what it enforced.",
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
        why="ValidatingAdmissionPolicies can refuse everything that is written, and "
        "MutatingAdmissionPolicies can change it.",
        gain="Disables the policies of the cluster, or changes every pod that is created.",
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
        why="Policies, constraints, exceptions and the engine's configuration decide what the engine "
        "refuses.",
        gain="Disables the policies of the cluster, or exempts its own objects.",
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
        why="An APIService sends the requests for an API group, with the identities of their authors, to a "
        "server. create registers a group, update and patch redirect an existing one to another server, and "
        "delete only removes it.",
        gain="Answers the requests for an API group, and sees who requests what; by deleting, only stops the "
        "group from being served.",
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
                gives="It cannot register an API, but it can redirect an existing one to another server.",
            ),
            Permission(
                REMOVE,
                "apiservices",
                REGISTRATION,
                namespaced=False,
                at_most=Severity.LOW,
                gives="Deleting a registration only stops its API group from being served.",
            ),
        ),
    ),
    Rule(
        id="RBP074",
        name="write-definitions",
        title="Writes custom resource definitions",
        severity=Severity.MEDIUM,
        why="A definition decides what operators read. Its conversion webhook sees and changes every object "
        "of the kind, and deleting the definition deletes all of them.",
        gain="Changes or destroys objects that operators with more permissions act on.",
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
        why="Labels of a namespace set its Pod Security level, and decide which network policies and "
        "webhooks apply to it. The server treats a request for a namespace as a request in that namespace, "
        "so a RoleBinding there can grant it.",
        gain="Lowers the Pod Security level and then runs privileged pods; bypasses network policies.",
        remedy="Remove update and patch of namespaces from all but cluster operators.",
        references=(NSA_RBAC, NAMESPACES, PSA, IMPAIR),
        permissions=(Permission(CHANGE, "namespaces"),),
    ),
)
