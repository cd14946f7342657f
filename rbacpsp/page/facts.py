"""The input of the explorer: the decisions of one cluster, and its origin."""

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
    """Where and when a cluster was read."""

    cluster: str = ""
    """The name of the cluster; empty if it is unknown."""
    sources: tuple[str, ...] = ()
    """The files, or the server."""
    time: str = ""
    """When it was read; empty if that is unknown."""


class PageCluster(Protocol):
    """The cluster whose decisions are shown."""

    @property
    def objects(self) -> Objects:
        """The objects on the server, including assumed ones."""

    @property
    def authorizer(self) -> Authorizer:
        """Who may do what."""

    @property
    def catalog(self) -> Catalog:
        """The resources that the server serves."""

    @property
    def version_words(self) -> str:
        """The version whose behavior is shown."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each doubt, and each part that could not be read."""

    kubernetes_version: Version

    @property
    def openshift_version(self) -> Version | None:
        """The release of OpenShift; None if the cluster does not run OpenShift, or that is unknown."""

    def audit(self) -> Audit:
        """The risky permissions."""

    def paths(self) -> Paths:
        """The escalation paths."""

    def simulate(self) -> Simulation:
        """The simulation of the workloads with policies."""

    def scc_simulate(self) -> Simulation:
        """The simulation of the workloads with OpenShift's security context constraints."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The decisions that the page shows."""

    objects: Objects
    """The objects on the server, including assumed ones."""
    authorizer: Authorizer
    audit: Audit
    paths: Paths
    simulation: Simulation | None
    """The simulation of the workloads with policies; None if the cluster has no policies."""
    version: Version
    version_words: str
    controllers: Mapping[str, Account]
    notes: tuple[str, ...] = ()
    """One sentence for each doubt, and each part that could not be read."""
    configuration: Configuration | None = None
    """The PodSecurityConfiguration of the server, if it is known."""
    origin: Origin = field(default_factory=Origin)
    constraints: Simulation | None = None
    """The simulation of the workloads with security context constraints; None if there are none."""
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
    """The simulation of the workloads with constraints, or why it is impossible."""
    if not cluster.objects.constraints:
        return None, ()
    try:
        simulation = cluster.scc_simulate()
        len(simulation)
    except ValueError as error:
        return None, (f"What security context constraints do with the workloads is not shown: {error}",)
    return simulation, tuple(f"The pods of this are not judged: {problem}" for problem in simulation.unread)
