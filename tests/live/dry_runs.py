"""Sends dry runs to a real server as any user, and finds which part refused them."""

import http.client
import json
import re
import ssl
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from rbacpsp.model import User
from tests.live.server import ApiError, ApiServer, collection

JSONObject = dict[str, Any]
REFUSERS = (
    ("serviceaccount", re.compile(r"error looking up service account|service account .* does not reference")),
    ("psp", re.compile(r"is forbidden: PodSecurityPolicy: ")),
    ("podsecurity", re.compile(r"violates PodSecurity|failed to lookup namespace")),
    (
        "rbac",
        re.compile(
            r'User ".*" cannot |is attempting to grant RBAC|^(cluster)?role(binding)?s\..* not found$'
        ),
    ),
    ("validation", re.compile(r" is invalid: |not found$|pod rejected|HealthCheck NodePort")),
)
BROKEN = "nobody"
"""Stands for a server that ended the connection without an answer."""
_LISTS = re.compile(r"PodSecurityPolicy: unable|RBAC: \[")
_GENERATED = re.compile(r'(?<=-)[a-z0-9]{5}(?=")')


class Said(NamedTuple):
    """A server's answer: the part that refused, and its message."""

    by: str | None
    message: str


class DryRuns:
    """A connection that stays open, on which the administrator acts as others."""

    def __init__(self, server: ApiServer) -> None:
        where = urlsplit(server.url)
        context = ssl.create_default_context(cafile=str(server.ca))
        self._connection = http.client.HTTPSConnection(
            where.hostname or "", where.port, timeout=60, context=context
        )
        self._token = server.tokens["admin"]

    def close(self) -> None:
        self._connection.close()

    def create(self, obj: JSONObject, who: User) -> Said:
        """The server's answer to the creation of an object in a dry run."""
        return self._say("POST", collection(obj), obj, who)

    def update(self, obj: JSONObject, who: User) -> Said:
        """The server's answer to an update of an object in a dry run."""
        return self._say("PUT", f"{collection(obj)}/{obj['metadata']['name']}", obj, who)

    def submit(self, obj: JSONObject) -> Said:
        """The server's answer to the administrator who creates an object; a valid one is stored."""
        return self._say("POST", collection(obj), obj, None, query="")

    def _say(
        self, method: str, path: str, obj: JSONObject, who: User | None, query: str = "?dryRun=All"
    ) -> Said:
        try:
            status, answer = self._sent(method, f"{path}{query}", obj, who)
        except http.client.RemoteDisconnected:  # the server itself breaks down on some values
            self._connection.close()
            return Said(BROKEN, "")
        if status < 400:
            return Said(None, "")
        return Said(refuser(answer["message"]), answer["message"])

    def store(self, method: str, path: str, obj: JSONObject | None) -> JSONObject:
        """The server's answer to the administrator.

        Raises:
            ApiError: It refuses.
        """
        status, answer = self._sent(method, path, obj)
        if status >= 400:
            raise ApiError(f"{method} {path}: {answer}")
        return answer

    def read(self, path: str) -> JSONObject:
        """An object; a Status if it does not exist."""
        return self._sent("GET", path, None)[1]

    def _sent(
        self, method: str, path: str, obj: JSONObject | None, who: User | None = None
    ) -> tuple[int, JSONObject]:
        self._connection.putrequest(method, path)
        body = b"" if obj is None else json.dumps(obj).encode()
        headers = [
            ("Authorization", f"Bearer {self._token}"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ]
        if who is not None:
            headers += [("Impersonate-User", who.name)]
            headers += [("Impersonate-Group", group) for group in who.groups]
        for name, value in headers:
            self._connection.putheader(name, value)
        self._connection.endheaders(body)
        answer = self._connection.getresponse()
        return answer.status, dict(json.loads(answer.read()))


def refuser(message: str) -> str:
    result = next((name for name, words in REFUSERS if words.search(message)), None)
    assert result is not None, message
    return result


def alike(message: str | None) -> str:
    """A message without generated names and addresses, with policies and roles in a fixed order."""
    text = _GENERATED.sub("xxxxx", message or "")
    text = re.sub(r"(?:core\.\w+)?\{.*?\}(?=: cannot)", "{...}", text)
    return " ".join(sorted(re.split(r"[ ,\[\]]+", text))) if _LISTS.search(text) else text
