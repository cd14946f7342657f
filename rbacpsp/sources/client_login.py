"""Reads logins with the `kubernetes` client: login commands, auth providers, pods and unusual kubeconfigs.

The client handles contexts, exec credentials, proxies and certificates; this module turns its errors into one
line for people. They can contain parts of the kubeconfig, so text between braces is removed.

Importing this module imports the client, which takes a quarter of a second: import it only where needed.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import ConfigException, kube_config
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from rbacpsp.decode.problems import shown
from rbacpsp.sources.impersonation import impersonation
from rbacpsp.sources.login import Login
from rbacpsp.sources.refusals import ConnectError, one_line

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_CONFIG: Any = config  # these two are not typed
_FILES: Any = kube_config


def from_kubeconfig(files: str, context: str | None) -> Login:
    """The login of a context, by default the current one.

    Raises:
        ConnectError: The context does not exist, the kubeconfig cannot be read, or the login command failed.
    """
    configuration = Configuration()
    try:
        merged = _FILES.KubeConfigMerger(files)
        name = context or _current_context(merged)
        names = sorted(str(entry["name"]) for entry in merged.config["contexts"].value)
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
            _check(merged.config["clusters"].get_with_name(chosen["cluster"])["cluster"].value)
            user = str(chosen.get("user") or "")
            entries = [entry.value for entry in merged.config["users"].value if entry.value["name"] == user]
            headers = impersonation((entries[0].get("user") or {}) if entries else {})
    except Exception as error:  # noqa: BLE001 - what login plug-ins raise has no common base
        raise ConnectError(f"{files} is not a usable kubeconfig: {one_line(error)}") from None
    if name not in names:
        missing = f'has no context "{name}"' if name else "has no current context: name one with --context"
        raise ConnectError(f"{files} {missing}; it has {', '.join(names) or 'none'}")
    if errors and not configuration.api_key and not configuration.cert_file:
        raise ConnectError(
            f'the login command of user "{user}" failed: {errors[0]}; run it by hand to see why'
        )
    return _login(configuration, name, str(chosen.get("namespace") or "default"), user, headers=headers)


def _login(
    configuration: Any,
    context: str,
    namespace: str,
    user: str,
    *,
    headers: tuple[tuple[str, str], ...] = (),
) -> Login:
    client = _client(configuration)
    return Login(
        pool=client.rest_client.pool_manager,
        server=str(configuration.host),
        context=context,
        namespace=namespace,
        user=user,
        impersonation=headers,
        credentials=partial(_authorization, configuration),
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


def _check(cluster: Mapping[str, Any]) -> None:
    """Refuse the string "false", which the client reads as true, so that it would not check the certificate.

    Raises:
        TypeError: The value is neither true nor false.
    """
    if not isinstance(cluster.get("insecure-skip-tls-verify") or False, bool):
        raise TypeError("insecure-skip-tls-verify must be true or false, without quotes")


def _client(configuration: Any) -> Any:
    """The client, with the address of its proxy checked.

    Raises:
        ConnectError: The address of the server or the proxy is invalid. That of a proxy may contain a
            password and is not in the message.
    """
    if "://" not in configuration.host:
        server = shown(configuration.host)
        raise ConnectError(
            f'"{server}" is not an address of a server: write https://HOST:PORT in the kubeconfig'
        )
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
            errors.append(one_line(record.getMessage()))

    keep = Keep(logging.ERROR)
    root = logging.getLogger()
    root.addHandler(keep)
    try:
        yield errors
    finally:
        root.removeHandler(keep)
