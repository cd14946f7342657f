"""Requests for certificates that were approved: what was issued is valid until it expires."""

from typing import NamedTuple

from rbacpsp.audit.pod_specs import part, parts
from rbacpsp.audit.view import View
from rbacpsp.model import Manifest
from rbacpsp.model.certificate import requested_subject

CLIENT_SIGNERS = frozenset({"kubernetes.io/kube-apiserver-client", "kubernetes.io/legacy-unknown", ""})
"""Those whose certificates the API server may take as a user's."""


class Issued(NamedTuple):
    """A certificate of a user that was approved."""

    requester: str
    """Who asked for it, as the API server recorded it; empty where that is not known."""
    user: str
    groups: tuple[str, ...]
    request: Manifest


def issued(view: View) -> tuple[Issued, ...]:
    """The certificates of users that were approved, and neither denied nor failed."""
    found = []
    for each in view.objects.surroundings.values():
        if each.kind != "CertificateSigningRequest":
            continue
        spec = part(each.body, "spec")
        said = {condition.get("type") for condition in parts(part(each.body, "status"), "conditions")}
        if "Approved" not in said or said & {"Denied", "Failed"}:
            continue
        if spec.get("signerName", "") not in CLIENT_SIGNERS:
            continue
        try:
            user, groups = requested_subject(spec.get("request", ""))
        except ValueError:
            continue
        found.append(Issued(spec.get("username", ""), user, groups, each))
    return tuple(found)
