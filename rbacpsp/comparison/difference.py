"""`Diff`: the differences of two states of a cluster, computed on first use."""

from functools import cached_property
from typing import Protocol

from rbacpsp.apply import Bootstrap
from rbacpsp.audit import Audit
from rbacpsp.comparison.access import AccessDifference, access_difference
from rbacpsp.comparison.admission import AdmissionDifference, admission_difference
from rbacpsp.comparison.findings import FindingDifference, finding_difference
from rbacpsp.comparison.objects import ObjectDifference, object_difference
from rbacpsp.comparison.path_changes import PathDifference, path_difference
from rbacpsp.model import Objects, Version
from rbacpsp.model.argument_types import said
from rbacpsp.model.frozen import unchanging
from rbacpsp.model.json import JSONObject
from rbacpsp.model.result import Framed, Shown
from rbacpsp.paths import Paths
from rbacpsp.simulate import Simulation


class Compared(Protocol):
    """One of the two states: a cluster."""

    @property
    def objects(self) -> Objects:
        """The objects on the server."""

    @property
    def bootstrap(self) -> Bootstrap | None:
        """Whether Kubernetes' own objects are assumed."""

    @property
    def kubernetes_version(self) -> Version:
        """The release."""

    @property
    def admission_config(self) -> JSONObject | None:
        """The PodSecurityConfiguration of the server."""

    def paths(self) -> Paths:
        """The escalation paths."""

    def audit(self) -> Audit:
        """The risky permissions."""

    def simulate(self) -> Simulation:
        """What policies would do with every workload."""


@unchanging
class Diff(Shown, Framed):
    """How two states differ; false if both allow the same and their audits find the same.

    Objects that are written differently but mean the same do not count. Each difference is computed on first
    use.
    """

    def __init__(self, old: Compared, new: Compared) -> None:
        self.old = old
        self.new = new

    @cached_property
    def access(self) -> AccessDifference:
        """Who gained and who lost which access."""
        return access_difference(self.old.objects, self.new.objects)

    @cached_property
    def admission(self) -> AdmissionDifference:
        """Which workloads get another policy, other fields or another verdict.

        Raises:
            ValueError: A server would not accept an object.
        """
        return admission_difference(self.old, self.new)

    @cached_property
    def findings(self) -> FindingDifference:
        """The findings of the audit that are new, gone, worse or better."""
        return finding_difference(self.old.audit(), self.new.audit())

    @cached_property
    def paths(self) -> PathDifference:
        """The paths to cluster-admin or a node that differ; takes longer than `access`."""
        return path_difference(self.old, self.new)

    @cached_property
    def objects(self) -> ObjectDifference:
        """The objects that were added, removed or changed."""
        return object_difference(self.old.objects, self.new.objects)

    def __bool__(self) -> bool:
        if self.access:
            return True
        return self._may_differ and bool(self.paths or self.findings or self.admission)

    @property
    def _may_differ(self) -> bool:
        """Whether more than access can differ: not if objects, release and configuration are equal."""
        old, new = self.old, self.new
        return bool(self.objects) or (old.kubernetes_version, old.bootstrap, old.admission_config) != (
            new.kubernetes_version,
            new.bootstrap,
            new.admission_config,
        )

    def __repr__(self) -> str:
        return f"<Diff: {len(self.access.gained)} gained, {len(self.access.lost)} lost>"


def diff(old: Compared, new: Compared) -> Diff:
    """Compare two clusters by what they allow, for example last week's dump and today's.

    Args:
        old: The state before.
        new: The state after.

    Raises:
        TypeError: One of them is not a cluster.
    """
    for name, state in (("old", old), ("new", new)):
        if not hasattr(state, "objects"):
            raise TypeError(f"{name} must be a Cluster, not {said(state)}")
    return Diff(old, new)
