"""Judges the pods of a cluster; pods that are equal except for their names are judged once.

Stored pods of one template differ in what no policy looks at: their names, their nodes, where they prefer to
run, and the random end of the token volume's name.
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


class Plugin(Protocol):
    """What judges pods: PodSecurityPolicy, or security context constraints that answer in the same form."""

    @property
    def version(self) -> Version:
        """The server's."""

    def admit(self, pod: JSONObject, request: AdmissionRequest) -> Admission:
        """Whether the server would accept a pod, and the pod as it would be stored."""


_JUDGED_ANNOTATIONS = (
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "kubernetes.io/config.mirror",
    "openshift.io/required-scc",
    "seccomp.security.alpha.kubernetes.io/pod",
)
"""The annotations that policies, or the service account's admission before them, look at."""

_NEVER_JUDGED = (
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
"""The fields of a pod's spec that differ between the pods of a template and that no policy looks at."""

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
        """The policies that someone who was asked may use."""
        return tuple(each for each in self.admission.considered.values() if each.usable)

    @property
    def winner(self) -> Considered | None:
        """What the policy that admits the pod does with it; None when it is refused or not judged."""
        policy = self.admission.policy
        return None if policy is None else self.admission.considered[policy]

    def message_for(self, name: str) -> str | None:
        """The server's message to a pod of a name; None when it is admitted."""
        message = self.admission.message
        if message is None:
            return None
        metadata = self.pod.get("metadata") or {}
        mine = quote(metadata.get("name") or metadata.get("generateName") or "Unknown")
        for start in ("pods {} is forbidden: ", "Pod {} is invalid: "):
            own = start.format(mine)
            if message.startswith(own):
                return start.format(quote(name)) + message.removeprefix(own)
        return message


class Judge:
    """Judges pods, and caches the answers."""

    def __init__(self, admitter: Plugin, record: str = VALIDATED_ANNOTATION) -> None:
        self._admitter = admitter
        self._record = record
        self._known: dict[tuple[str, User | None, str, str, bytes], Ruling] = {}

    def submitted(self, pod: JSONObject, user: User | None, namespace: str) -> Ruling:
        """The ruling on a pod that is created."""
        admission = self._admitter.admit(pod, AdmissionRequest(user=user, namespace=namespace))
        return Ruling(admission, pod, user, namespace, self._record)

    def stored(self, pod: Manifest, user: User | None) -> Ruling:
        """The ruling on a pod of the cluster, were it created as it is stored."""
        return self._once(pod, user, "CREATE", "")

    def updated(self, pod: Manifest, user: User | None) -> Ruling:
        """The ruling on an update of a stored pod that changes nothing that a policy looks at."""
        return self._once(pod, user, "UPDATE", pod.metadata.annotations.get(self._record, ""))

    def alone(self, ruling: Ruling, pod: Manifest) -> Admission:
        """The answer to the creation of one pod of a ruling's, with its own name in it."""
        if ruling.pod is pod.body:
            return ruling.admission
        return self._admitter.admit(pod.body, AdmissionRequest(user=ruling.user, namespace=ruling.namespace))

    def _once(self, pod: Manifest, user: User | None, operation: str, recorded: str) -> Ruling:
        key = (pod.namespace, user, operation, recorded, normalized(pod.body))
        ruling = self._known.get(key)
        if ruling is None:
            ruling = self._known[key] = self._ruled(pod, user, operation)
        return ruling

    def _ruled(self, pod: Manifest, user: User | None, operation: str) -> Ruling:
        admission = self._admitter.admit(
            pod.body, AdmissionRequest(user=user, namespace=pod.namespace, operation=operation)
        )
        return Ruling(admission, pod.body, user, pod.namespace, self._record)


def normalized(pod: JSONObject) -> bytes:
    """What a pod's admission depends on, except for its name and who asks where: equal for equal pods."""
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    judged = sorted(item for item in annotations.items() if item[0].startswith(_JUDGED_ANNOTATIONS))
    spec = dict(pod.get("spec") or {})
    for field in _NEVER_JUDGED:
        spec.pop(field, None)
    if volumes := spec.get("volumes"):
        names = [volume.get("name", "") for volume in volumes]
        token = next((name for name in names if name.startswith(VOLUME_PREFIX)), None)
        spec["volumes"] = [_volume(volume, token) for volume in volumes]
        if token is not None and (VOLUME_PREFIX + RANDOM) not in names:
            for kind in _CONTAINERS:
                if kind in spec:
                    spec[kind] = [_container(container, token) for container in spec[kind] or ()]
    return msgspec.json.encode((judged, spec))


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
