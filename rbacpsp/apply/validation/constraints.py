"""OpenShift's validation of security context constraints.

They are validated as they are stored, with the defaults that the server writes into them. It accepts some
constraints that the admission plugin cannot use, so that they refuse every pod: the audit reports these.

Source: openshift/kubernetes openshift-kube-apiserver/admission/customresourcevalidation/
securitycontextconstraints/validation/validation.go, release-4.21; for userNamespaceLevel the schema of
openshift/api security/v1, which is checked before, together with the metadata.
"""

from collections.abc import Iterator, Sequence

from rbacpsp.apply.constraint_defaults import ALL, NONE, with_defaults
from rbacpsp.apply.validation.metadata import metadata_errors
from rbacpsp.apply.validation.sysctls import overlap_errors, sysctl_errors
from rbacpsp.model.field_error import (
    FieldError,
    FieldPath,
    GoText,
    go_strings,
    invalid,
    json_text,
    not_supported,
    required,
)
from rbacpsp.model.go import quote
from rbacpsp.model.go_values import JSON_SINCE
from rbacpsp.model.names import subdomain_errors
from rbacpsp.model.psp import AllowedFlexVolume, Range
from rbacpsp.model.scc import GroupStrategy, SecurityContextConstraints
from rbacpsp.model.version import Version

_USERS = ("MustRunAs", "MustRunAsNonRoot", "MustRunAsRange", "RunAsAny")
_LABELS = ("MustRunAs", "RunAsAny")
_GROUPS = ("MustRunAs", "RunAsAny")
_LEVELS = ("AllowHostLevel", "RequirePodLevel")
_FLEX_VOLUME = "flexVolume"


def constraint_errors(constraint: SecurityContextConstraints, version: Version) -> Iterator[FieldError]:
    """Everything that is wrong with constraints that are created, in the server's order."""
    first = [*_schema_errors(constraint, version)]
    yield from first or _rule_errors(with_defaults(constraint), version)


def _schema_errors(constraint: SecurityContextConstraints, version: Version) -> Iterator[FieldError]:
    yield from metadata_errors(constraint.metadata, version, subdomain_errors, namespaced=False)
    level = constraint.user_namespace_level
    if level and level not in _LEVELS:
        yield not_supported(FieldPath.of("userNamespaceLevel"), level, _LEVELS)


def _rule_errors(constraint: SecurityContextConstraints, version: Version) -> Iterator[FieldError]:
    if constraint.priority is not None and constraint.priority < 0:
        yield invalid(FieldPath.of("priority"), constraint.priority, "priority cannot be negative")
    user = constraint.run_as_user
    yield from _type_errors(FieldPath.of("runAsUser", "type"), user.type, _USERS)
    if user.uid is not None and user.uid < 0:
        yield invalid(FieldPath.of("runAsUser", "uid"), user.uid, "uid cannot be negative")
    yield from _type_errors(FieldPath.of("seLinuxContext", "type"), constraint.se_linux_context.type, _LABELS)
    yield from _group_errors("fsGroup", constraint.fs_group, version)
    yield from _group_errors("supplementalGroups", constraint.supplemental_groups, version)
    yield from _capability_errors(constraint, version)
    if constraint.default_allow_privilege_escalation and not constraint.allow_privilege_escalation:
        words = (
            "Cannot set DefaultAllowPrivilegeEscalation to true without also setting "
            "AllowPrivilegeEscalation to true"
        )
        yield invalid(FieldPath.of("defaultAllowPrivilegeEscalation"), value=True, detail=words)
    yield from _volume_errors(constraint, version)
    allowed, prohibited = FieldPath.of("allowedUnsafeSysctls"), FieldPath.of("forbiddenSysctls")
    yield from sysctl_errors(constraint.allowed_unsafe_sysctls, allowed)
    yield from sysctl_errors(constraint.forbidden_sysctls, prohibited)
    yield from overlap_errors(
        constraint.allowed_unsafe_sysctls, allowed, constraint.forbidden_sysctls, prohibited
    )


def _type_errors(path: FieldPath, strategy: str, known: Sequence[str]) -> Iterator[FieldError]:
    if strategy not in known:
        yield invalid(path, strategy, f"invalid strategy type.  Valid values are {', '.join(known)}")


def _group_errors(name: str, strategy: GroupStrategy, version: Version) -> Iterator[FieldError]:
    path = FieldPath.of(name)
    if strategy.type not in _GROUPS:
        yield not_supported(path.child("type"), strategy.type, _GROUPS)
    for index, span in enumerate(strategy.ranges):
        yield from _range_errors(span, path.child("ranges").index(index), version)


def _range_errors(span: Range, path: FieldPath, version: Version) -> Iterator[FieldError]:
    if span.min < 0:
        yield invalid(path.child("min"), span.min, "min cannot be negative")
    if span.max < 0:
        yield invalid(path.child("max"), span.max, "max cannot be negative")
    if span.min > span.max:
        yield invalid(path.child("min"), _go_range(span, version), "min cannot be greater than max")


def _go_range(span: Range, version: Version) -> GoText:
    """A range as the server prints it; its JSON leaves out a zero."""
    if version >= JSON_SINCE:
        return GoText(json_text({key: end for key, end in (("min", span.min), ("max", span.max)) if end}))
    return GoText(f"v1.IDRange{{Min:{span.min}, Max:{span.max}}}")


def _capability_errors(constraint: SecurityContextConstraints, version: Version) -> Iterator[FieldError]:
    drops = constraint.required_drop_capabilities
    for field, names in (
        ("defaultAddCapabilities", constraint.default_add_capabilities),
        ("allowedCapabilities", constraint.allowed_capabilities),
    ):
        for index, name in enumerate(names):
            if name in drops:
                words = f"capability is listed in {field} and requiredDropCapabilities"
                yield invalid(FieldPath.of(field).at(field, index), name, words)
    if drops and ALL in constraint.allowed_capabilities:
        words = "required capabilities must be empty when all capabilities are allowed by a wildcard"
        value = go_strings("v1.Capability", drops, version)
        yield invalid(FieldPath.of("requiredDropCapabilities"), value, words)


def _volume_errors(constraint: SecurityContextConstraints, version: Version) -> Iterator[FieldError]:
    volumes, flex = constraint.volumes or (), constraint.allowed_flex_volumes
    if NONE in volumes and len(volumes) > 1:
        value = go_strings("v1.FSType", volumes, version)
        yield invalid(FieldPath.of("volumes"), value, "if 'none' is specified, no other values are allowed")
    path = FieldPath.of("allowedFlexVolumes")
    if flex and not {ALL, _FLEX_VOLUME} & set(volumes):
        words = "volumes does not include 'flexVolume' or '*', so no flex volumes are allowed"
        yield invalid(path, _go_drivers(flex, version), words)
        return
    for index, driver in enumerate(flex):
        if not driver.driver:
            yield required(path.index(index).child("driver"), "must specify a driver")


def _go_drivers(drivers: Sequence[AllowedFlexVolume], version: Version) -> GoText:
    """Drivers as the server prints them."""
    if version >= JSON_SINCE:
        return GoText(json_text([{"driver": driver.driver} for driver in drivers]))
    driver_texts = ", ".join(f"v1.AllowedFlexVolume{{Driver:{quote(driver.driver)}}}" for driver in drivers)
    return GoText(f"[]v1.AllowedFlexVolume{{{driver_texts}}}")
