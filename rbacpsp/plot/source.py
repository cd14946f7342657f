"""The interface of a cluster that the pictures use."""

from typing import TYPE_CHECKING, Protocol

from rbacpsp.catalog import Catalog
from rbacpsp.frames import Frames
from rbacpsp.model import Namespace, Objects, Request, Subject
from rbacpsp.model.name_mapping import Named
from rbacpsp.paths import Paths
from rbacpsp.rbac import WhoCan

if TYPE_CHECKING:
    from networkx import MultiDiGraph


class Plotted(Protocol):
    """A cluster."""

    @property
    def listed(self) -> Objects:
        """Its objects that lists show."""

    @property
    def catalog(self) -> Catalog:
        """The resources that its server serves."""

    @property
    def frames(self) -> Frames:
        """The pandas view."""

    @property
    def subjects(self) -> Named[Subject]:
        """The subjects by name."""

    @property
    def namespaces(self) -> Named[Namespace]:
        """The namespaces by name."""

    def request(self, text: str) -> Request:
        """A request in words."""

    def who_can(self, request: Request) -> WhoCan:
        """The subjects that may do something."""

    def who_can_anywhere(self, request: Request) -> WhoCan:
        """The subjects that may do something in at least one namespace."""

    def paths(self) -> Paths:
        """The escalation paths."""

    def graph(self) -> "MultiDiGraph[str]":
        """The authorization graph."""
