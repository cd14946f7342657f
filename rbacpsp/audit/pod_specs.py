"""The pods inside pods and workloads, as far as the audit looks at them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rbacpsp.audit.view import View
from rbacpsp.model import Manifest
from rbacpsp.model.surroundings import TOKEN_OF
from rbacpsp.pods.custom import custom_pods

JSON = Mapping[str, Any]


class PodIn(NamedTuple):
    """A pod that was loaded, or one that a workload or a custom resource makes."""

    manifest: Manifest
    spec: JSON
    where: str = ""
    """Where in a custom resource its template stands, as `spec.driver`; empty for all others."""

    @property
    def namespace(self) -> str:
        """Where it runs."""
        return self.manifest.namespace or "default"

    @property
    def title(self) -> str:
        """What makes it, in words."""
        return f"{self.manifest.kind} {self.manifest.name}"


def pod_specs(view: View) -> tuple[PodIn, ...]:
    """The pods of every workload and custom resource, and every pod whose maker was not loaded."""
    return view.memo(_pod_specs)


def _pod_specs(view: View) -> tuple[PodIn, ...]:
    objects = view.objects
    found = [PodIn(each, _spec_of(each)) for each in objects.workloads.values()]
    for custom in objects.customs.values():
        kind = objects.template_kind(custom)
        if kind is not None and custom.namespace:
            found += [PodIn(custom, each.pod["spec"], each.title) for each in custom_pods(custom.body, kind)]
    made = {(each.manifest.kind, each.namespace, each.manifest.name) for each in found}
    for pod in objects.pods.values():
        owners = pod.metadata.owner_references
        if not any((each.kind, pod.namespace, each.name) in made for each in owners):
            found.append(PodIn(pod, part(pod.body, "spec")))
    return tuple(found)


def _spec_of(manifest: Manifest) -> JSON:
    """The pod's specification in the template of a workload."""
    body: JSON = manifest.body
    if manifest.kind == "PodTemplate":
        return part(part(body, "template"), "spec")
    spec = part(body, "spec")
    if manifest.kind == "CronJob":
        spec = part(part(spec, "jobTemplate"), "spec")
    return part(part(spec, "template"), "spec")


def part(value: object, key: str) -> JSON:
    """An object within an object; empty where the value is not an object."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def parts(value: JSON, key: str) -> Iterator[JSON]:
    """The objects of a list within an object."""
    found = value.get(key)
    yield from (each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()


def containers(spec: JSON) -> Iterator[JSON]:
    """The containers of a pod, of all three kinds."""
    for key in ("initContainers", "containers", "ephemeralContainers"):
        yield from parts(spec, key)


def account_of(spec: JSON) -> str:
    """The name of the service account as which a pod runs."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    return name if isinstance(name, str) else "default"


class Token(NamedTuple):
    """A token of a service account that a pod holds."""

    account: str
    """In the pod's namespace."""
    how: str


def tokens(view: View, pod: PodIn) -> tuple[Token, ...]:
    """The tokens that the containers of a pod hold, each account once.

    The service account admission plugin mounts one unless the pod, else the account, says not to; it looks
    neither at volumes that project one nor at secrets that hold one (plugin/pkg/admission/serviceaccount,
    1.24). A projected token for another audience than the API server's does not count.
    """
    spec, namespace = pod.spec, pod.namespace
    own = account_of(spec)
    found: dict[str, str] = {}
    if _is_mounted(view, spec, namespace, own):
        found[own] = "mounts its token"
    mounted = {mount.get("name") for each in containers(spec) for mount in parts(each, "volumeMounts")}
    for volume in parts(spec, "volumes"):
        if volume.get("name") not in mounted:
            continue
        sources = [volume, *parts(part(volume, "projected"), "sources")]
        if any(_is_for_the_server(part(each, "serviceAccountToken")) for each in sources[1:]):
            found.setdefault(own, "projects its token into a volume")
        for each in sources:
            secret = part(each, "secret")
            name = secret.get("secretName") or secret.get("name")
            for account in _token_of(view, namespace, name):
                found.setdefault(account, f"mounts secret {name}, which is its token")
    return tuple(Token(account, how) for account, how in found.items())


def _is_mounted(view: View, spec: JSON, namespace: str, name: str) -> bool:
    """Whether the admission plugin mounts a token: the pod says it, else the account, else yes."""
    mounted = spec.get("automountServiceAccountToken")
    if mounted is None:
        account = view.objects.service_accounts.get((namespace, name))
        mounted = account.automount_service_account_token if account else None
    return mounted is not False


def _is_for_the_server(token: JSON) -> bool:
    audience = token.get("audience")
    return bool(token) and (not audience or "kubernetes.default.svc" in str(audience))


def _token_of(view: View, namespace: str, secret: object) -> Iterator[str]:
    """The service accounts whose token a secret is."""
    return iter(view.memo(token_secrets).get((namespace, str(secret)), ()))


def token_secrets(view: View) -> dict[tuple[str, str], dict[str, Manifest | None]]:
    """The service accounts whose token a secret holds, by the secret: those that list it, and its annotation.

    With each account stands the Secret, where it was read. Without its account no secret holds a token: the
    controller deletes it (pkg/controller/serviceaccount/tokens_controller.go, 1.24).
    """
    objects = view.objects
    found: dict[tuple[str, str], dict[str, Manifest | None]] = {}
    for (namespace, name), account in objects.service_accounts.items():
        for each in account.secrets:
            found.setdefault((namespace, each.name), {})[name] = None
    for secret in objects.surroundings.values():
        if secret.kind == "Secret":
            name = secret.metadata.annotations[TOKEN_OF]
            there = (secret.namespace, name) in objects.service_accounts
            if there or not objects.accounts_were_read(secret.namespace):
                found.setdefault((secret.namespace, secret.name), {})[name] = secret
    return found
