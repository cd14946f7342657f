"""The arguments and options of the commands about audit logs."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.audit_log import rbac_cluster, read_record
from rbacpsp.cli.command import Function
from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.options import SourceOptions
from rbacpsp.cli.output import Output
from rbacpsp.model import Subject
from rbacpsp.model.json import JSONObject

if TYPE_CHECKING:
    from rbacpsp.auditlog.evidence import UsedGrants
    from rbacpsp.auditlog.record import EventFilter
    from rbacpsp.auditlog.usage import Usage
    from rbacpsp.auditlog.window import Window
    from rbacpsp.cluster import Cluster
    from rbacpsp.model import ClusterRole, ClusterRoleBinding, Objects, Role, RoleBinding


def log_options(command: Function) -> Function:
    """Add `LOG...`, `--since` and `--until`; the command gets `logs` and `times`."""

    @click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path())
    @click.option("--since", metavar="TIME", default="", help="Only requests from this time or day on.")
    @click.option(
        "--until", metavar="TIME", default="", help="Only requests before this time, or up to this day."
    )
    @wraps(command)
    def collected(*args: Any, since: str, until: str, **others: Any) -> Any:
        return command(*args, times=(since, until), **others)

    return collected


def user_option(command: Function) -> Function:
    """Add `--user` and `--serviceaccount`; the command gets a `user`, empty without the options."""

    @click.option("--user", "name", metavar="NAME", help="Only this user, named as the server sees it.")
    @click.option("--serviceaccount", "account", metavar="NAMESPACE:NAME", help="Only this service account.")
    @wraps(command)
    def collected(*args: Any, name: str | None, account: str | None, **others: Any) -> Any:
        return command(*args, user=_user(name, account), **others)

    return collected


redact_option: Callable[[Function], Function] = click.option(
    "--redact", is_flag=True, help="Replace the names of users, groups and namespaces consistently."
)
"""`--redact`; the command gets `redact`."""


def used_option(command: Function) -> Function:
    """Add `--usage LOG`; the command gets `logs`."""
    return click.option(
        "--usage",
        "logs",
        multiple=True,
        metavar="LOG",
        type=click.Path(),
        help="Show from audit logs whether anybody used it: a file or a folder; may be repeated.",
    )(command)


def used_grants(
    logs: tuple[str, ...], cluster: "Cluster", output: Output, *, strict: bool = False
) -> "UsedGrants | None":
    """How the grants of a cluster were used; None without `--usage`.

    Raises:
        InputError: They cannot be read.
        IncompleteError: A part of them cannot be read, and `strict`.
    """
    if not logs:
        return None
    from rbacpsp.auditlog.evidence import UsedGrants
    from rbacpsp.auditlog.record import Record
    from rbacpsp.auditlog.usage import Usage
    from rbacpsp.logs import names_of

    record = Record(names=names_of(cluster.objects))
    usage = Usage(cluster, read_record(logs, record, strict=strict))
    note_window(usage.window, output)
    return UsedGrants(usage)


def _user(name: str | None, account: str | None) -> str:
    if name and account:
        raise click.UsageError("name one of --user and --serviceaccount", click.get_current_context())
    if account is None:
        return name or ""
    namespace, colon, account_name = account.partition(":")
    if not (namespace and colon and account_name):
        raise click.BadParameter(
            f'"{account}" is not a service account: write NAMESPACE:NAME', param_hint="--serviceaccount"
        )
    from rbacpsp.model import User

    return User.service_account(namespace, account_name).name


def open_usage(
    logs: tuple[str, ...],
    source: SourceOptions,
    times: tuple[str, str],
    *,
    user: str = "",
    changed: "Objects | None" = None,
    redact: bool = False,
) -> "tuple[Cluster, Usage]":
    """The cluster, and the usage of its grants in the logs.

    Args:
        logs: The files and folders of the logs.
        source: The source of the cluster.
        times: `--since` and `--until`.
        user: The user whose requests count; empty: all users.
        changed: The objects that a change adds or replaces, whose rules may name other objects.
        redact: Whether to replace the names of users, groups and namespaces.

    Raises:
        InputError: Something cannot be read.
        IncompleteError: A part of the logs cannot be read, and `--strict` was given.
    """
    if source.filenames.count("-") + logs.count("-") > 1:
        raise click.UsageError("standard input can be read only once", click.get_current_context())
    from rbacpsp.auditlog.record import Record
    from rbacpsp.auditlog.usage import Usage
    from rbacpsp.logs import names_of

    chosen = _choice(times, user)
    cluster = rbac_cluster(source)
    names = None if user else names_of(cluster.objects, *([changed] if changed else ()))
    reader = read_record(logs, Record(chosen, names=names), strict=source.strict)
    if redact:
        from rbacpsp.auditlog.redaction import names_in, redact_record
        from rbacpsp.cluster import Cluster
        from rbacpsp.decode.redact import redact_with

        objects, renamed = redact_with(cluster.loaded, *names_in(reader.record))
        redact_record(reader.record, renamed)
        user = renamed.user(user)
        cluster = Cluster(
            objects,
            kubernetes_version=None if cluster.version_is_assumed else cluster.kubernetes_version,
            openshift_version=None if cluster.openshift_is_assumed else cluster.openshift_version,
            bootstrap=cluster.bootstrap,
            assumed_version=cluster.kubernetes_version,
        )
    return cluster, Usage(cluster, reader, user=user)


def require_known_user(cluster: "Cluster", usage: "Usage") -> None:
    """Require that the chosen user has a request or is named: nothing could be said about a misspelled one.

    Raises:
        InputError: No request, no binding and no account has the name.
    """
    if not usage.user or usage.window.requests:
        return
    from rbacpsp.cli.subject import similar_names_text
    from rbacpsp.model.subjects import subject_text
    from rbacpsp.rbac.index import split_user

    name = usage.user
    account = split_user(name)
    subject = Subject("ServiceAccount", account.name, account.namespace) if account else Subject("User", name)
    accounts = cluster.objects.service_accounts
    if not cluster.authorizer.is_named(subject) and (subject.namespace, subject.name) not in accounts:
        close = similar_names_text(cluster, subject.name, subject.kind)
        raise InputError(
            [f"no request of {subject_text(subject)} is in this log, and no binding names it{close}"]
        )


def _choice(times: tuple[str, str], user: str) -> "EventFilter":
    from rbacpsp.logs import choice

    try:
        return choice(since=times[0], until=times[1], user=user)
    except ValueError as error:
        raise click.UsageError(f"--{error}", click.get_current_context()) from None


def object_name(obj: "Role | ClusterRole | RoleBinding | ClusterRoleBinding") -> str:
    """An object in the form of `--without`: `rolebinding/shop/web`."""
    return "/".join(filter(None, (obj.kind.lower(), obj.metadata.namespace, obj.metadata.name)))


def window_json(window: "Window") -> JSONObject:
    """The time span of the logs, as in every answer."""
    return {
        "first": window.first,
        "last": window.last,
        "days": round(window.days, 3),
        "requests": window.requests,
        "allowed": window.allowed,
        "denied": window.denied,
        "duplicates": window.duplicates,
        "damaged": window.damaged,
        "damagedLines": [
            {"file": damaged.file, "line": damaged.line, "why": damaged.why}
            for damaged in window.damaged_places
        ],
        "undecided": window.undecided,
        "unexplained": window.unexplained,
        "gaps": [{"server": gap.server, "start": gap.start, "end": gap.end} for gap in window.gaps],
        "hidden": list(window.hidden),
    }


def note_window(window: "Window", output: Output) -> None:
    """Write to stderr the time span of an answer, and its gaps."""
    if not output.readable:
        return
    note(f"{window.words}: {window.allowed:,} allowed and {window.denied:,} refused requests.")
    for gap in window.gaps[:3]:
        note(f"{gap.server} wrote nothing from {gap.start} to {gap.end}.")
    if len(window.gaps) > 3:
        note(f"There are {len(window.gaps) - 3} more gaps: -o json has all.")
    for text in window.hidden:
        warn(text)
    if window.unexplained:
        warn(
            f"{window.unexplained:,} distinct requests were allowed that this cluster refuses: grants have "
            "changed since, or another authorizer allowed them; verify --audit-log shows them"
        )
