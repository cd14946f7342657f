"""The CEL expressions for volumes: their kinds, their paths on the host, and their drivers."""

from rbacpsp.migration.cel.clause import Clause
from rbacpsp.migration.cel.text import all_of, any_of, literal, one_of
from rbacpsp.migration.controls import Drivers, HostPaths, VolumeTypes

_OF_AN_ACCOUNT = (
    "(has(s.serviceAccountToken) || has(s.configMap) || has(s.downwardAPI))"
    " && (!has(s.serviceAccountToken) || (s.serviceAccountToken.?path.orValue('') == 'token'"
    " && s.serviceAccountToken.?audience.orValue('') == ''))"
    " && (!has(s.configMap) || s.configMap.?name.orValue('') == 'kube-root-ca.crt')"
    " && (!has(s.downwardAPI) || s.downwardAPI.?items.orValue([]).all(i, i.?path.orValue('') == 'namespace'"
    " && has(i.fieldRef) && i.fieldRef.?apiVersion.orValue('') == 'v1'"
    " && i.fieldRef.?fieldPath.orValue('') == 'metadata.namespace'))"
)
"""Whether the projected source `s` is one of those of a service account's token volume."""


def volume_types(control: VolumeTypes) -> Clause:
    """Every volume is of a listed type, or contains only a service account's token."""
    tests = [f"has(v.{kind})" for kind in control.types if kind.isalnum()]
    if control.token_volumes and "projected" not in control.types:
        tests.append(f"(has(v.projected) && v.projected.?sources.orValue([]).all(s, {_OF_AN_ACCOUNT}))")
    return Clause(f"variables.volumes.all(v, {any_of(tests)})")


def host_paths(control: HostPaths) -> Clause:
    """Every path lies below a prefix, and is mounted read-only where each such prefix demands that."""
    path = "v.hostPath.path"
    writable = any_of(_below(path, allowed.path_prefix) for allowed in control.paths if not allowed.read_only)
    read_only = any_of(_below(path, allowed.path_prefix) for allowed in control.paths if allowed.read_only)
    mounts = (
        "variables.containers.all(c, c.?volumeMounts.orValue([]).all(m, m.name != v.name"
        " || m.?readOnly.orValue(false)))"
    )
    tests = [] if writable == "false" else [writable]
    if read_only != "false":
        tests.append(f"({read_only} && {mounts})")
    return Clause(f"variables.volumes.all(v, {any_of(['!has(v.hostPath)', *tests])})")


def _below(path: str, prefix: str) -> str:
    """Whether a path is the prefix or lies beneath it; one trailing slash of either is ignored."""
    plain = prefix.removesuffix("/")
    inside = f"{path}.startsWith({literal(plain + '/')})"
    # The prefix with a slash begins with itself, so that only the bare one needs a test of its own.
    return inside if not plain else any_of([f"{path} == {literal(plain)}", inside])


def drivers(control: Drivers) -> Clause:
    """Every FlexVolume's or CSI volume's driver is listed."""
    kind = "flexVolume" if control.field == "allowedFlexVolumes" else "csi"
    test = one_of(f"v.{kind}.?driver.orValue('')", control.drivers)
    return Clause(f"variables.volumes.all(v, {all_of([f'!has(v.{kind}) || {test}'])})")
