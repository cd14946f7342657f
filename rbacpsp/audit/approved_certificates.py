"""Approved requests for client certificates: a certificate is valid until it expires."""

from typing import NamedTuple

from rbacpsp.audit.pod_specs import part, parts
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest
from rbacpsp.model.certificate import requested_subject

CLIENT_SIGNERS = frozenset({"kubernetes.io/kube-apiserver-client", "kubernetes.io/legacy-unknown", ""})
"""The signers whose certificates the API server may accept as a user's."""


class IssuedCertificate(NamedTuple):
    """A client certificate that was approved."""

    requester: str
    """The user who requested it, as the API server recorded it; empty if unknown."""
    user: str
    groups: tuple[str, ...]
    request: Manifest


def issued_certificates(view: View) -> tuple[IssuedCertificate, ...]:
    """The client certificates that were approved, and neither denied nor failed."""
    certificates = []
    for request in view.objects.surroundings.values():
        if request.kind != "CertificateSigningRequest":
            continue
        spec = part(request.body, "spec")
        conditions = {
            condition.get("type") for condition in parts(part(request.body, "status"), "conditions")
        }
        if "Approved" not in conditions or conditions & {"Denied", "Failed"}:
            continue
        if spec.get("signerName", "") not in CLIENT_SIGNERS:
            continue
        try:
            user, groups = requested_subject(spec.get("request", ""))
        except ValueError:
            continue
        certificates.append(IssuedCertificate(spec.get("username", ""), user, groups, request))
    return tuple(certificates)
