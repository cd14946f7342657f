"""Verbs and resources that the API server checks but does not list in discovery."""

from typing import NamedTuple

from rbacpsp.catalog.resource import Resource
from rbacpsp.model.scc import GROUP as SCC_GROUP
from rbacpsp.model.scc import RESOURCE as SCC

RBAC = "rbac.authorization.k8s.io"


class SpecialVerb(NamedTuple):
    """A verb that the server checks on one resource only, such as `use` on policies."""

    verb: str
    group: str
    resource: str
    meaning: str
    source: str
    """The upstream file that checks it."""
    beside: str = ""
    """A resource of the same group without which the verb is never checked."""


_IMPERSONATION = "apiserver/pkg/endpoints/filters/impersonation.go"
_ESCALATION = "pkg/registry/rbac/escalation_check.go"
_CONSTRAINTS = (
    "apiserver-library-go/pkg/securitycontextconstraints/sccmatching/scc_authz_check.go (OpenShift)"
)
_POLICIES = "plugin/pkg/admission/security/podsecuritypolicy/admission.go (until 1.24)"

SPECIAL_VERBS: tuple[SpecialVerb, ...] = (
    SpecialVerb("use", "policy", "podsecuritypolicies", "let a policy admit pods", _POLICIES),
    SpecialVerb("use", "extensions", "podsecuritypolicies", "let a policy admit pods", _POLICIES),
    SpecialVerb("use", SCC_GROUP, SCC, "let security context constraints admit pods", _CONSTRAINTS),
    SpecialVerb("bind", RBAC, "roles", "bind a role without holding its rules", _ESCALATION),
    SpecialVerb("bind", RBAC, "clusterroles", "bind a role without holding its rules", _ESCALATION),
    SpecialVerb("escalate", RBAC, "roles", "write rules into a role without holding them", _ESCALATION),
    SpecialVerb(
        "escalate", RBAC, "clusterroles", "write rules into a role without holding them", _ESCALATION
    ),
    SpecialVerb("impersonate", "", "users", "act as a user", _IMPERSONATION),
    SpecialVerb("impersonate", "", "groups", "act as a member of a group", _IMPERSONATION),
    SpecialVerb("impersonate", "", "serviceaccounts", "act as a service account", _IMPERSONATION),
    SpecialVerb(
        "impersonate",
        "authentication.k8s.io",
        "userextras",
        "act with an extra attribute; its key is the subresource",
        _IMPERSONATION,
    ),
    SpecialVerb("impersonate", "authentication.k8s.io", "uids", "act with a uid", _IMPERSONATION),
    SpecialVerb(
        "approve",
        "certificates.k8s.io",
        "signers",
        "approve certificate requests for a signer",
        "plugin/pkg/admission/certificates/approval/admission.go",
    ),
    SpecialVerb(
        "sign",
        "certificates.k8s.io",
        "signers",
        "issue certificates as a signer",
        "plugin/pkg/admission/certificates/signing/admission.go",
    ),
    SpecialVerb(
        "attest",
        "certificates.k8s.io",
        "signers",
        "write the trust bundle of a signer",
        "plugin/pkg/admission/certificates/ctbattest/admission.go (since 1.27)",
        beside="clustertrustbundles",
    ),
)
"""Every special verb; a catalog has those whose resources its server knows."""


def _virtual(group: str, name: str, singular: str) -> Resource:
    return Resource(group, "", name, "", "", namespaced=False, verbs=(), singular=singular)


VIRTUAL_RESOURCES: tuple[Resource, ...] = (
    _virtual("", "users", "user"),
    _virtual("", "groups", "group"),
    _virtual("authentication.k8s.io", "userextras", "userextra"),
    _virtual("authentication.k8s.io", "uids", "uid"),
    _virtual("certificates.k8s.io", "signers", "signer"),
)
"""Resources that rules name although no server serves them."""

EXTENSIONS_POLICIES = _virtual("extensions", "podsecuritypolicies", "podsecuritypolicy")
"""`use` of a policy is checked in both API groups that policies have had; only one of them is served."""
