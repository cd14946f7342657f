"""Reads kubeconfigs with a complete login, as kubectl does, without importing the `kubernetes` client.

If something is missing, unusual or left to a program (exec, auth-provider), there is no login here: the
client is used then, and reports what is wrong.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rbacpsp.decode import LoadError, parse_yaml
from rbacpsp.sources.impersonation import impersonation
from rbacpsp.sources.kubeconfig_checks import check_cluster, check_user, is_kubeconfig
from rbacpsp.sources.kubeconfig_entries import (
    as_read,
    basic,
    decoded,
    is_ambiguous,
    login_of,
    read_address,
)

_USUAL = "~/.kube/config"
_SCHEMES = ("http://", "https://")
_PROGRAMS = frozenset({"exec", "auth-provider"})
_PROXIES = tuple(
    name for word in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (word, word.upper())
)
"""Environment variables for proxies, whose rules the client implements."""

MOST_BYTES = 16 << 20
"""The largest kubeconfig that is read."""

Entry = tuple[Mapping[str, Any], Path]
"""An entry of a kubeconfig, and the folder to which its paths are relative."""


class _OddError(Exception):
    """A kubeconfig cannot be read without the client."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A login that a kubeconfig contains completely."""

    server: str
    context: str
    namespace: str
    user: str
    authorization: str | None
    authority: bytes
    """The certificates of authorities in PEM; empty: those of the system."""
    certificate: bytes
    key: bytes
    verify: bool
    server_name: str
    proxy: str
    impersonation: tuple[tuple[str, str], ...]


def kubeconfig_files(explicit: str | os.PathLike[str] | None = None) -> list[str]:
    """The kubeconfigs to read: the explicit one, else those that $KUBECONFIG lists, else ~/.kube/config.

    Only the variable is a list: the name of an explicit file may contain the separator.
    Source: client-go/tools/clientcmd/loader.go, ClientConfigLoadingRules.Load, 0.37.
    """
    if explicit:
        return [os.fspath(explicit)]
    return [file for file in os.environ.get("KUBECONFIG", "").split(os.pathsep) if file] or [_USUAL]


def read_plain(files: Sequence[str], context: str | None) -> Plain | None:
    """The login of a context, by default the current one; None if the client is needed."""
    if any(os.environ.get(name) for name in _PROXIES):
        return None
    try:
        return _read([Path(file).expanduser() for file in files], context)
    except (_OddError, LoadError, OSError, ValueError):
        return None


def context_names(files: Sequence[str]) -> list[str]:
    """The distinct names of the contexts in some kubeconfigs, in their order.

    Raises:
        ValueError: A file cannot be read, or is not a kubeconfig; the message is one line.
    """
    names: dict[str, None] = {}
    for file in (Path(name).expanduser() for name in files):
        try:
            entries = _config(file).get("contexts") or []
            names |= dict.fromkeys(_text(_mapping(entry).get("name")) for entry in entries)
        except FileNotFoundError:
            continue
        except (_OddError, LoadError, OSError, TypeError, UnicodeDecodeError):
            raise ValueError(f"{file} cannot be read as a kubeconfig") from None
    return list(names)


def _read(files: list[Path], context: str | None) -> Plain:
    configs = [(_config(file), file.absolute().parent) for file in files if file.exists()]
    current = next((name for config, _ in configs if (name := config.get("current-context"))), "")
    name = _text(context or current)
    chosen, _ = _named(configs, "contexts", "context", name)
    cluster_name, user_name = _text(chosen.get("cluster")), _text(chosen.get("user") or "")
    cluster_entry = _named(configs, "clusters", "cluster", cluster_name)
    user_entry = _named(configs, "users", "user", user_name)
    check_cluster(cluster_name, cluster_entry[0])
    check_user(user_name, user_entry[0], cluster_entry[0])
    cluster, user = as_read(*cluster_entry), as_read(*user_entry)
    if not name or _PROGRAMS & user.keys():
        raise _OddError
    server = _text(cluster.get("server"))
    proxy = _text(cluster.get("proxy-url") or "")
    if not server.startswith(_SCHEMES) or (proxy and not proxy.startswith(_SCHEMES)):
        raise _OddError
    secure = server.startswith("https")
    address = read_address(server)
    return Plain(
        server=address.server,
        context=name,
        namespace=_text(chosen.get("namespace") or "default"),
        user=user_name,
        authorization=login_of(address, _authorization(user)),
        authority=_content(cluster, "certificate-authority") if secure else b"",
        certificate=_content(user, "client-certificate") if secure else b"",
        key=_content(user, "client-key") if secure else b"",
        verify=not _flag(cluster.get("insecure-skip-tls-verify")),
        server_name=_text(cluster.get("tls-server-name") or ""),
        proxy=proxy,
        impersonation=impersonation(user),
    )


def _config(file: Path) -> Mapping[str, Any]:
    with file.open("rb") as stream:
        text = stream.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise _OddError
    documents = parse_yaml(text.decode())
    if len(documents) != 1:
        raise _OddError
    config = _mapping(documents[0])
    if not is_kubeconfig(config):
        raise _OddError
    return config


def _named(configs: list[tuple[Mapping[str, Any], Path]], table: str, word: str, name: str) -> Entry:
    """The first entry of a name among all files."""
    for config, folder in configs:
        entries = config.get(table) or []
        if not isinstance(entries, list) or is_ambiguous(entries):
            raise _OddError
        for entry in map(_mapping, entries):
            if _text(entry.get("name")) == name:
                return _mapping(entry.get(word) or {}), folder
    raise _OddError


def _authorization(user: Mapping[str, Any]) -> str | None:
    token = _text(user.get("token") or "")
    if "tokenFile" in user:
        token = Path(_text(user["tokenFile"])).read_text(encoding="utf-8")
    if token:
        return f"Bearer {token}"
    return basic(_text(user["username"]), _text(user["password"])) if "username" in user else None


def _content(entry: Mapping[str, Any], word: str) -> bytes:
    """The content of a field's `-data` in base64, or else of the file that the field names."""
    if f"{word}-data" in entry:
        return decoded(_text(entry[f"{word}-data"]))
    return Path(_text(entry[word])).read_bytes() if word in entry else b""


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _OddError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _OddError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value or False, bool):
        raise _OddError
    return bool(value)
