"""Where the rules come from: documents that a reviewer can open.

The numbers of the CIS Kubernetes Benchmark are those of versions 1.8 to 1.12, which agree; 5.1.14 is of
version 2.1.0. They were compared with kube-bench's transcriptions (cfg/cis-1.8 to cfg/cis-1.12 of its commit
a73ce378) and, for 5.1.14, with Tenable's audit file of that version. The techniques are those of MITRE
ATT&CK's Containers matrix. The sections are those of the Kubernetes Hardening Guide of NSA and CISA, version
1.2 of August 2022; a transcription that maps CIS recommendations to its sections agrees.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reference:
    """A document, and its address."""

    title: str
    url: str


CIS_TITLE = "CIS Kubernetes Benchmark"
NSA_TITLE = "NSA/CISA Kubernetes Hardening Guide"


def cis(number: str, title: str) -> Reference:
    """A recommendation of the CIS Kubernetes Benchmark."""
    return Reference(f"{CIS_TITLE} {number}: {title}", "https://www.cisecurity.org/benchmark/kubernetes")


def nsa(section: str) -> Reference:
    """A section of the Kubernetes Hardening Guide of NSA and CISA."""
    return Reference(
        f"{NSA_TITLE}: {section}",
        "https://media.defense.gov/2022/Aug/29/2003066362/-1/-1/0/"
        "CTR_KUBERNETES_HARDENING_GUIDANCE_1.2_20220829.PDF",
    )


def practice(anchor: str, title: str) -> Reference:
    """A section of Kubernetes' own RBAC good practices."""
    page = "https://kubernetes.io/docs/concepts/security/rbac-good-practices/"
    return Reference(f"Kubernetes RBAC good practices: {title}", f"{page}#{anchor}")


def attack(number: str, title: str) -> Reference:
    """A technique of MITRE ATT&CK."""
    return Reference(
        f"MITRE ATT&CK {number}: {title}", f"https://attack.mitre.org/techniques/{number.replace('.', '/')}/"
    )


def kubernetes(path: str, title: str) -> Reference:
    """A page of Kubernetes' documentation."""
    return Reference(f"Kubernetes: {title}", f"https://kubernetes.io/docs/{path}")


CIS_CLUSTER_ADMIN = cis("5.1.1", "cluster-admin is used only where required")
CIS_SECRETS = cis("5.1.2", "minimize access to secrets")
CIS_WILDCARDS = cis("5.1.3", "minimize wildcard use in roles")
CIS_CREATE_PODS = cis("5.1.4", "minimize access to create pods")
CIS_DEFAULT_ACCOUNTS = cis("5.1.5", "default service accounts are not actively used")
CIS_TOKENS_MOUNTED = cis("5.1.6", "service account tokens are only mounted where necessary")
CIS_MASTERS = cis("5.1.7", "avoid use of system:masters")
CIS_ESCALATION = cis("5.1.8", "limit use of bind, impersonate and escalate")
CIS_VOLUMES = cis("5.1.9", "minimize access to create persistent volumes")
CIS_NODES_PROXY = cis("5.1.10", "minimize access to the proxy subresource of nodes")
CIS_CSR = cis("5.1.11", "minimize access to the approval of certificate signing requests")
CIS_WEBHOOKS = cis("5.1.12", "minimize access to webhook configuration objects")
CIS_TOKENS = cis("5.1.13", "minimize access to service account token creation")
CIS_KUBELET = cis("5.1.14", "access to the kubelet API by fine-grained subresources instead of nodes/proxy")
CIS_PRIVILEGED = cis("5.2.2", "minimize the admission of privileged containers")

NSA_RBAC = nsa("role-based access control")
NSA_SECRETS = nsa("secrets")
NSA_AUTHENTICATION = nsa("authentication")
NSA_POD_TOKENS = nsa("protecting Pod service account tokens")
NSA_POD_SECURITY = nsa("Pod security enforcement")

LEAST_PRIVILEGE = practice("least-privilege", "least privilege")
HYGIENE = practice("periodic-review", "periodic review")
LISTING_SECRETS = practice("listing-secrets", "listing secrets")
WORKLOAD_CREATION = practice("workload-creation", "workload creation")
VOLUME_CREATION = practice("persistent-volume-creation", "persistent volume creation")
NODES_PROXY = practice("access-to-proxy-subresource-of-nodes", "access to the proxy subresource of nodes")
ESCALATE = practice("escalate-verb", "escalate verb")
BIND = practice("bind-verb", "bind verb")
IMPERSONATE = practice("impersonate-verb", "impersonate verb")
CSR = practice("csrs-and-certificate-issuing", "CSRs and certificate issuing")
TOKEN_REQUEST = practice("token-request", "token request")
WEBHOOKS = practice("control-admission-webhooks", "control admission webhooks")
NAMESPACES = practice("namespace-modification", "namespace modification")
POLICIES = kubernetes("concepts/security/pod-security-policy/", "Pod Security Policies")
PSA = kubernetes("concepts/security/pod-security-admission/", "Pod Security Admission")
AGGREGATION = kubernetes(
    "reference/access-authn-authz/rbac/#aggregated-clusterroles", "aggregated ClusterRoles"
)
ESCALATION = kubernetes(
    "reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping",
    "privilege escalation prevention",
)
SECURITY_CONTEXT_CONSTRAINTS = Reference(
    "OpenShift: managing security context constraints",
    "https://docs.redhat.com/en/documentation/openshift_container_platform/latest/html/"
    "authentication_and_authorization/managing-pod-security-policies",
)

DEPLOY_CONTAINER = attack("T1610", "Deploy Container")
ADMIN_COMMAND = attack("T1609", "Container Administration Command")
ESCAPE = attack("T1611", "Escape to Host")
CONTAINER_API = attack("T1552.007", "Unsecured Credentials: Container API")
STEAL_TOKEN = attack("T1528", "Steal Application Access Token")
VALID_ACCOUNTS = attack("T1078", "Valid Accounts")
CLUSTER_ROLES = attack("T1098.006", "Account Manipulation: Additional Container Cluster Roles")
IMPAIR = attack("T1562.001", "Impair Defenses: Disable or Modify Tools")
ORCHESTRATION_JOB = attack("T1053.007", "Scheduled Task/Job: Container Orchestration Job")
DISCOVERY = attack("T1613", "Container and Resource Discovery")
EXTERNAL = attack("T1133", "External Remote Services")
MIDDLE = attack("T1557", "Adversary-in-the-Middle")
