"""The live cluster of a command: one connection, opened when it is needed and closed with the command."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

import click

from rbacpsp.cli.errors import InputError, warn
from rbacpsp.load.refusals import ConnectError

if TYPE_CHECKING:
    from rbacpsp.cli.options import Source
    from rbacpsp.load.connection import Connection
    from rbacpsp.load.live import Live
    from rbacpsp.load.whoami import Identity
    from rbacpsp.model import Objects, User

_CONNECTION = "rbacpsp.connection"
_QUIET_SECONDS = 0.7
"""How long nothing is said of the progress: most reads are over before."""


@contextmanager
def told() -> Iterator[None]:
    """Turn what a live cluster refuses into a line and exit code 2."""
    from rbacpsp.load import LoadError
    from rbacpsp.load.refusals import RefusedError

    try:
        yield
    except (ConnectError, RefusedError) as error:
        raise InputError([str(error)]) from None
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None


def connection_of(source: "Source") -> "Connection":
    """The connection of the running command.

    Raises:
        InputError: There is no usable login.
    """
    from rbacpsp.load.connection import Connection

    context = click.get_current_context().find_root()
    found: Connection | None = context.meta.get(_CONNECTION)
    if found is None:
        with told():
            found = Connection(source.context, source.kubeconfig)
        context.meta[_CONNECTION] = found
        context.call_on_close(found.close)
    return found


def read(
    source: "Source", kinds: Collection[str] | None, namespace: str | None, *, discovery: bool
) -> "Live":
    """Read the cluster, or as much of it as an answer needs; a terminal is told how far it is.

    Raises:
        InputError: No login, no answer, no Kubernetes, or an error of the server.
    """
    connection = connection_of(source)
    from rbacpsp.load.live import read_cluster

    with told(), _Progress() as progress:
        return read_cluster(connection, namespace, kinds=kinds, discovery=discovery, progress=progress)


def watched(
    source: "Source", kinds: Collection[str] | None, namespace: str | None, *, discovery: bool
) -> "Iterator[Objects]":
    """What is read of the cluster, and again after each change.

    Raises:
        InputError: As for `read`, or the login may list but not watch.
    """
    connection = connection_of(source)
    from rbacpsp.load.watch import watch

    def again() -> "Live":
        from rbacpsp.load.live import read_cluster

        return read_cluster(connection, namespace, kinds=kinds, discovery=discovery)

    with told():
        yield from watch(connection, again, warn)


def whois(source: "Source") -> "Identity":
    """Who the server takes the login for.

    Raises:
        InputError: Nothing tells.
    """
    connection = connection_of(source)
    from rbacpsp.load.whoami import whoami

    with told():
        return whoami(connection)


def current_user(source: "Source") -> "User":
    """The user of the login, for commands that ask as it; unknown groups are said.

    Raises:
        InputError: Nothing tells who it is.
    """
    found = whois(source)
    if not found.groups_known:
        warn(
            f"the server does not tell the groups of {found.user.name}: what is allowed through a group is "
            "not seen; name them with --as and --as-group"
        )
    return found.user


class _Progress:
    """What is being read, on stderr at a terminal, once it takes a while."""

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
        """Take note of a list, and show it."""
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
