"""`rbacpsp snapshot`: save a cluster to one compressed file, which every command reads with -f."""

from pathlib import Path

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import require_folder_of


@command("snapshot", short_help="Save a cluster to one file that can be loaded anywhere.")
@click.option(
    *("-O", "--output-file", "-o", "--output", "path"),
    required=True,
    metavar="FILE",
    type=click.Path(),
    help="The file to write. It is replaced atomically.",
)
@click.option(
    "--redact", is_flag=True, help="Replace the names of users, groups and namespaces consistently."
)
@source_options
def snapshot(*, path: str, redact: bool, source: SourceOptions) -> None:
    r"""Save a cluster to one compressed file, which every command reads with -f.

    The file holds the objects that answers depend on, the server's version and API resources, what could not
    be read, and the time of the newest object. It never holds the data of Secrets. An unchanged cluster gives
    the same bytes. The file is written completely or not at all.

    \b
    Examples:
      rbacpsp snapshot -O prod.json.gz --context prod
      rbacpsp snapshot -O share.json.gz --redact
    """
    if path == "-":
        raise InputError(
            ["a snapshot is a packed file, which is not for stdout: name one, such as prod.json.gz"]
        )
    if not path:
        raise InputError(['-O "": name a file, for example prod.json.gz'])
    if Path(path).is_dir():
        raise InputError([f"{path} is a folder: name a file, for example prod.json.gz"])
    require_folder_of(path)
    cluster = open_cluster(source)
    if redact:
        cluster = cluster.redacted()
    try:
        cluster.snapshot(path)
    except OSError as error:
        raise InputError([f"{path} cannot be written: {error.strerror or error}"]) from None
    server = cluster.objects.server
    version = f" of {server.git_version}" if server and server.git_version else ""
    note(f"{path}: {sum(1 for _ in cluster.objects):,} objects{version}.")
