"""`rbacpsp preflight`: check whether a user can apply a set of manifests."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, InputError, note
from rbacpsp.cli.grants import grant_json, request_json, user_json
from rbacpsp.cli.options import SourceOptions, open_cluster, require_user, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.preflight_rows import object_title, preflight_table
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import Answer

if TYPE_CHECKING:
    from rbacpsp.admission.preflight import Preflight, Row
    from rbacpsp.cluster import Cluster
    from rbacpsp.decode.manifests import Located
    from rbacpsp.model import User


@command("preflight", short_help="Check whether a user can apply a set of manifests.")
@click.option(
    "-f",
    "--filename",
    "filenames",
    multiple=True,
    required=True,
    metavar="PATH",
    type=click.Path(),
    help="The manifests to apply: a file, a folder (and those below it) or -; may be repeated.",
)
@click.option(
    "--on",
    "cluster_files",
    multiple=True,
    metavar="PATH",
    type=click.Path(),
    help="The cluster: dumps, manifests or a snapshot; may be repeated. By default the live cluster.",
)
@click.option("-n", "--namespace", metavar="NAME", help="The namespace for objects that name none.")
@click.option(
    "--context",
    metavar="NAME",
    help="The kubeconfig context of the live cluster; by default the current one.",
)
@click.option("--kubeconfig", metavar="PATH", type=click.Path(), help="The kubeconfig of a live cluster.")
@click.option(
    "--keep-going",
    is_flag=True,
    help="Continue after a document that cannot be read; each is reported on stderr.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 when something could not be read.")
@click.option(
    "--kubernetes-version",
    metavar="VERSION",
    help="The Kubernetes version to imitate, for example 1.24; by default the cluster's, else the newest.",
)
@user_options
@output_options
def preflight(
    *,
    filenames: tuple[str, ...],
    cluster_files: tuple[str, ...],
    namespace: str | None,
    context: str | None,
    kubeconfig: str | None,
    keep_going: bool,
    strict: bool,
    kubernetes_version: str | None,
    user: "User | None",
    output: Output,
) -> int:
    r"""Check whether a user can apply a set of manifests; exit 1 when a permission is missing.

    Objects are checked as kubectl apply handles them: the user must be allowed to get an object, and then to
    create it, or to patch it if it exists. The writer of a role or binding must also pass the escalation
    check: hold what it grants, or be allowed to escalate or bind. A pod must be admitted by the Pod Security
    level of its namespace and, if there are any, by a PodSecurityPolicy. Two Services must not request the
    same cluster IP or node port. Each object is checked against the cluster plus the objects before it;
    namespaces come first.

    \b
    Examples:
      rbacpsp preflight -f sample_clusters/steps/psp-by-example --as alice --on sample_clusters/psp-by-example
    """
    from rbacpsp.decode import LoadError

    source = SourceOptions(
        filenames=cluster_files,
        context=context,
        kubeconfig=kubeconfig,
        keep_going=keep_going,
        strict=strict,
        kubernetes_version=_version(kubernetes_version),
    )
    if [*filenames, *cluster_files].count("-") > 1:
        raise click.UsageError("standard input can be read only once", click.get_current_context())
    asker = require_user(user, source)
    manifests = _read_objects(filenames)
    cluster = open_cluster(source)
    try:
        objects = [manifest.value for manifest in manifests]
        result = cluster.preflight(objects, asker, namespace=namespace or "default")
    except LoadError:
        raise InputError(_field_problems(manifests)) from None
    _print(result, cluster, output)
    return 0 if result else NO


def _version(text: str | None) -> str | None:
    from rbacpsp.model import Version

    try:
        Version.given(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--kubernetes-version") from None
    return text


def _read_objects(paths: tuple[str, ...]) -> "list[Located]":
    from rbacpsp.decode import LoadError
    from rbacpsp.sources import read_manifest_files

    try:
        manifests = [
            manifest for file in read_manifest_files(paths, secrets=True) for manifest in file.objects
        ]
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None
    if not manifests:
        raise InputError([f"there is no object in {', '.join(paths)}: give the manifests to apply"])
    return manifests


def _field_problems(manifests: "Iterable[Located]") -> Iterator[str]:
    """The problems in the fields of objects, each with its file and line."""
    from rbacpsp.admission.validation.objects import PLAIN_KINDS
    from rbacpsp.decode import LoadError
    from rbacpsp.decode.one_by_one import checked_body, decoded

    for manifest in manifests:
        plain = manifest.value.get("kind") in PLAIN_KINDS and manifest.value.get("apiVersion") == "v1"
        try:
            checked_body(manifest.value) if plain else decoded(manifest.value)
        except LoadError as error:
            yield from (
                f"{manifest.location}: {problem.message}; {problem.advice}" for problem in error.problems
            )


def _print(result: "Preflight", cluster: "Cluster", output: Output) -> None:
    names = [object_title(row) for row in result.rows if not row.allowed]
    data = {
        **user_json(result.user),
        "allowed": result.allowed,
        "items": [] if output.readable else [_row_json(row) for row in result.rows],
    }
    output.answer(
        Answer("Preflight", preflight_table(result), data, names),
        empty="No permission is missing.",
        cluster=cluster,
        granting=grant_objects(
            grant for row in result.rows for decision in row.decisions for grant in decision.grants
        ),
    )
    if output.tabular:
        for row in result.rows:
            for missing in row.missing:
                note(f"{object_title(row)}: {missing.message}")
        notes = {row.note for row in result.rows if row.note}
        for text in sorted(notes):
            titles = [object_title(row) for row in result.rows if row.note == text]
            note(f"{', '.join(titles)}: {text}.")
        refused = sum(not row.allowed for row in result.rows)
        summary = f"{result.user.name} may apply {len(result.rows) - refused} of {len(result.rows)} objects."
        note(summary)


def _row_json(row: "Row") -> JSONObject:
    escalation = row.escalation
    return {
        "object": {
            "apiVersion": row.object.get("apiVersion"),
            "kind": row.kind,
            "namespace": row.namespace,
            "name": row.name,
        },
        "allowed": row.allowed,
        "requests": [
            {
                **request_json(decision.request),
                "allowed": decision.allowed,
                "grants": [grant_json(grant) for grant in decision.grants],
            }
            for decision in row.decisions
        ],
        "missing": [{"what": missing.what, "message": missing.message} for missing in row.missing],
        "freedBy": request_json(escalation.freed_by) if escalation else None,
        "note": row.note,
    }
