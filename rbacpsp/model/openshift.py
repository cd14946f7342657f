"""Reads releases of OpenShift and maps them to Kubernetes versions."""

import re

from rbacpsp.model.argument_types import said
from rbacpsp.model.version import Version

_FORM = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})(?:[.+\-].*)?")
_FOUR = 4
_KUBERNETES_AHEAD = 13
"""OpenShift 4.10 is Kubernetes 1.23, and so on."""


def as_openshift(version: str | Version | None) -> Version | None:
    """A release of OpenShift that is passed as a text or a version; None stays None.

    Raises:
        ValueError: The text is not a version of OpenShift.
    """
    if isinstance(version, str):
        match = _FORM.fullmatch(version.strip())
        if not match or int(match[1]) < _FOUR:
            raise ValueError(f"{said(version)} is not a version of OpenShift: write it as 4.21 or 4.21.3")
        return Version(int(match[1]), int(match[2]))
    if version is None or isinstance(version, Version):
        return version
    raise ValueError(f'the version of OpenShift must be a text such as "4.21", not {said(version)}')


def kubernetes_of(version: Version) -> Version | None:
    """The Kubernetes version of a release of OpenShift; None where it is not known."""
    return Version(1, version.minor + _KUBERNETES_AHEAD) if version.major == _FOUR else None
