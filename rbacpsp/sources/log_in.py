"""A login from a kubeconfig, or from within a pod.

One that a file says in full (a token, a password, a client certificate) is read without the `kubernetes`
client, whose import takes as long as a question about a small cluster. The client is imported for all others,
and for every complaint.
"""

import os
from pathlib import Path

from rbacpsp.decode.problems import shown
from rbacpsp.sources.kubeconfig import read_plain
from rbacpsp.sources.login import Login
from rbacpsp.sources.pools import pool_of
from rbacpsp.sources.refusals import ConnectError


def log_in(context: str | None = None, kubeconfig: str | os.PathLike[str] | None = None) -> Login:
    """Read a context's login: from the named file, else $KUBECONFIG or ~/.kube/config, else the pod's own.

    Raises:
        ConnectError: No kubeconfig, no such context, nothing that can be read, or a failed login command.
    """
    files = os.fspath(kubeconfig) if kubeconfig else os.environ.get("KUBECONFIG") or "~/.kube/config"
    if any(_exists(file) for file in files.split(os.pathsep) if file):
        return _plain(files, context) or _of_client(files, context)
    if kubeconfig or context or not os.environ.get("KUBERNETES_SERVICE_HOST"):
        advice = "name one with --kubeconfig, or files with -f where a command takes them"
        raise ConnectError(f"no kubeconfig: {shown(files)} does not exist; {advice}")
    from rbacpsp.sources.client_login import from_pod

    return from_pod()


def _exists(file: str) -> bool:
    """Whether there is such a file; a name that the file system cannot hold has none."""
    try:
        return Path(file).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _plain(files: str, context: str | None) -> Login | None:
    found = read_plain(files, context)
    pool = pool_of(found) if found else None
    if found is None or pool is None:
        return None
    return Login(
        pool=pool,
        server=found.server,
        context=found.context,
        namespace=found.namespace,
        user=found.user,
        impersonation=found.impersonation,
        credentials=lambda: found.authorization,
        certificate=found.certificate.decode("ascii", "replace"),
        proxy=found.proxy,
    )


def _of_client(files: str, context: str | None) -> Login:
    from rbacpsp.sources.client_login import from_kubeconfig

    return from_kubeconfig(files, context)
