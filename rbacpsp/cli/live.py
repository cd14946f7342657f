"""The live clusters of a command: a connection for each, opened when needed and closed with the command."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, Self

import click

from rbacpsp.cli.errors import InputError, reporting_read_errors, warn
from rbacpsp.sources.refusals import ConnectError

if TYPE_CHECKING:
    from rbacpsp.model import Objects, User
    from rbacpsp.model.pod_templates import TemplateKinds
    from rbacpsp.sources.connection import Connection
    from rbacpsp.sources.live import Live
    from rbacpsp.sources.whoami import Identity

_CONNECTIONS = "rbacpsp.connections"
_QUIET_SECONDS = 0.7
"""Progress is shown only after this time, since most reads take less."""


class LoginOptions(Protocol):
    """The options of a command that select a live cluster and a user."""

    @property
    def context(self) -> str | None:
        """The kubeconfig's context."""

    @property
    def kubeconfig(self) -> str | None:
        """The path of the kubeconfig."""

    @property
    def limits(self) -> tuple[tuple[str, float], ...]:
        """Limits of time and size, by name."""


@contextmanager
def reporting_refusals() -> Iterator[None]:
    """Turn refusals and connection errors of a live cluster into a line and exit code 2."""
    from rbacpsp.sources.refusals import RefusedError

    try:
        with reporting_read_errors():
            yield
    except (ConnectError, RefusedError) as error:
        raise InputError([str(error)]) from None


def connection_of(source: LoginOptions) -> "Connection":
    """The connection of the running command to the cluster that the options name.

    Raises:
        InputError: There is no usable login.
    """
    from rbacpsp.sources.connection import Connection
    from rbacpsp.sources.limits import Patience

    context = click.get_current_context().find_root()
    opened: dict[tuple[str | None, str | None], Connection] = context.meta.setdefault(_CONNECTIONS, {})
    key = (source.context, source.kubeconfig)
    connection = opened.get(key)
    if connection is None:
        with reporting_refusals():
            patience = Patience().with_limits(dict(source.limits))
            connection = Connection(source.context, source.kubeconfig, patience)
        opened[key] = connection
        context.call_on_close(connection.close)
    return connection


def read_live(
    source: LoginOptions,
    kinds: Collection[str] | None,
    namespace: str | None,
    *,
    discovery: bool,
    templates: "TemplateKinds | None" = None,
) -> "Live":
    """Read the cluster, or the part that an answer needs; a terminal shows the progress.

    Raises:
        InputError: There is no login, no answer, no Kubernetes server, or the server reports an error.
    """
    connection = connection_of(source)
    from rbacpsp.sources.live import read_cluster

    with reporting_refusals(), _Progress() as progress:
        return read_cluster(
            connection,
            namespace,
            kinds=kinds,
            discovery=discovery,
            progress=progress,
            templates=templates,
        )


def watch_objects(
    source: LoginOptions, kinds: Collection[str] | None, namespace: str | None, *, discovery: bool
) -> "Iterator[Objects]":
    """The objects of the cluster, and again after each change.

    Raises:
        InputError: As for `read_live`, or the login may list but not watch.
    """
    connection = connection_of(source)
    from rbacpsp.sources.watch import watch

    def read_again() -> "Live":
        from rbacpsp.sources.live import read_cluster

        return read_cluster(connection, namespace, kinds=kinds, discovery=discovery)

    with reporting_refusals():
        yield from watch(connection, read_again, warn)


def identify_user(source: LoginOptions) -> "Identity":
    """The user that the server sees for the login.

    Raises:
        InputError: The server does not report the user.
    """
    connection = connection_of(source)
    from rbacpsp.sources.whoami import whoami

    with reporting_refusals():
        return whoami(connection)


def current_user(source: LoginOptions) -> "User":
    """The user of the login, for commands that ask as this user; warns if the groups are unknown.

    Raises:
        InputError: The server does not report the user.
    """
    identity = identify_user(source)
    if not identity.groups_known:
        warn(
            f"the server does not report the groups of {identity.user.name}: what is allowed through a "
            "group is not seen; name them with --as and --as-group"
        )
    return identity.user


class _Progress:
    """Shows what is being read: on stderr, at a terminal, after a while."""

    def __init__(self) -> None:
        self._start = monotonic()
        self._lists: dict[str, tuple[int, int]] = {}
        self._status: Any = None
        self._at_terminal = sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, resource: str, read: int, total: int) -> None:
        """Store the progress of a list, and show it."""
        self._lists[resource] = (read, total)
        if not self._at_terminal or monotonic() - self._start < _QUIET_SECONDS:
            return
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True).status("")
            self._status.start()
        under_way = ", ".join(
            f"{name} {done:,} of {of:,}" for name, (done, of) in sorted(self._lists.items()) if done < of
        )
        read_all = sum(done for done, _ in self._lists.values())
        self._status.update(f"{read_all:,} objects read" + (f"; {under_way}" if under_way else ""))
