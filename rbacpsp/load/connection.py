"""Requests to one API server: GETs, and reviews and dry runs that store nothing; retried while that helps.

The bytes come through the connection pool of the `kubernetes` client, which knows certificates and proxies;
its own models of the objects are never built.
"""

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from urllib3 import HTTPHeaderDict, Timeout, exceptions

from rbacpsp import __version__
from rbacpsp.load.answers import Answer, answered, refused, retry_after, unreachable
from rbacpsp.load.login import Login, log_in
from rbacpsp.load.refusals import ConnectError

JSON = "application/json"
TRANSIENT = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses after which the same request may succeed."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server; all in seconds but `attempts`."""

    connect: float = 10
    read: float = 60
    """Between two pieces of an answer."""
    attempts: int = 6
    first_delay: float = 0.25
    """Before the second attempt; it doubles with each further one."""
    longest_delay: float = 30
    """A server that asks to be left alone for longer (Retry-After) is given up."""


class Connection:
    """An API server that is asked with one login; may be used by several threads at once."""

    def __init__(
        self,
        context: str | None = None,
        kubeconfig: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Read the login; nothing is sent yet.

        Raises:
            ConnectError: There is no usable login.
        """
        self._source = (context, kubeconfig)
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._reached = False
        self.login = log_in(*self._source)

    def get(self, path: str, query: Mapping[str, str | int] | None = None, accept: str = JSON) -> Answer:
        """Ask for a path.

        Raises:
            RefusedError: The server refused, for good or at every attempt.
            ConnectError: No answer, or the login is not accepted.
        """
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, accept, None)

    def post(self, path: str, body: Mapping[str, Any], query: Mapping[str, str] | None = None) -> Answer:
        """Send a review, which the server answers and does not store: the path must be one of a review.

        Raises:
            RefusedError: The server refused, for good or at every attempt.
            ConnectError: No answer, or the login is not accepted.
            ValueError: The path is not a review's.
        """
        if not path.endswith("reviews"):
            raise ValueError(f"{path} is not a review")
        target = f"{path}?{urlencode(query)}" if query else path
        return self._ask("POST", target, JSON, msgspec.json.encode(body))

    def try_pod(
        self, namespace: str, pod: Mapping[str, Any], headers: Sequence[tuple[str, str]] = ()
    ) -> Answer:
        """Ask what would become of a pod that is created; the server is told to store nothing (dryRun=All).

        Raises:
            RefusedError: The server refused, for good or at every attempt.
            ConnectError: No answer, or the login is not accepted.
            ValueError: A header holds what none can carry.
        """
        more = [(name, _carried(value)) for name, value in headers]
        where = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods?dryRun=All"
        return self._ask("POST", where, JSON, msgspec.json.encode(pod), more)

    def lines(self, path: str, query: Mapping[str, str | int]) -> Iterator[bytes]:
        """The lines of an answer as they come, for as long as the server sends any: a watch.

        Raises:
            RefusedError: The server refused; it is not asked again.
            ConnectError: The connection broke, or the login is not accepted.
        """
        login = self.login
        response = None
        try:
            response = self._send(login, "GET", f"{path}?{urlencode(query)}", JSON, None, stream=True)
            status = int(response.status)
            if status == 401:
                self._renew(login)
            if status != 200:
                raise refused(response)
            rest = b""
            for piece in response.stream(None):
                *whole, rest = (rest + piece).split(b"\n")
                yield from whole
        except (exceptions.HTTPError, OSError) as error:
            raise unreachable(login.server, error) from None
        finally:
            if response is not None:
                response.close()

    def _ask(
        self,
        method: str,
        target: str,
        accept: str,
        body: bytes | None,
        more_headers: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        renewed = False
        attempt = 1
        while True:
            login = self.login
            wait = 0.0
            try:
                response = self._send(login, method, target, accept, body, more_headers)
            except (exceptions.HTTPError, OSError) as error:
                if not self._may_pass(error) or attempt >= self._patience.attempts:
                    raise unreachable(login.server, error) from None
            else:
                status = int(response.status)
                self._reached = True
                if status in {200, 201}:
                    return answered(response)
                if status == 401 and not renewed:
                    renewed = True
                    self._renew(login)
                    continue
                if status == 401:
                    raise ConnectError(
                        f'{login.server} does not accept the login of user "{login.user}" (401): '
                        "it has expired or is unknown there; log in again"
                    )
                wait = retry_after(response.headers.get("Retry-After"))
                if (
                    status not in TRANSIENT
                    or attempt >= self._patience.attempts
                    or wait > self._patience.longest_delay
                ):
                    raise refused(response)
            jitter = random.uniform(0.8, 1.2)  # noqa: S311 - spreads the retries of many, hides nothing
            self._sleep(max(wait, self._patience.first_delay * 2 ** (attempt - 1) * jitter))
            attempt += 1

    def close(self) -> None:
        """End every wait and close every connection."""
        self._closed.set()
        self.login.client.rest_client.pool_manager.clear()

    def _send(
        self,
        login: Login,
        method: str,
        target: str,
        accept: str,
        body: bytes | None,
        more_headers: Sequence[tuple[str, str]] = (),
        *,
        stream: bool = False,
    ) -> Any:
        headers = HTTPHeaderDict({"Accept": accept, "User-Agent": f"rbacpsp/{__version__}"})
        if not _is_loopback(login.server):
            headers["Accept-Encoding"] = "gzip"
        with self._lock:
            authorization = login.authorization()
        if body is not None:
            headers["Content-Type"] = JSON
        try:
            if authorization:
                headers["Authorization"] = _carried(authorization)
            for name, value in login.impersonation:
                headers.add(name, _carried(value))
        except ValueError as error:
            raise ConnectError(f'the login of user "{login.user}" is of no use: {error}') from None
        for name, value in more_headers:
            headers.add(name, value)
        pool = login.client.rest_client.pool_manager
        try:
            return pool.request(
                method,
                login.server + target,
                body=body,
                headers=headers,
                timeout=Timeout(connect=self._patience.connect, read=self._patience.read),
                retries=False,
                redirect=False,
                preload_content=not stream,
            )
        finally:
            if self._closed.is_set() or self.login is not login:
                pool.clear()  # it was under way, or begun, when the others were closed

    def _renew(self, refused: Login) -> None:
        """Log in anew, unless another thread has: the token's file or login command may have a fresh one."""
        with self._lock:
            if self.login is refused:
                self.login = log_in(*self._source)
                refused.client.rest_client.pool_manager.clear()

    def _may_pass(self, error: Exception) -> bool:
        """Whether a connection that failed may work the next time: never where none has worked yet."""
        lasting = (exceptions.SSLError, exceptions.LocationValueError)
        return self._reached and isinstance(error, exceptions.HTTPError) and not isinstance(error, lasting)

    def _sleep(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise ConnectError("the connection was closed")


def _carried(value: str) -> str:
    """A header's value as http.client must be given it, so that it is sent in UTF-8 as client-go sends it.

    Raises:
        ValueError: No header can carry it.
    """
    if value != value.strip(" \t") or any(char < " " or char == "\x7f" for char in value):
        raise ValueError("a token or name with a line break, or with a blank at its end, fits in no header")
    return value.encode().decode("latin-1")


def _is_loopback(server: str) -> bool:
    """Whether compression would cost more than it saves."""
    return urlsplit(server).hostname in {"127.0.0.1", "::1", "localhost"}
