"""The API server's validation of volumes: their names, and that each has one source.

Source: pkg/apis/core/validation/validation.go ValidateVolumes and validateVolumeSource, 1.24 to 1.37.
"""

from collections.abc import Iterator, Sequence

from rbacpsp.admission.validation.checks import label
from rbacpsp.admission.validation.pods.claims import claim_template_errors
from rbacpsp.admission.validation.pods.sources import SOURCES, image_errors
from rbacpsp.model.field_error import FieldError, FieldPath, duplicate, forbidden, invalid, required
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import subdomain_errors
from rbacpsp.model.version import Version
from rbacpsp.pods.quantity import quantity_value

_LONGEST_TARGET = 64
_MISSPELT = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
"""The server's spelling of some sources in its error about more than one source."""
_OTHERWISE = {"gcePersistentDisk": "persistentDisk"}
"""The server's spelling of some sources in its errors about their fields."""


def volume_errors(
    volumes: Sequence[JSONObject], pod_name: str, path: FieldPath, version: Version
) -> tuple[dict[str, JSONObject], list[FieldError]]:
    """The volumes that containers can mount, by name, and what is wrong with the others.

    Args:
        volumes: As the pod lists them.
        pod_name: The name of the pod, from which the names of claims are derived; empty for a template.
        path: The path of the volumes.
        version: The server's.
    """
    ephemeral_claims = {
        f"{pod_name}-{volume.get('name', '')}" for volume in volumes if pod_name and "ephemeral" in volume
    }
    good: dict[str, JSONObject] = {}
    errors: list[FieldError] = []
    for index, volume in enumerate(volumes):
        at, name = path.index(index), volume.get("name", "")
        own = list(_source_errors(volume, pod_name, at, version))
        if not name:
            own.append(required(at.child("name")))
        else:
            own += label(name, at.child("name"), version)
        if name in good:
            own.append(duplicate(at.child("name"), name))
        if not own:
            good[name] = volume
        errors += own
        claim = volume.get("persistentVolumeClaim", {}).get("claimName", "")
        if claim and claim in ephemeral_claims:
            words = "must not reference a PVC that gets created for an ephemeral volume"
            errors.append(invalid(at.child("persistentVolumeClaim", "claimName"), claim, words))
    return good, errors


def _source_errors(
    volume: JSONObject, pod_name: str, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    has_source = "emptyDir" in volume
    if has_source:
        limit = volume["emptyDir"].get("sizeLimit")
        if limit is not None and quantity_value(str(limit)) < 0:
            words = "SizeLimit field must be a valid resource quantity"
            yield forbidden(path.child("emptyDir", "sizeLimit"), words)
    for name, errors in (*SOURCES.items(), ("ephemeral", None), ("image", image_errors)):
        if name not in volume:
            continue
        if has_source:
            yield forbidden(path.child(_MISSPELT.get(name, name)), "may not specify more than 1 volume type")
        elif errors is not None:
            yield from errors(volume[name], path.child(_OTHERWISE.get(name, name)), version)
        else:
            yield from _ephemeral_errors(volume, pod_name, path, version)
        has_source = True
        if name == "iscsi":
            yield from _initiator_errors(volume, path)
    if not has_source:
        yield required(path, "must specify a volume type")


def _initiator_errors(volume: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    iscsi, name = volume["iscsi"], volume.get("name", "")
    initiator = f"{name}:{iscsi.get('targetPortal', '')}"
    if iscsi.get("initiatorName") is not None and len(initiator.encode()) > _LONGEST_TARGET:
        words = (
            "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if "
            "iscsi.initiatorName is specified."
        )
        yield invalid(path.child("name"), name, words)


def _ephemeral_errors(
    volume: JSONObject, pod_name: str, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    at, template = (
        path.child("ephemeral", "volumeClaimTemplate"),
        volume["ephemeral"].get("volumeClaimTemplate"),
    )
    if template is None:
        yield required(at)
    else:
        yield from claim_template_errors(template, at, version)
    name = volume.get("name", "")
    if pod_name and name:
        claim = f"{pod_name}-{name}"
        for words in subdomain_errors(claim, version):
            yield invalid(path.child("name"), name, f'PVC name "{claim}": {words}')
