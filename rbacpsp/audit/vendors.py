"""Grants that the vendor of a cluster creates for its own components, according to its own documents.

`data/vendors.jsonl` has a line for each grant, with the document and the day on which it was read. Binding,
role and subject must all match: a binding with the same name for another subject is not the vendor's.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from rbacpsp.audit.exceptions import fits
from rbacpsp.audit.finding import Binding, Evidence, Finding
from rbacpsp.model import ClusterRoleBinding, RoleBinding, Subject
from rbacpsp.model.package_data import package_data
from rbacpsp.model.subjects import subject_text


class VendorGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A grant that a vendor creates; a `*` stands for any text."""

    profile: str
    """The name of the vendor's profile on the command line and in policy files."""
    vendor: str
    binding: str
    """`Kind/name`, or `Kind/namespace/name`."""
    role: str
    """`Kind/name`."""
    subject: str
    """As `ServiceAccount/namespace:name`."""
    url: str
    """The vendor's own document, manifest or source code that describes the grant."""
    read: str
    """The day on which it was read."""

    @property
    def words(self) -> str:
        """Why a finding that depends on it is ruled out."""
        return f"{self.vendor} creates this grant itself: {self.url} (read on {self.read})"

    def covers(self, binding: Binding, subject: Subject) -> bool:
        """Whether a binding and a subject match the vendor's grant."""
        name = "/".join(filter(None, (binding.kind, binding.namespace, binding.name)))
        ref = binding.role_ref
        return (
            fits(self.subject, subject_text(subject))
            and fits(self.binding, name)
            and fits(self.role, f"{ref.kind}/{ref.name}")
        )


@cache
def vendor_grants() -> tuple[VendorGrant, ...]:
    """Every grant, in the order of the file."""
    text = package_data("rbacpsp.audit", "data/vendors.jsonl")
    return tuple(msgspec.json.decode(line, type=VendorGrant) for line in text.splitlines())


ALWAYS = "kubeadm"
"""The profile that changes nothing, since what kubeadm creates always counts as Kubernetes' own."""
PROFILES = ("aks", "eks", "gke", "k3s", ALWAYS, "rancher", "rke2")


def without_vendor_grants(findings: Iterable[Finding], profiles: Iterable[str]) -> Iterator[Finding]:
    """The findings; those that depend only on grants of vendors are ruled out."""
    chosen = frozenset(profiles)
    known = [grant for grant in vendor_grants() if grant.profile in chosen]
    for finding in findings:
        reason = "" if finding.ruled_out else _vendor_reason(finding, known)
        yield finding.because(reason) if reason else finding


def unused_profiles(findings: Iterable[Finding], profiles: Iterable[str]) -> Iterator[str]:
    """A sentence for each profile that rules out no finding."""
    reasons = {finding.ruled_out for finding in findings if finding.ruled_out}
    for profile in profiles:
        if profile != ALWAYS and not any(
            grant.words in reasons for grant in vendor_grants() if grant.profile == profile
        ):
            yield f'The profile "{profile}" matches no finding: is this a cluster of that vendor?'


def _vendor_reason(finding: Finding, known: list[VendorGrant]) -> str:
    """Why the vendors' grants rule a finding out; empty if it also depends on another grant."""
    matching = [
        next((grant for grant in known if grant.covers(binding, subject)), None)
        for binding, subject in _grants(finding)
    ]
    first = matching[0] if matching else None
    return first.words if first is not None and None not in matching else ""


def _grants(finding: Finding) -> list[tuple[Binding, Subject]]:
    """The grants that a finding depends on; for a path only the first, as for Kubernetes' own grants."""
    if finding.way is not None:
        first: tuple[Evidence, Subject] | None = finding.way.first
        return [(first[0].binding, first[1])] if first else []
    subject, about = finding.subject, finding.about
    if subject is None:
        return []
    if isinstance(about, RoleBinding | ClusterRoleBinding) and not finding.evidence:
        return [(about, subject)]
    return [(evidence.binding, subject) for evidence in finding.evidence]
