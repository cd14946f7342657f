"""Objects of small clusters, as the API serves them."""

from typing import Any

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


@takes(name=TEXT, labels=OPTIONAL_MAPPING)
def namespace(name: str, labels: dict[str, str] | None = None) -> JSONObject:
    """A namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


@takes(namespace=TEXT, name=TEXT)
def service_account(namespace: str, name: str, **fields: Any) -> JSONObject:
    """A service account; `fields` such as automountServiceAccountToken are next to its metadata."""
    metadata = {"namespace": namespace, "name": name}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata} | fields


@takes(verbs=TEXT, resources=TEXT, groups=TEXT, names=TEXT, urls=TEXT)
def rule(verbs: str, resources: str = "", groups: str = "", names: str = "", urls: str = "") -> JSONObject:
    """A rule of a role, such as `rule("get list", "pods")` or `rule("get", urls="/metrics")`.

    Spaces separate verbs, resources, names and URLs. Commas separate API groups, because the core group is
    the empty string: `rule("get", "pods deployments", ",apps")` names the core group and `apps`.
    """
    if urls:
        return {"verbs": verbs.split(), "nonResourceURLs": urls.split()}
    fields = {"verbs": verbs.split(), "apiGroups": groups.split(","), "resources": resources.split()}
    return fields | ({"resourceNames": names.split()} if names else {})


@takes(name=TEXT, rules=MAPPING, namespace=TEXT)
def role(name: str, *rules: JSONObject, namespace: str = "") -> JSONObject:
    """A Role of a namespace, or a ClusterRole without one."""
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    kind = "Role" if namespace else "ClusterRole"
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, "rules": list(rules)}


@takes(role=TEXT, subjects=TEXT, namespace=TEXT, kind=TEXT, name=TEXT)
def binding(role: str, *subjects: str, namespace: str = "", kind: str = "", name: str = "") -> JSONObject:
    """Binds a role to subjects such as `User/alice` (see `subject`).

    With a namespace this is a RoleBinding to the Role (`kind="ClusterRole"` for a ClusterRole), without one a
    ClusterRoleBinding. The binding has the name of the role unless `name` is passed.
    """
    metadata = {"name": name or role} | ({"namespace": namespace} if namespace else {})
    role_kind = kind or ("Role" if namespace else "ClusterRole")
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role},
        "subjects": [subject(text) for text in subjects],
    }


@takes(text=TEXT)
def subject(text: str) -> JSONObject:
    """A binding's subject from `User/alice`, `Group/devs` or `ServiceAccount/namespace:name`.

    Raises:
        ValueError: The text is not in one of these forms.
    """
    kind, _, name = text.partition("/")
    if kind in {"User", "Group"} and name:
        return {"kind": kind, "apiGroup": GROUP, "name": name}
    account_namespace, colon, account = name.partition(":")
    if kind == "ServiceAccount" and colon and account:
        return {"kind": kind, "namespace": account_namespace, "name": account}
    raise ValueError(
        f"{said(text)} is not a subject: write User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME"
    )


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


@takes(name=TEXT, namespace=TEXT, container=OPTIONAL_MAPPING)
def deployment(
    name: str, *, namespace: str = "default", container: JSONObject | None = None, **spec: Any
) -> JSONObject:
    """A Deployment whose pods have one container; the arguments are those of `pod`."""
    labels = {"app": name}
    template = pod(name, namespace=namespace, container=container, **spec)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": template["metadata"],
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
        },
    }
