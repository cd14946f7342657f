"""Reads OpenShift's own kinds from a running cluster that serves them.

A server authorizes a request before it finds out that it does not serve the kind: it answers 403 instead of
404.
"""

from rbacpsp.decode.servers import openshift_release
from rbacpsp.model.kinds import Kind
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.refusals import RefusedError

_CLUSTER_VERSION = "/apis/config.openshift.io/v1/clusterversions/version"


def serves(connection: Connection, kind: Kind) -> bool:
    """Whether the server has a group and version in which it lists a kind.

    Raises:
        RefusedError: The server cannot say.
        ConnectError: No answer.
    """
    for served_version in kind.served:
        try:
            connection.get(f"/apis/{served_version.version}")
        except RefusedError as refused:
            if refused.status not in {403, 404}:
                raise
            continue
        return True
    return False


def openshift_version(connection: Connection) -> str:
    """The release of OpenShift; empty if this user may not read it.

    Raises:
        ConnectError: No answer.
    """
    try:
        return openshift_release(connection.get(_CLUSTER_VERSION).body)
    except RefusedError:
        return ""
