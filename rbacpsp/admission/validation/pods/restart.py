"""The API server's validation of restart and resize policies of containers.

Source: pkg/apis/core/validation/validation.go validateContainerRestartPolicy,
validateInitContainerRestartPolicy and validateResizePolicy, 1.27 to 1.37.
"""

from collections.abc import Iterator

from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    too_many,
)
from rbacpsp.model.json import JSONObject
from rbacpsp.model.version import Version

_SIDECARS_SINCE = Version(1, 29)
"""Since then the feature gate SidecarContainers is on."""
_RULES_SINCE = Version(1, 35)
_ALL_SINCE = Version(1, 36)
"""Since then a rule may restart all containers, and a sidecar may have rules."""
_RESIZED_SINCE = Version(1, 33)
_RESTARTED_INIT_SINCE = Version(1, 35)
_POLICIES = ("Always", "Never", "OnFailure")
_MOST_RULES, _MOST_CODES = 20, 255


def container_restart_errors(
    container: JSONObject, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with the restart policy of a regular container."""
    policy = container.get("restartPolicy")
    if version >= _RULES_SINCE:
        yield from _rules_errors(container, path, version)
    elif policy is not None and version >= _SIDECARS_SINCE:
        yield forbidden(path.child("restartPolicy"), "may not be set for non-init containers")


def init_restart_errors(container: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the restart policy of a container that runs before the others."""
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules", ())
    if version < _RULES_SINCE:
        if policy not in {None, "Always"} and version >= _SIDECARS_SINCE:
            yield not_supported(path.child("restartPolicy"), policy, ("Always",))
    elif policy == "Always" and version < _ALL_SINCE:
        if rules:
            words = "restartPolicyRules are not allowed for init containers with restart policy Always"
            yield forbidden(path.child("restartPolicyRules"), words)
    elif policy is not None:
        yield from _rules_errors(container, path, version)
    elif rules:
        words = "must specify restartPolicy when restart rules are used"
        yield required(path.child("restartPolicy"), words)


def _rules_errors(container: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules", ())
    if policy is None:
        if not rules:
            return
        words = "must specify restartPolicy when restart rules are used"
        yield required(path.child("restartPolicy"), words)
    elif policy not in _POLICIES:
        yield not_supported(path.child("restartPolicy"), policy, _POLICIES)
    if len(rules) > _MOST_RULES:
        yield too_many(path.child("restartPolicyRules"), len(rules), _MOST_RULES)
    actions = ("Restart", "RestartAllContainers") if version >= _ALL_SINCE else ("Restart",)
    for index, rule in enumerate(rules):
        at = path.child("restartPolicyRules").index(index)
        if rule.get("action", "") not in actions:
            yield not_supported(at.child("action"), rule.get("action", ""), actions)
        codes = rule.get("exitCodes")
        if codes is None:
            yield required(at.child("exitCodes"), "must be specified")
            continue
        operator, values = codes.get("operator", ""), codes.get("values", ())
        if operator not in {"In", "NotIn"}:
            yield not_supported(at.child("exitCodes", "operator"), operator, ("In", "NotIn"))
        if len(values) > _MOST_CODES:
            yield too_many(at.child("exitCodes", "values"), len(values), _MOST_CODES)


def resize_errors(
    container: JSONObject, path: FieldPath, version: Version, *, init: bool, restart_policy: str = ""
) -> Iterator[FieldError]:
    """What is wrong with the resize policy of a container; `init` says whether it is an init container."""
    policies = container.get("resizePolicy", ())
    if version < _RESIZED_SINCE or not policies:
        return
    at = path.child("resizePolicy")
    if init:
        if container.get("restartPolicy") != "Always" and version >= _RESTARTED_INIT_SINCE:
            words = "must not be set to 'RestartContainer' for non-sidecar initContainers"
            for index, resize in enumerate(policies):
                if resize.get("restartPolicy") == "RestartContainer":
                    yield invalid(at.index(index).child("restartPolicy"), "RestartContainer", words)
        return
    seen: set[str] = set()
    for index, resize in enumerate(policies):
        name, policy = resize.get("resourceName", ""), resize.get("restartPolicy", "")
        if name in seen:
            yield duplicate(at.index(index), name)
        seen.add(name)
        for value, supported in ((name, ("cpu", "memory")), (policy, ("NotRequired", "RestartContainer"))):
            if not value:
                yield required(at)
            elif value not in supported:
                yield not_supported(at, value, supported)
        if restart_policy == "Never" and policy != "NotRequired":
            yield invalid(at, policy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")
