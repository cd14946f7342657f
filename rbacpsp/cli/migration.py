"""The options and the output of the commands that write policies for an engine."""

from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal

import click

from rbacpsp.cli.assumption_warning import note_server
from rbacpsp.cli.command import Function
from rbacpsp.cli.errors import NO, InputError, note, warn
from rbacpsp.cli.missing import is_unknown, nothing_read_of
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Folder, Output, folder_options, format_option
from rbacpsp.model.json import JSONObject
from rbacpsp.model.result import counted
from rbacpsp.model.scc import GROUP as SCC_GROUP

if TYPE_CHECKING:
    from rbacpsp.cli.migration_output import ShownMigration
    from rbacpsp.model import Version

ADMISSION_GROUP = "admissionregistration.k8s.io"
SCOPE_HELP = (
    "Who may use a policy: whoever RBAC allows at the time (rbac), whoever has a grant today "
    "(namespaces), or everyone (all)."
)


@dataclass(frozen=True, slots=True)
class MigrationOptions:
    """The options of a migration command."""

    source: SourceOptions
    form: Literal["yaml", "json", "table"] | None
    folder: Folder | None
    fail_on_gap: Literal["weaker", "any"] | None
    options: JSONObject
    target_context: str | None


def engine_options(command: Function) -> Function:
    """Add the options of every engine; the command is given a `migrating` for `run_migration`."""

    @click.option("--scope", type=click.Choice(["rbac", "namespaces", "all"]), help=SCOPE_HELP)
    @format_option(
        ("yaml", "json", "table"),
        None,
        "The output format: YAML for kubectl apply, JSON with the gaps, or a table of the gaps.",
    )
    @folder_options
    @click.option(
        "--actions",
        metavar="Deny|Warn,Audit",
        default="Deny",
        show_default=True,
        help="The action for a pod that no policy admits; separate several with commas.",
    )
    @click.option(
        "--exclude-namespace",
        "excluded",
        metavar="NAME",
        multiple=True,
        help="Exempt a namespace, which PodSecurityPolicy never did; may be repeated.",
    )
    @click.option(
        "--subresources",
        type=click.Choice(["all", "exact"]),
        default="all",
        show_default=True,
        help="Whether to judge pods/ephemeralcontainers too; PodSecurityPolicy did not (exact).",
    )
    @click.option(
        "--map-api",
        type=click.Choice(["v1", "v1beta1"]),
        default="v1",
        show_default=True,
        help="The version of MutatingAdmissionPolicy to write.",
    )
    @click.option(
        "--target-version",
        metavar="VERSION",
        help="The Kubernetes version that the output is for; by default the newest.",
    )
    @click.option(
        "--target-context",
        metavar="NAME",
        help="The kubeconfig context of that server: it is asked which APIs it serves.",
    )
    @click.option(
        "--fail-on-gap",
        type=click.Choice(["weaker", "any"]),
        help="Exit with 1 when the output is weaker, or has any gap.",
    )
    @source_options
    @wraps(command)
    def collected(
        *args: Any,
        scope: str | None,
        form: Literal["yaml", "json", "table"] | None,
        folder: Folder | None,
        actions: str,
        excluded: tuple[str, ...],
        subresources: str,
        map_api: str,
        target_version: str | None,
        target_context: str | None,
        fail_on_gap: Literal["weaker", "any"] | None,
        source: SourceOptions,
        **others: Any,
    ) -> Any:
        options: JSONObject = {
            "scope": scope,
            "actions": [action.strip() for action in actions.split(",") if action.strip()],
            "excluded_namespaces": excluded,
            "subresources": subresources,
            "map_api": map_api,
        }
        if target_version:
            options["target_version"] = target_version
        migrating = MigrationOptions(source, form, folder, fail_on_gap, options, target_context)
        return command(*args, migrating=migrating, **others)

    return collected


def run_migration(engine: str, migrating: MigrationOptions) -> int:
    """Make the policies for an engine and print them; the exit code says whether `--fail-on-gap` fails.

    Raises:
        InputError: The policies cannot be made, or cannot be written to the folder.
    """
    from rbacpsp.cli.migration_output import ShownMigration
    from rbacpsp.migration import migrate

    options = migrating.options
    if migrating.target_context is not None:
        options = options | {"target_version": _target(engine, migrating)}
    cluster = open_cluster(migrating.source, discovery=False)
    try:
        migration = migrate(cluster, engine, **options)
    except ValueError as error:
        raise InputError([str(error)]) from None
    for name in options["excluded_namespaces"]:
        if is_unknown((cluster.objects,), name):
            warn(f"--exclude-namespace {name}: {nothing_read_of(name)}")
    for sentence in migration.passed_over:
        warn(f"skipped, as the server does: {sentence}")
    output_migration = ShownMigration(migration)
    if migrating.folder is not None:
        _write(output_migration, migrating.folder)
    if migrating.folder is None or migrating.form is not None:
        output = Output(migrating.form or "yaml")
        if output.tabular and not migration.gaps:
            note("There are no gaps: pods are judged as before.")
            note_server(cluster)
        else:
            output.show(output_migration, cluster=cluster)
    else:
        note_server(cluster)
    if migrating.fail_on_gap == "any":
        return NO if migration.gaps else 0
    return NO if migrating.fail_on_gap and migration.weaker else 0


def _target(engine: str, migrating: MigrationOptions) -> "Version":
    """The version of the server that the output is for, after checking that it serves the policies.

    Raises:
        InputError: It does not serve them, does not answer, or `--target-version` was given as well.
    """
    from rbacpsp.cli.live_version import ask_server

    if "target_version" in migrating.options:
        raise InputError(["--target-version and --target-context cannot be combined"])
    group = SCC_GROUP if engine == "scc" else ADMISSION_GROUP
    server = ask_server(str(migrating.target_context), migrating.source, group)
    if engine == "scc":
        server.need("v1/securitycontextconstraints", "it is not a server of OpenShift")
    if engine == "vap":
        server.need(
            "v1/validatingadmissionpolicies", "it is served from 1.30 on; migrate psa needs only 1.23"
        )
        version = migrating.options["map_api"]
        server.need(
            f"{version}/mutatingadmissionpolicies",
            "v1 is served from 1.36 on, v1beta1 from 1.34 on if it is enabled; --target-version "
            "writes output for an older server, and reports what is lost",
        )
    return server.version


def _write(output: "ShownMigration", folder: Folder) -> None:
    """Write a file for each object, and a Kustomization that lists them in their order.

    Raises:
        InputError: The folder is not empty and `--force` was not given, or it cannot be written.
    """
    with folder.opened() as directory:
        for name, text in output.files():
            (directory / name).parent.mkdir(exist_ok=True)
            (directory / name).write_text(text, encoding="utf-8")
    written = counted(len(output.migration.objects), "object")
    note(f"Wrote {written} and a Kustomization to {folder.path}.")
