"""Issued certificates: until one expires, its holder acts as the user and the groups that it names."""

from collections.abc import Iterator

from rbacpsp.audit.approved_certificates import issued_certificates
from rbacpsp.audit.references import CIS_CSR, CSR
from rbacpsp.paths.place import Place, user_place
from rbacpsp.paths.technique import ClusterFacts, Link, ReachedPlace, Technique


def _names(facts: ClusterFacts) -> Iterator[Link]:
    for issued_certificate in issued_certificates(facts.view):
        if issued_certificate.requester:
            source = user_place(issued_certificate.requester)
            reason = f"CertificateSigningRequest {issued_certificate.request.name} was approved for it"
            if issued_certificate.user and user_place(issued_certificate.user) != source:
                yield source, [ReachedPlace(user_place(issued_certificate.user), reason)]
            for group in issued_certificate.groups:
                yield source, [ReachedPlace(Place("Group", "", group), reason)]


TECHNIQUES = (
    Technique(
        name="issued-certificate",
        title="has a certificate that was issued",
        condition="An approved CertificateSigningRequest of the signer kubernetes.io/kube-apiserver-client "
        "or legacy-unknown, whose status says neither Denied nor Failed. rbacpsp does not check whether the "
        "certificate has expired.",
        references=(CIS_CSR, CSR),
        links=_names,
    ),
)
