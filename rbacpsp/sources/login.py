"""Where the API server is and who asks it."""

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
    """One way to reach one API server."""

    pool: Any
    """The urllib3 PoolManager that knows the certificates and the proxy."""
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
    credentials: Callable[[], str | None]
    """The value of the Authorization header, renewed where it has expired."""
    certificate: str = ""
    """The client certificate in PEM, if the login is by one."""
    proxy: str = ""
    """The address of the proxy, which may hold a password."""

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
        # A file often ends with a line break, which client-go leaves out too.
        return value.strip() if value else None

    def hide(self, text: str) -> str:
        """A text of the server, or about it, without the secrets of this login."""
        authorization: str | None = ""
        with suppress(ConnectError):
            authorization = self.authorization()
        return _secrets(authorization or "", self.proxy).hide(text)


@lru_cache(maxsize=8)
def _secrets(authorization: str, proxy: str) -> Secrets:
    """What an Authorization header and the address of a proxy hold that nobody else may read."""
    scheme, _, credentials = authorization.partition(" ")
    found = [credentials or authorization]
    if scheme.lower() == "basic":
        with suppress(ValueError):
            found.append(base64.b64decode(credentials).decode().partition(":")[2])
    with suppress(ValueError):
        found.append(unquote(urlsplit(proxy).password or ""))
    return Secrets(found)
