"""How PodSecurityPolicy differs between Kubernetes versions, as data.

The rules are those of 1.24.17; each entry names the version that brought a change.
"""

from functools import lru_cache

from msgspec import Struct

from rbacpsp.model.version import V1_24, Version

REMOVED = Version(1, 25)
"""The version that removed PodSecurityPolicy."""


def removed_words(version: Version, older: str = "version") -> str:
    """The error for a version without PodSecurityPolicy if no policy was loaded."""
    return (
        f"Kubernetes {version} has no PodSecurityPolicy (it was removed in {REMOVED}) and no policy was "
        f"loaded: ask about Pod Security instead, or name an older {older}"
    )


FIELDS_SINCE = Version(1, 19)
"""Seccomp became a field, its two names of the default profile became one, a policy that allows `secret`
admits the projected token volume, and a refusal says which of its two steps refused."""

RUN_AS_GROUP_SINCE = Version(1, 14)
"""A policy's runAsGroup counts without an alpha feature gate (pkg/features/kube_features.go)."""

RUNTIME_CLASS_SINCE = Version(1, 15)
"""A policy can limit which RuntimeClasses pods may name (provider.go; absent in 1.14)."""

CSI_DRIVERS_SINCE = Version(1, 16)
"""A policy's list of CSI drivers counts without an alpha feature gate (provider.go, CSIInlineVolume)."""

EPHEMERAL_CONTAINERS_FILLED_SINCE = Version(1, 18)
"""Policies fill in ephemeral containers too, although nothing else sees them before 1.23 (provider.go,
MutatePod, visits AllContainers; in 1.17 those of enabled features)."""

EPHEMERAL_CONTAINERS_SINCE = Version(1, 23)
"""Ephemeral containers exist without an alpha feature gate."""

_ALWAYS = Version(1, 0)
SAFE_SYSCTLS: tuple[tuple[str, Version], ...] = (
    ("kernel.shm_rmid_forced", _ALWAYS),
    ("net.ipv4.ip_local_port_range", _ALWAYS),
    ("net.ipv4.tcp_syncookies", _ALWAYS),
    ("net.ipv4.ping_group_range", Version(1, 18)),
    ("net.ipv4.ip_unprivileged_port_start", Version(1, 22)),
)
"""The sysctls that every policy allows unless it forbids them, and the version that added each."""


class Words(Struct, frozen=True):
    """The beginnings of the server's refusals; the list of errors, if there is one, follows."""

    admit: str
    validate: str
    none: str


_WORDS_BEFORE_1_19 = Words(
    admit="unable to validate against any pod security policy",
    validate="unable to validate against any pod security policy",
    none="no providers available to validate pod request",
)
_WORDS = Words(
    admit="PodSecurityPolicy: unable to admit pod",
    validate="PodSecurityPolicy: unable to validate pod",
    none="PodSecurityPolicy: no providers available to validate pod request",
)


class Behavior(Struct, frozen=True):
    """The behavior of one version."""

    words: Words
    seccomp_fields: bool
    """Whether seccomp profiles are also fields, and `docker/default` equals `runtime/default`."""
    secret_admits_token_volumes: bool
    """Whether a policy that allows `secret` admits projected volumes with only a service account's token."""
    run_as_group: bool
    """Whether a policy's runAsGroup counts."""
    runtime_class: bool
    """Whether a policy's runtimeClass counts."""
    csi_drivers: bool
    """Whether a policy's allowedCSIDrivers counts."""
    fills_ephemeral_containers: bool
    ephemeral_containers: bool
    """Whether ephemeral containers are validated."""
    safe_sysctls: frozenset[str]


@lru_cache(maxsize=64)
def behavior(version: Version = V1_24) -> Behavior:
    """The behavior of a version; from 1.25, which has no PodSecurityPolicy, that of 1.24."""
    fields = version >= FIELDS_SINCE
    return Behavior(
        words=_WORDS if fields else _WORDS_BEFORE_1_19,
        seccomp_fields=fields,
        secret_admits_token_volumes=fields,
        run_as_group=version >= RUN_AS_GROUP_SINCE,
        runtime_class=version >= RUNTIME_CLASS_SINCE,
        csi_drivers=version >= CSI_DRIVERS_SINCE,
        fills_ephemeral_containers=version >= EPHEMERAL_CONTAINERS_FILLED_SINCE,
        ephemeral_containers=version >= EPHEMERAL_CONTAINERS_SINCE,
        safe_sysctls=frozenset(name for name, since in SAFE_SYSCTLS if version >= since),
    )
