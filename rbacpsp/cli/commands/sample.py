"""`rbacpsp sample`: write a sample cluster to files, so that the examples of every command run unchanged."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.output import Folder, reporting_write_errors
from rbacpsp.model.package_data import package_data
from rbacpsp.model.similar_names import did_you_mean, likeliest

SAMPLES_FOLDER = "sample_clusters"
"""The folder that the examples of all commands use."""
_STEPS = "steps"


@command("sample", short_help="Write a sample cluster to files, so that the examples run.")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--all", "everything", is_flag=True, help="Write every sample.")
@click.option(
    "-O", "--output-folder", "output", metavar="DIR", help="Write only the cluster's files, to this folder."
)
@click.option("--force", is_flag=True, help="Replace folders that are not empty, deleting their contents.")
def sample(*, name: str | None, everything: bool, output: str | None, force: bool) -> None:
    r"""Write a sample cluster to files, so that the examples of every command run unchanged.

    The cluster goes to sample_clusters/NAME, and the files that the examples try on it go to
    sample_clusters/steps/NAME. With -O DIR, only the files of the cluster are written, to DIR. Without NAME,
    the samples are listed.

    \b
    Examples:
      rbacpsp sample
      rbacpsp sample acme
      rbacpsp sample psp-by-example -O by-example
    """
    if everything and (name or output):
        raise click.UsageError("--all takes no NAME and no -O", click.get_current_context())
    with _open_archive() as archive:
        paths = [PurePosixPath(path) for path in archive.namelist()]
        names = sorted({path.parts[0] for path in paths if len(path.parts) > 1} - {_STEPS})
        if not name and not everything:
            if output:
                raise click.UsageError("NAME of the sample is missing", click.get_current_context())
            click.echo("".join(f"{sample_name}\n" for sample_name in names), nl=False)
            return
        if name and name not in names:
            suggestion = did_you_mean(likeliest(name, names)) or f"; there are {', '.join(names)}"
            raise InputError([f'there is no sample "{name}"{suggestion}'])
        for sample_name in [name] if name else names:
            _extract(
                archive,
                _below(paths, sample_name),
                Folder(f"{SAMPLES_FOLDER}/{sample_name}" if output is None else output, force),
            )
        with_steps = {path.parts[1] for path in paths if path.parts[0] == _STEPS} if not output else set()
        for sample_name in sorted(with_steps & {name} if name else with_steps):
            _extract(
                archive,
                _below(paths, _STEPS, sample_name),
                Folder(f"{SAMPLES_FOLDER}/{_STEPS}/{sample_name}", force),
            )
    if name:
        note(f"Written: {output or f'{SAMPLES_FOLDER}/{name}'}. Its README.md has questions to try.")


@contextmanager
def _open_archive() -> Iterator[ZipFile]:
    data = package_data("rbacpsp.cli", "samples.zip")
    with ZipFile(BytesIO(data)) as archive:
        yield archive


def _below(paths: Iterable[PurePosixPath], *parts: str) -> dict[str, PurePosixPath]:
    """The files in a folder of the archive, by their paths relative to that folder."""
    return {
        str(PurePosixPath(*path.parts[len(parts) :])): path
        for path in paths
        if path.parts[: len(parts)] == parts and len(path.parts) > len(parts)
    }


def _extract(archive: ZipFile, paths: dict[str, PurePosixPath], folder: Folder) -> None:
    parent = Path(folder.path).parent
    with reporting_write_errors(str(parent)):
        parent.mkdir(parents=True, exist_ok=True)
    with folder.opened() as target:
        for name, path in paths.items():
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(str(path)))
