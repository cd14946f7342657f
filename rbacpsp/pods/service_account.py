"""What the ServiceAccount admission plugin does to a pod before policies look at it.

It names the default account, refuses an account that does not exist, mounts the account's token and hands on
its pull secrets. A policy judges the token's volume although no manifest mentions it.

Source: plugin/pkg/admission/serviceaccount/admission.go, 1.24; the token as a secret: the same file, 1.13 to
1.20.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rbacpsp.model.go import quote
from rbacpsp.model.meta import ObjectMeta, ObjectReference, ServiceAccount
from rbacpsp.model.objects import Objects
from rbacpsp.model.version import V1_24, Version
from rbacpsp.pods.places import made_containers, pod_containers
from rbacpsp.pods.shape import JSON, plain_copy
from rbacpsp.pods.words import forbidden

PROJECTED_SINCE = Version(1, 21)
"""Since then the token is a projected volume; before, a secret that the account names."""

DOTS_REPLACED_SINCE = Version(1, 19)
"""Since then the dots of a secret's name are dashes in that of its volume, which may have none: before, the
server refused its own volume."""

EPHEMERAL_SECRETS_SEEN_SINCE = Version(1, 18)
"""Since then a mirror pod's ephemeral containers may not reference secrets either."""
EPHEMERAL_CONTAINERS_LIMITED_SINCE = Version(1, 24)
"""Since then the secrets of ephemeral containers are looked at too (CVE-2023-2728; in 1.24 since 1.24.15)."""

VOLUME_PREFIX = "kube-api-access-"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
RANDOM = "xxxxx"
"""Stands for the five random characters that the server puts at the end of a made-up name."""

_ENFORCE = "kubernetes.io/enforce-mountable-secrets"
_MIRROR = "kubernetes.io/config.mirror"
_SECRET_REFERENCES = {
    "azureFile": "secretName",
    "cephfs": "secretRef",
    "cinder": "secretRef",
    "flexVolume": "secretRef",
    "projected": "sources",
    "rbd": "secretRef",
    "secret": "secretName",
    "scaleIO": "secretRef",
    "iscsi": "secretRef",
    "storageos": "secretRef",
    "csi": "nodePublishSecretRef",
}
"""The sources of volumes that may name a secret, in the server's order, and the field that does."""
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_MODE = 0o644
_TOKEN_LIFETIME = 3607


class ServiceAccountAdmission(NamedTuple):
    """What became of a pod: changed as the plugin does, or refused."""

    pod: JSON | None
    """A new value; None when refused."""
    message: str | None
    """The server's whole message when refused."""


def admit_service_account(
    pod: JSON, namespace: str, objects: Objects, version: Version = V1_24
) -> ServiceAccountAdmission:
    """What the plugin does to a pod that is created, after defaulting.

    A missing account is refused, unless no ServiceAccount of the namespace was loaded at all: then it is
    taken to exist as the server makes one. The made-up name of the token's volume ends in `xxxxx`.
    """
    result: JSON = plain_copy(pod)
    message = apply_service_account(result, namespace, objects, version)
    return ServiceAccountAdmission(None if message else result, message)


def apply_service_account(pod: JSON, namespace: str, objects: Objects, version: Version) -> str | None:
    """Do to a pod, in place, what the plugin does; returns the server's message when it refuses the pod."""
    spec = pod.setdefault("spec", {})
    if is_mirror(pod):
        reason = _mirror_problem(spec, version)
        return forbidden(pod, reason) if reason else None
    name = spec.get("serviceAccountName") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = _find(objects, namespace, name)
    if account is None:
        return forbidden(pod, _missing(namespace, name))
    if _should_automount(account, spec):
        token = "" if version >= PROJECTED_SINCE else _token_secret(account)
        if token is None:
            return (
                f"No API token found for service account {quote(name)}, "
                "retry after the token is automatically created and added to the service account"
            )
        _mount_token(spec, token, token if version < DOTS_REPLACED_SINCE else token.replace(".", "-"))
    if not spec.get("imagePullSecrets") and account.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": secret.name} for secret in account.image_pull_secrets]
    if account.metadata.annotations.get(_ENFORCE) in _TRUE:
        reason = _secret_problem(account, spec)
        return forbidden(pod, reason) if reason else None
    return None


def ephemeral_containers_refusal(
    pod: JSON, namespace: str, objects: Objects, version: Version = V1_24
) -> str | None:
    """The server's message when it refuses a pod to which ephemeral containers were added; None otherwise."""
    if version < EPHEMERAL_CONTAINERS_LIMITED_SINCE:
        return None
    spec, metadata = pod.get("spec", {}), pod.get("metadata", {})
    name = spec.get("serviceAccountName") or ("" if is_mirror(pod) else "default")
    if not name:
        return forbidden(pod, f"no service account specified for pod {namespace}/{metadata.get('name', '')}")
    account = _find(objects, namespace, name)
    if account is None:
        return forbidden(pod, _missing(namespace, name))
    if account.metadata.annotations.get(_ENFORCE) not in _TRUE:
        return None
    return _variable_problem(account, spec, "ephemeralContainers", "ephemeral container")


def is_mirror(pod: JSON) -> bool:
    """Whether this is a mirror pod: a static pod as the kubelet shows it, which has no service account."""
    metadata = pod.get("metadata") or {}
    return _MIRROR in (metadata.get("annotations") or {})


def _find(objects: Objects, namespace: str, name: str) -> ServiceAccount | None:
    """The account; one as the server makes it where no account of the namespace was loaded."""
    account = objects.service_accounts.get((namespace, name))
    if account is None and all(key[0] != namespace for key in objects.service_accounts):
        secret = ObjectReference(name=f"{name}-token-{RANDOM}")
        return ServiceAccount(metadata=ObjectMeta(name=name, namespace=namespace), secrets=(secret,))
    return account


def _should_automount(account: ServiceAccount, spec: JSON) -> bool:
    """The pod's word counts first, then the account's; without either it is mounted."""
    word: bool | None = spec.get("automountServiceAccountToken", account.automount_service_account_token)
    return word is not False


def _token_secret(account: ServiceAccount) -> str | None:
    """The secret that holds an account's token; None when it has none.

    The server takes the first of the account's secrets that is a token. Secrets are not loaded: tokens are
    recognized by the name that the token controller gives, and failing that the first secret is taken that is
    not named as OpenShift names an account's pull secret.
    """
    names = [secret.name for secret in account.secrets]
    tokens = [name for name in names if name.startswith(f"{account.name}-token-")]
    others = (name for name in names if not name.startswith(f"{account.name}-dockercfg-"))
    return next(iter(tokens or others), None)


def _mount_token(spec: JSON, secret: str, name: str) -> None:
    """Mount the token in every container but ephemeral ones, unless something is mounted in its place.

    `name` is what the volume of a secret is named, unless another is.
    """
    volumes = spec.get("volumes", [])
    names = {volume.get("name", "") for volume in volumes}
    existing = next((volume["name"] for volume in volumes if _is_token_volume(volume, secret)), None)
    fresh = VOLUME_PREFIX + RANDOM
    if secret:
        fresh = f"{name}-{RANDOM}" if name in names else name
    mount = {"name": existing or fresh, "readOnly": True, "mountPath": MOUNT_PATH}
    needed = False
    for container in made_containers(spec):
        mounts = container.get("volumeMounts", [])
        if all(there.get("mountPath") != MOUNT_PATH for there in mounts):
            container["volumeMounts"] = [*mounts, dict(mount)]
            needed = True
    if needed and existing is None:
        source = {"secret": {"secretName": secret, "defaultMode": _MODE}} if secret else _projected_token()
        spec["volumes"] = [*volumes, {"name": fresh} | source]


def _is_token_volume(volume: JSON, secret: str) -> bool:
    if secret:
        return "secret" in volume and volume["secret"].get("secretName") == secret
    return bool(volume.get("name", "").startswith(VOLUME_PREFIX))


def _projected_token() -> dict[str, Any]:
    namespace = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    return {
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": _TOKEN_LIFETIME, "path": "token"}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": namespace}]}},
            ],
            "defaultMode": _MODE,
        }
    }


def _mirror_problem(spec: JSON, version: Version) -> str | None:
    """Why a mirror pod (a static pod as the kubelet shows it) is refused."""
    if spec.get("serviceAccountName"):
        return "a mirror pod may not reference service accounts"
    if _mentions_secret(spec, ephemeral=version >= EPHEMERAL_SECRETS_SEEN_SINCE):
        return "a mirror pod may not reference secrets"
    for volume in spec.get("volumes", ()):
        if any("serviceAccountToken" in source for source in volume.get("projected", {}).get("sources", ())):
            return "a mirror pod may not use ServiceAccountToken volume projections"
    return None


def _mentions_secret(spec: JSON, *, ephemeral: bool) -> bool:
    """Whether a pod refers to any secret by a name (pkg/api/pod/util.go VisitPodSecretNames, 1.24)."""
    if any(secret.get("name") for secret in spec.get("imagePullSecrets", ())):
        return True
    containers = pod_containers(spec) if ephemeral else made_containers(spec)
    for container in containers:
        for source in container.get("envFrom", ()):
            if source.get("secretRef", {}).get("name"):
                return True
        if any(name for _, name in _secret_variables(container)):
            return True
    return any(_volume_mentions_secret(volume) for volume in spec.get("volumes", ()))


def _volume_mentions_secret(volume: JSON) -> bool:
    """Of a volume with several sources the server asks one."""
    kind = next((kind for kind in _SECRET_REFERENCES if kind in volume), None)
    if kind is None:
        return False
    if kind == "projected":
        return any(source.get("secret", {}).get("name") for source in volume[kind].get("sources", ()))
    reference = volume[kind].get(_SECRET_REFERENCES[kind])
    return bool(reference.get("name") if isinstance(reference, dict) else reference)


def _secret_variables(container: JSON) -> Iterator[tuple[str, str]]:
    """The environment variables of a container that come from a secret: their names and the secret's."""
    for variable in container.get("env", ()):
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if reference is not None:
            yield variable.get("name", ""), reference.get("name", "")


def _secret_problem(account: ServiceAccount, spec: JSON) -> str | None:
    """Which secret of a pod its account does not name, where the account insists on it."""
    mountable = {secret.name for secret in account.secrets}
    for volume in spec.get("volumes", ()):
        if "secret" in volume and (secret := volume["secret"].get("secretName", "")) not in mountable:
            return f'volume with secret.secretName="{secret}" {_refusal(account)} secret'
    for kind, words in (("initContainers", "init container"), ("containers", "container")):
        problem = _variable_problem(account, spec, kind, words)
        if problem is not None:
            return problem
    pullable = {secret.name for secret in account.image_pull_secrets}
    for index, secret in enumerate(spec.get("imagePullSecrets", ())):
        if (pull := secret.get("name", "")) not in pullable:
            return f'imagePullSecrets[{index}].name="{pull}" {_refusal(account)} imagePullSecret'
    return None


def _variable_problem(account: ServiceAccount, spec: JSON, kind: str, words: str) -> str | None:
    """Which variable of a list of containers takes a secret that the account does not name."""
    mountable = {secret.name for secret in account.secrets}
    for container in spec.get(kind, ()):
        for variable, secret in _secret_variables(container):
            if secret not in mountable:
                who = f"{words} {container.get('name', '')} with envVar {variable}"
                return f'{who} referencing secret.secretName="{secret}" {_refusal(account)} secret'
    return None


def _refusal(account: ServiceAccount) -> str:
    return f"is not allowed because service account {account.name} does not reference that"


def _missing(namespace: str, name: str) -> str:
    return f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
