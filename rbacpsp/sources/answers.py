"""Converts the response to a request, or its failure, to an answer or an error."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import (
    BadStatusLine,
    HTTPException,
    IncompleteRead,
    LineTooLong,
    RemoteDisconnected,
    UnknownProtocol,
)
from socket import gaierror
from ssl import SSLCertVerificationError, SSLEOFError, SSLError
from time import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
from urllib3 import exceptions

from rbacpsp.sources.bodies import body_pieces, encoding
from rbacpsp.sources.refusals import ConnectError, RefusedError, one_line

_BODILESS = frozenset({*range(100, 200), 204, 304})
"""HTTP statuses of answers that end with the header (RFC 9112, 6.3)."""
_TLS = ("\x15\x03", "\x16\x03")
"""How records of an alert and of a handshake begin."""
_CHECK = "check its address in the kubeconfig, and the proxies on the way"
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class HTTPAnswer:
    """The body of an answer, its Content-Type, and the texts of its Warning headers."""

    body: bytes
    content_type: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A complete response as it was received."""

    status: int
    headers: Any
    data: bytes


def receive(response: Any, max_bytes: int) -> Received | None:
    """Read a complete response; None if it is larger than a number of bytes.

    A response that may have no body is not read, so that closing it closes its connection too: the next
    request would get what follows it.
    """
    if response.status in _BODILESS:
        return Received(int(response.status), response.headers, b"")
    chunks, size = [], 0
    for chunk in body_pieces(response):
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            return None
    return Received(int(response.status), response.headers, b"".join(chunks))


def answered(response: Received, hide: Callable[[str], str]) -> HTTPAnswer:
    """The answer of a successful response; secrets of the login are removed from its warnings.

    Raises:
        RefusedError: Its body is not in UTF-8, as JSON must be.
    """
    body = response.data
    try:
        if not body.isascii():
            body.decode()
    except UnicodeDecodeError:
        reason = "is in an encoding that was not requested" if encoding(response) else "is not UTF-8 text"
        raise RefusedError(response.status, f"the answer {reason}") from None
    return HTTPAnswer(
        body,
        str(response.headers.get("Content-Type", "")),
        tuple(map(hide, _warnings(response.headers.getlist("Warning")))),
    )


def _warnings(headers: list[str]) -> tuple[str, ...]:
    """The texts of Warning headers, each `299 - "text"` (RFC 7234, 5.5)."""
    # The server writes UTF-8, and http.client reads Latin-1.
    texts = (header.encode("latin-1", "replace").decode("utf-8", "replace") for header in headers)
    quoted = (match[1] for text in texts for match in _WARNING.finditer(text))
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in quoted)


class _Status(msgspec.Struct):
    """The fields of the API's Status object (meta/v1) that are read."""

    kind: str = ""
    message: str = ""


def refused(response: Received) -> RefusedError:
    """The error of a failed response, with the message of its Status object if it has one."""
    try:
        status = msgspec.json.decode(response.data, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        status = _Status()
    message = status.message if status.kind == "Status" else ""
    location = response.headers.get("Location")
    redirect = (
        f", a redirect to {_without_secrets(location)}" if location and 300 <= response.status < 400 else ""
    )
    return RefusedError(response.status, message or f"HTTP {response.status}{redirect}")


def _without_secrets(url: str) -> str:
    """A URL without a login, and without what follows the path, which may contain one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "nowhere"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else parts.path


def retry_after(value: str | None) -> float:
    """Seconds that a Retry-After header asks for, 0 without one: a number or a date (RFC 9110, 10.2.3)."""
    if not value:
        return 0
    try:
        if value.strip().isdecimal():
            return float(value)
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (ValueError, OverflowError):
        return 0


def _is_caused_by(error: Exception, kind: type[SSLError]) -> bool:
    """Whether an error of `ssl` is the reason; urllib3 wraps it."""
    return any(isinstance(cause, kind) for cause in (error.__cause__, error.__context__, *error.args))


def _cause(error: BaseException) -> BaseException:
    """The error that urllib3 wraps."""
    while error.args and isinstance(error.args[-1], Exception):
        error = error.args[-1]
    return error


def _broken(server: str, error: Exception, hide: Callable[[str], str]) -> str:
    """What to say if a connection broke, or if something other than HTTP was received."""
    cause = _cause(error)
    line = str(cause.args[0]) if isinstance(cause, BadStatusLine) else ""
    match cause:
        case RemoteDisconnected():
            reason = "the server closed it without an answer"
        case BadStatusLine() if line.startswith(_TLS):
            return f"{server} answers with TLS: write https:// in place of http:// in the kubeconfig"
        case BadStatusLine() if line.startswith("HTTP/") and not line.endswith("\n"):
            reason = "the answer ended early"
        case IncompleteRead():
            reason = "the answer ended early"
        case BadStatusLine() | UnknownProtocol():
            return f"{server} does not answer in HTTP: {_CHECK}"
        case LineTooLong():
            return (
                f"{server} does not answer in valid HTTP: {_CHECK} (its header has a line that is too long)"
            )
        case ConnectionError():
            reason = "the server reset it"
        case exceptions.InvalidHeader() | HTTPException():
            return f"{server} does not answer in valid HTTP: {_CHECK} (its header is not valid)"
        case _:
            reason = one_line(hide(str(error)))
    return f"the connection to {server} broke: try again ({reason})"


def unreachable(server: str, error: Exception, hide: Callable[[str], str]) -> ConnectError:
    """The error for a request without a response; secrets of the login are removed from it."""
    match error:
        case exceptions.SSLError() if _is_caused_by(error, SSLCertVerificationError):
            reason = (
                f"the certificate of {server} is not trusted: check certificate-authority in the kubeconfig"
            )
        case exceptions.SSLError() if _is_caused_by(error, SSLEOFError):  # the server ended the handshake
            reason = f"the connection to {server} broke: try again"
        case exceptions.SSLError():
            reason = f"no secure connection to {server}: check its address and the client certificate"
        case exceptions.ProxyError():
            reason = f"the proxy on the way to {server} does not answer: check proxy-url and HTTPS_PROXY"
        case exceptions.LocationValueError():
            return ConnectError(f"{server} is not an address of a server: check it in the kubeconfig")
        case exceptions.NewConnectionError() if isinstance(error.__context__, gaierror):
            return ConnectError(f"the host of {server} is unknown: check its name and the network")
        case exceptions.NewConnectionError():
            return ConnectError(f"{server} refuses connections: check its address, and that the server runs")
        case exceptions.TimeoutError():
            return ConnectError(f"{server} did not answer in time: check its address and the network")
        case exceptions.HTTPError():
            return ConnectError(_broken(server, error, hide))
        case _:  # a certificate or key that cannot be read
            reason = f"no connection to {server}: check the files that the kubeconfig names"
    return ConnectError(f"{reason} ({one_line(hide(str(error)))})")
