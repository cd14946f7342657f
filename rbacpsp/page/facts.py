"""What the explorer is made of: the decisions of one cluster, and where it was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

from rbacpsp.audit import Audit
from rbacpsp.catalog import Account, Catalog
from rbacpsp.model import Objects, Version
from rbacpsp.paths import Paths
from rbacpsp.pss import Configuration
from rbacpsp.rbac import Authorizer
from rbacpsp.simulate import Simulation


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a cluster was read and when, as its reader knows it."""

    cluster: str = ""
    """The name by which the reader knows the cluster; empty where there is none."""
    sources: tuple[str, ...] = ()
    """The files, or the server."""
    time: str = ""
    """When it was read; empty where nobody says."""


class PageCluster(Protocol):
    """The cluster whose decisions are shown."""

    @property
    def objects(self) -> Objects:
        """What the server holds, with what is assumed."""

    @property
    def authorizer(self) -> Authorizer:
        """Who may do what."""

    @property
    def catalog(self) -> Catalog:
        """What the server serves."""

    @property
    def version_words(self) -> str:
        """The version imitated."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is doubtful or could not be read."""

    kubernetes_version: Version

    @property
    def openshift_version(self) -> Version | None:
        """The release of OpenShift; None where the cluster is not known to be one."""

    def audit(self) -> Audit:
        """The risky permissions."""

    def paths(self) -> Paths:
        """Who can become whom."""

    def simulate(self) -> Simulation:
        """What policies do with the workloads."""

    def scc_simulate(self) -> Simulation:
        """What OpenShift's security context constraints do with the workloads."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The decisions that the page shows."""

    objects: Objects
    """What the server holds, with what is assumed."""
    authorizer: Authorizer
    audit: Audit
    paths: Paths
    simulation: Simulation | None
    """What policies do with the workloads; None where the cluster has no policies."""
    version: Version
    version_words: str
    controllers: Mapping[str, Account]
    notes: tuple[str, ...] = ()
    """What is doubtful or could not be read, a sentence each."""
    configuration: Configuration | None = None
    """The PodSecurityConfiguration of the server, where it was given."""
    origin: Origin = field(default_factory=Origin)
    constraints: Simulation | None = None
    """What OpenShift's security context constraints do with the workloads; None where there are none."""
    openshift_version: Version | None = None
    """The release of OpenShift; None where the cluster is not known to be one."""
    start: str = ""
    """The view that the page opens with, as a fragment without `#`; empty: the overview."""

    @classmethod
    def of(
        cls, cluster: PageCluster, configuration: Configuration | None, origin: Origin, start: str
    ) -> Self:
        """The decisions of a cluster."""
        constraints, problem = _constraints(cluster)
        return cls(
            cluster.objects,
            cluster.authorizer,
            cluster.audit(),
            cluster.paths(),
            cluster.simulate() if cluster.objects.policies else None,
            cluster.kubernetes_version,
            cluster.version_words,
            cluster.catalog.controllers,
            (*cluster.warnings, *problem),
            configuration,
            origin,
            constraints,
            cluster.openshift_version,
            start,
        )


def _constraints(cluster: PageCluster) -> tuple[Simulation | None, tuple[str, ...]]:
    """What constraints do with the workloads, or why that cannot be known."""
    if not cluster.objects.constraints:
        return None, ()
    try:
        simulation = cluster.scc_simulate()
        len(simulation)
    except ValueError as error:
        return None, (f"What security context constraints do with the workloads is not shown: {error}",)
    return simulation, tuple(f"The pods of this are not judged: {each}" for each in simulation.unread)
