"""The API server's validation of pod-level resources and resource claims.

Source: pkg/apis/core/validation/validation.go validatePodResources, validatePodResourceConsistency and
validatePodResourceClaims, 1.32 to 1.37.
"""

from collections.abc import Iterator, Sequence

from rbacpsp.admission.validation.checks import label, subdomain
from rbacpsp.admission.validation.pods.resources import pod_name_errors, resource_errors
from rbacpsp.model.field_error import FieldError, FieldPath, duplicate, forbidden, invalid, required
from rbacpsp.model.go_values import go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version
from rbacpsp.pods.pod_resources import HUGE_PAGES, largest_sum
from rbacpsp.pods.quantity import canonical_quantity, quantity_text, quantity_value

_CLAIMS_SINCE = Version(1, 34)
"""Since then the feature gate DynamicResourceAllocation is on."""
_POD_LEVEL_SINCE = Version(1, 34)


def claim_source_errors(
    claims: Sequence[JSONObject], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with the resource claims of a pod."""
    if version < _CLAIMS_SINCE:
        return
    names: set[str] = set()
    for index, claim in enumerate(claims):
        at, name = path.index(index), claim.get("name", "")
        if not name:
            yield required(at.child("name"))
        elif name in names:
            yield duplicate(at.child("name"), name)
        else:
            yield from label(name, at.child("name"), version)
            names.add(name)
        keys = ("resourceClaimName", "resourceClaimTemplateName")
        named_sources = [key for key in keys if claim.get(key) is not None]
        claim_text = go_struct("core.PodResourceClaim", version)
        if len(named_sources) > 1:
            words = "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            yield invalid(at, claim_text, words)
        if not named_sources:
            words = "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"
            yield invalid(at, claim_text, words)
        for key in named_sources:
            yield from subdomain(claim[key], at.child(key), version)


def pod_resource_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the resources that a pod has as a whole."""
    resources = spec.get("resources")
    if resources is None or version < _POD_LEVEL_SINCE:
        return
    at = path.child("resources")
    if spec.get("os", {}).get("name") == "windows":
        yield forbidden(at, "may not be set for a windows pod")
        return
    if resources.get("claims") is not None:
        yield forbidden(at.child("claims"), "claims may not be set for Resources at pod-level")
    claims = frozenset(claim.get("name", "") for claim in spec.get("resourceClaims", ()))
    yield from resource_errors(resources, claims, at, version, pod_name_errors)
    yield from _consistency_errors(spec, resources, at)


def _consistency_errors(spec: JSONObject, resources: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    for kind, compared in (("requests", ""), ("limits", HUGE_PAGES)):
        for name, quantity in resources.get(kind, {}).items():
            if not name.startswith(compared):
                continue
            total, text = largest_sum(spec, kind, name), canonical_quantity(str(quantity))
            if total is not None and total[0] > quantity_value(text):
                total_text = quantity_text(*total)
                words = f"must be greater than or equal to aggregate container {kind} of {total_text}"
                yield invalid(path.child(kind).key(name), text, words)
    for index, container in enumerate(spec.get("containers") or ()):
        for name, quantity in container.get("resources", {}).get("limits", {}).items():
            most = resources.get("limits", {}).get(name)
            text = canonical_quantity(str(quantity))
            if most is not None and quantity_value(text) > quantity_value(str(most)):
                at = path.child("containers").index(index).key(name).child("limits")
                words = f"must be less than or equal to pod limits of {canonical_quantity(str(most))}"
                yield invalid(at, text, words)
