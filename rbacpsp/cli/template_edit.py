"""`migrate psa --edit`: writes the defaults that policies set into the templates of manifests."""

from collections.abc import Iterator, Sequence

import click

from rbacpsp.cli.assumption_warning import note_server
from rbacpsp.cli.errors import InputError, note, reporting_read_errors
from rbacpsp.cli.manifest_edit import ObjectEdit, edited_text
from rbacpsp.cli.migration import MigrationOptions
from rbacpsp.cli.options import open_cluster
from rbacpsp.decode import ManifestFile
from rbacpsp.migration import migrate
from rbacpsp.migration.defaults import Template
from rbacpsp.pss.paths import with_value
from rbacpsp.sources import read_manifest_files


def print_edited(migrating: MigrationOptions) -> int:
    """Print the files in which a template changes, edited as text.

    Raises:
        InputError: Nothing was read from files, or a file cannot be edited.
    """
    source = migrating.source
    if not source.filenames or "-" in source.filenames:
        raise InputError(["--edit changes files: pass them with -f"])
    cluster = open_cluster(source, discovery=False)
    try:
        templates = migrate(cluster, "psa", **migrating.options).templates
    except ValueError as error:
        raise InputError([str(error)]) from None
    with reporting_read_errors():
        files = read_manifest_files(source.filenames)
    changed = list(_changes(files, templates))
    for edit in changed:
        metadata = edit.located.value["metadata"]
        note(f"{edit.located.value['kind'].lower()}/{metadata['name']}: {len(edit.edits)} fields are set.")
    if not changed:
        note("No template relies on a policy: there is nothing to edit.")
    note_server(cluster)
    touched = [file for file in files if any(edit.file is file for edit in changed)]
    click.echo(edited_text(touched, changed), nl=False)
    return 0


def _changes(files: Sequence[ManifestFile], templates: Sequence[Template]) -> Iterator[ObjectEdit]:
    """The objects of the files that are the workloads of the templates."""
    wanted: dict[tuple[str, str, str], Template] = {
        template_of_workload.workload: template_of_workload for template_of_workload in templates
    }
    for file in files:
        for located in file.objects:
            obj = located.value
            metadata = obj.get("metadata") or {}
            namespace = metadata.get("namespace") or "default"
            template = wanted.get((str(obj.get("kind")), str(namespace), str(metadata.get("name"))))
            if template is not None:
                after = obj
                for edit in template.edits:
                    after = with_value(after, edit.path, edit.value)
                yield ObjectEdit(file, located, template.edits, after)
