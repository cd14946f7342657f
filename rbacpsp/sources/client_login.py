"""Reads logins with the `kubernetes` client: login commands, auth providers, pods and unusual kubeconfigs.

The client handles contexts, exec credentials, proxies and certificates; this module turns its errors into one
line for people. They can contain parts of the kubeconfig, so text between braces is removed.

Importing this module imports the client, which takes a quarter of a second: import it only where needed.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import ConfigException, kube_config
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from rbacpsp.sources.impersonation import impersonation
from rbacpsp.sources.kubeconfig_checks import check_cluster, check_user, is_kubeconfig
from rbacpsp.sources.kubeconfig_entries import as_read, is_ambiguous, login_of, read_address, secrets_of
from rbacpsp.sources.login import Login
from rbacpsp.sources.refusals import ConnectError, one_line
from rbacpsp.sources.response_heads import read_heads_as_go
from rbacpsp.sources.secrets import Secrets

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_CONFIG: Any = config  # these two are not typed
_FILES: Any = kube_config


def from_kubeconfig(files: Sequence[str], context: str | None) -> Login:
    """The login of a context, by default the current one.

    Raises:
        ConnectError: The context does not exist, the kubeconfig cannot be read, or the login command failed.
    """
    configuration = Configuration()
    hidden = Secrets()
    named = os.pathsep.join(files)
    try:
        merged = _merged(files)
        hidden = Secrets(
            text for entry in _entries(merged, "users") for text in secrets_of(entry.get("user"))
        )
        name = context or _current_context(merged)
        names = sorted(str(entry["name"]) for entry in merged.config["contexts"].value)
        if name in names:
            _check_entries(merged, name)
        _prepare(merged)
        if name in names:
            with _logged_errors() as errors:
                loader = _FILES.KubeConfigLoader(
                    merged.config,
                    name,
                    config_base_path=None,  # paths are relative to the file that has them
                    config_persister=merged.save_changes,
                )
                loader.load_and_set(configuration)
            chosen = loader.current_context["context"]
            user = str(chosen.get("user") or "")
            users = [entry for entry in _entries(merged, "users") if entry["name"] == user]
            headers = impersonation((users[0].get("user") or {}) if users else {})
    except Exception as error:  # noqa: BLE001 - what login plug-ins raise has no common base
        reason = one_line(hidden.hide(str(error)))
        raise ConnectError(f"{named} is not a usable kubeconfig: {reason}") from None
    if name not in names:
        missing = f'has no context "{name}"' if name else "has no current context: name one with --context"
        raise ConnectError(f"{named} {missing}; it has {', '.join(names) or 'none'}")
    if not configuration.api_key and not configuration.cert_file:
        if errors:
            reason = one_line(hidden.hide(errors[0]))
            raise ConnectError(
                f'the login command of user "{user}" failed: {reason}; run it by hand to see why'
            )
        if _entry(merged, "users", "user", user).get("auth-provider"):
            raise ConnectError(f'the auth-provider of user "{user}" has no valid token; log in again')
    return _login(configuration, name, str(chosen.get("namespace") or "default"), user, headers=headers)


def _merged(files: Sequence[str]) -> Any:
    """The content of some kubeconfigs.

    Raises:
        ConfigException: A file is not a kubeconfig; the message contains nothing of it, unlike those of YAML.
    """
    try:
        merged = _FILES.KubeConfigMerger("")
        for file in map(os.path.expanduser, files):
            if os.path.exists(file):  # noqa: PTH110 - as the client does it with a list in one text
                merged.paths.append(file)
                merged.load_config(file)
        merged.config_saved = deepcopy(merged.config_files)
    except (ConfigException, OSError):
        raise
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", in line {mark.line + 1}" if mark else ""
        raise ConfigException(f"a file is not valid YAML{line}") from None
    except Exception:  # noqa: BLE001 - a list in place of a mapping, for example
        raise ConfigException("a file does not have the form of a kubeconfig") from None
    for content in merged.config_files.values():
        if not is_kubeconfig(content):
            raise ConfigException(
                'a file is not a kubeconfig: it must have apiVersion "v1" and kind "Config"'
            )
        for table in ("clusters", "contexts", "users"):
            if not isinstance(content.get(table), list | None):
                raise ConfigException(f"{table} in a file must be a list")
            if is_ambiguous(content.get(table) or ()):
                raise ConfigException(f"two {table} in one file have the same name")
    return merged


def _entries(merged: Any, table: str) -> list[dict[str, Any]]:
    return [entry.value for entry in merged.config[table].value]


def _prepare(merged: Any) -> None:
    """Make the client read clusters and users as kubectl does; what is written back to the files stays."""
    for table, word in (("clusters", "cluster"), ("users", "user")):
        for entry in merged.config[table].value:
            if isinstance(entry.value.get(word), dict):
                fields = as_read(entry.value[word], Path(entry.path).absolute().parent)
                if isinstance(fields.get("username"), str) and isinstance(fields["password"], str):
                    # The client writes Latin-1, and Go writes UTF-8.
                    fields |= {
                        one: fields[one].encode().decode("latin-1") for one in ("username", "password")
                    }
                entry.value = entry.value | {word: fields}


def _login(
    configuration: Any,
    context: str,
    namespace: str,
    user: str,
    *,
    headers: tuple[tuple[str, str], ...] = (),
) -> Login:
    address = read_address(str(configuration.host))
    configuration.host = address.server
    client = _client(configuration)
    return Login(
        pool=read_heads_as_go(client.rest_client.pool_manager),
        server=address.server,
        context=context,
        namespace=namespace,
        user=user,
        impersonation=headers,
        credentials=lambda: login_of(address, _authorization(configuration)),
        certificate=_certificate(configuration.cert_file),
        proxy=str(configuration.proxy or ""),
    )


def _authorization(configuration: Any) -> str | None:
    with _logged_errors():
        settings = configuration.auth_settings().values()
    return next((str(setting["value"]) for setting in settings if setting.get("value")), None)


def _certificate(file: str | None) -> str:
    """A client certificate; empty where there is none that can be read."""
    try:
        return Path(file).read_text(encoding="ascii", errors="replace") if file else ""
    except OSError:
        return ""


def _check_entries(merged: Any, context: str) -> None:
    """Refuse a context whose cluster or user kubectl would refuse.

    Raises:
        TypeError: insecure-skip-tls-verify is neither true nor false: the client reads "false" as true, so
            that it would not check the certificate.
        ValueError: The message names the cluster or user.
    """
    chosen = _entry(merged, "contexts", "context", context)
    cluster_name, user_name = str(chosen.get("cluster") or ""), str(chosen.get("user") or "")
    cluster = _entry(merged, "clusters", "cluster", cluster_name)
    if not isinstance(cluster.get("insecure-skip-tls-verify") or False, bool):
        raise TypeError("insecure-skip-tls-verify must be true or false, without quotes")
    check_cluster(cluster_name, cluster)
    check_user(user_name, _entry(merged, "users", "user", user_name), cluster)


def _entry(merged: Any, table: str, word: str, name: str) -> Mapping[str, Any]:
    """The content of the entry of a name; empty without one."""
    found = (entry.get(word) for entry in _entries(merged, table) if entry["name"] == name)
    content = next(found, None)
    return content if isinstance(content, Mapping) else {}


def _client(configuration: Any) -> Any:
    """The client, with the address of its proxy checked.

    Raises:
        ConnectError: The address of the proxy is invalid. It may contain a password, so it is not in the
            message.
    """
    if not configuration.verify_ssl:
        disable_warnings(InsecureRequestWarning)  # the kubeconfig asks for it; kubectl does not warn either
    try:
        return ApiClient(configuration)
    except ImportError:
        advice = "is a SOCKS proxy: install PySocks (pip install PySocks)"
    except ValueError:
        advice = "has no usable address: write http://HOST:PORT"
    raise ConnectError(f"the proxy that proxy-url or HTTPS_PROXY names {advice}")


def _current_context(merged: Any) -> str:
    """The current context of the first file that has one, as kubectl does; the client uses the last file.

    Source: client-go/tools/clientcmd/loader.go, ClientConfigLoadingRules.Load, 0.37.
    """
    context_names = (content.get("current-context") for content in merged.config_files.values())
    return next((str(name) for name in context_names if name), "")


def from_pod() -> Login:
    """The login of the service account of the pod in which this runs.

    Raises:
        ConnectError: The login is not usable.
    """
    configuration = Configuration()
    try:
        _CONFIG.load_incluster_config(configuration)
        namespace = (_ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except ConfigException as error:
        raise ConnectError(
            f"no kubeconfig, and the pod's own login is not usable: {one_line(error)}"
        ) from None
    except OSError:
        namespace = "default"
    return _login(configuration, "in-cluster", namespace, "the pod's service account")


@contextmanager
def _logged_errors() -> Iterator[list[str]]:
    """Collect the errors that the client logs: if a login command fails, it goes on without a login."""
    errors: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            errors.append(record.getMessage())

    keep = Keep(logging.ERROR)
    root = logging.getLogger()
    root.addHandler(keep)
    try:
        yield errors
    finally:
        root.removeHandler(keep)
