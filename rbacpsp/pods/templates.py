"""The pod inside a workload, as its controller submits it.

Parts of names that a controller generates are `x`s: the hash of a ReplicaSet (`xxxxxxxxxx`), the time of a
CronJob (`xxxxxxxx`). What a controller adds and no policy reads (owner references, finalizers, a DaemonSet's
node affinity and tolerations) is left out.

Source: pkg/controller/controller_utils.go (GetPodFromTemplate), statefulset/stateful_set_utils.go, job/ and
cronjob/, 1.24.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from rbacpsp.catalog.controllers import CONTROLLERS, Account
from rbacpsp.model.json import JSONObject
from rbacpsp.model.request import User
from rbacpsp.model.version import V1_24, Version
from rbacpsp.pods.canonical import canonical
from rbacpsp.pods.defaults import TEMPLATES, set_defaults
from rbacpsp.pods.prepare import prepare
from rbacpsp.pods.shape import convert_shape, plain_copy
from rbacpsp.pods.shape_of_defaults import MetadataLike

HASH = "x" * 10
"""Stands for the hash of a Deployment's pod template."""
MINUTES = "x" * 8
"""Stands for the minute at which a CronJob's job was due."""

_LONGEST_NAME = 253
_LONGEST_PREFIX = 58
_INDEX = "batch.kubernetes.io/job-completion-index"


class ControllerPod(Struct, frozen=True):
    """A pod of a workload, and the user who creates it."""

    kind: str
    """The kind of the workload, or Pod."""
    owner: str
    """The name of the workload."""
    namespace: str
    """The namespace in the manifest; empty where it has none."""
    pod: JSONObject
    """The pod as it is submitted; not shared with the manifest."""
    creator: User | None
    """The controller's service account; None if a person creates the pod, also from a PodTemplate."""

    def event(self, message: str) -> str:
        """The text of the FailedCreate event that a controller writes when the server refuses its pod."""
        if self.kind == "StatefulSet":
            name = self.pod["metadata"]["name"]
            return f"create Pod {name} in StatefulSet {self.owner} failed error: {message}"
        return f"Error creating: {message}"


def pods_of(
    manifest: JSONObject, version: Version = V1_24, controllers: Mapping[str, Account] = CONTROLLERS
) -> tuple[ControllerPod, ...]:
    """The pods of a manifest, one for each template; that of a Pod is the Pod.

    A workload's template is read as the server stores it: with defaults, and without fields of disabled
    features. A StatefulSet's volumeClaimTemplates become volumes of its pod.

    Raises:
        ValueError: The manifest's kind contains no pod, or a field has the wrong type.
    """
    kind = str(manifest.get("kind") or "")
    metadata = convert_shape(plain_copy(manifest.get("metadata") or {}), MetadataLike, "metadata")
    if kind == "Pod":
        return (ControllerPod(kind, metadata.name, metadata.namespace, plain_copy(manifest), None),)
    stored = canonical(prepare(kind, set_defaults(kind, manifest, version), version))
    template: JSONObject = stored
    for key in TEMPLATES[kind]:
        template = template[key]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata(template, metadata.namespace),
        "spec": template["spec"],
    }
    _SHAPERS.get(kind, _named_after_owner)(pod, metadata.name, stored.get("spec", {}))
    account = controllers.get(kind)
    creator = None if account is None else account.user
    return (ControllerPod(kind, metadata.name, metadata.namespace, pod, creator),)


def _metadata(template: JSONObject, namespace: str) -> JSONObject:
    template_metadata = template.get("metadata", {})
    result: JSONObject = {
        key: dict(template_metadata[key]) for key in ("labels", "annotations") if template_metadata.get(key)
    }
    return result | ({"namespace": namespace} if namespace else {})


def _generate_name(owner: str) -> str:
    """The prefix of a generated pod name; without the dash where that would be too long."""
    return f"{owner}-" if len(owner) < _LONGEST_NAME else owner


def _label(pod: JSONObject, key: str, value: str) -> None:
    pod["metadata"].setdefault("labels", {})[key] = value


def _named_after_owner(pod: JSONObject, owner: str, _spec: JSONObject) -> None:
    pod["metadata"]["generateName"] = _generate_name(owner)


def _deployment(pod: JSONObject, owner: str, _spec: JSONObject) -> None:
    _label(pod, "pod-template-hash", HASH)
    pod["metadata"]["generateName"] = _generate_name(f"{owner}-{HASH}")


def _cron_job(pod: JSONObject, owner: str, spec: JSONObject) -> None:
    _job(pod, f"{owner}-{MINUTES}", spec["jobTemplate"].get("spec", {}))


def _job(pod: JSONObject, owner: str, spec: JSONObject) -> None:
    metadata = pod["metadata"]
    _label(pod, "job-name", owner)
    metadata["generateName"] = _generate_name(owner)
    if spec.get("completionMode") == "Indexed":
        metadata.setdefault("annotations", {})[_INDEX] = "0"
        metadata["generateName"] = f"{owner[: _LONGEST_PREFIX - 3]}-0-"
        reference = {"fieldPath": f"metadata.annotations['{_INDEX}']"}
        variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": reference}}
        for kind in ("initContainers", "containers"):
            for container in pod["spec"].get(kind, ()):
                variables = container.get("env", [])
                if all(existing.get("name") != variable["name"] for existing in variables):
                    container["env"] = [*variables, plain_copy(variable)]


def _stateful_set(pod: JSONObject, owner: str, spec: JSONObject) -> None:
    ordinals = spec.get("ordinals")
    start: Any = ordinals.get("start", 0) if isinstance(ordinals, dict) else 0
    name = f"{owner}-{start}"
    pod["metadata"] |= {"name": name, "generateName": _generate_name(owner)}
    _label(pod, "statefulset.kubernetes.io/pod-name", name)
    pod_spec = pod["spec"]
    pod_spec["hostname"] = name
    if spec.get("serviceName"):
        pod_spec["subdomain"] = spec["serviceName"]
    claims = {}
    for template in spec.get("volumeClaimTemplates", ()):
        volume = template.get("metadata", {}).get("name", "")
        claims[volume] = {"name": volume, "persistentVolumeClaim": {"claimName": f"{volume}-{name}"}}
    if claims:
        other_volumes = [volume for volume in pod_spec.get("volumes", ()) if volume.get("name") not in claims]
        pod_spec["volumes"] = [*claims.values(), *other_volumes]


_SHAPERS = {
    "CronJob": _cron_job,
    "Deployment": _deployment,
    "Job": _job,
    "StatefulSet": _stateful_set,
}
