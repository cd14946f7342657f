"""Asks a live server for its version and the APIs of a group, for output that is applied to it."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.live import LoginOptions, reporting_refusals
from rbacpsp.model.version import Version

if TYPE_CHECKING:
    from rbacpsp.sources.connection import Connection


class LiveServer(NamedTuple):
    """The version of a server, and the resources that it serves."""

    context: str
    version: Version
    resources: frozenset[str]
    """The resources of the group, for example `v1/validatingadmissionpolicies`."""

    def need(self, resource: str, advice: str) -> None:
        """Refuse a server that does not serve a resource.

        Raises:
            InputError: The server does not serve it.
        """
        if resource not in self.resources:
            where = f"the server of the context {self.context} ({self.version})"
            raise InputError([f"{where} does not serve {resource}: {advice}"])


def ask_server(context: str, login: LoginOptions, group: str) -> LiveServer:
    """Ask a server for its version and the APIs of a group.

    Raises:
        InputError: There is no usable login, or it does not answer.
    """
    from rbacpsp.sources.connection import Connection
    from rbacpsp.sources.limits import Patience

    with reporting_refusals():
        connection = Connection(context, login.kubeconfig, Patience().with_limits(dict(login.limits)))
        try:
            version = Version.parse(str(_get(connection, "/version")["gitVersion"]))
            names = [
                str(served_version["version"])
                for served_version in _get(connection, f"/apis/{group}")["versions"]
            ]
            resources = frozenset(
                f"{name}/{served_resource['name']}"
                for name in names
                for served_resource in _get(connection, f"/apis/{group}/{name}")["resources"]
            )
        except (KeyError, TypeError, ValueError):
            what = f"what the context {context} leads to does not answer as an API server"
            raise InputError([what]) from None
        finally:
            connection.close()
    return LiveServer(context, version, resources)


def _get(connection: "Connection", path: str) -> Any:
    return json.loads(connection.get(path).body)
