"""The user that a client certificate names: its subject's common name, and its organizations as the groups.

Source: apiserver/pkg/authentication/request/x509 CommonNameUserConversion (0.37); DER as X.690 has it.
"""

from collections.abc import Iterator

_COMMON_NAME = bytes.fromhex("550403")
_ORGANIZATION = bytes.fromhex("55040a")
_VERSION_TAG = 0xA0
_ENCODINGS = {0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x14: "latin-1"}
"""Of BMPString, UniversalString and TeletexString; every other kind of string is UTF-8 or ASCII."""


def subject(der: bytes) -> tuple[str, tuple[str, ...]]:
    """The common name and the organizations of a certificate's subject, in the certificate's order.

    Raises:
        ValueError: The bytes are no X.509 certificate.
    """
    try:
        certificate = next(_values(der))[1]
        fields = list(_values(next(_values(certificate))[1]))
        # version (only from v2 on), serial number, signature, issuer, validity, subject
        place = 5 if fields[0][0] == _VERSION_TAG else 4
        names = [
            (kind[1], value[1].decode(_ENCODINGS.get(value[0], "utf-8")))
            for _, together in _values(fields[place][1])
            for _, pair in _values(together)
            for kind, value in [tuple(_values(pair))]
        ]
    except (IndexError, StopIteration, RuntimeError) as error:
        raise ValueError("not an X.509 certificate") from error
    common = [text for kind, text in names if kind == _COMMON_NAME]
    return common[-1] if common else "", tuple(text for kind, text in names if kind == _ORGANIZATION)


def _values(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The tag and content of each value in a row of DER values."""
    at = 0
    while at < len(der):
        tag, length = der[at], der[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(der[at : at + size])
            at += size
        if at + length > len(der):
            raise IndexError
        yield tag, der[at : at + length]
        at += length
