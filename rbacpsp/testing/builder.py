"""`ClusterBuilder`: collects objects and builds a cluster of them."""

from typing import Any, Self

from rbacpsp.cluster import Cluster
from rbacpsp.model.argument_types import MAPPING, OPTIONAL_MAPPING, TEXT, takes
from rbacpsp.model.json import JSONObject
from rbacpsp.testing import manifests


class ClusterBuilder:
    """Collects objects and builds a `Cluster` of them; every method returns the builder."""

    def __init__(self) -> None:
        self._objects: list[JSONObject] = []

    @takes(objects=MAPPING)
    def add(self, *objects: JSONObject) -> Self:
        """Add objects as the API serves them."""
        self._objects.extend(objects)
        return self

    @property
    def objects(self) -> list[JSONObject]:
        """The objects collected so far, as the API serves them: to write to a file, for example."""
        return list(self._objects)

    @takes(name=TEXT, labels=OPTIONAL_MAPPING)
    def namespace(self, name: str, labels: dict[str, str] | None = None) -> Self:
        """Add a namespace."""
        return self.add(manifests.namespace(name, labels))

    @takes(namespace=TEXT, name=TEXT)
    def service_account(self, namespace: str, name: str, **fields: Any) -> Self:
        """Add a service account; `fields` such as automountServiceAccountToken are next to its metadata."""
        return self.add(manifests.service_account(namespace, name, **fields))

    @takes(name=TEXT, rules=MAPPING, namespace=TEXT)
    def role(self, name: str, *rules: JSONObject, namespace: str = "") -> Self:
        """Add a Role of a namespace, or a ClusterRole without one."""
        return self.add(manifests.role(name, *rules, namespace=namespace))

    @takes(role=TEXT, subjects=TEXT, namespace=TEXT, kind=TEXT, name=TEXT)
    def bind(self, role: str, *subjects: str, namespace: str = "", kind: str = "", name: str = "") -> Self:
        """Bind a role to subjects such as `User/alice`.

        With a namespace this adds a RoleBinding to the Role (`kind="ClusterRole"` for a ClusterRole), without
        one a ClusterRoleBinding. The binding has the name of the role unless `name` is passed.
        """
        return self.add(manifests.binding(role, *subjects, namespace=namespace, kind=kind, name=name))

    @takes(name=TEXT, annotations=OPTIONAL_MAPPING)
    def policy(self, name: str, annotations: dict[str, str] | None = None, **spec: Any) -> Self:
        """Add a PodSecurityPolicy (see `policy`)."""
        return self.add(manifests.policy(name, annotations, **spec))

    @takes(policy_name=TEXT, subjects=TEXT, namespace=TEXT)
    def may_use(self, policy_name: str, *subjects: str, namespace: str = "") -> Self:
        """Let subjects use a policy: in a namespace, or everywhere."""
        rule = manifests.rule("use", "podsecuritypolicies", "policy") | {"resourceNames": [policy_name]}
        name = f"psp:{policy_name}"
        return self.role(name, rule, namespace=namespace).bind(name, *subjects, namespace=namespace)

    def build(self, *, kubernetes_version: str | None = None) -> Cluster:
        """The cluster.

        Raises:
            LoadError: A server would not accept an object.
        """
        return Cluster.from_objects(self._objects, kubernetes_version=kubernetes_version)
