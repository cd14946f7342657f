"""Tests the message about a request without a response."""

import ssl

import pytest
from urllib3 import exceptions

from rbacpsp.sources.answers import unreachable

SERVER = "https://example.com:6443"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")),
            f"the connection to {SERVER} broke: try again (",
        ),
        (
            exceptions.SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed")),
            f"the certificate of {SERVER} is not trusted: check certificate-authority in the kubeconfig (",
        ),
        (
            exceptions.SSLError(ssl.SSLError(1, "wrong version number")),
            f"no secure connection to {SERVER}: check its address and the client certificate (",
        ),
    ],
)
def test_a_failed_handshake_is_reported_with_its_reason(error: Exception, message: str) -> None:
    text = str(unreachable(SERVER, error, lambda words: words))
    assert text.startswith(message)
    assert "\n" not in text
