"""Refuses clusters and users of a kubeconfig that kubectl refuses, such as two logins of one user.

Only those of the chosen context count. Source: client-go 0.37, tools/clientcmd/validation.go
(validateClusterInfo, validateAuthInfo), tools/clientcmd/api/v1/defaults.go, and transport (TLSConfigFor,
HTTPWrappersForConfig).
"""

from collections.abc import Mapping
from typing import Any

from rbacpsp.model.printable import shown
from rbacpsp.sources.kubeconfig_entries import decoded

_ONE = "remove one of the two"
_TEXTS = (
    *("server", "tls-server-name", "proxy-url", "certificate-authority", "certificate-authority-data"),
    *("client-certificate", "client-certificate-data", "client-key", "client-key-data"),
    *("token", "tokenFile", "username", "password", "as", "as-uid"),
)
_OLD_COMMANDS = ("client.authentication.k8s.io/v1alpha1", "client.authentication.k8s.io/v1beta1")
"""The API versions of login commands that need not tell whether they ask their user."""
_MODES = ("", "Never", "IfAvailable", "Always")
_PROVIDERS = ("gcp", "oidc")
"""The auth-providers that the `kubernetes` client knows; with any other one it would send no login."""


def is_kubeconfig(content: Mapping[str, Any]) -> bool:
    """Whether the apiVersion and kind of a file, where it has them, are those of a kubeconfig."""
    return (content.get("apiVersion") or "v1", content.get("kind") or "Config") == ("v1", "Config")


def check_cluster(name: str, cluster: Mapping[str, Any]) -> None:
    """Refuse a cluster whose certificate authority is given in two ways, or is not checked.

    Raises:
        ValueError: The message names the cluster and its fields.
    """
    whose = f'cluster "{shown(name)}"'
    _check_texts(whose, cluster)
    _check_one_form(whose, cluster, "certificate-authority")
    has_authority = cluster.get("certificate-authority") or cluster.get("certificate-authority-data")
    if has_authority and cluster.get("insecure-skip-tls-verify") and _is_secure(cluster):
        raise ValueError(f"{whose} has a certificate-authority and insecure-skip-tls-verify: true; {_ONE}")


def check_user(name: str, user: Mapping[str, Any], cluster: Mapping[str, Any]) -> None:
    """Refuse a user of a cluster with two logins, or with an incomplete one.

    Raises:
        ValueError: The message names the user and its fields.
    """
    whose = f'user "{shown(name)}"'
    _check_texts(whose, user)
    has_password = user.get("username") or user.get("password")
    if has_password and user.get("token"):
        raise ValueError(f"{whose} has a token and a password; {_ONE}")
    if user.get("username") and user.get("tokenFile") and _is_secure(cluster):
        raise ValueError(f"{whose} has a tokenFile and a username; {_ONE}")
    if user.get("client-certificate") or user.get("client-certificate-data"):
        _check_one_form(whose, user, "client-certificate")
        _check_one_form(whose, user, "client-key")
        if not (user.get("client-key") or user.get("client-key-data")):
            raise ValueError(f"{whose} has a client certificate without a key; add client-key")
    if (user.get("as-uid") or user.get("as-groups") or user.get("as-user-extra")) and not user.get("as"):
        raise ValueError(f"{whose} impersonates groups, a UID or extra fields of nobody; add as")
    provider, command = user.get("auth-provider"), user.get("exec")
    if isinstance(command, Mapping):
        _check_command(f"the login command (exec) of {whose}", command)
        if provider:
            raise ValueError(f"{whose} has exec and auth-provider; {_ONE}")
    if isinstance(provider, Mapping) and provider.get("name") not in _PROVIDERS:
        unknown = shown(str(provider.get("name") or ""))
        raise ValueError(f'{whose} has the unknown auth-provider "{unknown}"; use a login command (exec)')


def _check_command(whose: str, command: Mapping[str, Any]) -> None:
    for name in ("command", "apiVersion"):
        if not command.get(name):
            raise ValueError(f"{whose} has no {name}")
    variables = command.get("env")
    for variable in variables if isinstance(variables, list) else ():
        if isinstance(variable, Mapping) and not variable.get("name"):
            raise ValueError(f"{whose} has a variable without a name")
    mode = command.get("interactiveMode") or ""
    if mode not in _MODES or not (mode or command["apiVersion"] in _OLD_COMMANDS):
        raise ValueError(f"{whose} has no valid interactiveMode; write Never, IfAvailable or Always")


def _is_secure(cluster: Mapping[str, Any]) -> bool:
    return str(cluster.get("server")).startswith("https")


def _check_one_form(whose: str, fields: Mapping[str, Any], name: str) -> None:
    if fields.get(name) and fields.get(f"{name}-data"):
        raise ValueError(f"{whose} has {name} and {name}-data; {_ONE}")


def _check_texts(whose: str, fields: Mapping[str, Any]) -> None:
    """Refuse other values in place of texts, such as a token of digits without quotes, and wrong base64."""
    for name in _TEXTS:
        value = fields.get(name)
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name} of {whose} is not a string; write it in quotes")
        if value and name.endswith("-data"):
            try:
                decoded(value)
            except ValueError:
                raise ValueError(f"{name} of {whose} is not base64") from None
