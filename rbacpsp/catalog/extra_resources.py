"""Resources that a rule may name since some server has them, although no recorded discovery lists them.

They are: resources that were added or removed between the recorded versions, or before them (release notes of
1.5 to 1.36); what the controller that approves certificates of nodes checks
(pkg/controller/certificates/approver, 1.24); the subresources of nodes that a kubelet checks
(pkg/kubelet/server/auth.go, 1.24 and 1.36); and those of OpenShift in the core group.
"""

_EXTENSIONS = (
    "daemonsets",
    "daemonsets/status",
    "deployments",
    "deployments/rollback",
    "deployments/scale",
    "deployments/status",
    "horizontalpodautoscalers",
    "ingresses",
    "ingresses/status",
    "jobs",
    "networkpolicies",
    "podsecuritypolicies",
    "replicasets",
    "replicasets/scale",
    "replicasets/status",
    "replicationcontrollers",
    "replicationcontrollers/scale",
    "thirdpartyresources",
)
_OTHERS = {
    "": ("endpoints/restricted", "securitycontextconstraints", "pods/resize"),
    "admissionregistration.k8s.io": (
        "initializerconfigurations",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
        "validatingadmissionpolicies",
        "validatingadmissionpolicies/status",
        "validatingadmissionpolicybindings",
    ),
    "apps": ("deployments/rollback",),
    "auditregistration.k8s.io": ("auditsinks",),
    "authentication.k8s.io": ("selfsubjectreviews",),
    "batch": ("scheduledjobs",),
    "certificates.k8s.io": (
        "certificatesigningrequests/nodeclient",
        "certificatesigningrequests/selfnodeclient",
        "clustertrustbundles",
        "podcertificaterequests",
        "podcertificaterequests/status",
    ),
    "coordination.k8s.io": ("leasecandidates",),
    "extensions": _EXTENSIONS,
    "internal.apiserver.k8s.io": ("storageversions", "storageversions/status"),
    "networking.k8s.io": ("clustercidrs", "ipaddresses", "servicecidrs", "servicecidrs/status"),
    "policy": ("podsecuritypolicies",),
    "resource.k8s.io": (
        "devicetaintrules",
        "podschedulingcontexts",
        "podschedulingcontexts/status",
        "podschedulings",
        "podschedulings/status",
        "resourceclaimparameters",
        "resourceclaims/binding",
        "resourceclaims/driver",
        "resourceclasses",
        "resourceclassparameters",
    ),
    "scheduling.k8s.io": ("podgroups", "podgroups/status", "workloads"),
    "settings.k8s.io": ("podpresets",),
    "storage.k8s.io": ("volumeattachments/status", "volumeattributesclasses"),
    "storagemigration.k8s.io": ("storageversionmigrations", "storageversionmigrations/status"),
}
OTHER_VERSIONS = frozenset((group, name) for group, names in _OTHERS.items() for name in names)
"""(group, resource or resource/subresource)."""

SUBRESOURCES = frozenset(
    ("", f"nodes/{sub}")
    for sub in (
        "checkpoint",
        "configz",
        "healthz",
        "log",
        "metrics",
        "pods",
        "proxy",
        "spec",
        "stats",
    )
)
"""The subresources of nodes that a kubelet checks for its callers."""
