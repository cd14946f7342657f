"""The options that commands share, each as a decorator that hands the command one value."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from rbacpsp.cli.apply_options import applied_options
from rbacpsp.cli.cluster_cache import cached
from rbacpsp.cli.command import Function
from rbacpsp.cli.errors import IncompleteError, reporting_read_errors, warn
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
    from rbacpsp.cli.reading import Reading
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import Objects, User, Version
    from rbacpsp.model.pod_templates import TemplateKinds


class SourceOptions(Struct, frozen=True):
    """Where the objects of the cluster come from."""

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
    """Bounds of what is waited for and taken of a live cluster, by name."""
    openshift_version: str | None = None
    templates: "TemplateKinds | None" = None
    """The custom resources whose pods are looked at; None: all that are known."""

    @property
    def reading(self) -> "Reading":
        """What the options say about files that cannot be read, for the files that a command judges."""
        from rbacpsp.cli.reading import Reading

        return Reading(self.keep_going, self.allow_empty, self.strict)


def source_options(command: Function) -> Function:
    """Add the options that say what to read; the command is given a `source` for `open_cluster`."""
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
    """Add the options that say how to read, for a command whose arguments say what it reads.

    The command is given a `source`.
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
        **rest: Any,
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
        return command(*args, source=source, **rest)

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
    """The namespace of a request: as given, else that of the live cluster's context, else `default`.

    Raises:
        InputError: The cluster is a live one, and there is no usable login.
    """
    if namespace or source.filenames:
        return namespace or "default"
    from rbacpsp.cli.live import connection_of

    return connection_of(source).login.namespace


def all_namespaces_option(text: str) -> Callable[[Function], Function]:
    """Add `-A` with its meaning for the command; the command is given `all_namespaces`."""
    return click.option("-A", "--all-namespaces", is_flag=True, help=text)


def user_options(command: Function) -> Function:
    """Add `--as`, `--as-group` and `--as-uid`; the command is given a `user`, None when nobody is named."""

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
            f'--as takes a name as the server sees it, so "{name}" is the user with exactly that '
            "name; a service account is system:serviceaccount:NAMESPACE:NAME, and groups are given by "
            "--as-group"
        )
    return User.impersonate(name, groups)


def require_user(user: "User | None", source: SourceOptions) -> "User":
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
        to_add: What the command will add later itself; it may tell the version of the server.

    Raises:
        InputError: Something could not be read.
        IncompleteError: Something was passed over or may not be read, and `--strict` was given.
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
    """The objects that the options name; the arguments are those of `open_cluster`.

    Raises:
        InputError: Something could not be read.
    """
    if source.filenames:
        return cached(("objects", source), lambda: _from_files(source))
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
    """The cluster of objects that were read as the options say, with what-if changes made.

    Args:
        objects: What was read.
        source: As for `open_cluster`, and so are the next four.
        admission_config: As there.
        kinds: As there.
        namespace: As there.
        say_unread: As there.
        quiet: Whether what is doubtful has been said before.
        to_add: As there.

    Raises:
        InputError: A what-if change cannot be made.
        IncompleteError: Something may not be read, and `--strict` was given.
    """
    from rbacpsp.cluster import Cluster

    if source.added:
        from rbacpsp.cli.what_if import read_added

        to_add = read_added(source, objects.templates)

    def made() -> Cluster:
        return Cluster(
            objects,
            kubernetes_version=source.kubernetes_version,
            openshift_version=source.openshift_version,
            admission_config=admission_config,
            bootstrap=source.bootstrap,
            assumed_version=_assumed(objects, to_add),
        )

    plain = source.filenames and admission_config is None and to_add is None
    cluster = cached(("cluster", source), made) if plain else made()
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
    """The version where nothing names one; what will be added counts as well."""
    from rbacpsp.model.version import imitated

    more = to_add or objects
    return imitated(more.kubernetes_version, policies=bool(objects.policies or more.policies))


def _from_files(source: SourceOptions) -> "Objects":
    from rbacpsp.cli.what_if import manifest_check
    from rbacpsp.sources import read_files

    with reporting_read_errors():
        return read_files(
            source.filenames,
            keep_going=source.keep_going,
            allow_empty=source.allow_empty,
            templates=source.templates,
            last_counts=source.duplicates == "last",
            check=manifest_check(source.kubernetes_version, validate=source.validate),
            apply_namespace=source.apply_namespace,
        ).objects


def _from_server(
    source: SourceOptions, kinds: Collection[str] | None, namespace: str | None, discovery: bool
) -> "Objects":
    from rbacpsp.cli.live import read_live

    found = read_live(source, kinds, namespace, discovery=discovery, templates=source.templates)
    return found.objects
