"""Sends requests to one API server and retries them: GETs, and reviews and dry runs that store nothing.

They go through a connection pool of urllib3; the models of the `kubernetes` client are not used.
"""

import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from urllib3 import HTTPHeaderDict, Timeout, exceptions

from rbacpsp import __version__
from rbacpsp.sources.answers import HTTPAnswer, Received, answered, receive, refused, retry_after, unreachable
from rbacpsp.sources.bodies import body_pieces
from rbacpsp.sources.kubeconfig_entries import is_loopback
from rbacpsp.sources.limits import Budget, Patience, limit_reached
from rbacpsp.sources.log_in import log_in
from rbacpsp.sources.login import Login
from rbacpsp.sources.refusals import ConnectError, RefusedError
from rbacpsp.sources.workers import within

JSON = "application/json"
TRANSIENT = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses after which the same request may succeed."""


class Connection:
    """An API server and a login to it; several threads may use it at once."""

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
        self._spread = random.Random()  # noqa: S311 - spreads the retries of many, hides nothing
        self._reached = False
        self._budget: Budget | None = None
        self.login = log_in(*self._source)

    @property
    def patience(self) -> Patience:
        """The limits of times and sizes."""
        return self._patience

    def begin(self) -> None:
        """Begin to read a cluster: from now on the limits of a complete cluster count."""
        self._budget = Budget(self.login.server, self._patience)

    def get(self, path: str, query: Mapping[str, str | int] | None = None, accept: str = JSON) -> HTTPAnswer:
        """Request a path.

        Raises:
            RefusedError: The server refused, for good or at every attempt.
            ConnectError: No answer, or the login is not accepted.
        """
        return self._ask("GET", f"{path}?{urlencode(query)}" if query else path, accept, None)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        query: Mapping[str, str] | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> HTTPAnswer:
        """Send a review, which the server answers and does not store: the path must be one of a review.

        Raises:
            RefusedError: The server refused, for good or at every attempt.
            ConnectError: No answer, or the login is not accepted.
            ValueError: The path is not that of a review, or a header's value is not allowed in headers.
        """
        if not path.endswith("reviews"):
            raise ValueError(f"{path} is not a review")
        more = [(name, _carried(value)) for name, value in headers]
        target = f"{path}?{urlencode(query)}" if query else path
        return self._ask("POST", target, JSON, msgspec.json.encode(body), more)

    def try_pod(
        self, namespace: str, pod: Mapping[str, Any], headers: Sequence[tuple[str, str]] = ()
    ) -> HTTPAnswer:
        """Create a pod as a dry run (dryRun=All), which stores nothing.

        Raises:
            RefusedError: The server refused, for good or at every attempt.
            ConnectError: No answer, or the login is not accepted.
            ValueError: A header's value is not allowed in headers.
        """
        more = [(name, _carried(value)) for name, value in headers]
        target = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods?dryRun=All"
        return self._ask("POST", target, JSON, msgspec.json.encode(pod), more)

    def lines(self, path: str, query: Mapping[str, str | int]) -> Iterator[bytes]:
        """The lines of an answer as they come, until the server ends it: a watch.

        Raises:
            RefusedError: The server refused; the request is not repeated.
            ConnectError: The connection broke, or the login is not accepted.
        """
        login = self.login
        response = None
        try:
            response = self._send(login, "GET", f"{path}?{urlencode(query)}", JSON, None)
            status = int(response.status)
            if status == 401:
                self._renew(login)
            if status != 200:
                raise self._refused(login, receive(response, self._patience.list_bytes))
            rest = bytearray()
            for piece in body_pieces(response):
                *ended, begun = piece.split(b"\n")
                for end in ended:
                    yield bytes(rest + end)
                    rest.clear()
                rest += begun
                if len(rest) > self._patience.list_bytes:
                    raise self._too_large(login)
        except (exceptions.HTTPError, OSError) as error:
            raise unreachable(login.server, error, login.hide) from None
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
    ) -> HTTPAnswer:
        renewed = False
        attempt = 1
        while True:
            login = self.login
            wait = 0.0
            try:
                response = self._exchange(login, method, target, accept, body, more_headers)
            except (exceptions.HTTPError, OSError) as error:
                if not self._may_pass(error) or attempt >= self._patience.attempts:
                    raise unreachable(login.server, error, login.hide) from None
            else:
                self._reached = True
                if response.status in {200, 201}:
                    return answered(response, login.hide)
                if response.status == 401 and not renewed:
                    renewed = True
                    self._renew(login)
                    continue
                if response.status == 401:
                    raise ConnectError(
                        f'{login.server} does not accept the login of user "{login.user}" (401): '
                        "it has expired or is unknown there; log in again"
                    )
                wait = retry_after(response.headers.get("Retry-After"))
                if response.status not in TRANSIENT or attempt >= self._patience.attempts:
                    raise self._refused(login, response)
                if wait > self._patience.longest_delay:
                    most = f"{self._patience.longest_delay:g} seconds of --live-limit retry-seconds"
                    raise self._refused(login, response, f"; its Retry-After is longer than the {most}")
            jitter = self._spread.uniform(0.8, 1.2)
            self._sleep(max(wait, self._patience.first_delay * 2 ** (attempt - 1) * jitter))
            attempt += 1

    def _exchange(
        self,
        login: Login,
        method: str,
        target: str,
        accept: str,
        body: bytes | None,
        more_headers: Sequence[tuple[str, str]],
    ) -> Received:
        """Send a request and read its complete response, within the limits.

        Raises:
            ConnectError: A limit is reached.
        """
        budget = self._budget
        seconds = budget.seconds() if budget else self._patience.request

        def call() -> Received | None:
            response = self._send(login, method, target, accept, body, more_headers)
            try:
                return receive(response, self._patience.list_bytes)
            finally:
                response.close()

        try:
            received = within(seconds, call)
        except TimeoutError:
            if budget and budget.ended:
                raise budget.late() from None
            message = f"{login.server} did not end an answer within {self._patience.request:g} seconds"
            raise limit_reached(message, "request-seconds") from None
        if received is None:
            raise self._too_large(login)
        if budget:
            budget.take(len(received.data))
        return received

    def _too_large(self, login: Login) -> ConnectError:
        message = f"{login.server} sent an answer of more than {self._patience.list_bytes} bytes"
        return limit_reached(message, "list-bytes")

    @staticmethod
    def _refused(login: Login, response: Received | None, more: str = "") -> RefusedError:
        if response is None:
            return RefusedError(0, "the answer is too large")
        error = refused(response)
        return RefusedError(error.status, login.hide(error.message) + more)

    def close(self) -> None:
        """Interrupt all waits and close all connections."""
        self._closed.set()
        self.login.pool.clear()

    def _send(
        self,
        login: Login,
        method: str,
        target: str,
        accept: str,
        body: bytes | None,
        more_headers: Sequence[tuple[str, str]] = (),
    ) -> Any:
        headers = HTTPHeaderDict({"Accept": accept, "User-Agent": f"rbacpsp/{__version__}"})
        if not is_loopback(login.server):
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
            raise ConnectError(f'the login of user "{login.user}" is not usable: {error}') from None
        for name, value in more_headers:
            headers.add(name, value)
        pool = login.pool
        try:
            return pool.request(
                method,
                login.server + target,
                body=body,
                headers=headers,
                timeout=Timeout(connect=self._patience.connect, read=self._patience.read),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        finally:
            if self._closed.is_set() or self.login is not login:
                pool.clear()  # this request was sent while the other connections were closed

    def _renew(self, refused: Login) -> None:
        """Log in again, unless another thread has: the token's file or login command may have a new token."""
        with self._lock:
            if self.login is refused:
                self.login = log_in(*self._source)
                refused.pool.clear()

    def _may_pass(self, error: Exception) -> bool:
        """Whether to retry a failed connection: never before one has succeeded."""
        lasting = (exceptions.SSLError, exceptions.LocationValueError)
        return self._reached and isinstance(error, exceptions.HTTPError) and not isinstance(error, lasting)

    def _sleep(self, seconds: float) -> None:
        if self._closed.wait(seconds):
            raise ConnectError("the connection was closed")


def _carried(value: str) -> str:
    """A header's value in the form that http.client sends as UTF-8, as client-go does.

    Raises:
        ValueError: The value is not allowed in headers.
    """
    if value != value.strip(" \t") or any(char < " " or char == "\x7f" for char in value):
        raise ValueError(
            "a token or name with a line break, or a space at its end, is not allowed in a header"
        )
    return value.encode().decode("latin-1")
