"""Prepares the entries of a kubeconfig for both readers, so that they mean what they mean to kubectl.

Source: client-go 0.37, tools/clientcmd (loader.go ResolveLocalPaths, client_config.go, api/v1/conversion.go)
transport/round_trippers.go and plugin/pkg/client/auth/exec.
"""

import base64
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from rbacpsp.model.printable import shown
from rbacpsp.sources.refusals import ConnectError

_FILES = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
_SECRETS = (
    *("token", "password", "client-certificate-data", "client-key-data"),
    *("id-token", "refresh-token", "access-token", "client-secret"),
)
"""The fields of a user and of its auth-provider that are secret."""
_WORDS = frozenset({"token", "tokenFile", "username"})
_CERTIFICATE = frozenset({"client-certificate", "client-certificate-data"})
_KEY = frozenset({"client-key", "client-key-data"})
_LONG = 16
"""An environment variable of a login command may be a secret if it has as many characters."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Address(NamedTuple):
    """The address of a server without a login, a query or a fragment, and the login that it contained."""

    server: str
    username: str = ""
    password: str = ""


def read_address(server: str) -> Address:
    """The parts of a kubeconfig's `server`; kubectl uses the login, and ignores a query and a fragment.

    Raises:
        ConnectError: It is not a URL of a server. The message does not contain it if it may contain a
            password.
    """
    try:
        parts = urlsplit(server)
        valid = bool(parts.scheme and parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        said = "the server" if set("@?#") & set(server) else f'"{shown(server)}"'
        raise ConnectError(f"{said} is not an address of a server: write https://HOST:PORT in the kubeconfig")
    host = parts.netloc.rpartition("@")[2]
    clean = SplitResult(parts.scheme, host, parts.path, "", "").geturl().rstrip("/")
    return Address(clean, unquote(parts.username or ""), unquote(parts.password or ""))


def is_loopback(server: str) -> bool:
    """Whether a server is on this machine."""
    return urlsplit(server).hostname in _LOOPBACK


def login_of(address: Address, authorization: str | None) -> str | None:
    """The Authorization header to send to an address: the given one, or else the login in the address.

    None if it would be sent unencrypted over a network; kubectl sends no login without TLS.
    """
    if address.server.startswith("http://") and not is_loopback(address.server):
        return None
    return authorization or (basic(address.username, address.password) if address.username else None)


def basic(username: str, password: str) -> str:
    """The Authorization header of a password, in UTF-8 as Go writes it."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def decoded(text: str) -> bytes:
    """The content of a field in base64, in which only line breaks may come between, as for Go.

    Raises:
        ValueError: It is not base64.
    """
    return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)


def is_ambiguous(entries: Iterable[Any]) -> bool:
    """Whether a list of one file has two entries of one name, which kubectl refuses."""
    names = [entry.get("name") for entry in entries if isinstance(entry, Mapping)]
    return any(name in names[:position] for position, name in enumerate(names))


def as_read(entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The fields of a cluster or user that count; paths are relative to the entry's file.

    Empty fields do not count, nor does a key without a certificate. A login command does not run beside
    another login, and a token or password precedes an auth-provider.
    """
    fields = {name: value for name, value in entry.items() if value is not None and value != ""}
    for name in _FILES:
        if isinstance(fields.get(name), str):
            fields[name] = os.path.normpath(folder / fields[name])
    command = fields.get("exec")
    if isinstance(command, dict) and os.sep in str(command.get("command") or ""):
        fields["exec"] = command | {"command": os.path.normpath(folder / str(command["command"]))}
    if "token" in fields and "tokenFile" in fields:
        fields.pop("token" if _has_token(fields["tokenFile"]) else "tokenFile")
    if "username" in fields:
        fields.setdefault("password", "")
    else:
        fields.pop("password", None)
    certificate = _CERTIFICATE & fields.keys()
    if not certificate:
        fields = {name: value for name, value in fields.items() if name not in _KEY}
    if _WORDS & fields.keys():
        fields.pop("auth-provider", None)
    if certificate or _WORDS & fields.keys():
        fields.pop("exec", None)
    return fields


def _has_token(file: Any) -> bool:
    """Whether a token file can be read and has a token; then kubectl prefers it to a token beside it."""
    try:
        return bool(Path(file).read_text(encoding="utf-8").strip())
    except (OSError, TypeError, ValueError):
        return False


def secrets_of(user: Any) -> Iterator[str]:
    """The values of a user that no message may contain."""
    fields = user if isinstance(user, Mapping) else {}
    yield from _texts(fields, _SECRETS)
    provider, command = fields.get("auth-provider"), fields.get("exec")
    settings = provider.get("config") if isinstance(provider, Mapping) else None
    yield from _texts(settings, _SECRETS)
    variables = command.get("env") if isinstance(command, Mapping) else None
    for variable in variables if isinstance(variables, list) else ():
        yield from (text for text in _texts(variable, ("value",)) if len(text) >= _LONG)


def _texts(fields: Any, names: Iterable[str]) -> Iterator[str]:
    if isinstance(fields, Mapping):
        yield from (text for name in names if isinstance(text := fields.get(name), str))
