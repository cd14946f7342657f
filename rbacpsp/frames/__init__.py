"""The pandas view of a cluster: DataFrames for questions that no command answers.

```python
grants = cluster.frames.grants
grants[grants.verbs == "*"].groupby("subject").size()
```

The columns, their order and their dtypes are fixed: `COLUMNS` lists them. `subject` is plain text and the
same in every frame, so that frames can be joined on it; the other text columns are categorical, with sorted
categories. An absent value is the empty text, never a missing value. A list is a text with its items joined
by `, `. Rows are sorted and numbered from 0. Names are as the cluster has them: escape them for a page.
"""

from functools import cached_property
from typing import Any, Protocol

import pandas as pd

from rbacpsp.audit import Audit
from rbacpsp.auditlog.usage import Usage
from rbacpsp.catalog import Catalog
from rbacpsp.comparison import Diff, diff
from rbacpsp.comparison.difference import Compared
from rbacpsp.frames.access import changes, who_can
from rbacpsp.frames.columns import COLUMNS
from rbacpsp.frames.constraints import constraints
from rbacpsp.frames.constraints import users as constraint_users
from rbacpsp.frames.findings import findings, paths
from rbacpsp.frames.grants import grants
from rbacpsp.frames.joining import concat
from rbacpsp.frames.objects import ResolvedBindings, bindings, roles, rules, subjects
from rbacpsp.frames.policies import policies, policy_users
from rbacpsp.frames.usage import usage
from rbacpsp.frames.workloads import pod_security, without_policies, workload_rows
from rbacpsp.model import Objects
from rbacpsp.model.argument_types import require, said
from rbacpsp.model.frozen import unchanging
from rbacpsp.paths import Paths
from rbacpsp.psp.versions import REMOVED
from rbacpsp.rbac import Authorizer, WhoCan
from rbacpsp.simulate import Simulation

__all__ = ["COLUMNS", "Frames", "concat", "frame_of"]


class Framing(Compared, Protocol):
    """The attributes of a cluster that its frames need."""

    @property
    def listed(self) -> Objects:
        """The objects that lists show."""

    @property
    def authorizer(self) -> Authorizer:
        """The authorizer of its objects."""

    @property
    def catalog(self) -> Catalog:
        """The API resources that its server serves, and its controllers."""


def frame_of(result: object) -> pd.DataFrame:
    """The DataFrame of a result.

    Raises:
        TypeError: There is no frame of this object.
    """
    match result:
        case WhoCan():
            return who_can(result)
        case Audit():
            return findings(result)
        case Paths():
            return paths(result)
        case Simulation():
            return workload_rows(result)
        case Diff():
            return changes(result)
        case Usage():
            return usage(result)
    raise TypeError(f"there is no frame of {said(result)}")


@unchanging
class Frames:
    """The DataFrames of one cluster, each computed on first use.

    Args:
        cluster: The cluster.
    """

    def __init__(self, cluster: Framing) -> None:
        self._cluster = cluster
        self._objects = cluster.listed
        self._authorizer = cluster.authorizer
        self._bound = ResolvedBindings(cluster.listed)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy it without the frames, which are computed again."""
        return (Frames, (self._cluster,))

    def __repr__(self) -> str:
        names = [name for name in COLUMNS if name != "who_can"]
        return f"<Frames: {', '.join(names)}>"

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """One row for each subject that bindings name, and for each loaded service account."""
        return subjects(self._bound)

    @cached_property
    def bindings(self) -> pd.DataFrame:
        """One row for each binding."""
        return bindings(self._bound)

    @cached_property
    def roles(self) -> pd.DataFrame:
        """One row for each loaded role."""
        return roles(self._bound)

    @cached_property
    def rules(self) -> pd.DataFrame:
        """One row for each rule of a loaded role."""
        return rules(self._bound)

    @cached_property
    def grants(self) -> pd.DataFrame:
        """One row for each rule that a binding gives to a subject, as written: groups are not expanded.

        Subjects that match nobody and roleRefs to missing roles grant nothing and have no rows. The unlimited
        access of `system:masters` does not come from RBAC and has no rows.
        """
        return grants(self._bound)

    def usage(self, found: Usage) -> pd.DataFrame:
        """One row for each rule that a binding gives to a subject, with its use in audit logs.

        Args:
            found: The result of `rbacpsp.usage` for the logs and this cluster.
        """
        require("found", found, Usage, "what rbacpsp.usage returns")
        return usage(found)

    @cached_property
    def policies(self) -> pd.DataFrame:
        """One row for each PodSecurityPolicy."""
        return policies(self._objects)

    @cached_property
    def policy_users(self) -> pd.DataFrame:
        """One row for each grant by which a subject may `use` a loaded policy somewhere, in either API group.

        Service accounts and controllers have rows for their grants through groups or as a User. The group
        `system:masters` has one row for each policy, with rule -1 and no binding.
        """
        return policy_users(self._objects, self._authorizer)

    @cached_property
    def constraints(self) -> pd.DataFrame:
        """One row for each of OpenShift's security context constraints, in the order of the server."""
        return constraints(self._objects)

    @cached_property
    def constraint_users(self) -> pd.DataFrame:
        """One row for each entry of a list, and each grant, by which a subject may use constraints somewhere.

        Accounts and controllers have rows for their grants through groups. The group `system:masters` has one
        row for each of the constraints, with rule -1 and no binding.
        """
        return constraint_users(self._objects, self._authorizer, self._cluster.catalog.controllers)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row for each finding of the audit, as `Cluster.audit` reports it."""
        return findings(self._cluster.audit())

    @cached_property
    def paths(self) -> pd.DataFrame:
        """One row for each step of the shortest paths from every subject to cluster-admin, and to a node."""
        return paths(self._cluster.paths())

    @cached_property
    def workloads(self) -> pd.DataFrame:
        """One row for each workload, and pod without one, with the verdict of policies if there are any."""
        cluster = self._cluster
        if cluster.kubernetes_version >= REMOVED and not self._objects.policies:
            return without_policies(self._objects, cluster.kubernetes_version)
        return workload_rows(cluster.simulate())

    @cached_property
    def pod_security(self) -> pd.DataFrame:
        """One row for each namespace, with the Pod Security levels that it sets and could enforce."""
        cluster = self._cluster
        return pod_security(self._objects, cluster.kubernetes_version, cluster.admission_config)

    def changes(self, old: "Compared | Diff") -> pd.DataFrame:
        """One row for each rule that a subject gained or lost since another state of the cluster.

        Args:
            old: The cluster before, or the result of `rbacpsp.diff` for the two.
        """
        if isinstance(old, Diff):
            return changes(old)
        if not isinstance(getattr(old, "objects", None), Objects):
            raise TypeError(f"old must be a Cluster or what rbacpsp.diff returns, not {said(old)}")
        return changes(diff(old, self._cluster))
