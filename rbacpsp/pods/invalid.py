"""What API validation says of a volume whose source fell away, because its feature is off.

Nothing else of API validation is imitated: this is the one thing that is wrong with a pod only because of
what the server itself did to it.

Source: pkg/apis/core/validation/validation.go (validateVolumeSource, ValidateVolumeMounts), 1.15 and 1.20;
apimachinery/pkg/api/errors NewInvalid, 0.20.
"""

from rbacpsp.model.go import quote
from rbacpsp.pods.shape import JSON
from rbacpsp.pods.volume_defaults import SOURCES


def volume_refusal(pod: JSON) -> str | None:
    """The server's whole message when a volume of a prepared pod has no source; None when each has one."""
    spec = pod.get("spec", {})
    errors = []
    missing = set()
    for index, volume in enumerate(spec.get("volumes", ())):
        if not any(source in volume for source in SOURCES):
            missing.add(volume.get("name", ""))
            errors.append(f"spec.volumes[{index}]: Required value: must specify a volume type")
    if not errors:
        return None
    for kind in ("containers", "initContainers"):
        for number, container in enumerate(spec.get(kind, ())):
            for index, mount in enumerate(container.get("volumeMounts", ())):
                name = mount.get("name", "")
                if name in missing:
                    path = f"spec.{kind}[{number}].volumeMounts[{index}].name"
                    errors.append(f"{path}: Not found: {quote(name)}")
    what = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
    return f"Pod {quote(pod.get('metadata', {}).get('name', ''))} is invalid: {what}"
