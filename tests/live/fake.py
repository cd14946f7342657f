"""An HTTP server with answers that a test defines, for behavior that real API servers seldom show."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A received request."""

    method: str
    path: str
    query: dict[str, str]
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Reply:
    """An answer; `cut` breaks the connection after half of the body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


Answerer = Callable[[Asked, int], Reply | None]
"""Given a request and how often this path was asked before; None stands for the usual answer."""


@dataclass
class Fake:
    """The running server."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def kubeconfig(self, folder: Path, login: dict[str, Any] | None = None) -> str:
        """Write a kubeconfig for it."""
        path = folder / "kubeconfig"
        config = {
            "clusters": [{"name": "fake", "cluster": {"server": self.url}}],
            "users": [{"name": "someone", "user": login or {"token": "secret-token"}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "someone"}}],
            "current-context": "fake",
        }
        path.write_text(json.dumps(config), encoding="utf-8")
        return str(path)


def status(code: int, message: str = "") -> dict[str, Any]:
    """A Status object."""
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


def role_list(names: list[str], token: str = "") -> dict[str, Any]:
    """A page of Roles of the namespace `x`."""
    return {
        "kind": "RoleList",
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "metadata": {"resourceVersion": "7", "continue": token},
        "items": [{"metadata": {"name": name, "namespace": "x"}, "rules": None} for name in names],
    }


def usual(asked: Asked) -> Reply:
    """An empty cluster."""
    if asked.path == "/version":
        return Reply({"major": "1", "minor": "24", "gitVersion": "v1.24.17"})
    if asked.path in {"/api", "/apis"}:
        return Reply({"versions": ["v1"]} if asked.path == "/api" else {"groups": []})
    return Reply({"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": []})


@contextmanager
def run_fake(answer: Answerer, host: str = "127.0.0.1") -> Iterator[Fake]:
    """Run a server that answers with `answer`, or as an empty cluster if that returns None."""
    counts: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            where = urlsplit(self.path)
            asked = Asked(self.command, where.path, dict(parse_qsl(where.query)), tuple(self.headers.items()))
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fake.asked.append(asked)
            before = counts.get(asked.path, 0)
            counts[asked.path] = before + 1
            reply = answer(asked, before) or usual(asked)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in ({"Content-Type": "application/json"} | reply.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)
            self.close_connection = self.close_connection or reply.cut

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *args: object) -> None:
            """Log nothing."""

    http = ThreadingHTTPServer((host, 0), Handler)
    fake = Fake(f"http://{f'[{host}]' if ':' in host else host}:{http.server_port}")
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
