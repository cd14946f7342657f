"""The options that commands share; each decorator passes one value to the command."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from rbacpsp.cli.apply_options import applied_options
from rbacpsp.cli.cluster_cache import cached
from rbacpsp.cli.cluster_files import objects_in_files
from rbacpsp.cli.command import Function
from rbacpsp.cli.errors import IncompleteError, warn
from rbacpsp.cli.live_limit import live_limit_option
from rbacpsp.cli.no_validate import no_validate_option
from rbacpsp.cli.reading_options import (
    allow_empty_option,
    duplicates_option,
    keep_going_option,
    strict_option,
)
from rbacpsp.cli.version_option import openshift_version_option, version_of
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import POD_SECURITY_KINDS

if TYPE_CHECKING:
    from rbacpsp.apply import Bootstrap
    from rbacpsp.cli.reading import FileReading
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Objects, User, Version
    from rbacpsp.model.pod_templates import TemplateKinds


class SourceOptions(Struct, frozen=True):
    """The options that select the objects of a cluster."""

    filenames: tuple[str, ...] = ()
    context: str | None = None
    kubeconfig: str | None = None
    keep_going: bool = False
    allow_empty: bool = False
    duplicates: str = "refuse"
    strict: bool = False
    validate: bool = True
    kubernetes_version: str | None = None
    bootstrap: "Bootstrap" = "auto"
    apply_namespace: str | None = None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    limits: tuple[tuple[str, float], ...] = ()
    """Limits of time and size for a live cluster, by name."""
    openshift_version: str | None = None
    templates: "TemplateKinds | None" = None
    """The custom resources whose pods are read; None: all known ones."""

    @property
    def reading(self) -> "FileReading":
        """How to treat unreadable files, for the files that a command evaluates."""
        from rbacpsp.cli.reading import FileReading

        return FileReading(self.keep_going, self.allow_empty, self.strict)


def source_options(command: Function) -> Function:
    """Add the options that select what to read; the command gets a `source` for `open_cluster`."""
    with_context = click.option(
        "--context",
        metavar="NAME",
        help="The kubeconfig context of the live cluster; by default the current one.",
    )(how_options(command))
    return click.option(
        "-f",
        "--filename",
        "filenames",
        multiple=True,
        metavar="PATH",
        type=click.Path(),
        help="Read a file, a folder (and those below it) or - for stdin; may be repeated.",
    )(with_context)


def how_options(command: Function) -> Function:
    """Add the options that say how to read, for a command whose arguments select what to read.

    The command gets a `source`.
    """

    @click.option("--kubeconfig", metavar="PATH", type=click.Path(), help="The kubeconfig of a live cluster.")
    @live_limit_option
    @keep_going_option
    @allow_empty_option
    @duplicates_option
    @strict_option
    @no_validate_option
    @click.option(
        "--kubernetes-version",
        metavar="VERSION",
        callback=version_of,
        help=(
            "The Kubernetes version to imitate, for example 1.24; by default the cluster's, else "
            "1.24 if there are policies, else the newest."
        ),
    )
    @openshift_version_option
    @applied_options
    @wraps(command)
    def collected(
        *args: Any,
        filenames: tuple[str, ...] = (),
        context: str | None = None,
        kubeconfig: str | None,
        limits: tuple[tuple[str, float], ...],
        keep_going: bool,
        allow_empty: bool,
        duplicates: str,
        strict: bool,
        validate: bool,
        kubernetes_version: str | None,
        openshift_version: str | None,
        bootstrap: "Bootstrap",
        apply_namespace: str | None,
        added: tuple[str, ...],
        removed: tuple[str, ...],
        **others: Any,
    ) -> Any:
        source = SourceOptions(
            filenames,
            context,
            kubeconfig,
            keep_going,
            allow_empty,
            duplicates,
            strict,
            validate,
            kubernetes_version,
            bootstrap,
            apply_namespace,
            added,
            removed,
            limits,
            openshift_version,
        )
        return command(*args, source=source, **others)

    return collected


def namespace_option(command: Function) -> Function:
    """Add `-n`; the command is given a `namespace`, None without the option: see `request_namespace`."""
    return click.option(
        "-n",
        "--namespace",
        metavar="NAME",
        help="The namespace of the request; else that of the kubeconfig's context, else default.",
    )(command)


def request_namespace(source: SourceOptions, namespace: str | None) -> str:
    """The namespace of a request: the option, else the namespace of the live context, else `default`.

    Raises:
        InputError: The cluster is live, and there is no usable login.
    """
    if namespace or source.filenames:
        return namespace or "default"
    from rbacpsp.cli.live import connection_of

    return connection_of(source).login.namespace


def all_namespaces_option(text: str) -> Callable[[Function], Function]:
    """Add `-A` with a help text for the command; the command gets `all_namespaces`."""
    return click.option("-A", "--all-namespaces", is_flag=True, help=text)


def user_options(command: Function) -> Function:
    """Add `--as`, `--as-group` and `--as-uid`; the command gets a `user`, None without the options."""

    @click.option("--as", "as_user", metavar="USER", help="The user to ask for, named as the server sees it.")
    @click.option(
        "--as-group",
        "as_groups",
        metavar="GROUP",
        multiple=True,
        help="A group of the user; may be repeated.",
    )
    @click.option(
        "--as-uid", metavar="UID", help="Accepted as in kubectl; no answer depends on the UID of a user."
    )
    @wraps(command)
    def collected(
        *args: Any, as_user: str | None, as_groups: tuple[str, ...], as_uid: str | None, **others: Any
    ) -> Any:
        if as_uid and not as_user:
            raise click.UsageError("--as-uid needs --as: the server takes a UID only together with a user")
        return command(*args, user=_user(as_user, as_groups), **others)

    return collected


def _user(name: str | None, groups: tuple[str, ...]) -> "User | None":
    if not name:
        if groups:
            raise click.UsageError("--as-group needs --as: the server takes groups only together with a user")
        return None
    from rbacpsp.model import User

    if name.partition("/")[0] in {"User", "Group", "ServiceAccount"}:
        warn(
            f'--as takes a name as the server sees it, so "{name}" is the user with exactly that '
            "name; a service account is system:serviceaccount:NAMESPACE:NAME, and groups are given by "
            "--as-group"
        )
    return User.impersonate(name, groups)


def require_user(user: "User | None", source: SourceOptions) -> "User":
    """The user of `--as`, else the user of a live cluster's login.

    Raises:
        click.UsageError: `--as` is missing, and files do not say who asks.
        InputError: The server does not report the user.
    """
    if user is None and not source.filenames:
        from rbacpsp.cli.live import current_user

        return current_user(source)
    if user is None:
        raise click.UsageError(
            "files do not say who is asking: pass --as USER (and --as-group GROUP), for example --as "
            "alice or --as system:serviceaccount:default:builder",
            click.get_current_context(),
        )
    return user


def open_cluster(
    source: SourceOptions,
    admission_config: JSONObject | None = None,
    *,
    kinds: Collection[str] | None = None,
    namespace: str | None = None,
    discovery: bool = True,
    say_unread: bool = True,
    to_add: "Objects | None" = None,
) -> "Cluster":
    """The cluster that the options select; doubts about it are written to stderr.

    Only the part of a live cluster that the answer needs is read; warnings about unreadable objects are
    limited to those that could change the answer.

    Args:
        source: The source of its objects.
        admission_config: The file of `--admission-config`, for questions about Pod Security.
        kinds: The kinds that the answer depends on; None: all.
        namespace: The only namespace that the answer depends on; None: all.
        discovery: Whether the answer depends on the APIs that the server serves.
        say_unread: Whether to warn about unreadable objects; False if the answer itself does.
        to_add: Objects that the command adds later; they may show the version of the server.

    Raises:
        InputError: Something could not be read.
        IncompleteError: Something was skipped or may not be read, and `--strict` was given.
    """
    return cluster_of(
        objects_of(source, kinds, namespace, discovery=discovery),
        source,
        admission_config,
        kinds=kinds,
        namespace=namespace,
        say_unread=say_unread,
        to_add=to_add,
    )


def objects_of(
    source: SourceOptions, kinds: Collection[str] | None, namespace: str | None = None, *, discovery: bool
) -> "Objects":
    """The objects that the options select; the arguments are those of `open_cluster`.

    Raises:
        InputError: Something could not be read.
    """
    if source.filenames:
        return cached(("objects", source), lambda: objects_in_files(source, kinds, namespace))
    return _from_server(source, kinds, namespace, discovery)


def cluster_of(
    objects: "Objects",
    source: SourceOptions,
    admission_config: JSONObject | None = None,
    *,
    kinds: Collection[str] | None = None,
    namespace: str | None = None,
    say_unread: bool = True,
    quiet: bool = False,
    to_add: "Objects | None" = None,
) -> "Cluster":
    """The cluster of objects that were read, with the what-if changes of the options.

    Args:
        objects: The objects that were read.
        source: As for `open_cluster`.
        admission_config: As for `open_cluster`.
        kinds: As for `open_cluster`.
        namespace: As for `open_cluster`.
        say_unread: As for `open_cluster`.
        quiet: Whether to write no warnings, since they were written before.
        to_add: As for `open_cluster`.

    Raises:
        InputError: A what-if change cannot be made.
        IncompleteError: Something may not be read, and `--strict` was given.
    """
    from rbacpsp.cluster import Cluster

    if source.added:
        from rbacpsp.cli.what_if import read_added

        to_add = read_added(source, objects.templates)

    def make_cluster() -> Cluster:
        return Cluster(
            objects,
            kubernetes_version=source.kubernetes_version,
            openshift_version=source.openshift_version,
            admission_config=admission_config,
            bootstrap=source.bootstrap,
            assumed_version=_assumed(objects, to_add),
        )

    plain = source.filenames and admission_config is None and to_add is None
    cluster = cached(("cluster", source), make_cluster) if plain else make_cluster()
    if admission_config is not None:
        from rbacpsp.cli.admission_config import require_config

        require_config(admission_config, source.kubernetes_version or objects.kubernetes_version)
    unread = cluster.unread(kinds, namespace)
    if unread and source.strict:
        raise IncompleteError([*unread, "the cluster could not be read completely, and --strict was given"])
    if source.added or source.removed:
        from rbacpsp.cli.what_if import apply_what_if

        cluster = apply_what_if(cluster, source)
    labels_count = kinds is None or POD_SECURITY_KINDS.issubset(kinds)
    doubts = [
        *(cluster.doubts if labels_count else cluster.objects.warnings),
        *(unread if say_unread else ()),
    ]
    if source.filenames and not source.allow_empty:
        from rbacpsp.cli.missing import missing_object_warnings, require_namespace

        require_namespace(cluster.objects, namespace)
        doubts += missing_object_warnings(
            cluster.objects, namespace, placed=source.apply_namespace is not None
        )
    for doubt in () if quiet else doubts:
        warn(doubt)
    return cluster


def _assumed(objects: "Objects", to_add: "Objects | None") -> "Version":
    """The version to assume if nothing names one; objects that will be added count as well."""
    from rbacpsp.model.version import imitated

    more = to_add or objects
    return imitated(more.kubernetes_version, policies=bool(objects.policies or more.policies))


def _from_server(
    source: SourceOptions, kinds: Collection[str] | None, namespace: str | None, discovery: bool
) -> "Objects":
    from rbacpsp.cli.live import read_live

    live = read_live(source, kinds, namespace, discovery=discovery, templates=source.templates)
    return live.objects
