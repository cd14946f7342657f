"""Grants that the vendor of a cluster makes for components of its own, as its documents or manifests say.

`data/vendors.jsonl` holds them, a line a grant, with the document and the day on which it was read. A grant
is told by its binding, its role and whom it is for: a binding of that name for anybody else is no vendor's.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

import msgspec

from rbacpsp.audit.exceptions import fits
from rbacpsp.audit.finding import Binding, Evidence, Finding
from rbacpsp.model import ClusterRoleBinding, RoleBinding, Subject
from rbacpsp.model.subjects import subject_text


class VendorGrant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A grant that a vendor makes; a `*` stands for any text."""

    profile: str
    """The name by which the command takes it."""
    vendor: str
    binding: str
    """`Kind/name`, or `Kind/namespace/name`."""
    role: str
    """`Kind/name`."""
    subject: str
    """As `ServiceAccount/namespace:name`."""
    url: str
    """The vendor's own document or manifest that says so."""
    read: str
    """The day on which it was read."""

    @property
    def words(self) -> str:
        """Why a finding that rests on it is no finding."""
        return f"{self.vendor} brings this grant itself: {self.url} (read on {self.read})"

    def covers(self, binding: Binding, subject: Subject) -> bool:
        """Whether a binding gives a subject what the vendor gives it."""
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
    text = files("rbacpsp.audit").joinpath("data", "vendors.jsonl").read_bytes()
    return tuple(msgspec.json.decode(line, type=VendorGrant) for line in text.splitlines())


PROFILES = ("eks", "k3s", "rancher")
"""The profiles that there are; kubeadm needs none, since what it adds always counts as Kubernetes' own."""


def explained(findings: Iterable[Finding], profiles: Iterable[str]) -> Iterator[Finding]:
    """Findings, with those ruled out that rest on nothing but grants of vendors."""
    wanted = frozenset(profiles)
    known = [each for each in vendor_grants() if each.profile in wanted]
    for finding in findings:
        why = "" if finding.ruled_out else _why(finding, known)
        yield finding.because(why) if why else finding


def unused(findings: Iterable[Finding], profiles: Iterable[str]) -> Iterator[str]:
    """The profiles that explain none of some findings, a sentence each."""
    said = {finding.ruled_out for finding in findings if finding.ruled_out}
    for profile in profiles:
        if not any(each.words in said for each in vendor_grants() if each.profile == profile):
            yield f'The profile "{profile}" explains no finding: is this a cluster of that vendor?'


def _why(finding: Finding, known: list[VendorGrant]) -> str:
    """The first vendor's grant on which a finding rests; empty where it rests on any other grant."""
    found = [
        next((each for each in known if each.covers(binding, subject)), None)
        for binding, subject in _grants(finding)
    ]
    first = found[0] if found else None
    return first.words if first is not None and None not in found else ""


def _grants(finding: Finding) -> list[tuple[Binding, Subject]]:
    """The grants on which a finding rests; of a path the first one, as for those of Kubernetes."""
    if finding.way is not None:
        first: tuple[Evidence, Subject] | None = finding.way.first
        return [(first[0].binding, first[1])] if first else []
    subject, about = finding.subject, finding.about
    if subject is None:
        return []
    if isinstance(about, RoleBinding | ClusterRoleBinding) and not finding.evidence:
        return [(about, subject)]
    return [(each.binding, subject) for each in finding.evidence]
