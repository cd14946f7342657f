"""The API server's validation of the names of seccomp and AppArmor profiles.

Source: pkg/apis/core/validation/validation.go ValidateSeccompProfile, validateLocalDescendingPath and
ValidateAppArmorProfileFormat, 1.24.
"""

from collections.abc import Iterator

from rbacpsp.model.field_error import FieldError, FieldPath, invalid
from rbacpsp.model.go import quote

_SECCOMP = frozenset({"runtime/default", "docker/default", "unconfined"})
_APPARMOR = frozenset({"", "runtime/default", "unconfined"})
_LOCALHOST = "localhost/"


def seccomp_errors(profile: str, path: FieldPath) -> Iterator[FieldError]:
    """What is wrong with a profile that an annotation names."""
    if profile in _SECCOMP:
        return
    if not profile.startswith(_LOCALHOST):
        yield invalid(path, profile, "must be a valid seccomp profile")
        return
    yield from local_path_errors(profile.removeprefix(_LOCALHOST), path)


def local_path_errors(profile: str, path: FieldPath) -> Iterator[FieldError]:
    """What is wrong with the path of a profile on the node: it may not leave its folder."""
    if profile.startswith("/"):
        yield invalid(path, profile, "must be a relative path")
    if ".." in profile.split("/"):
        yield invalid(path, profile, "must not contain '..'")


def apparmor_problem(profile: str) -> str:
    """What is wrong with an AppArmor profile; empty for a good one."""
    if profile in _APPARMOR or profile.startswith(_LOCALHOST):
        return ""
    return f"invalid AppArmor profile name: {quote(profile)}"
