"""Creates the connection pool of a complete login in a kubeconfig, as the `kubernetes` client does."""

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import urllib3
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util.ssl_ import create_urllib3_context

from rbacpsp.sources.kubeconfig import Plain
from rbacpsp.sources.response_heads import read_heads_as_go

CONNECTIONS = 16
"""How many connections are kept open; more than there are threads, so that each one asks again on its own."""


def pool_of(login: Plain) -> Any:
    """A urllib3 PoolManager; None if a certificate, a key or the proxy's address is not usable."""
    options: dict[str, Any] = {"maxsize": CONNECTIONS}
    try:
        if login.server.startswith("https"):
            options["cert_reqs"] = ssl.CERT_REQUIRED if login.verify else ssl.CERT_NONE
            options["ssl_context"] = _context(login)
            if login.server_name:
                options["server_hostname"] = login.server_name
        if not login.verify:
            urllib3.disable_warnings(InsecureRequestWarning)  # the kubeconfig asks for it
        if login.proxy:
            return read_heads_as_go(urllib3.ProxyManager(login.proxy, **options))
        return read_heads_as_go(urllib3.PoolManager(**options))
    except (OSError, ValueError):  # the `kubernetes` client reports it
        return None


def _context(login: Plain) -> ssl.SSLContext:
    context: ssl.SSLContext = create_urllib3_context(
        cert_reqs=ssl.CERT_REQUIRED if login.verify else ssl.CERT_NONE
    )
    if login.authority:
        context.load_verify_locations(cadata=login.authority.decode("ascii"))
    else:
        context.load_default_certs()
    if login.certificate:
        # A key can only be loaded from files; they are removed before anything is sent.
        with TemporaryDirectory(prefix="rbacpsp-") as folder:
            certificate, key = Path(folder, "certificate"), Path(folder, "key")
            certificate.write_bytes(login.certificate)
            key.touch(mode=0o600)
            key.write_bytes(login.key)
            context.load_cert_chain(certificate, key if login.key else None)
    return context
