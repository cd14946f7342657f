"""Refusals by other admission plugins, and by components outside Kubernetes.

Sources: plugin/pkg/admission of each (1.24 and 1.37), apiserver/pkg/admission/plugin (1.37).
"""

from functools import partial

from rbacpsp.admission.refusals.explanations import KnownMessage, find_all
from rbacpsp.admission.refusals.form import Form, pattern
from rbacpsp.admission.refusals.webhooks import WEBHOOKS

_HEAD = r"(?<![\w.\-])(?P<resource>[A-Za-z][\w.\-]*) (?P<name>@) is forbidden: "

KNOWN_MESSAGES = (
    *WEBHOOKS,
    KnownMessage(
        "block-owner-deletion",
        "the plugin OwnerReferencesPermissionEnforcement",
        pattern(
            _HEAD + r"cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set "
            r"finalizers on(?:: (?P<why>[^\n]*))?"
        ),
        "the user who writes {resource} {name} sets blockOwnerDeletion: true for an owner, but may "
        "not change the finalizers of that owner",
        (
            (
                "grant the writer update on the finalizers subresource of the owner: a rule with the owner's "
                "apiGroups, resources: [OWNERS/finalizers] and verbs: [update]"
            ),
            "or let the writer set blockOwnerDeletion: false in the owner reference",
        ),
    ),
    KnownMessage(
        "block-owner-unknown",
        "the plugin OwnerReferencesPermissionEnforcement",
        pattern(
            _HEAD + r"cannot set blockOwnerDeletion in this case because cannot find RESTMapping for "
            r"APIVersion (?P<version>\S+) Kind (?P<kind>\S+):[^\n]*"
        ),
        "the owner that {resource} {name} names is a {kind} of {version}, which the server does not serve",
        (
            (
                "correct the apiVersion and the kind of the owner reference, or install its "
                "CustomResourceDefinition"
            ),
        ),
    ),
    KnownMessage(
        "owner-ref-needs-delete",
        "the plugin OwnerReferencesPermissionEnforcement",
        pattern(_HEAD + r"cannot set an ownerRef on a resource you can't delete(?:: (?P<why>[^\n]*))?"),
        "a user who changes the owners of {resource} {name} must be allowed to delete it",
        ("grant the writer delete on {resource}: owners decide when an object is deleted",),
    ),
    KnownMessage(
        "signer",
        "the plugins CertificateApproval and CertificateSigning",
        pattern(
            r"(?P<resource>certificatesigningrequests(?:\.certificates\.k8s\.io)?) (?P<name>@) is "
            r"forbidden: user "
            r"not permitted to (?P<verb>approve|sign) requests with signerName (?P<signer>@)"
        ),
        "the user may not {verb} CertificateSigningRequest {name}, because the verb {verb} "
        "on the signer {signer} is missing",
        (
            (
                "the user needs update on certificatesigningrequests/{part} and {verb} on the "
                "cluster-scoped resource signers of certificates.k8s.io, with resourceNames: "
                "[{signer}] or [{domain}/*]; whoever has the verb controls identities, so grant it "
                "for this signer only"
            ),
        ),
    ),
    KnownMessage(
        "attest",
        "the plugin ClusterTrustBundleAttest",
        pattern(_HEAD + r"user not permitted to attest for signerName (?P<signer>@)"),
        "the user who writes {resource} {name} may not attest for the signer {signer}",
        ("grant attest on signers.certificates.k8s.io with resourceNames: [{signer}]",),
    ),
    KnownMessage(
        "node-restriction",
        "the plugin NodeRestriction",
        pattern(
            r"(?<![\w.\-])(?:(?P<resource>[A-Za-z][\w.\-]*)(?: (?P<name>@))? is forbidden: )"
            r"(?:node (?P<node>@) (?P<what>(?:can only|can not|is not allowed|cannot|must not)[^\n]*)"
            r"|(?P<other>can only access (?:leases|node lease|CSINode)[^\n]*|is not allowed to modify "
            r"labels[^\n]*"
            r"|node requested token[^\n]*"
            r"|pod does not have \S+ annotation, node @ can only create mirror pods"
            r"|pod must have [^\n]*? when created by node[^\n]*))"
        ),
        "a kubelet requested something that kubelets may not do: {what}{other}",
        (
            (
                "a kubelet may change only its own Node and read what its pods need: find out why it "
                "makes this request (a label that kubelets may not set, the name of another node); "
                "do not write a role for a node"
            ),
        ),
    ),
    KnownMessage(
        "security-context-deny",
        "the plugin SecurityContextDeny",
        pattern(
            r"[Pp]ods? (?P<name>@) is forbidden: (?P<field>(?:pod\.Spec\.)?SecurityContext\.\w+) is forbidden"
        ),
        "the API server runs with the plugin SecurityContextDeny, which refuses {field} in every pod",
        (
            (
                "no role and no policy can fix it: remove the field from the pod, or start the API "
                "server without SecurityContextDeny (removed in 1.30), which the level restricted "
                "replaces"
            ),
        ),
    ),
    KnownMessage(
        "account-missing",
        "the ServiceAccount plugin",
        pattern(
            _HEAD + r"error looking up service account (?P<namespace>[^/\s]+)/(?P<account>[^:\s]+): "
            r"(?:serviceaccounts? @ not found|[^\n]+)"
        ),
        "the pod runs as ServiceAccount {account} of namespace {namespace}, which does not exist",
        (
            (
                "create it (kubectl create serviceaccount {account} -n {namespace}), or correct "
                "spec.serviceAccountName; policies were not checked yet"
            ),
        ),
    ),
    KnownMessage(
        "account-token",
        "the ServiceAccount plugin",
        pattern(_HEAD + r"[Nn]o API token found for service account (?P<account>@)[^\n]*"),
        "ServiceAccount {account} has no token yet: up to 1.20 the token controller creates a Secret with it",
        (
            (
                "try again in a moment; if it lasts, kube-controller-manager runs without "
                "--service-account-private-key-file or is down"
            ),
        ),
    ),
    KnownMessage(
        "account-secret",
        "the ServiceAccount plugin",
        pattern(
            _HEAD
            + r"(?P<what>[^\n]{0,400}? is not allowed because service account (?P<account>\S+) does not "
            r"reference that (?:secret|imagePullSecret))"
        ),
        "ServiceAccount {account} is limited to the Secrets that it lists: {what}",
        (
            (
                "add the Secret to the account's secrets (or imagePullSecrets), or remove its annotation "
                "kubernetes.io/enforce-mountable-secrets"
            ),
        ),
    ),
    KnownMessage(
        "pod-security-namespace",
        "the PodSecurity admission plugin",
        pattern(r"failed to lookup namespace (?P<namespace>@)"),
        "Pod Security could not read the labels of namespace {namespace}",
        ("create the namespace first, or correct its name",),
    ),
    KnownMessage(
        "namespace-ends",
        "the plugin NamespaceLifecycle",
        pattern(
            _HEAD
            + r"unable to create new content in namespace (?P<namespace>\S+) because it is being terminated"
        ),
        "namespace {namespace} is being deleted: nothing new is stored in it",
        ("wait until it is gone and create it again; no role and no policy can fix it",),
    ),
    KnownMessage(
        "namespace-stays",
        "the plugin NamespaceLifecycle",
        pattern(_HEAD + r"this namespace may not be deleted"),
        "namespace {name} belongs to Kubernetes itself: nobody may delete it",
        ("delete the objects in it instead; no role can fix it",),
    ),
    KnownMessage(
        "priority-class",
        "the plugin Priority",
        pattern(_HEAD + r"(?P<what>no PriorityClass with name (?P<class>@) was found)"),
        "the pod names the PriorityClass {class}, which does not exist",
        (
            (
                "create it, or correct spec.priorityClassName: kubectl get priorityclasses; Kubernetes' "
                "own are "
                "system-cluster-critical and system-node-critical"
            ),
        ),
    ),
    KnownMessage(
        "priority-number",
        "the plugin Priority",
        pattern(_HEAD + r"(?P<what>the integer value of priority [^\n]+)"),
        "the pod sets its priority as a number, but the server computes it from the PriorityClass: {what}",
        ("leave out spec.priority, and name a class in spec.priorityClassName",),
    ),
    KnownMessage(
        "runtime-class",
        "the plugin RuntimeClass",
        pattern(_HEAD + r"pod rejected: (?P<what>[^\n]+)"),
        "the RuntimeClass or overhead of the pod was refused: {what}",
        (
            (
                "create the RuntimeClass or correct spec.runtimeClassName (kubectl get runtimeclasses), "
                "and leave "
                "out spec.overhead, which the plugin fills in"
            ),
        ),
    ),
    KnownMessage(
        "node-selector",
        "the plugin PodNodeSelector",
        pattern(_HEAD + r"(?P<what>pod node label selector [^\n]+)"),
        "the namespace does not allow the node selector of the pod: {what}",
        (
            (
                "fix spec.nodeSelector, or the annotation scheduler.alpha.kubernetes.io/node-selector "
                "of the "
                "namespace, or the plugin's configuration"
            ),
        ),
    ),
    KnownMessage(
        "tolerations",
        "the plugin PodTolerationRestriction",
        pattern(_HEAD + r"(?P<what>pod tolerations [^\n]*?conflict with [^\n]+)"),
        "the namespace does not allow the tolerations of the pod: {what}",
        (
            (
                "fix spec.tolerations, or the annotations "
                "scheduler.alpha.kubernetes.io/defaultTolerations and "
                "tolerationsWhitelist of the namespace"
            ),
        ),
    ),
    KnownMessage(
        "external-ips",
        "the plugin DenyServiceExternalIPs",
        pattern(_HEAD + r"[Uu]se of external IPs is denied by admission control\.?"),
        "the Service has externalIPs, which this API server does not allow anybody to add",
        ("use a Service of type LoadBalancer, or leave out spec.externalIPs",),
    ),
    KnownMessage(
        "quota",
        "the plugin ResourceQuota",
        pattern(_HEAD + r"(?P<what>exceeded quota: [^\n]+|failed quota: [^\n]+)"),
        "a ResourceQuota refuses it: {what}",
        (
            (
                "raise the quota, request less, or delete what is not needed; rbacpsp does not read "
                "quotas, and no role and no policy can fix it"
            ),
        ),
    ),
    KnownMessage(
        "limits",
        "the plugin LimitRanger",
        pattern(_HEAD + r"\[?(?P<what>(?:maximum|minimum) \S+ usage per [^\n]+)"),
        "a LimitRange refuses it: {what}",
        ("change the container's resources or the LimitRange, which rbacpsp does not read",),
    ),
    KnownMessage(
        "no-such-namespace",
        "the plugin NamespaceLifecycle",
        pattern(r"\(NotFound\): (?:error when creating @: )?namespaces (?P<namespace>@) not found"),
        "namespace {namespace} does not exist",
        ("create it first, or correct its name",),
    ),
)


FORM = Form(
    name="a refusal by another admission plugin or a webhook",
    example='admission webhook "policy.example.com" denied the request: no',
    find=partial(find_all, KNOWN_MESSAGES),
    hints=("security context constraint", "blockOwnerDeletion", "denied the request", "exceeded quota"),
)
