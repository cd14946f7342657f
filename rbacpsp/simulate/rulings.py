"""Caches the admission of a cluster's pods; pods that are equal except for their names are admitted once.

Stored pods of one template differ in fields that no policy reads: their names, their nodes, scheduling
preferences, and the random end of the token volume's name.
"""

from dataclasses import dataclass
from typing import Protocol

import msgspec

from rbacpsp.model import Manifest, User
from rbacpsp.model.go import quote
from rbacpsp.model.json import JSONObject
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.model.version import Version
from rbacpsp.pods.service_account import RANDOM, VOLUME_PREFIX
from rbacpsp.psp import Admission
from rbacpsp.psp.admission import VALIDATED_ANNOTATION
from rbacpsp.psp.attempts import Considered


class AdmissionPlugin(Protocol):
    """An admission plugin: PodSecurityPolicy, or security context constraints with the same interface."""

    @property
    def version(self) -> Version:
        """The version of the server."""

    def admit(self, pod: JSONObject, request: AdmissionRequest) -> Admission:
        """Whether the server would accept a pod, and the pod as it would be stored."""


_RELEVANT_ANNOTATIONS = (
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "kubernetes.io/config.mirror",
    "openshift.io/required-scc",
    "seccomp.security.alpha.kubernetes.io/pod",
)
"""The annotations that policies, or the service account's admission before them, read."""

_IRRELEVANT_FIELDS = (
    "affinity",
    "hostname",
    "nodeName",
    "nodeSelector",
    "priority",
    "priorityClassName",
    "schedulerName",
    "tolerations",
    "topologySpreadConstraints",
)
"""The fields of a pod's spec that differ between the pods of a template and that no policy reads."""

_CONTAINERS = ("containers", "initContainers")


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer to a pod, and to all pods equal to it."""

    admission: Admission
    """The answer to the first of them."""
    pod: JSONObject
    """The pod as it was submitted."""
    user: User | None
    """The requester, whose policies count besides the service account's."""
    namespace: str
    record: str = VALIDATED_ANNOTATION
    """The annotation in which the server records what admitted a pod."""

    @property
    def usable(self) -> tuple[Considered, ...]:
        """The policies that the service account or the requester may use."""
        return tuple(considered for considered in self.admission.considered.values() if considered.usable)

    @property
    def winner(self) -> Considered | None:
        """The verdict of the policy that admits the pod; None if the pod is refused or not checked."""
        policy = self.admission.policy
        return None if policy is None else self.admission.considered[policy]

    def message_for(self, name: str) -> str | None:
        """The server's message to a pod of a name; None when it is admitted."""
        message = self.admission.message
        if message is None:
            return None
        metadata = self.pod.get("metadata") or {}
        quoted_name = quote(metadata.get("name") or metadata.get("generateName") or "Unknown")
        for template in ("pods {} is forbidden: ", "Pod {} is invalid: "):
            own_start = template.format(quoted_name)
            if message.startswith(own_start):
                return template.format(quote(name)) + message.removeprefix(own_start)
        return message


class RulingCache:
    """Admits pods, and caches the answers."""

    def __init__(self, admitter: AdmissionPlugin, record: str = VALIDATED_ANNOTATION) -> None:
        self._admitter = admitter
        self._record = record
        self._known: dict[tuple[str, User | None, str, str, bytes], Ruling] = {}

    def submitted(self, pod: JSONObject, user: User | None, namespace: str) -> Ruling:
        """The ruling on a pod that is created."""
        admission = self._admitter.admit(pod, AdmissionRequest(user=user, namespace=namespace))
        return Ruling(admission, pod, user, namespace, self._record)

    def stored(self, pod: Manifest, user: User | None) -> Ruling:
        """The ruling on a pod of the cluster that is created again in its stored form."""
        return self._cached_ruling(pod, user, "CREATE", "")

    def updated(self, pod: Manifest, user: User | None) -> Ruling:
        """The ruling on an update of a stored pod that changes no field that a policy reads."""
        return self._cached_ruling(pod, user, "UPDATE", pod.metadata.annotations.get(self._record, ""))

    def alone(self, ruling: Ruling, pod: Manifest) -> Admission:
        """The answer to the creation of one pod of a ruling, with the pod's name in the message."""
        if ruling.pod is pod.body:
            return ruling.admission
        return self._admitter.admit(pod.body, AdmissionRequest(user=ruling.user, namespace=ruling.namespace))

    def _cached_ruling(self, pod: Manifest, user: User | None, operation: str, recorded: str) -> Ruling:
        key = (pod.namespace, user, operation, recorded, normalized(pod.body))
        ruling = self._known.get(key)
        if ruling is None:
            ruling = self._known[key] = self._new_ruling(pod, user, operation)
        return ruling

    def _new_ruling(self, pod: Manifest, user: User | None, operation: str) -> Ruling:
        admission = self._admitter.admit(
            pod.body, AdmissionRequest(user=user, namespace=pod.namespace, operation=operation)
        )
        return Ruling(admission, pod.body, user, pod.namespace, self._record)


def normalized(pod: JSONObject) -> bytes:
    """The fields that a pod's admission depends on, without its name, as a key for the cache."""
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    relevant_annotations = sorted(
        item for item in annotations.items() if item[0].startswith(_RELEVANT_ANNOTATIONS)
    )
    spec = dict(pod.get("spec") or {})
    for field in _IRRELEVANT_FIELDS:
        spec.pop(field, None)
    if volumes := spec.get("volumes"):
        names = [volume.get("name", "") for volume in volumes]
        token = next((name for name in names if name.startswith(VOLUME_PREFIX)), None)
        spec["volumes"] = [_volume(volume, token) for volume in volumes]
        if token is not None and (VOLUME_PREFIX + RANDOM) not in names:
            for kind in _CONTAINERS:
                if kind in spec:
                    spec[kind] = [_container(container, token) for container in spec[kind] or ()]
    return msgspec.json.encode((relevant_annotations, spec))


def _volume(volume: JSONObject, token: str | None) -> JSONObject:
    if volume.keys() == {"name", "persistentVolumeClaim"}:
        return volume | {"persistentVolumeClaim": {}}
    return volume | {"name": VOLUME_PREFIX + RANDOM} if volume.get("name") == token else volume


def _container(container: JSONObject, token: str) -> JSONObject:
    mounts = [
        mount | {"name": VOLUME_PREFIX + RANDOM} if mount.get("name") == token else mount
        for mount in container.get("volumeMounts") or ()
    ]
    return container | {"volumeMounts": mounts}
