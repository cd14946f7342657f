"""The ServiceAccount admission plugin, which changes a pod before policies see it.

It sets the default account, refuses an account that does not exist, mounts the account's token and adds its
pull secrets. Policies check the token's volume although no manifest contains it.

Source: plugin/pkg/admission/serviceaccount/admission.go, 1.24; the token as a secret: the same file, 1.13 to
1.20.
"""

from collections.abc import Iterator
from typing import Any

from rbacpsp.model.go import quote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.meta import ObjectMeta, ObjectReference, ServiceAccount
from rbacpsp.model.objects import Objects
from rbacpsp.model.version import V1_24, Version
from rbacpsp.pods.defaults import set_defaults
from rbacpsp.pods.parts import created_containers, pod_containers
from rbacpsp.pods.words import forbidden

PROJECTED_SINCE = Version(1, 21)
"""Since this version the token is a projected volume; before, it is a secret that the account names."""

DOTS_REPLACED_SINCE = Version(1, 19)
"""Since this version the name of a secret's volume has dashes for the dots of the secret's name.

Before, the server refused the volume that it added itself, since names of volumes may not contain dots.
"""

EPHEMERAL_SECRETS_SEEN_SINCE = Version(1, 18)
"""Since this version a mirror pod's ephemeral containers may not reference secrets either."""
EPHEMERAL_CONTAINERS_LIMITED_SINCE = Version(1, 24)
"""Since then the secrets of ephemeral containers are checked too (CVE-2023-2728; in 1.24 since 1.24.15)."""

VOLUME_PREFIX = "kube-api-access-"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
RANDOM = "xxxxx"
"""Stands for the five random characters that the server appends to a generated name."""

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
"""The sources of volumes that may name a secret, in the server's order, and the field with the name."""
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_MODE = 0o644
_TOKEN_LIFETIME = 3607


def as_stored_without_policy(
    pod: JSONObject, namespace: str, objects: Objects, version: Version
) -> JSONObject:
    """A pod with the API's defaults and the plugin's changes, as policies see it.

    Raises:
        ValueError: The object is not a pod, or a field has the wrong type.
    """
    stored = set_defaults("Pod", pod, version)
    apply_service_account(stored, namespace, objects, version)
    return stored


def apply_service_account(
    pod: JSONObject, namespace: str, objects: Objects, version: Version, *, openshift: bool = False
) -> str | None:
    """Apply the plugin to a defaulted pod, in place; returns the server's message when it refuses the pod.

    A missing account is refused, unless no ServiceAccount of the namespace was loaded: then it is assumed to
    exist as the server creates it. The generated name of the token's volume ends in `xxxxx`. OpenShift also
    puts the certificate of its service CA into that volume.
    """
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
        _mount_token(
            spec, token, token if version < DOTS_REPLACED_SINCE else token.replace(".", "-"), openshift
        )
    if not spec.get("imagePullSecrets") and account.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": secret.name} for secret in account.image_pull_secrets]
    if account.metadata.annotations.get(_ENFORCE) in _TRUE:
        reason = _secret_problem(account, spec)
        return forbidden(pod, reason) if reason else None
    return None


def ephemeral_containers_refusal(
    pod: JSONObject, namespace: str, objects: Objects, version: Version = V1_24
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


def is_mirror(pod: JSONObject) -> bool:
    """Whether this is a mirror pod: the API object of a static pod, which has no service account."""
    metadata = pod.get("metadata") or {}
    return _MIRROR in (metadata.get("annotations") or {})


def _find(objects: Objects, namespace: str, name: str) -> ServiceAccount | None:
    """The account, assumed with its defaults if it was not loaded; None if it is known to be missing."""
    account = objects.service_accounts.get((namespace, name))
    if account is None and not objects.lacks_account(namespace, name):
        secret = ObjectReference(name=f"{name}-token-{RANDOM}")
        return ServiceAccount(metadata=ObjectMeta(name=name, namespace=namespace), secrets=(secret,))
    return account


def _should_automount(account: ServiceAccount, spec: JSONObject) -> bool:
    """Whether the token is mounted: the pod decides, then the account; the default is yes."""
    word: bool | None = spec.get("automountServiceAccountToken", account.automount_service_account_token)
    return word is not False


def _token_secret(account: ServiceAccount) -> str | None:
    """The secret that holds an account's token; None when it has none.

    The server takes the first of the account's secrets that is a token. Secrets are not loaded: a token is
    recognized by the name that the token controller gives it, or else is the first secret that is not named
    like an OpenShift pull secret.
    """
    names = [secret.name for secret in account.secrets]
    tokens = [name for name in names if name.startswith(f"{account.name}-token-")]
    other_names = (name for name in names if not name.startswith(f"{account.name}-dockercfg-"))
    return next(iter(tokens or other_names), None)


def _mount_token(spec: JSONObject, secret: str, name: str, openshift: bool) -> None:
    """Mount the token in every container but ephemeral ones, unless something else is mounted there.

    `name` is the name of the volume of a secret, to which random characters are appended if it is taken.
    """
    volumes = spec.get("volumes", [])
    names = {volume.get("name", "") for volume in volumes}
    existing = next((volume["name"] for volume in volumes if _is_token_volume(volume, secret)), None)
    fresh = VOLUME_PREFIX + RANDOM
    if secret:
        fresh = f"{name}-{RANDOM}" if name in names else name
    mount = {"name": existing or fresh, "readOnly": True, "mountPath": MOUNT_PATH}
    needed = False
    for container in created_containers(spec):
        mounts = container.get("volumeMounts", [])
        if all(existing_mount.get("mountPath") != MOUNT_PATH for existing_mount in mounts):
            container["volumeMounts"] = [*mounts, dict(mount)]
            needed = True
    if needed and existing is None:
        source = (
            {"secret": {"secretName": secret, "defaultMode": _MODE}}
            if secret
            else _projected_token(openshift=openshift)
        )
        spec["volumes"] = [*volumes, {"name": fresh} | source]


def _is_token_volume(volume: JSONObject, secret: str) -> bool:
    if secret:
        return "secret" in volume and volume["secret"].get("secretName") == secret
    return bool(volume.get("name", "").startswith(VOLUME_PREFIX))


def _projected_token(*, openshift: bool) -> dict[str, Any]:
    namespace = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources: list[dict[str, Any]] = [
        {"serviceAccountToken": {"expirationSeconds": _TOKEN_LIFETIME, "path": "token"}},
        _certificate("kube-root-ca.crt", "ca.crt"),
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": namespace}]}},
    ]
    if openshift:
        sources.append(_certificate("openshift-service-ca.crt", "service-ca.crt"))
    return {"projected": {"sources": sources, "defaultMode": _MODE}}


def _certificate(name: str, key: str) -> dict[str, Any]:
    """The source that projects the certificate of a ConfigMap as a file."""
    return {"configMap": {"name": name, "items": [{"key": key, "path": key}]}}


def _mirror_problem(spec: JSONObject, version: Version) -> str | None:
    """Why a mirror pod (the API object of a kubelet's static pod) is refused."""
    if spec.get("serviceAccountName"):
        return "a mirror pod may not reference service accounts"
    if _mentions_secret(spec, ephemeral=version >= EPHEMERAL_SECRETS_SEEN_SINCE):
        return "a mirror pod may not reference secrets"
    for volume in spec.get("volumes", ()):
        if any("serviceAccountToken" in source for source in volume.get("projected", {}).get("sources", ())):
            return "a mirror pod may not use ServiceAccountToken volume projections"
    return None


def _mentions_secret(spec: JSONObject, *, ephemeral: bool) -> bool:
    """Whether a pod refers to any secret by a name (pkg/api/pod/util.go VisitPodSecretNames, 1.24)."""
    if any(secret.get("name") for secret in spec.get("imagePullSecrets", ())):
        return True
    containers = pod_containers(spec) if ephemeral else created_containers(spec)
    for container in containers:
        for source in container.get("envFrom", ()):
            if source.get("secretRef", {}).get("name"):
                return True
        if any(name for _, name in _secret_variables(container)):
            return True
    return any(_volume_mentions_secret(volume) for volume in spec.get("volumes", ()))


def _volume_mentions_secret(volume: JSONObject) -> bool:
    """Whether a volume refers to a secret; of several sources the server checks one."""
    kind = next((kind for kind in _SECRET_REFERENCES if kind in volume), None)
    if kind is None:
        return False
    if kind == "projected":
        return any(source.get("secret", {}).get("name") for source in volume[kind].get("sources", ()))
    reference = volume[kind].get(_SECRET_REFERENCES[kind])
    return bool(reference.get("name") if isinstance(reference, dict) else reference)


def _secret_variables(container: JSONObject) -> Iterator[tuple[str, str]]:
    """The environment variables of a container that come from a secret: their names and the secret's."""
    for variable in container.get("env", ()):
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if reference is not None:
            yield variable.get("name", ""), reference.get("name", "")


def _secret_problem(account: ServiceAccount, spec: JSONObject) -> str | None:
    """The message about a secret that the account does not list, if the account enforces its list."""
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


def _variable_problem(account: ServiceAccount, spec: JSONObject, kind: str, words: str) -> str | None:
    """The message about a variable of some containers with a secret that the account does not list."""
    mountable = {secret.name for secret in account.secrets}
    for container in spec.get(kind, ()):
        for variable, secret in _secret_variables(container):
            if secret not in mountable:
                container_words = f"{words} {container.get('name', '')} with envVar {variable}"
                return (
                    f'{container_words} referencing secret.secretName="{secret}" {_refusal(account)} secret'
                )
    return None


def _refusal(account: ServiceAccount) -> str:
    return f"is not allowed because service account {account.name} does not reference that"


def _missing(namespace: str, name: str) -> str:
    return f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
