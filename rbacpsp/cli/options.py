"""The options that commands share, each as a decorator that hands the command one value."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import IncompleteError, InputError, warn

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.load import Problem
    from rbacpsp.model import User

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the objects of the cluster come from."""

    filenames: tuple[str, ...] = ()
    context: str | None = None
    kubeconfig: str | None = None
    keep_going: bool = False
    strict: bool = False
    kubernetes_version: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def source_options(command: Command) -> Command:
    """Add the options that say what to read; the command is given a `source` for `open_cluster`."""

    @click.option(
        "-f",
        "--filename",
        "filenames",
        multiple=True,
        metavar="PATH",
        type=click.Path(),
        help="Read a file, a folder (and those below it) or - for stdin; may be repeated.",
    )
    @click.option("--context", metavar="NAME", help="The kubeconfig context of a live cluster.")
    @click.option("--kubeconfig", metavar="PATH", type=click.Path(), help="The kubeconfig of a live cluster.")
    @click.option("--keep-going", is_flag=True, help="Read on after a bad document; each is named on stderr.")
    @click.option("--strict", is_flag=True, help="Exit with 3 when something could not be read.")
    @click.option(
        "--kubernetes-version",
        metavar="VERSION",
        callback=_version,
        help="The server to imitate, for example 1.24; the default is what the source says, else 1.24.",
    )
    @click.option(
        "--with",
        "added",
        multiple=True,
        metavar="PATH",
        type=click.Path(),
        help="What if: add or replace the objects of a file or folder; may be repeated.",
    )
    @click.option(
        "--without",
        "removed",
        multiple=True,
        metavar="KIND/NAME",
        help="What if: leave an object out (KIND/NAMESPACE/NAME outside of default); may be repeated.",
    )
    @wraps(command)
    def collected(
        *args: Any,
        filenames: tuple[str, ...],
        context: str | None,
        kubeconfig: str | None,
        keep_going: bool,
        strict: bool,
        kubernetes_version: str | None,
        added: tuple[str, ...],
        removed: tuple[str, ...],
        **rest: Any,
    ) -> Any:
        source = Source(
            filenames, context, kubeconfig, keep_going, strict, kubernetes_version, added, removed
        )
        return command(*args, source=source, **rest)

    return collected


def _version(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from rbacpsp.model import Version  # noqa: PLC0415 - not at start-up

    try:
        Version.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return value


def namespace_option(command: Command) -> Command:
    """Add `-n`; the command is given a `namespace`."""
    return click.option(
        "-n",
        "--namespace",
        default="default",
        show_default=True,
        metavar="NAME",
        help="The namespace of the request.",
    )(command)


def all_namespaces_option(text: str) -> Callable[[Command], Command]:
    """Add `-A` with its meaning for the command; the command is given `all_namespaces`."""
    return click.option("-A", "--all-namespaces", is_flag=True, help=text)


def user_options(command: Command) -> Command:
    """Add `--as` and `--as-group`; the command is given a `user`, None when nobody is named."""

    @click.option("--as", "as_user", metavar="USER", help="Who asks: a user's name as the server sees it.")
    @click.option(
        "--as-group",
        "as_groups",
        metavar="GROUP",
        multiple=True,
        help="A group of the user; may be repeated.",
    )
    @wraps(command)
    def collected(*args: Any, as_user: str | None, as_groups: tuple[str, ...], **rest: Any) -> Any:
        return command(*args, user=_user(as_user, as_groups), **rest)

    return collected


def _user(name: str | None, groups: tuple[str, ...]) -> "User | None":
    if not name:
        if groups:
            raise click.UsageError("--as-group needs --as: the server takes groups only together with a user")
        return None
    from rbacpsp.model import User  # noqa: PLC0415 - not at start-up

    if name.partition("/")[0] in {"User", "Group", "ServiceAccount"}:
        warn(
            f'--as takes a name as the server sees it, so "{name}" is the user of just that name; a service '
            "account is system:serviceaccount:NAMESPACE:NAME, and groups are given by --as-group"
        )
    return User.impersonate(name, groups)


def need_user(user: "User | None") -> "User":
    """The user, who cannot be left out where there is no kubeconfig that says who asks.

    Raises:
        click.UsageError: Nobody was named.
    """
    if user is None:
        raise click.UsageError(
            "files do not say who asks: pass --as USER (and --as-group GROUP), for example "
            "--as alice or --as system:serviceaccount:default:builder",
            click.get_current_context(),
        )
    return user


def open_cluster(source: Source) -> "Cluster":
    """The cluster that the options name; what is doubtful about it is said on stderr.

    Raises:
        InputError: Something could not be read.
        IncompleteError: Something was passed over, and `--strict` was given.
        click.UsageError: No source was named.
    """
    if not source.filenames:
        raise click.UsageError(
            "there is no cluster to ask: pass -f with a file, a folder or - for stdin; it may be repeated",
            click.get_current_context(),
        )
    from rbacpsp.cluster import Cluster  # noqa: PLC0415 - not at start-up
    from rbacpsp.load import LoadError, read_files  # noqa: PLC0415 - not at start-up

    try:
        loaded = read_files(source.filenames, keep_going=source.keep_going)
        cluster = Cluster(loaded.objects, kubernetes_version=source.kubernetes_version)
    except LoadError as error:
        raise InputError(map(problem_line, error.problems)) from None
    for problem in loaded.skipped:
        warn(f"passed over: {problem_line(problem)}")
    if loaded.skipped and source.strict:
        raise IncompleteError([f"{len(loaded.skipped)} documents could not be read, and --strict was given"])
    if source.added or source.removed:
        from rbacpsp.cli.what_if import changed  # noqa: PLC0415 - few commands ask what if

        cluster = changed(cluster, source.added, source.removed)
    for warning in cluster.warnings:
        warn(warning)
    return cluster


def problem_line(problem: "Problem") -> str:
    """A problem of loading as one line: where, what, and what to do."""
    return str(problem)
