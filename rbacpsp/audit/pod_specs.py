"""The pods inside pods and workloads, as far as the audit looks at them."""

from collections.abc import Iterator, Mapping
from typing import Any

from rbacpsp.audit.view import View
from rbacpsp.model import Manifest

JSON = Mapping[str, Any]
_CAPABILITIES = frozenset(
    {"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"}
)


def manifests(view: View) -> Iterator[Manifest]:
    """Every workload, and every pod whose maker was not loaded."""
    yield from view.objects.workloads.values()
    for pod in view.objects.pods.values():
        owners = pod.metadata.owner_references
        if not any((each.kind, pod.namespace, each.name) in view.objects.workloads for each in owners):
            yield pod


def spec_of(manifest: Manifest) -> JSON:
    """The pod's specification: of the pod itself, or of the template of a workload."""
    body: JSON = manifest.body
    if manifest.kind == "Pod":
        return part(body, "spec")
    if manifest.kind == "PodTemplate":
        return part(part(body, "template"), "spec")
    spec = part(body, "spec")
    if manifest.kind == "CronJob":
        spec = part(part(spec, "jobTemplate"), "spec")
    return part(part(spec, "template"), "spec")


def part(value: object, key: str) -> JSON:
    """An object within an object; empty where it is none."""
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


def is_mounted(view: View, spec: JSON, namespace: str, name: str) -> bool:
    """Whether the pod mounts its service account's token: the pod says it, else the account, else yes."""
    mounted = spec.get("automountServiceAccountToken")
    if mounted is None:
        account = view.objects.service_accounts.get((namespace, name))
        mounted = account.automount_service_account_token if account else None
    return mounted is not False


def out_of_pod(spec: JSON) -> tuple[str, ...]:
    """What leads from the pod to its node, in words."""
    dangers = [name for name in ("hostPID", "hostIPC", "hostNetwork") if spec.get(name) is True]
    for container in containers(spec):
        context = part(container, "securityContext")
        if context.get("privileged") is True:
            dangers.append(f"privileged container {container.get('name', '')}")
        added = part(context, "capabilities").get("add")
        names = {str(each).removeprefix("CAP_") for each in added} if isinstance(added, list) else set()
        dangers += [f"capability {each}" for each in sorted(names & _CAPABILITIES)]
    dangers += [
        f"hostPath {volume['hostPath'].get('path', '')}"
        for volume in parts(spec, "volumes")
        if isinstance(volume.get("hostPath"), dict)
    ]
    return tuple(dict.fromkeys(dangers))
