"""Where the API server is and who asks it: kubeconfig or in-cluster login, read by the `kubernetes` client.

Contexts, exec credentials, proxies and certificates are the client's own work; here its complaints become one
line for people. They can hold pieces of the kubeconfig, so nothing between braces is ever passed on.

Importing this module imports the client, a quarter of a second: import it where a cluster is asked.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kubernetes import config
from kubernetes.client import ApiClient, Configuration
from kubernetes.config import ConfigException, kube_config
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning

from rbacpsp.load.problems import shown
from rbacpsp.load.refusals import ConnectError, one_line

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_CONFIG: Any = config  # these two are not typed
_FILES: Any = kube_config


@dataclass(frozen=True, slots=True)
class Login:
    """One way to reach one API server."""

    client: Any
    """The `kubernetes` client's ApiClient."""
    server: str
    """The address, for example `https://10.0.0.1:6443`."""
    context: str
    """The kubeconfig's context; `in-cluster` inside a pod."""
    namespace: str
    """The context's namespace, `default` where it names none."""
    user: str
    """The name of the kubeconfig's user entry: a name for messages, not who the server takes it for."""
    impersonation: tuple[tuple[str, str], ...]
    """The headers of the kubeconfig's `as`, `as-groups` and so on."""

    def authorization(self) -> str | None:
        """The Authorization header, renewed by the client where it has expired.

        Raises:
            ConnectError: It cannot be renewed.
        """
        try:
            with _told():
                settings = self.client.configuration.auth_settings().values()
        except Exception as error:  # noqa: BLE001 - what login plug-ins raise has no common base
            raise ConnectError(
                f'the login of user "{self.user}" cannot be renewed: {one_line(error)}; log in again'
            ) from None
        # A file often ends with a line break, which client-go leaves out too.
        return next((str(setting["value"]).strip() for setting in settings if setting.get("value")), None)

    @property
    def certificate(self) -> Path | None:
        """The file of the client certificate, if the login is by one."""
        file = self.client.configuration.cert_file
        return Path(file) if file else None


def log_in(context: str | None = None, kubeconfig: str | os.PathLike[str] | None = None) -> Login:
    """Read a context's login: from the named file, else $KUBECONFIG or ~/.kube/config, else the pod's own.

    Raises:
        ConnectError: No kubeconfig, no such context, nothing that can be read, or a failed login command.
    """
    files = os.fspath(kubeconfig) if kubeconfig else os.environ.get("KUBECONFIG") or "~/.kube/config"
    if any(Path(file).expanduser().exists() for file in files.split(os.pathsep) if file):
        return _from_kubeconfig(files, context)
    if kubeconfig or context or not os.environ.get("KUBERNETES_SERVICE_HOST"):
        advice = "name one with --kubeconfig, or files with -f where a command takes them"
        raise ConnectError(f"no kubeconfig: {files} does not exist; {advice}")
    return _from_pod()


def _from_kubeconfig(files: str, context: str | None) -> Login:
    configuration = Configuration()
    try:
        merged = _FILES.KubeConfigMerger(files)
        name = context or _current_context(merged)
        names = sorted(str(entry["name"]) for entry in merged.config["contexts"].value)
        if name in names:
            with _told() as errors:
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
            headers = _impersonation((entries[0].get("user") or {}) if entries else {})
    except Exception as error:  # noqa: BLE001 - what login plug-ins raise has no common base
        raise ConnectError(f"{files} is not a usable kubeconfig: {one_line(error)}") from None
    if name not in names:
        missing = f'has no context "{name}"' if name else "has no current context: name one with --context"
        raise ConnectError(f"{files} {missing}; it has {', '.join(names) or 'none'}")
    if errors and not configuration.api_key and not configuration.cert_file:
        raise ConnectError(
            f'the login command of user "{user}" failed: {errors[0]}; run it by hand to see why'
        )
    return Login(
        client=_client(configuration),
        server=str(configuration.host),
        context=name,
        namespace=str(chosen.get("namespace") or "default"),
        user=user,
        impersonation=headers,
    )


def _check(cluster: Mapping[str, Any]) -> None:
    """Refuse the string "false", which the client takes for true: the certificate would not be checked.

    Raises:
        TypeError: It is said unclearly.
    """
    if not isinstance(cluster.get("insecure-skip-tls-verify") or False, bool):
        raise TypeError("insecure-skip-tls-verify must be true or false, without quotes")


def _client(configuration: Any) -> Any:
    """The client, which looks at the proxy first.

    Raises:
        ConnectError: The address of the server or the proxy is of no use. That of a proxy may hold a
            password and is not told.
    """
    if "://" not in configuration.host:
        where = shown(configuration.host)
        raise ConnectError(f'"{where}" is no address of a server: write https://HOST:PORT in the kubeconfig')
    if not configuration.verify_ssl:
        disable_warnings(InsecureRequestWarning)  # whoever wrote the kubeconfig knows; kubectl is silent too
    try:
        return ApiClient(configuration)
    except ImportError:
        why = "is a SOCKS proxy: install PySocks (pip install PySocks)"
    except ValueError:
        why = "has no usable address: write http://HOST:PORT"
    raise ConnectError(f"the proxy that proxy-url or HTTPS_PROXY names {why}")


def _current_context(merged: Any) -> str:
    """The current context of the first file that has one, as kubectl takes it; the client takes the last.

    Source: client-go/tools/clientcmd/loader.go, ClientConfigLoadingRules.Load, 0.37.
    """
    named = (content.get("current-context") for content in merged.config_files.values())
    return next((str(name) for name in named if name), "")


def _from_pod() -> Login:
    configuration = Configuration()
    try:
        _CONFIG.load_incluster_config(configuration)
        namespace = (_ACCOUNT / "namespace").read_text(encoding="utf-8").strip()
    except ConfigException as error:
        raise ConnectError(
            f"no kubeconfig, and the pod's own login is of no use: {one_line(error)}"
        ) from None
    except OSError:
        namespace = "default"
    return Login(
        client=_client(configuration),
        server=str(configuration.host),
        context="in-cluster",
        namespace=namespace,
        user="the pod's service account",
        impersonation=(),
    )


def _impersonation(user: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The headers of a kubeconfig user's `as`, `as-uid`, `as-groups` and `as-user-extra`.

    The Python client passes over them. Source: client-go/transport/round_trippers.go, 0.37.
    """
    name, uid = user.get("as"), user.get("as-uid")
    return (
        *((("Impersonate-User", str(name)),) if name else ()),
        *((("Impersonate-Uid", str(uid)),) if uid else ()),
        *(("Impersonate-Group", group) for group in _names(user.get("as-groups"), "as-groups")),
        *(
            (f"Impersonate-Extra-{quote(str(key), safe='')}", value)
            for key, values in (user.get("as-user-extra") or {}).items()
            for value in _names(values, "as-user-extra")
        ),
    )


def _names(values: Any, field: str) -> list[str]:
    if not isinstance(values or [], list):
        raise ValueError(f"{field} must hold lists of names")
    return [str(value) for value in values or ()]


@contextmanager
def _told() -> Iterator[list[str]]:
    """Collect what the client only logs: it goes on without a login when the login command fails."""
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
