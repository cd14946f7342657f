"""`rbacpsp explore`: write an offline page to browse, query and print a cluster."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.errors import note
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import reporting_write_errors, require_folder_of
from rbacpsp.cli.spelling import SUBJECT_HELP
from rbacpsp.cli.subject import parse_subject

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster
    from rbacpsp.page import Origin

DEFAULT = "rbacpsp-explore.html"
_STDOUT = "-"


@command(
    "explore",
    short_help="Write an offline HTML page to browse, query and print a cluster.",
    epilog=SUBJECT_HELP,
)
@click.option(
    "-O",
    "--output-file",
    "path",
    metavar="FILE",
    default=DEFAULT,
    show_default=True,
    type=click.Path(),
    help="The file to write, or - for stdout. A file is replaced atomically.",
)
@click.option("-n", "--namespace", metavar="NAME", help="Open on the page of this namespace.")
@click.option("--subject", metavar="SUBJECT", help="Open on the page of this subject.")
@click.option(
    "--redact", is_flag=True, help="Replace the names of users, groups and namespaces consistently."
)
@click.option(
    "--open/--no-open",
    "opened",
    default=None,
    help="Open the file in the browser, or do not; by default it opens only when run in a terminal.",
)
@source_options
def explore(
    *,
    path: str,
    namespace: str | None,
    subject: str | None,
    redact: bool,
    opened: bool | None,
    source: SourceOptions,
) -> None:
    r"""Write an offline page to browse, query and print a cluster: one file that needs nothing else.

    The page shows who can do what and through which bindings, what each subject may do, which policy applies,
    the findings and the paths to full control, and it answers questions. It loads and sends nothing, so it
    can be mailed, archived and opened anywhere. It never holds the data of Secrets.

    \b
    Examples:
      rbacpsp explore -f sample_clusters/psp-on-eks
      rbacpsp explore -f sample_clusters/psp-by-example -O psp.html --no-open
      rbacpsp explore -f sample_clusters/psp-on-eks --subject sa/psp-eks-restrictive:eks-test-user
      rbacpsp explore -f sample_clusters/psp-migration --redact -O share.html
    """
    if redact and (namespace or subject):
        option = "--subject" if subject else "--namespace"
        raise click.UsageError(f"--redact replaces names, so {option} would find nothing")
    _require_target(path, opened=opened)
    cluster = open_cluster(source)
    warn_custom_resources(cluster.objects)
    origin = _origin(source, redact=redact)
    doubt_namespace((cluster,), namespace, gate=False)
    start = _start(cluster, namespace, subject)
    if redact:
        cluster = cluster.redacted()
    explorer = cluster.explore(origin=origin, start=start)
    if path == _STDOUT:
        for piece in explorer.pieces():
            click.echo(piece, nl=False)
        return
    from rbacpsp.sources.atomic_write import replaced_file

    with reporting_write_errors(path), replaced_file(path) as stream:
        for piece in explorer.pieces():
            stream.write(piece.encode())
    note(f"{path}: {Path(path).stat().st_size / 1e6:.1f} MB. Open it in any browser.")
    if opened if opened is not None else _at_terminal():
        click.launch(Path(path).absolute().as_uri())


def _require_target(path: str, *, opened: bool | None) -> None:
    """Check that the page can be written there, before the cluster is read.

    Raises:
        InputError: The folder does not exist.
        UsageError: A browser cannot open stdout.
    """
    if path == _STDOUT:
        if opened:
            raise click.UsageError("--open opens a file, and -O - writes to stdout")
        return
    require_folder_of(path)


def _start(cluster: "Cluster", namespace: str | None, subject: str | None) -> str:
    """The URL fragment of the view that the page opens with."""
    if subject:
        from rbacpsp.model.subjects import subject_text

        meant = parse_subject(cluster, subject)
        if not cluster.authorizer.is_named(meant):
            note(f"No binding names {subject_text(meant)}: its page shows what its groups have.")
        return f"subject?subject={quote(subject_text(meant), safe='')}"
    return f"namespace?namespace={quote(namespace, safe='')}" if namespace else ""


def _origin(source: SourceOptions, *, redact: bool) -> "Origin":
    from rbacpsp.page import Origin

    time = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    if redact:
        return Origin("", (), time)
    if source.filenames:
        return Origin("", source.filenames, time)
    from rbacpsp.cli.live import connection_of

    login = connection_of(source).login
    return Origin(login.context or "", (login.server,), time)


def _at_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
