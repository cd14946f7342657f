"""Reads the tag of an image name as API defaulting does.

Source: pkg/util/parsers/parsers.go, 1.24, and github.com/docker/distribution/reference beneath it.
"""

import re
from functools import lru_cache

_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"{_COMPONENT}(?:\.{_COMPONENT})*(?::[0-9]+)?"
_PATH = r"[a-z0-9]+(?:(?:[._]|__|-*)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>{_DOMAIN}/{_PATH}(?:/{_PATH})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?",
    re.ASCII,
)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_HUB = "docker.io"


@lru_cache(maxsize=4096)
def image_tag(image: str) -> str:
    """The tag that an image name asks for.

    `latest` where it has neither tag nor digest; empty where it has only a digest, or is not an image name.
    """
    if _IDENTIFIER.fullmatch(image):
        return ""
    domain, slash, remainder = image.partition("/")
    if not slash or not ("." in domain or ":" in domain or domain == "localhost"):
        domain, remainder = _HUB, image
    elif domain == "index.docker.io":
        domain = _HUB
    if domain == _HUB and "/" not in remainder:
        remainder = f"library/{remainder}"
    repository = remainder.partition(":")[0]
    reference = _REFERENCE.fullmatch(f"{domain}/{remainder}")
    if repository != repository.lower() or not reference or len(reference["name"]) > 255:
        return ""
    if reference["digest"]:
        return reference["tag"] or "" if _DIGEST.fullmatch(reference["digest"]) else ""
    return reference["tag"] or "latest"
