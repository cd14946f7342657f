"""A login to an API server: its address and the credentials."""

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from rbacpsp.sources.refusals import ConnectError, one_line
from rbacpsp.sources.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Login:
    """The address of one API server, and credentials for it."""

    pool: Any
    """The urllib3 PoolManager with the certificates and the proxy."""
    server: str
    """The address, for example `https://10.0.0.1:6443`."""
    context: str
    """The kubeconfig's context; `in-cluster` inside a pod."""
    namespace: str
    """The context's namespace, `default` where it names none."""
    user: str
    """The name of the kubeconfig's user entry: for messages; the server may know the user by another name."""
    impersonation: tuple[tuple[str, str], ...]
    """The headers of the kubeconfig's `as`, `as-groups` and so on."""
    credentials: Callable[[], str | None]
    """The value of the Authorization header, renewed where it has expired."""
    certificate: str = ""
    """The client certificate in PEM, if the login is by one."""
    proxy: str = ""
    """The address of the proxy, which may contain a password."""

    def authorization(self) -> str | None:
        """The Authorization header.

        Raises:
            ConnectError: It cannot be renewed.
        """
        try:
            value = self.credentials()
        except Exception as error:  # noqa: BLE001 - what login plug-ins raise has no common base
            raise ConnectError(
                f'the login of user "{self.user}" cannot be renewed: {one_line(error)}; log in again'
            ) from None
        # A file often ends with a line break, which client-go removes too.
        return value.strip() if value else None

    def hide(self, text: str) -> str:
        """A text from or about the server, without the secrets of this login."""
        authorization: str | None = ""
        with suppress(ConnectError):
            authorization = self.authorization()
        return _secrets(authorization or "", self.proxy).hide(text)


@lru_cache(maxsize=8)
def _secrets(authorization: str, proxy: str) -> Secrets:
    """The secrets in an Authorization header and in the address of a proxy."""
    scheme, _, credentials = authorization.partition(" ")
    secrets = [credentials or authorization]
    if scheme.lower() == "basic":
        with suppress(ValueError):
            secrets.append(base64.b64decode(credentials).decode().partition(":")[2])
    with suppress(ValueError):
        secrets.append(unquote(urlsplit(proxy).password or ""))
    return Secrets(secrets)
