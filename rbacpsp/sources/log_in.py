"""Reads a login from a kubeconfig, or from within a pod.

A complete one in a file (a token, a password, a client certificate) is read without the `kubernetes` client,
whose import takes as long as a question about a small cluster. The client is imported for all others, and to
report errors.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from rbacpsp.model.printable import shown
from rbacpsp.sources.connection_pool import pool_of
from rbacpsp.sources.kubeconfig import MOST_BYTES, kubeconfig_files, read_plain
from rbacpsp.sources.login import Login
from rbacpsp.sources.refusals import ConnectError


def log_in(context: str | None = None, kubeconfig: str | os.PathLike[str] | None = None) -> Login:
    """Read a context's login: from the named file, else $KUBECONFIG or ~/.kube/config, else from the pod.

    Raises:
        ConnectError: There is no kubeconfig or no such context, it cannot be read, or the login command
            failed.
    """
    files = kubeconfig_files(kubeconfig)
    existing = [file for file in files if _exists(file)]
    if existing:
        _refuse_unusual(existing)
        return _plain(files, context) or _of_client(files, context)
    if kubeconfig or context or not os.environ.get("KUBERNETES_SERVICE_HOST"):
        advice = "name one with --kubeconfig, or files with -f where a command takes them"
        if kubeconfig and any(map(_exists, files[0].split(os.pathsep))):
            advice = "it is the name of one file; a list of files belongs into KUBECONFIG"
        raise ConnectError(f"no kubeconfig: {shown(os.pathsep.join(files))} does not exist; {advice}")
    from rbacpsp.sources.client_login import from_pod

    return from_pod()


def _refuse_unusual(files: Sequence[str]) -> None:
    """Refuse what is not a file, or is too large, before somebody reads it.

    Raises:
        ConnectError: It names the file.
    """
    for file in files:
        status = Path(file).expanduser().stat()
        if stat.S_ISDIR(status.st_mode):
            raise ConnectError(f"{shown(file)} is a folder, not a kubeconfig: name the file")
        if stat.S_ISCHR(status.st_mode) and file != os.devnull:
            raise ConnectError(f"{shown(file)} is a device, not a kubeconfig: name a file")
        if status.st_size > MOST_BYTES:
            raise ConnectError(f"{shown(file)} is larger than {MOST_BYTES >> 20} MiB, so it is no kubeconfig")


def _exists(file: str) -> bool:
    """Whether there is such a file; False if the name is not allowed in file systems."""
    try:
        return Path(file).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _plain(files: Sequence[str], context: str | None) -> Login | None:
    plain_login = read_plain(files, context)
    pool = pool_of(plain_login) if plain_login else None
    if plain_login is None or pool is None:
        return None
    return Login(
        pool=pool,
        server=plain_login.server,
        context=plain_login.context,
        namespace=plain_login.namespace,
        user=plain_login.user,
        impersonation=plain_login.impersonation,
        credentials=lambda: plain_login.authorization,
        certificate=plain_login.certificate.decode("ascii", "replace"),
        proxy=plain_login.proxy,
    )


def _of_client(files: Sequence[str], context: str | None) -> Login:
    from rbacpsp.sources.client_login import from_kubeconfig

    return from_kubeconfig(files, context)
