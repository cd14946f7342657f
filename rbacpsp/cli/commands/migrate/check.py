"""`rbacpsp migrate check`: compare generated files with the policies, without a server."""

from collections.abc import Iterator
from typing import Any, Literal

import click

from rbacpsp.cli.errors import NO, InputError, note, reporting_read_errors, warn
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.migration.check import EvaluationError, MigrationChecker, Result
from rbacpsp.migration.evaluation.expressions import MissingRuntimeError
from rbacpsp.migration.evaluation.schema import ShapeError
from rbacpsp.model.json import JSONObject
from rbacpsp.model.scc import KIND as CONSTRAINTS
from rbacpsp.report.answer import Answer, Table

_COLUMNS = ("result", "namespace", "workload", "policy", "before", "after", "why")
_NO_POLICY = (
    "these files contain no policy, and no Pod Security label of a namespace, that is evaluated here: there "
    "is nothing to compare"
)
_RESULTS: tuple[Result, ...] = ("same", "stricter", "weaker")


@click.command("check", short_help="Compare generated files with the policies, pod by pod.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--all", "everything", is_flag=True, help="Also show workloads with the same verdict.")
@click.option(
    "--fail-on",
    type=click.Choice(["weaker", "any", "never"]),
    default="weaker",
    show_default=True,
    help="Exit with 1 if the files are weaker for a workload, or give any different verdict.",
)
@click.option(
    "--target-version",
    metavar="VERSION",
    help="The Kubernetes version that the files are for; by default the newest.",
)
@source_options
@output_options
def check(
    *,
    files: tuple[str, ...],
    everything: bool,
    fail_on: Literal["weaker", "any", "never"],
    target_version: str | None,
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Compare generated files, also after changes by hand, with the policies, without a server.

    FILE is output of migrate vap or migrate psa: YAML, JSON or a folder. Each pod and each pod template of
    the cluster is checked as its controller creates it, once under PodSecurityPolicy and once under the
    files. CEL is evaluated by Google's own runtime (install rbacpsp[migrate]); a warning names what it cannot
    evaluate.

    \b
    Examples:
      rbacpsp migrate check sample_clusters/steps/psp-migration/vap.yaml --all \
          -f sample_clusters/psp-migration
    """
    generated = list(_generated(files))
    if any(obj.get("kind") == CONSTRAINTS for obj in generated):
        words = "security context constraints are not evaluated here"
        raise InputError([f"{words}: rbacpsp scc simulate judges the workloads of a cluster under them"])
    cluster = open_cluster(source, discovery=False)
    if not cluster.objects.policies:
        raise InputError(["there is no PodSecurityPolicy to compare with"])
    try:
        checker = MigrationChecker(generated, cluster.objects, cluster.authorizer, _version(target_version))
        if not checker.judges and not source.allow_empty:
            raise InputError([*checker.not_evaluated, _NO_POLICY])
        comparison = checker.check(cluster.simulate())
    except (EvaluationError, MissingRuntimeError, ShapeError) as error:
        raise InputError([str(error)]) from None
    if not comparison.rows and not source.allow_empty:
        raise InputError(["no pod and no workload of the cluster was read: there is nothing to compare"])
    for sentence in comparison.not_evaluated:
        warn(sentence)
    shown_rows = [row for row in comparison.rows if everything or row.result != "same" or row.changed]
    rows = [
        (
            row.result,
            row.namespace,
            f"{row.kind.lower()}/{row.name}",
            row.policy or "<none>",
            "admitted" if row.admitted else "refused",
            "admitted" if row.admitted == (row.result == "same") else "refused",
            row.why or ", ".join(row.changed),
        )
        for row in shown_rows
    ]
    counts = comparison.counts
    data: JSONObject = {
        **{result: counts[result] for result in _RESULTS},
        "notEvaluated": list(comparison.not_evaluated),
        "items": [row._asdict() for row in comparison.rows],
    }
    names = [f"{row.namespace}/{row.kind.lower()}/{row.name}" for row in shown_rows]
    summary = ", ".join(f"{counts[result]} {result}" for result in _RESULTS)
    output.answer(
        Answer("MigrationCheck", Table(_COLUMNS, rows), data, names),
        empty="Every pod is judged the same.",
        cluster=cluster,
    )
    if output.readable:
        note(f"{len(comparison.rows)} judged: {summary}")
    failed = counts["weaker"] + (counts["stricter"] if fail_on == "any" else 0)
    return NO if failed and fail_on != "never" else 0


def _objects_of(obj: JSONObject, location: str) -> list[JSONObject]:
    """An object, or those in a Migration.

    Raises:
        InputError: The Migration holds something else than objects.
    """
    if obj.get("kind") != "Migration":
        return [obj]
    objects = obj.get("objects")
    if not isinstance(objects, list) or not all(
        isinstance(member, dict) and isinstance(member.get("kind"), str) for member in objects
    ):
        raise InputError([f"{location}: objects of the Migration must be a list of objects"])
    return objects


def _version(text: str | None) -> Any:
    from rbacpsp.model.version import NEWEST, Version

    try:
        return Version.given(text) or NEWEST
    except ValueError as error:
        raise InputError([str(error)]) from None


def _generated(files: tuple[str, ...]) -> Iterator[JSONObject]:
    """The objects of generated files, also of a Migration in JSON.

    Raises:
        InputError: A file cannot be read, or the files hold no object.
    """
    from rbacpsp.sources import read_manifest_files

    with reporting_read_errors():
        manifest_files = read_manifest_files(files)
    any_object = False
    for file in manifest_files:
        for located in file.objects:
            obj = located.value
            if obj.get("kind") == "Kustomization":
                continue
            any_object = True
            yield from _objects_of(obj, located.location)
    if not any_object:
        raise InputError(["there is nothing to check: name the files that rbacpsp migrate wrote"])
