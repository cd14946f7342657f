"""Tests how the user is read from a client certificate."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacpsp.model.certificate import subject

# openssl req -x509 -newkey rsa:1024 -nodes -days 36500 -keyout /dev/null -utf8
#   -subj "/O=dev/O=système/OU=x/CN=first/CN=jané"
PEM = """\
-----BEGIN CERTIFICATE-----
MIICeDCCAeGgAwIBAgIUPSCUWG4WqX9Cmms4G3CHc9znfo4wDQYJKoZIhvcNAQEL
BQAwTTEMMAoGA1UECgwDZGV2MREwDwYDVQQKDAhzeXN0w6htZTEKMAgGA1UECwwB
eDEOMAwGA1UEAwwFZmlyc3QxDjAMBgNVBAMMBWphbsOpMCAXDTI2MTEyMTAxMTI1
OVoYDzIxMjYxMDI4MDExMjU5WjBNMQwwCgYDVQQKDANkZXYxETAPBgNVBAoMCHN5
c3TDqG1lMQowCAYDVQQLDAF4MQ4wDAYDVQQDDAVmaXJzdDEOMAwGA1UEAwwFamFu
w6kwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBANTyzAlOryQAlS9iSdj+UMS6
dOvx6/K7yaQALGL2hYr2A6S+x4jjNWjQumWW9iL8n2VIsdUZoaJHPEukyhHp90UT
BykOFsoA+AvhigcTm1oneDQoWUmf2LKVO2WDxxEdPSs2EMeGvFNSMWdOuojGUzXU
XbB5BaLt6T2Kua4MnZdJAgMBAAGjUzBRMB0GA1UdDgQWBBTj9V6XH1bBkLxeEHbJ
oRx+KdG+YTAfBgNVHSMEGDAWgBTj9V6XH1bBkLxeEHbJoRx+KdG+YTAPBgNVHRMB
Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBALi8AN2RjrTAcxJT6lhp7xPf08By
O2AjHA+U+NZTlFdrXlpQIKs1OGuKROqsT52SsS+fd7bOt0s4PkSA1TIoSo9UBhR5
gZ44KtugtQNxIAvsGxeLkV2sVZzeGJZ7kbstc/gUbPPzszFsNzMfEovN1gOAMS2K
rEZkZz7lMi28JaKW
-----END CERTIFICATE-----
"""
DER = ssl.PEM_cert_to_DER_cert(PEM)


def test_the_last_common_name_is_the_user_and_the_organizations_are_the_groups() -> None:
    assert subject(DER) == ("jané", ("dev", "système"))


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x00", b"no certificate", DER[:300]])
def test_an_invalid_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"\A"):
        subject(der)


@given(st.lists(st.tuples(st.integers(0, len(DER) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_certificate_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(DER)
    for place, value in changes:
        damaged[place] = value
    try:
        name, groups = subject(bytes(damaged))
    except ValueError:
        return
    assert all(isinstance(text, str) for text in (name, *groups))
