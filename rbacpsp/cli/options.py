"""The options that commands share, each as a decorator that hands the command one value."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import IncompleteError, InputError, warn

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.load import Problem
    from rbacpsp.model import Objects, User

Command = Callable[..., Any]
JSONObject = dict[str, Any]


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
    @click.option(
        "--context",
        metavar="NAME",
        help="The kubeconfig context of a live cluster; without -f its current one.",
    )
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
    from rbacpsp.model import Version

    try:
        Version.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return value


def kubernetes_version_option(command: Command) -> Command:
    """Add `--kubernetes-version` where no cluster is read; the command is given a `kubernetes_version`."""
    return click.option(
        "--kubernetes-version",
        metavar="VERSION",
        callback=_version,
        help="The server whose rules and words answer, for example 1.24; the default is the newest.",
    )(command)


def admission_config_option(command: Command) -> Command:
    """Add `--admission-config`; the command is given an `admission_config`, None without the option.

    It is a PodSecurityConfiguration, or an AdmissionConfiguration that the server would start with.
    """
    return click.option(
        "--admission-config",
        metavar="FILE",
        type=click.Path(),
        callback=_admission_config,
        help="The server's AdmissionConfiguration or PodSecurityConfiguration: defaults and exemptions.",
    )(command)


def _admission_config(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> JSONObject | None:
    if value is None:
        return None
    from rbacpsp.cli.admission_config import read_admission_config

    return read_admission_config(value)


def namespace_option(command: Command) -> Command:
    """Add `-n`; the command is given a `namespace`, None without the option: see `place`."""
    return click.option(
        "-n",
        "--namespace",
        metavar="NAME",
        help="The namespace of the request; else that of the kubeconfig's context, else default.",
    )(command)


def place(source: Source, namespace: str | None) -> str:
    """The namespace of a request: as given, else that of the live cluster's context, else `default`.

    Raises:
        InputError: The cluster is a live one, and there is no usable login.
    """
    if namespace or source.filenames:
        return namespace or "default"
    from rbacpsp.cli.live import connection_of

    return connection_of(source).login.namespace


def all_namespaces_option(text: str) -> Callable[[Command], Command]:
    """Add `-A` with its meaning for the command; the command is given `all_namespaces`."""
    return click.option("-A", "--all-namespaces", is_flag=True, help=text)


def user_options(command: Command) -> Command:
    """Add `--as`, `--as-group` and `--as-uid`; the command is given a `user`, None when nobody is named."""

    @click.option("--as", "as_user", metavar="USER", help="Who asks: a user's name as the server sees it.")
    @click.option(
        "--as-group",
        "as_groups",
        metavar="GROUP",
        multiple=True,
        help="A group of the user; may be repeated.",
    )
    @click.option(
        "--as-uid", metavar="UID", help="Taken as kubectl takes it; no answer depends on the UID of a user."
    )
    @wraps(command)
    def collected(
        *args: Any, as_user: str | None, as_groups: tuple[str, ...], as_uid: str | None, **rest: Any
    ) -> Any:
        if as_uid and not as_user:
            raise click.UsageError("--as-uid needs --as: the server takes a UID only together with a user")
        return command(*args, user=_user(as_user, as_groups), **rest)

    return collected


def _user(name: str | None, groups: tuple[str, ...]) -> "User | None":
    if not name:
        if groups:
            raise click.UsageError("--as-group needs --as: the server takes groups only together with a user")
        return None
    from rbacpsp.model import User

    if name.partition("/")[0] in {"User", "Group", "ServiceAccount"}:
        warn(
            f'--as takes a name as the server sees it, so "{name}" is the user of just that name; a service '
            "account is system:serviceaccount:NAMESPACE:NAME, and groups are given by --as-group"
        )
    return User.impersonate(name, groups)


def warn_of_node_authorizer(name: str) -> None:
    """Say that a node may do more than RBAC tells."""
    if name.startswith("system:node:"):
        warn("the Node authorizer, which lets a node read what its pods need, is not seen here")


def need_user(user: "User | None", source: Source) -> "User":
    """The user who was named, else the one of a live cluster's login; files do not say who asks.

    Raises:
        click.UsageError: Nobody was named.
        InputError: The server does not tell who it is.
    """
    if user is None and not source.filenames:
        from rbacpsp.cli.live import current_user

        return current_user(source)
    if user is None:
        raise click.UsageError(
            "files do not say who asks: pass --as USER (and --as-group GROUP), for example "
            "--as alice or --as system:serviceaccount:default:builder",
            click.get_current_context(),
        )
    return user


def open_cluster(
    source: Source,
    admission_config: JSONObject | None = None,
    *,
    kinds: Collection[str] | None = None,
    namespace: str | None = None,
    discovery: bool = True,
    say_unread: bool = True,
) -> "Cluster":
    """The cluster that the options name; what is doubtful about it is said on stderr.

    A live cluster is read only as far as the answer needs it; of what could not be read, only that is said
    which could change the answer.

    Args:
        source: Where its objects come from.
        admission_config: What `--admission-config` gave, for questions about Pod Security.
        kinds: All that the answer depends on; None: everything.
        namespace: The only namespace on which the answer depends; None: all.
        discovery: Whether the answer depends on what the server serves.
        say_unread: Whether to say what could not be read; False where each answer says it itself.

    Raises:
        InputError: Something could not be read.
        IncompleteError: Something was passed over or may not be read, and `--strict` was given.
    """
    objects = _from_files(source) if source.filenames else _from_server(source, kinds, namespace, discovery)
    return cluster_of(
        objects, source, admission_config, kinds=kinds, namespace=namespace, say_unread=say_unread
    )


def cluster_of(
    objects: "Objects",
    source: Source,
    admission_config: JSONObject | None = None,
    *,
    kinds: Collection[str] | None = None,
    namespace: str | None = None,
    say_unread: bool = True,
    quiet: bool = False,
) -> "Cluster":
    """The cluster of objects that were read as the options say, with what-if changes made.

    Args:
        objects: What was read.
        source: As for `open_cluster`, and so are the others.
        admission_config: As there.
        kinds: As there.
        namespace: As there.
        say_unread: As there.
        quiet: Whether what is doubtful has been said before.

    Raises:
        InputError: A what-if change cannot be made.
        IncompleteError: Something may not be read, and `--strict` was given.
    """
    from rbacpsp.cluster import Cluster

    cluster = Cluster(
        objects, kubernetes_version=source.kubernetes_version, admission_config=admission_config
    )
    unread = cluster.unread(kinds, namespace)
    if unread and source.strict:
        raise IncompleteError([*unread, "the cluster could not be read completely, and --strict was given"])
    if source.added or source.removed:
        from rbacpsp.cli.what_if import changed

        cluster = changed(cluster, source.added, source.removed)
    doubts = [*cluster.objects.warnings, *(unread if say_unread else ())]
    if source.filenames:
        from rbacpsp.cli.missing import missing

        doubts += missing(cluster.objects, namespace)
    for doubt in () if quiet else doubts:
        warn(doubt)
    return cluster


def _from_files(source: Source) -> "Objects":
    from rbacpsp.load import LoadError, read_files

    try:
        loaded = read_files(source.filenames, keep_going=source.keep_going)
    except LoadError as error:
        raise InputError(map(problem_line, error.problems)) from None
    for problem in loaded.skipped:
        warn(f"passed over: {problem_line(problem)}")
    if loaded.skipped and source.strict:
        raise IncompleteError([f"{len(loaded.skipped)} documents could not be read, and --strict was given"])
    return loaded.objects


def _from_server(
    source: Source, kinds: Collection[str] | None, namespace: str | None, discovery: bool
) -> "Objects":
    from rbacpsp.cli.live import read

    return read(source, kinds, namespace, discovery=discovery).objects


def problem_line(problem: "Problem") -> str:
    """A problem of loading as one line: where, what, and what to do."""
    return str(problem)
