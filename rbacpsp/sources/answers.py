"""The result of a request to an API server: an answer, the server's error, or why there is none."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from socket import gaierror
from ssl import SSLCertVerificationError
from time import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
from urllib3 import exceptions

from rbacpsp.sources.refusals import ConnectError, RefusedError, one_line

_PIECE = 1 << 20
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer, its Content-Type, and what its Warning headers say."""

    body: bytes
    content_type: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A whole answer as it came."""

    status: int
    headers: Any
    data: bytes


def receive(response: Any, most: int) -> Received | None:
    """Take a whole answer, piece by piece as it comes; None where it is larger than so many bytes."""
    pieces, size = [], 0
    while piece := response.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            return None
    return Received(int(response.status), response.headers, b"".join(pieces))


def answered(response: Received, hide: Callable[[str], str]) -> Answer:
    """An answer that is no error; its warnings are without the secrets of the login.

    Raises:
        RefusedError: Its body is not in UTF-8, as JSON must be.
    """
    body = response.data
    try:
        if not body.isascii():
            body.decode()
    except UnicodeDecodeError:
        raise RefusedError(response.status, "the answer is not UTF-8 text") from None
    return Answer(
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
    """What is read of the API's Status object (meta/v1)."""

    kind: str = ""
    message: str = ""


def refused(response: Received) -> RefusedError:
    """An answer that is an error: in the words of its Status object, if it holds one."""
    try:
        status = msgspec.json.decode(response.data, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        status = _Status()
    message = status.message if status.kind == "Status" else ""
    to = response.headers.get("Location")
    redirect = f", a redirect to {_without_secrets(to)}" if to and 300 <= response.status < 400 else ""
    return RefusedError(response.status, message or f"HTTP {response.status}{redirect}")


def _without_secrets(url: str) -> str:
    """A URL as far as it may be told: without a login, and without what may be one after the path."""
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


def _is_untrusted(error: Exception) -> bool:
    """Whether the server's certificate is the reason: urllib3 wraps what `ssl` raised."""
    return any(
        isinstance(each, SSLCertVerificationError)
        for each in (error.__cause__, error.__context__, *error.args)
    )


def unreachable(where: str, error: Exception, hide: Callable[[str], str]) -> ConnectError:
    """Why there was no answer, in words and without the secrets of the login."""
    match error:
        case exceptions.SSLError() if _is_untrusted(error):
            why = f"the certificate of {where} is not trusted: check certificate-authority in the kubeconfig"
        case exceptions.SSLError():
            why = f"no secure connection to {where}: check its address and the client certificate"
        case exceptions.ProxyError():
            why = f"the proxy on the way to {where} does not answer: check proxy-url and HTTPS_PROXY"
        case exceptions.LocationValueError():
            return ConnectError(f"{where} is no address of a server: check it in the kubeconfig")
        case exceptions.NewConnectionError() if isinstance(error.__context__, gaierror):
            return ConnectError(f"the host of {where} is unknown: check its name and the network")
        case exceptions.NewConnectionError():
            return ConnectError(f"{where} refuses connections: check its address, and that the server runs")
        case exceptions.TimeoutError():
            return ConnectError(f"{where} did not answer in time: check its address and the network")
        case exceptions.HTTPError():
            why = f"the connection to {where} broke: try again"
        case _:  # a certificate or key that cannot be read
            why = f"no connection to {where}: check the files that the kubeconfig names"
    return ConnectError(f"{why} ({one_line(hide(str(error)))})")
