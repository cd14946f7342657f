"""The loaded pods and the pod templates of loaded workloads, as the audit reads them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from rbacpsp.audit.view import View
from rbacpsp.model import Manifest
from rbacpsp.model.surroundings import TOKEN_OF
from rbacpsp.pods.custom import custom_pods

JSON = Mapping[str, Any]
_MIRROR = "kubernetes.io/config.mirror"


class LoadedPod(NamedTuple):
    """A loaded pod, or the pod template of a loaded workload or custom resource."""

    manifest: Manifest
    spec: JSON
    namespace: str
    where: str = ""
    """The path of the template in a custom resource, such as `spec.driver`; empty for all others."""

    @classmethod
    def of(cls, manifest: Manifest, spec: JSON, where: str = "") -> Self:
        """The pod of a manifest; `default` is the namespace of one that names none."""
        return cls(manifest, spec, manifest.namespace or "default", where)

    @property
    def title(self) -> str:
        """The kind and the name of the object that contains it."""
        return f"{self.manifest.kind} {self.manifest.name}"

    @property
    def qualified_title(self) -> str:
        """The same with its namespace."""
        return f"{self.manifest.kind} {self.namespace}/{self.manifest.name}"

    @property
    def is_static(self) -> bool:
        """Whether its node runs it from a file: then no change of the object reaches its containers."""
        metadata = self.manifest.metadata
        return _MIRROR in metadata.annotations or any(
            owner.kind == "Node" for owner in metadata.owner_references
        )


def pod_specs(view: View) -> tuple[LoadedPod, ...]:
    """The pods of every workload and custom resource, and every pod whose owner was not loaded."""
    return view.lasting(_pod_specs)


def running_pods(view: View) -> tuple[LoadedPod, ...]:
    """The same without PodTemplates, from which no controller of Kubernetes makes pods."""
    return view.lasting(_running_pods)


def _running_pods(view: View) -> tuple[LoadedPod, ...]:
    return tuple(pod for pod in pod_specs(view) if pod.manifest.kind != "PodTemplate")


def _pod_specs(view: View) -> tuple[LoadedPod, ...]:
    objects = view.objects
    pods = [LoadedPod.of(workload, _spec_of(workload)) for workload in objects.workloads.values()]
    for custom in objects.customs.values():
        kind = objects.template_kind(custom)
        if kind is not None and custom.namespace:
            pods += [
                LoadedPod.of(custom, template.pod["spec"], template.title)
                for template in custom_pods(custom.body, kind)
            ]
    loaded_makers = {(pod.manifest.kind, pod.namespace, pod.manifest.name) for pod in pods}
    for pod in objects.pods.values():
        owners = pod.metadata.owner_references
        if not any((owner.kind, pod.namespace, owner.name) in loaded_makers for owner in owners):
            pods.append(LoadedPod.of(pod, part(pod.body, "spec")))
    return tuple(pods)


def pods_named(view: View, name: str) -> tuple[LoadedPod, ...]:
    """The pods with a name in any namespace, or the workloads whose pods may have that name."""
    by_name, workloads = view.lasting(_pods_by_name)
    prefixes = (name[:place] for place, character in enumerate(name) if character == "-")
    found = (*by_name.get(name, ()), *(pod for prefix in prefixes for pod in workloads.get(prefix, ())))
    return tuple({id(pod): pod for pod in found}.values())


_ByName = dict[str, list[LoadedPod]]


def _pods_by_name(view: View) -> tuple[_ByName, _ByName]:
    """The pods by their names, and the workloads by theirs, with which the names of their pods begin."""
    by_name: _ByName = {}
    workloads: _ByName = {}
    by_owner: dict[tuple[str, str, str], list[LoadedPod]] = {}
    for pod in running_pods(view):
        manifest = pod.manifest
        (by_name if manifest.kind == "Pod" else workloads).setdefault(manifest.name, []).append(pod)
        by_owner.setdefault((manifest.kind, pod.namespace, manifest.name), []).append(pod)
    for loaded in view.objects.pods.values():
        namespace = loaded.namespace or "default"
        for owner in loaded.metadata.owner_references:
            by_name.setdefault(loaded.name, []).extend(by_owner.get((owner.kind, namespace, owner.name), ()))
    return by_name, workloads


def _spec_of(manifest: Manifest) -> JSON:
    """The pod spec in the template of a workload."""
    body: JSON = manifest.body
    if manifest.kind == "PodTemplate":
        return part(part(body, "template"), "spec")
    spec = part(body, "spec")
    if manifest.kind == "CronJob":
        spec = part(part(spec, "jobTemplate"), "spec")
    return part(part(spec, "template"), "spec")


def part(value: object, key: str) -> JSON:
    """The object under a key of an object; empty if either is not an object."""
    child = value.get(key) if isinstance(value, dict) else None
    return child if isinstance(child, dict) else {}


def parts(value: JSON, key: str) -> Iterator[JSON]:
    """The objects in the list under a key of an object."""
    items = value.get(key)
    yield from (item for item in items if isinstance(item, dict)) if isinstance(items, list) else ()


def containers(spec: JSON) -> Iterator[JSON]:
    """The init, regular and ephemeral containers of a pod."""
    for key in ("initContainers", "containers", "ephemeralContainers"):
        yield from parts(spec, key)


def account_of(spec: JSON) -> str:
    """The name of the pod's service account."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    return name if isinstance(name, str) else "default"


class Token(NamedTuple):
    """A token of a service account that a pod holds."""

    account: str
    """The name of the service account, in the pod's namespace."""
    how: str


def tokens(view: View, pod: LoadedPod) -> tuple[Token, ...]:
    """The tokens that the containers of a pod hold, each account once.

    The ServiceAccount admission plugin mounts a token unless the pod, or else the account, disables it, even
    if a projected volume or a mounted secret already has one (plugin/pkg/admission/serviceaccount, 1.24). A
    projected token counts only if its audience is the API server. A pod has no token of an account that is
    known not to exist: the server refuses new pods of it, and tokens that were issued for it.
    """
    return view.lasting_of(_tokens, pod)


def _tokens(view: View, pod: LoadedPod) -> tuple[Token, ...]:
    spec, namespace = pod.spec, pod.namespace
    own = account_of(spec)
    exists = not view.objects.lacks_account(namespace, own)
    reasons: dict[str, str] = {}
    if exists and _is_mounted(view, spec, namespace, own):
        reasons[own] = "mounts its token"
    mounted = {
        mount.get("name") for container in containers(spec) for mount in parts(container, "volumeMounts")
    }
    for volume in parts(spec, "volumes"):
        if volume.get("name") not in mounted:
            continue
        sources = [volume, *parts(part(volume, "projected"), "sources")]
        if exists and any(_is_for_the_server(part(source, "serviceAccountToken")) for source in sources[1:]):
            reasons.setdefault(own, "projects its token into a volume")
        for source in sources:
            secret = part(source, "secret")
            name = secret.get("secretName") or secret.get("name")
            for account in _token_of(view, namespace, name):
                reasons.setdefault(account, f"mounts secret {name}, which is its token")
    return tuple(Token(account, reason) for account, reason in reasons.items())


def _is_mounted(view: View, spec: JSON, namespace: str, name: str) -> bool:
    """Whether the admission plugin mounts a token: the pod decides, else the account; by default it does."""
    mounted = spec.get("automountServiceAccountToken")
    if mounted is None:
        account = view.objects.service_accounts.get((namespace, name))
        mounted = account.automount_service_account_token if account else None
    return mounted is not False


def _is_for_the_server(token: JSON) -> bool:
    audience = token.get("audience")
    return bool(token) and (not audience or "kubernetes.default.svc" in str(audience))


def _token_of(view: View, namespace: str, secret: object) -> Iterator[str]:
    """The service accounts whose token a secret holds."""
    return iter(view.lasting(token_secrets).get((namespace, str(secret)), ()))


def token_secrets(view: View) -> dict[tuple[str, str], dict[str, Manifest | None]]:
    """The service accounts whose token a secret holds, by the secret: from their lists and its annotation.

    Each account is mapped to the Secret, if that was read. A secret of a missing account does not count,
    since the controller deletes it (pkg/controller/serviceaccount/tokens_controller.go, 1.24).
    """
    objects = view.objects
    accounts_by_secret: dict[tuple[str, str], dict[str, Manifest | None]] = {}
    for (namespace, name), account in objects.service_accounts.items():
        for reference in account.secrets:
            accounts_by_secret.setdefault((namespace, reference.name), {})[name] = None
    for secret in objects.surroundings.values():
        if secret.kind == "Secret":
            name = secret.metadata.annotations[TOKEN_OF]
            account_exists = (secret.namespace, name) in objects.service_accounts
            if account_exists or not objects.accounts_were_read(secret.namespace):
                accounts_by_secret.setdefault((secret.namespace, secret.name), {})[name] = secret
    return accounts_by_secret
