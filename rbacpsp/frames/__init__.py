"""The pandas view of a cluster: DataFrames for questions that no command answers.

```python
grants = cluster.frames.grants
grants[grants.verbs == "*"].groupby("subject").size()
```

Columns, their order and dtypes are fixed and written down in `COLUMNS`. `subject` is plain text and the same
in every frame, to join frames on; the other columns of text are categorical, with sorted categories. What is
absent is the empty text, never a missing value. A list stands as its items joined by `, `. Rows are sorted
and numbered from 0. Names are as the cluster has them: escape them for a page.
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
    """A cluster that is shown as frames."""

    @property
    def listed(self) -> Objects:
        """What lists show of it."""

    @property
    def authorizer(self) -> Authorizer:
        """Answers about its objects."""

    @property
    def catalog(self) -> Catalog:
        """What its server serves, and its controllers."""


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
        """How it is pickled and copied: without the frames, which are computed again."""
        return (Frames, (self._cluster,))

    def __repr__(self) -> str:
        names = [name for name in COLUMNS if name != "who_can"]
        return f"<Frames: {', '.join(names)}>"

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """One row a subject: those that bindings name, and the service accounts that were loaded."""
        return subjects(self._bound)

    @cached_property
    def bindings(self) -> pd.DataFrame:
        """One row a binding."""
        return bindings(self._bound)

    @cached_property
    def roles(self) -> pd.DataFrame:
        """One row a role that was loaded."""
        return roles(self._bound)

    @cached_property
    def rules(self) -> pd.DataFrame:
        """One row a rule of a role that was loaded."""
        return rules(self._bound)

    @cached_property
    def grants(self) -> pd.DataFrame:
        """One row for each rule that a binding gives to a subject, as written: groups are not expanded.

        Subjects that nobody can be and roleRefs that lead nowhere grant nothing and have no rows. What
        `system:masters` may do without RBAC is not here.
        """
        return grants(self._bound)

    def usage(self, found: Usage) -> pd.DataFrame:
        """One row for each rule that a binding gives to a subject, with its use in audit logs.

        Args:
            found: What `rbacpsp.usage` says of the logs and of this cluster.
        """
        require("found", found, Usage, "what rbacpsp.usage returns")
        return usage(found)

    @cached_property
    def policies(self) -> pd.DataFrame:
        """One row a PodSecurityPolicy."""
        return policies(self._objects)

    @cached_property
    def policy_users(self) -> pd.DataFrame:
        """One row for each grant by which a subject may `use` a loaded policy somewhere, in either API group.

        Service accounts and controllers have rows of their own for what they hold through a group or under
        a User's name. The group `system:masters` has one row a policy, with rule -1 and no binding.
        """
        return policy_users(self._objects, self._authorizer)

    @cached_property
    def constraints(self) -> pd.DataFrame:
        """One row for each of OpenShift's security context constraints, in the order of the server."""
        return constraints(self._objects)

    @cached_property
    def constraint_users(self) -> pd.DataFrame:
        """One row for each entry of a list, and each grant, by which a subject may use constraints somewhere.

        Accounts and controllers have rows of their own for what they hold through a group. The group
        `system:masters` has one row for each, with rule -1 and no binding.
        """
        return constraint_users(self._objects, self._authorizer, self._cluster.catalog.controllers)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row a finding of the audit, as `Cluster.audit` reports it."""
        return findings(self._cluster.audit())

    @cached_property
    def paths(self) -> pd.DataFrame:
        """One row a step of the shortest path from every subject to cluster-admin, and to a node."""
        return paths(self._cluster.paths())

    @cached_property
    def workloads(self) -> pd.DataFrame:
        """One row a workload and a pod without one, with what policies would say where there are any."""
        cluster = self._cluster
        if cluster.kubernetes_version >= REMOVED and not self._objects.policies:
            return without_policies(self._objects, cluster.kubernetes_version)
        return workload_rows(cluster.simulate())

    @cached_property
    def pod_security(self) -> pd.DataFrame:
        """One row a namespace, with the levels of Pod Security that it demands and could enforce."""
        cluster = self._cluster
        return pod_security(self._objects, cluster.kubernetes_version, cluster.admission_config)

    def changes(self, old: "Compared | Diff") -> pd.DataFrame:
        """One row for each rule that a subject gained or lost since another state of the cluster.

        Args:
            old: The cluster before, or what `rbacpsp.diff` says of the two.
        """
        if isinstance(old, Diff):
            return changes(old)
        if not isinstance(getattr(old, "objects", None), Objects):
            raise TypeError(f"old must be a Cluster or what rbacpsp.diff returns, not {said(old)}")
        return changes(diff(old, self._cluster))
