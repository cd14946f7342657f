"""`AssertionCluster`: the properties and methods of a cluster that an assertion needs."""

from collections.abc import Collection
from typing import Protocol

from rbacpsp.audit import Audit
from rbacpsp.catalog import Catalog
from rbacpsp.model import Objects, User, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.paths import Paths
from rbacpsp.psp import Admission
from rbacpsp.pss import PSAdmission
from rbacpsp.rbac.authorizer import Authorizer
from rbacpsp.simulate import Simulation


class AssertionCluster(Protocol):
    """The cluster that an assertion is about."""

    @property
    def objects(self) -> Objects:
        """The objects on the server."""

    @property
    def catalog(self) -> Catalog:
        """The API resources that the server serves."""

    @property
    def authorizer(self) -> Authorizer:
        """The authorizer of these objects."""

    @property
    def kubernetes_version(self) -> Version:
        """The release."""

    @property
    def policy_version(self) -> Version:
        """The release whose PodSecurityPolicy is imitated."""

    @property
    def version_is_assumed(self) -> bool:
        """Whether the release is assumed."""

    @property
    def admission_config(self) -> JSONObject | None:
        """The PodSecurityConfiguration of the server."""

    def unread(self, kinds: Collection[str] | None = None, namespace: str | None = None) -> tuple[str, ...]:
        """What could not be read, a sentence each."""

    def paths(self) -> Paths:
        """The escalation paths."""

    def audit(self) -> Audit:
        """The risky permissions."""

    def simulate(self) -> Simulation:
        """What policies would do with every workload."""

    def admit(self, pod: JSONObject, *, user: User | None, namespace: str | None = None) -> Admission:
        """What PodSecurityPolicy would do with a pod."""

    def pss_admit(
        self, obj: JSONObject, user: User | None = None, namespace: str | None = None
    ) -> PSAdmission:
        """What Pod Security would do with a pod."""
