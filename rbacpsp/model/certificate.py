"""Reads the user of a client certificate or a request for one: common name, and organizations as groups.

Source: apiserver/pkg/authentication/request/x509 CommonNameUserConversion (0.37); DER as X.690 has it.
"""

import re
from base64 import b64decode
from collections.abc import Iterator

_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")
_VERSION_TAG = 0xA0
_PEM = re.compile(r"[A-Za-z0-9+/=]+")
_ENCODINGS = {0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x14: "latin-1"}
"""Of BMPString, UniversalString and TeletexString; every other kind of string is UTF-8 or ASCII."""


def subject(der: bytes) -> tuple[str, tuple[str, ...]]:
    """The common name and the organizations of a certificate's subject, in the certificate's order.

    Raises:
        ValueError: The bytes are not an X.509 certificate.
    """
    try:
        certificate = next(_values(der))[1]
        fields = list(_values(next(_values(certificate))[1]))
        # version (only from v2 on), serial number, signature, issuer, validity, subject
        return _named(fields[5 if fields[0][0] == _VERSION_TAG else 4][1])
    except (IndexError, StopIteration, RuntimeError) as error:
        raise ValueError("not an X.509 certificate") from error


def requested_subject(text: str) -> tuple[str, tuple[str, ...]]:
    """The common name and the organizations that `spec.request` of a CertificateSigningRequest asks for.

    It is a PKCS #10 request in PEM, in base64 (RFC 2986).

    Raises:
        ValueError: The text is not a certificate.
    """
    try:
        pem = b64decode(text, validate=True).decode("ascii")
        der = b64decode("".join(line for line in pem.splitlines() if _PEM.fullmatch(line)), validate=True)
        fields = list(_values(next(_values(next(_values(der))[1]))[1]))
        return _named(fields[1][1])  # after the version
    except (IndexError, StopIteration, RuntimeError, ValueError) as error:
        raise ValueError("not a request for a certificate") from error


def _named(name: bytes) -> tuple[str, tuple[str, ...]]:
    names = [
        (kind[1], value[1].decode(_ENCODINGS.get(value[0], "utf-8")))
        for _, together in _values(name)
        for _, pair in _values(together)
        for kind, value in [tuple(_values(pair))]
    ]
    common_names = [text for kind, text in names if kind == _COMMON_NAME]
    return common_names[-1] if common_names else "", tuple(
        text for kind, text in names if kind == _ORGANIZATION
    )


def _values(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The tag and content of each value in a row of DER values."""
    position = 0
    while position < len(der):
        tag, length = der[position], der[position + 1]
        position += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[position : position + size])
            position += size
        if position + length > len(der):
            raise IndexError
        yield tag, der[position : position + length]
        position += length
