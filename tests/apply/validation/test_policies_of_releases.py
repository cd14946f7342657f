"""Tests the validation of policies by release; only the names of volumes differ.

Source: ValidatePodSecurityPolicy of 1.16.15 to 1.24.17, with the functions that it calls, read side by side.
"""

from typing import Any

import pytest

from rbacpsp.apply.validation.policies import policy_errors
from rbacpsp.decode import decode_objects
from rbacpsp.model.version import Version
from rbacpsp.testing import policy

RELEASES = [Version(1, minor) for minor in range(16, 25)]
WRONG: dict[str, Any] = {
    "runAsUser": {"rule": "MayRunAs"},
    "volumes": ["configmap"],
    "requiredDropCapabilities": ["A"],
    "allowedCapabilities": ["*"],
    "defaultAllowPrivilegeEscalation": True,
    "allowPrivilegeEscalation": False,
    "allowedHostPaths": [{"pathPrefix": "/a/../b"}],
    "allowedUnsafeSysctls": ["a..b"],
    "runtimeClass": {"allowedRuntimeClassNames": ["*", "a"]},
}


def errors(version: Version, **spec: Any) -> list[str]:
    (found,) = decode_objects([policy("p", **spec)]).policies.values()
    return list(map(str, policy_errors(found, version)))


@pytest.mark.parametrize("version", RELEASES, ids=str)
def test_generic_ephemeral_volumes_are_known_since_1_19(version: Version) -> None:
    result = errors(version, volumes=["ephemeral"])
    assert bool(result) is (version < Version(1, 19))


@pytest.mark.parametrize("version", RELEASES, ids=str)
def test_everything_else_is_refused_by_each_release_in_the_same_words(version: Version) -> None:
    result = [error.replace('"ephemeral", ', "") for error in errors(version, **WRONG)]
    assert result == [error.replace('"ephemeral", ', "") for error in errors(Version(1, 24), **WRONG)]
    assert len(result) == 7
