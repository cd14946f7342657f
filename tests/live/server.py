"""Starts a real API server for a test: etcd and kube-apiserver on loopback, removed afterwards."""

import base64
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SOURCES = Path(__file__).parents[1] / "apiserver"
BUILT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rbacpsp" / "apiserver"
START_SECONDS = 120
USERS: Mapping[str, tuple[str, ...]] = {
    "admin": ("system:masters",),
    "alice": ("dev",),
    "bob": (),
}
"""Who has a token, and in which groups."""

AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{level: Metadata}]
"""

# The server runs in the background of a shell that reads a pipe which nobody writes to. The pipe ends with
# the test process, however that ends, and the shell then ends its whole process group; so it does when the
# server ends.
SUPERVISE = '("$@"; kill -KILL 0) & cat >/dev/null; kill -KILL 0'


class NotBuiltError(Exception):
    """A binary is missing."""


@dataclass(frozen=True)
class Binaries:
    """The programs that make a server of one release."""

    etcd: str
    apiserver: str


def find_binaries(name: str) -> Binaries:
    """The programs of `v1.24` or `current`: from KUBEBUILDER_ASSETS, else as install.sh builds them.

    Raises:
        NotBuiltError: One of them is missing.
    """
    assets = Path(os.environ.get("KUBEBUILDER_ASSETS", "/nonexistent"))
    etcd = shutil.which("etcd", path=str(assets)) or shutil.which("etcd")
    apiserver = shutil.which("kube-apiserver", path=str(assets))
    if not apiserver or _is_v1_24(apiserver) != (name == "v1.24"):
        apiserver = shutil.which("kube-apiserver", path=str(BUILT / required_release(name)))
    missing = [what for what, path in (("etcd", etcd), (f"kube-apiserver {name}", apiserver)) if not path]
    if missing or not etcd or not apiserver:
        raise NotBuiltError(f"{' and '.join(missing)} missing: run tests/apiserver/install.sh")
    return Binaries(etcd, apiserver)


def required_release(name: str) -> str:
    """The release that a module under tests/apiserver requires, for example `v1.24.17`."""
    lines = (SOURCES / name / "go.mod").read_text(encoding="utf-8").splitlines()
    return next(line.split()[1] for line in lines if line.startswith("\tk8s.io/kubernetes v"))


def _is_v1_24(apiserver: str) -> bool:
    said = subprocess.run([apiserver, "--version"], capture_output=True, text=True, check=True, timeout=60)
    return said.stdout.startswith("Kubernetes v1.24.")


class ApiError(Exception):
    """The server refused a request; the error has its response."""


@dataclass
class ApiServer:
    """A running server, and the data that its clients need."""

    url: str
    folder: Path
    release: str
    tokens: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def ca(self) -> Path:
        """The certificate that the server made for itself."""
        return self.folder / "certificates" / "apiserver.crt"

    @property
    def audit_log(self) -> Path:
        """The file of its audit log, if it writes one."""
        return self.folder / "audit" / "audit.log"

    def request(self, method: str, path: str, body: Any = None, *, user: str = "admin") -> dict[str, Any]:
        """Send a request as one of the server's users, without the tested code.

        Raises:
            ApiError: It refused.
        """
        with self.asked(method, path, body, user) as answer:
            body = answer.read()
        if answer.status >= 400:
            raise ApiError(body.decode())
        return dict(json.loads(body))

    def is_ready(self) -> bool:
        """Whether the server answers /readyz."""
        try:
            with self.asked("GET", "/readyz", None, "admin") as answer:
                return answer.status == 200
        except OSError:  # no certificate yet, or connections are refused
            return False

    @contextmanager
    def asked(self, method: str, path: str, body: Any, user: str) -> Iterator[HTTPResponse]:
        where = urlsplit(self.url)
        context = ssl.create_default_context(cafile=str(self.ca))
        headers = {"Authorization": f"Bearer {self.tokens[user]}", "Content-Type": "application/json"}
        with closing(
            HTTPSConnection(where.hostname or "", where.port, timeout=60, context=context)
        ) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            yield connection.getresponse()

    def kill(self) -> None:
        """Kill the server and its etcd."""
        for process in self.processes:
            if process.stdin:
                process.stdin.close()
        for process in self.processes:
            process.wait(timeout=30)

    def create(self, *objects: Mapping[str, Any]) -> None:
        """Create objects as the administrator.

        Raises:
            ApiError: The server refused one.
        """
        for obj in objects:
            self.request("POST", collection(obj), obj)

    def kubeconfig(
        self,
        user: str = "admin",
        *,
        namespace: str = "",
        name: str = "test",
        login: Mapping[str, Any] | None = None,
    ) -> Path:
        """Write a kubeconfig with one context; `login` replaces the user's token."""
        context = {"cluster": "test", "user": user} | ({"namespace": namespace} if namespace else {})
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "test", "cluster": {"server": self.url, "certificate-authority": str(self.ca)}}
            ],
            "users": [{"name": user, "user": {"token": self.tokens[user]} if login is None else login}],
            "contexts": [{"name": name, "context": context}],
            "current-context": name,
        }
        path = self.folder / f"kubeconfig-{secrets.token_hex(4)}"
        path.write_text(json.dumps(config), encoding="utf-8")
        return path

    def client_certificate(self, name: str, groups: Sequence[str] = ()) -> dict[str, str]:
        """A kubeconfig login by certificate."""
        subject = "".join(f"/O={group}" for group in groups) + f"/CN={name}"
        key, request, made = (
            self.folder / f"{secrets.token_hex(4)}.{kind}" for kind in ("key", "csr", "crt")
        )
        openssl(
            "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", subject
        )
        ca = self.folder / "clients"
        openssl(
            *("x509", "-req", "-in", request, "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key"),
            *("-CAcreateserial", "-days", "1", "-out", made),
        )
        return {
            "client-certificate-data": base64.b64encode(made.read_bytes()).decode(),
            "client-key-data": base64.b64encode(key.read_bytes()).decode(),
        }


def collection(obj: Mapping[str, Any]) -> str:
    """The path that objects of this kind are posted to."""
    version = obj["apiVersion"]
    namespace = obj["metadata"].get("namespace")
    plural = obj["kind"].lower()
    if plural.endswith("y"):
        plural = plural.removesuffix("y") + "ies"
    else:
        plural += "es" if plural.endswith("s") else "s"
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


def openssl(*arguments: str | Path) -> None:
    """Run openssl, which makes the keys.

    Raises:
        CalledProcessError: It failed.
    """
    program = shutil.which("openssl") or "openssl"
    subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, timeout=60)


@contextmanager
def run_server(
    name: str, folder: Path, *, audited: bool = False, controllers: bool = False
) -> Iterator[ApiServer]:
    """Start a server of `v1.24` or `current` in a new folder; both are removed after the block.

    Args:
        name: The release.
        folder: The folder.
        audited: Whether it writes an audit log of every request, to `ApiServer.audit_log`.
        controllers: Whether it fills aggregated ClusterRoles and creates each namespace's account `default`.

    Raises:
        NotBuiltError: A binary is missing.
        RuntimeError: A program ended, or the server was not ready in time; the error has the end of its log.
    """
    binaries = find_binaries(name)
    (folder / "certificates").mkdir(parents=True)
    server = ApiServer("", folder, required_release(name))
    server.tokens = {user: secrets.token_hex(16) for user in USERS}
    (folder / "tokens.csv").write_text(
        "".join(
            f'{server.tokens[user]},{user},{user},"{",".join(groups)}"\n' for user, groups in USERS.items()
        ),
        encoding="utf-8",
    )
    openssl("genrsa", "-out", folder / "accounts.key", "2048")
    openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=clients"),
        *("-keyout", folder / "clients.key", "-out", folder / "clients.crt"),
    )
    etcd_url, peer_url = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    port = free_port()
    server.url = f"https://127.0.0.1:{port}"
    etcd = [
        *(binaries.etcd, f"--data-dir={folder / 'etcd'}", "--log-level=error"),
        *(f"--listen-client-urls={etcd_url}", f"--advertise-client-urls={etcd_url}"),
        *(f"--listen-peer-urls={peer_url}", f"--initial-advertise-peer-urls={peer_url}"),
        f"--initial-cluster=default={peer_url}",
    ]
    apiserver = [
        *(
            binaries.apiserver,
            f"--etcd-servers={etcd_url}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
        ),
        *("--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none"),
        *("--service-cluster-ip-range=10.0.0.0/24", "--allow-privileged=true"),
        *(f"--cert-dir={folder / 'certificates'}", f"--client-ca-file={folder / 'clients.crt'}"),
        *("--authorization-mode=RBAC", f"--token-auth-file={folder / 'tokens.csv'}"),
        *(f"--service-account-{use}={folder / 'accounts.key'}" for use in ("key-file", "signing-key-file")),
        "--service-account-issuer=https://kubernetes.default.svc",
        "--disable-admission-plugins=Priority",  # no controller makes its classes
        *(["--enable-admission-plugins=PodSecurityPolicy"] if name == "v1.24" else []),
        *([f"--controllers-kubeconfig={server.kubeconfig()}"] if controllers else []),
    ]
    if audited:
        policy = folder / "audit-policy.yaml"
        policy.write_text(AUDIT_POLICY, encoding="utf-8")
        apiserver += [
            *(f"--audit-policy-file={policy}", f"--audit-log-path={server.audit_log}"),
            "--audit-log-mode=blocking-strict",
        ]
    processes = server.processes
    try:
        for command in (etcd, apiserver):
            with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
                processes.append(
                    subprocess.Popen(
                        ["/bin/sh", "-c", SUPERVISE, "sh", *command],
                        stdin=subprocess.PIPE,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
        wait_until_ready(server, processes)
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


PATIENCE = 60.0
"""Seconds until what the server stores has reached all of its caches."""


def wait_until(holds: Callable[[], object]) -> bool:
    """Wait until a condition is true; return whether it became true in time."""
    end = time.monotonic() + PATIENCE
    while not (held := bool(holds())) and time.monotonic() < end:
        time.sleep(0.005)
    return held


def wait_until_ready(server: ApiServer, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Return when the server answers /readyz.

    Raises:
        RuntimeError: A process ended, or the server was not ready in time.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and all(process.poll() is None for process in processes):
        if server.is_ready():
            return
        time.sleep(0.1)
    logs = "\n".join(
        log.read_text(encoding="utf-8", errors="replace")[-3000:] for log in server.folder.glob("*.log")
    )
    raise RuntimeError(f"the API server did not get ready\n{logs}")


def free_port() -> int:
    """A free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
