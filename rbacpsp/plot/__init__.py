"""Pictures of a cluster, made by matplotlib: who may do what, policies and levels by namespace, paths.

```python
axes = cluster.plot.verbs("pods", namespace="prod")
axes.figure.savefig("pods.png")
```

Each picture is an Axes with a title and labels, on a new figure or on the given `ax`. Color-blind people can
distinguish the colors, and a legend explains them. Names of the cluster are plain text, never TeX.
"""

from typing import TYPE_CHECKING

from rbacpsp.model import Subject
from rbacpsp.model.argument_types import FLAG, ParameterType, takes
from rbacpsp.model.frozen import unchanging
from rbacpsp.paths.place import Place
from rbacpsp.plot.source import Plotted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Plots"]

_NAME = ParameterType(str, "a string")
_MAYBE_NAME = ParameterType(str | None, "a string or None")
_SOMEBODY = ParameterType(str | Subject, "a name or a Subject")
_SOMEWHERE = ParameterType(str | Subject | Place, "a name, a Subject or a Place")
_NUMBER = ParameterType(int, "a number")
MOST = 40
"""Rows of a picture, unless another limit is given."""


@unchanging
class Plots:
    """The pictures of one cluster. matplotlib is imported when the first is made.

    Args:
        cluster: The cluster.
    """

    def __init__(self, cluster: Plotted) -> None:
        self._cluster = cluster

    def __repr__(self) -> str:
        return "<Plots: verbs, policies, risky_verbs, pod_security, path, neighborhood>"

    @takes(resource=_NAME, namespace=_MAYBE_NAME, include_system=FLAG, limit=_NUMBER)
    def verbs(
        self,
        resource: str,
        *,
        namespace: str | None = None,
        include_system: bool = False,
        limit: int = MOST,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """The verbs that subjects may use on a resource: a row for each subject, a column for each verb.

        Args:
            resource: The resource in the form of the command line: `pods`, `deployments.apps`, `pods/log`.
            namespace: The namespace; None: at least one namespace, and the color shows whether it is all.
            include_system: Whether Kubernetes' own components have rows.
            limit: The maximum of rows; those with most verbs stay.
            ax: Where to draw; None: on a new figure.

        Raises:
            ValueError: The resource or the namespace is unknown, or nobody has any of the verbs.
        """
        from rbacpsp.plot.verbs import verbs

        return verbs(self._cluster, resource, namespace, include_system=include_system, limit=limit, ax=ax)

    @takes(include_system=FLAG, limit=_NUMBER)
    def risky_verbs(
        self, *, include_system: bool = False, limit: int = MOST, ax: "Axes | None" = None
    ) -> "Axes":
        """The subjects with risky permissions: a row for each subject, a column for each permission.

        The arguments and errors are those of `verbs`.
        """
        from rbacpsp.plot.verbs import risky_verbs

        return risky_verbs(self._cluster, include_system=include_system, limit=limit, ax=ax)

    @takes(limit=_NUMBER)
    def policies(self, *, limit: int = MOST, ax: "Axes | None" = None) -> "Axes":
        """How many service accounts of each namespace may use each PodSecurityPolicy there.

        Args:
            limit: The maximum of rows; the namespaces with most accounts stay.
            ax: Where to draw; None: on a new figure.

        Raises:
            ValueError: No policy was loaded, or no service account.
        """
        from rbacpsp.plot.namespaces import policies

        return policies(self._cluster, limit=limit, ax=ax)

    @takes(limit=_NUMBER)
    def pod_security(self, *, limit: int = MOST, ax: "Axes | None" = None) -> "Axes":
        """The level of Pod Security that each namespace enforces, audits, warns about, and could enforce.

        Args:
            limit: The maximum of rows; the namespaces with most pods and workloads stay.
            ax: Where to draw; None: on a new figure.

        Raises:
            ValueError: No namespace was loaded.
        """
        from rbacpsp.plot.namespaces import pod_security

        return pod_security(self._cluster, limit=limit, ax=ax)

    @takes(start=_SOMEWHERE, goal=_SOMEWHERE)
    def path(
        self,
        start: str | Subject | Place,
        goal: str | Subject | Place = "cluster-admin",
        *,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """The shortest path from a subject to a goal: who does what, and which binding lets them.

        Args:
            start: A subject: `User/alice`, or one of `cluster.subjects`.
            goal: `cluster-admin`, `node`, `secrets:NAMESPACE` or a subject.
            ax: Where to draw; None: on a new figure.

        Raises:
            ValueError: A name is unknown, or there is no path.
        """
        from rbacpsp.plot.paths import path

        return path(self._cluster, start, goal, ax=ax)

    @takes(node=_SOMEBODY, hops=_NUMBER, limit=_NUMBER)
    def neighborhood(
        self, node: str | Subject, *, hops: int = 3, limit: int = MOST, ax: "Axes | None" = None
    ) -> "Axes":
        """The neighbors of a node of `Cluster.graph`, in columns: subjects, bindings, roles, rules, policies.

        Args:
            node: A node's id (`ClusterRole:view`), a subject as text (`User/alice`), or a Subject.
            hops: The maximum of edges in one direction, so that other members of a group are not neighbors.
            limit: The maximum of nodes; the nearest stay.
            ax: Where to draw; None: on a new figure.

        Raises:
            ValueError: The graph has no such node.
        """
        from rbacpsp.plot.paths import neighborhood

        return neighborhood(self._cluster, node, hops=hops, limit=limit, ax=ax)
