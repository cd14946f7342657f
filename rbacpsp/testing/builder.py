"""Builds small clusters: `ClusterBuilder`, and functions for the objects that it collects."""

from typing import Any, Self

from rbacpsp.cluster import Cluster
from rbacpsp.model.argument_types import MAPPING, OPTIONAL_MAPPING, TEXT, said, takes
from rbacpsp.model.json import JSONObject
from rbacpsp.model.rbac import GROUP

_RUN_AS_ANY = {
    "seLinux": {"rule": "RunAsAny"},
    "runAsUser": {"rule": "RunAsAny"},
    "supplementalGroups": {"rule": "RunAsAny"},
    "fsGroup": {"rule": "RunAsAny"},
    "volumes": ["*"],
}


@takes(name=TEXT, annotations=OPTIONAL_MAPPING)
def policy(name: str, annotations: dict[str, str] | None = None, **spec: Any) -> JSONObject:
    """A PodSecurityPolicy with the API's defaults and RunAsAny strategies; `spec` replaces its fields."""
    metadata = {"name": name, "annotations": annotations or {}}
    return {
        "apiVersion": "policy/v1beta1",
        "kind": "PodSecurityPolicy",
        "metadata": metadata,
        "spec": _RUN_AS_ANY | spec,
    }


@takes(name=TEXT, namespace=TEXT, container=OPTIONAL_MAPPING)
def pod(
    name: str, *, namespace: str = "default", container: JSONObject | None = None, **spec: Any
) -> JSONObject:
    """A pod of one container named `app`; `container` adds to the container, `spec` to the pod's spec."""
    containers = [{"name": "app", "image": "example/app:1"} | (container or {})]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": containers} | spec,
    }


@takes(text=TEXT)
def subject(text: str) -> JSONObject:
    """A binding's subject from `User/alice`, `Group/devs` or `ServiceAccount/namespace:name`.

    Raises:
        ValueError: The text has none of these forms.
    """
    kind, _, name = text.partition("/")
    if kind in {"User", "Group"} and name:
        return {"kind": kind, "apiGroup": GROUP, "name": name}
    namespace, colon, account = name.partition(":")
    if kind == "ServiceAccount" and colon and account:
        return {"kind": kind, "namespace": namespace, "name": account}
    raise ValueError(
        f"{said(text)} is not a subject: write User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME"
    )


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
        metadata = {"name": name, "labels": labels or {}}
        return self.add({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    @takes(namespace=TEXT, name=TEXT)
    def service_account(self, namespace: str, name: str, **fields: Any) -> Self:
        """Add a service account; `fields` such as automountServiceAccountToken are beside its metadata."""
        metadata = {"namespace": namespace, "name": name}
        return self.add({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata} | fields)

    @takes(name=TEXT, rules=MAPPING, namespace=TEXT)
    def role(self, name: str, *rules: JSONObject, namespace: str = "") -> Self:
        """Add a Role of a namespace, or a ClusterRole without one."""
        metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
        kind = "Role" if namespace else "ClusterRole"
        return self.add(
            {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, "rules": list(rules)}
        )

    @takes(role=TEXT, subjects=TEXT, namespace=TEXT, kind=TEXT, name=TEXT)
    def bind(self, role: str, *subjects: str, namespace: str = "", kind: str = "", name: str = "") -> Self:
        """Bind a role to subjects such as `User/alice`.

        With a namespace this adds a RoleBinding to the Role (`kind="ClusterRole"` for a ClusterRole), without
        one a ClusterRoleBinding. The binding has the name of the role unless `name` is passed.
        """
        metadata = {"name": name or role} | ({"namespace": namespace} if namespace else {})
        role_kind = kind or ("Role" if namespace else "ClusterRole")
        return self.add(
            {
                "apiVersion": f"{GROUP}/v1",
                "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
                "metadata": metadata,
                "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role},
                "subjects": [subject(text) for text in subjects],
            }
        )

    @takes(name=TEXT, annotations=OPTIONAL_MAPPING)
    def policy(self, name: str, annotations: dict[str, str] | None = None, **spec: Any) -> Self:
        """Add a PodSecurityPolicy (see `policy`)."""
        return self.add(policy(name, annotations, **spec))

    @takes(policy_name=TEXT, subjects=TEXT, namespace=TEXT)
    def may_use(self, policy_name: str, *subjects: str, namespace: str = "") -> Self:
        """Let subjects use a policy: in a namespace, or everywhere."""
        rule = {
            "apiGroups": ["policy"],
            "resources": ["podsecuritypolicies"],
            "resourceNames": [policy_name],
            "verbs": ["use"],
        }
        name = f"psp:{policy_name}"
        return self.role(name, rule, namespace=namespace).bind(name, *subjects, namespace=namespace)

    def build(self, *, kubernetes_version: str | None = None) -> Cluster:
        """The cluster.

        Raises:
            LoadError: A server would not accept an object.
        """
        return Cluster.from_objects(self._objects, kubernetes_version=kubernetes_version)
