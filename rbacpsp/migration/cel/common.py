"""The variables that clauses share."""

import re
from collections.abc import Iterable, Iterator, Mapping

from rbacpsp.migration.cel.text import container_field, literal
from rbacpsp.pods.seccomp import CONTAINER_PREFIX, POD_KEY
from rbacpsp.psp.strategies.apparmor import CONTAINER_PREFIX as APPARMOR_PREFIX


def _profile(field: str) -> str:
    """The annotation value that is equivalent to the seccomp or AppArmor profile in `field`."""
    return (
        f"{field}.type == 'RuntimeDefault' ? 'runtime/default' : "
        f"{field}.type == 'Unconfined' ? 'unconfined' : "
        f"'localhost/' + {field}.?localhostProfile.orValue('')"
    )


_POD_SECCOMP = f"variables.annotations[?{literal(POD_KEY)}].orValue('')"
_HAS_SECCOMP = f"{container_field('seccompProfile')}.hasValue()"
_SECCOMP_KEY = f"{literal(CONTAINER_PREFIX)} + c.name"
_APPARMOR = f"variables.annotations[?{literal(APPARMOR_PREFIX)} + c.name].orValue('')"

COMMON: Mapping[str, str] = {
    "containers": (
        "object.spec.containers + object.spec.?initContainers.orValue([])"
        " + object.spec.?ephemeralContainers.orValue([])"
    ),
    "pod": "object.spec.?securityContext.orValue({})",
    "annotations": "object.metadata.?annotations.orValue({})",
    "volumes": "object.spec.?volumes.orValue([])",
    "seLinuxOptions": (
        "(has(variables.pod.seLinuxOptions) ? [variables.pod.seLinuxOptions] : [])"
        f" + variables.containers.filter(c, {container_field('seLinuxOptions')}.hasValue())"
        ".map(c, c.securityContext.seLinuxOptions)"
    ),
    "podAppArmor": (
        f"has(variables.pod.appArmorProfile) ? ({_profile('variables.pod.appArmorProfile')}) : ''"
    ),
    "appArmorProfiles": (
        f"variables.containers.map(c, {_APPARMOR} != '' ? {_APPARMOR} : "
        f"{container_field('appArmorProfile')}.hasValue() ? "
        f"({_profile('c.securityContext.appArmorProfile')}) : "
        "variables.podAppArmor)"
    ),
    "podSeccomp": (
        f"({_POD_SECCOMP} != '' ? [{_POD_SECCOMP}] : [])"
        f" + (has(variables.pod.seccompProfile) ? [{_profile('variables.pod.seccompProfile')}] : [])"
    ),
    "containerSeccomp": (
        f"variables.containers.filter(c, {_HAS_SECCOMP})"
        f".map(c, {_profile('c.securityContext.seccompProfile')})"
        f" + variables.containers.filter(c, !{_HAS_SECCOMP} && {_SECCOMP_KEY} in variables.annotations)"
        f".map(c, variables.annotations[{_SECCOMP_KEY}])"
    ),
    "names": "variables.containers.map(c, c.name)",
    "indexes": "object.spec.containers.map(c, c.name)",
    "initIndexes": "object.spec.?initContainers.orValue([]).map(c, c.name)",
}
"""The variables that clauses use, ordered so that each follows those that it uses itself."""

_NAMES = re.compile(r"variables\.(\w+)")


def shared_variables(expressions: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The shared variables that expressions refer to, directly or through one another, in order."""
    wanted = {name for expression in expressions for name in _NAMES.findall(expression)}
    for name in reversed(list(COMMON)):
        if name in wanted:
            wanted.update(_NAMES.findall(COMMON[name]))
    return ((name, text) for name, text in COMMON.items() if name in wanted)
