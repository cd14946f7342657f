"""The major and minor version of a Kubernetes server, on which its behavior depends."""

import re
from typing import NamedTuple, Self

from rbacpsp.model.argument_types import said

_FORM = re.compile(r"v?([0-9]{1,9})\.([0-9]{1,9})(?:[.+\-].*)?")


class Version(NamedTuple):
    """A Kubernetes version such as 1.24; compared as numbers, so 1.9 comes before 1.10."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1.24`, `v1.24.17` or a vendor's `v1.24.17-eks-2d98532`.

        Raises:
            ValueError: The text is not a version.
        """
        form = _FORM.fullmatch(text.strip())
        if not form:
            raise ValueError(f"{said(text)} is not a Kubernetes version: write it as 1.24 or v1.24.17")
        return cls(int(form[1]), int(form[2]))

    @classmethod
    def given(cls, version: "str | Version | None") -> "Version | None":
        """A version that is passed as a text or a version; None stays None.

        Raises:
            ValueError: It is not a version, or it is a number: 1.30 would be 1.3.
        """
        if version is None or isinstance(version, Version):
            return version
        if isinstance(version, str):
            return cls.parse(version)
        raise ValueError(f'the Kubernetes version must be a text such as "1.24", not {said(version)}')

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


V1_24 = Version(1, 24)
NEWEST = Version(1, 37)
OPENSHIFT = Version(1, 33)
"""The Kubernetes version of OpenShift 4.20, whose security context constraints are implemented."""


def version_words(version: Version, *, assumed: bool) -> str:
    """A version as answers print it: `Kubernetes 1.24`, or `Kubernetes 1.37, assumed`.

    Of a version that is not known yet, the words name the one whose rules are used instead.
    """
    newer = f", answered as {NEWEST}" if version > NEWEST else ""
    return f"Kubernetes {version}{newer}{', assumed' if assumed else ''}"


def imitated(stated: Version | None, *, policies: bool) -> Version:
    """The version that answers are for: as stated, or else 1.24 if there are policies, or else the newest."""
    return stated or (V1_24 if policies else NEWEST)
