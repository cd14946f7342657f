"""Reads releases of OpenShift and maps them to Kubernetes versions."""

import re

from rbacpsp.model.argument_types import said
from rbacpsp.model.version import NEWEST, Version

_FORM = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})(?:[.+\-].*)?")
_FOUR = 4
_FIRST = Version(4, 1)
"""The first release: there was no 4.0."""
_KUBERNETES_AHEAD = 13
"""Since 4.3, which is Kubernetes 1.16: 4.10 is 1.23, and so on."""
_BEFORE = {_FIRST: Version(1, 13), Version(4, 2): Version(1, 14)}


def as_openshift(version: str | Version | None) -> Version | None:
    """A release of OpenShift that is passed as a text or a version; None stays None.

    Raises:
        ValueError: The text is not a version of OpenShift.
    """
    if isinstance(version, str):
        match = _FORM.fullmatch(version.strip())
        release = Version(int(match[1]), int(match[2])) if match else None
        if release is None or release < _FIRST:
            raise ValueError(f"{said(version)} is not a version of OpenShift: write it as 4.21 or 4.21.3")
        return release
    if version is None or isinstance(version, Version):
        return version
    raise ValueError(f'the version of OpenShift must be a text such as "4.21", not {said(version)}')


def kubernetes_of(version: Version) -> Version | None:
    """The Kubernetes version of a release of OpenShift; None where it is not known."""
    if version in _BEFORE or version.major != _FOUR:
        return _BEFORE.get(version)
    known = Version(1, version.minor + _KUBERNETES_AHEAD)
    return known if known <= NEWEST else None
