"""`rbacpsp verify`."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import NO, InputError, note, warn
from rbacpsp.cli.options import Source, open_cluster, place, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rbacpsp.cluster import Cluster
    from rbacpsp.model import User
    from rbacpsp.verify import Question, Report

_SHOWN = 5
"""How many questions that were passed over are named."""


@click.command("verify", short_help="Ask the API server the same questions, and compare.")
@click.option(
    "-f",
    "--filename",
    "filenames",
    multiple=True,
    metavar="PATH",
    type=click.Path(),
    help="Ask these: SubjectAccessReviews, pods and workloads; may be repeated. Else questions are drawn.",
)
@click.option("--context", metavar="NAME", help="The kubeconfig context; its current one by default.")
@click.option("--kubeconfig", metavar="PATH", type=click.Path(), help="The kubeconfig.")
@click.option("-n", "--namespace", metavar="NAME", help="Where pods are created that name no namespace.")
@click.option("--requests", default=200, show_default=True, metavar="NUMBER", help="Requests to draw.")
@click.option("--pods", default=50, show_default=True, metavar="NUMBER", help="Pods to draw.")
@click.option("--seed", default=0, show_default=True, metavar="NUMBER", help="Draws other questions.")
@user_options
@output_options
def verify(
    *,
    filenames: tuple[str, ...],
    context: str | None,
    kubeconfig: str | None,
    namespace: str | None,
    requests: int,
    pods: int,
    seed: int,
    user: "User | None",
    output: Output,
) -> int:
    r"""Ask the API server the same questions as the analyzer, and show every answer in which they differ.

    Access is asked with SubjectAccessReviews, or with SelfSubjectAccessReviews where those are not allowed;
    pods are created in dry runs, impersonating who submits them where that is allowed. Nothing is stored: a
    server that ignores dryRun is not asked about pods at all. Exit 1 when any answer differs.

    \b
    Examples:
      rbacpsp verify --context prod
      rbacpsp verify --requests 2000 --pods 500 --seed 7 -o json
      rbacpsp verify -f pods.yaml --as alice
    """
    source = Source(context=context, kubeconfig=kubeconfig)
    home = place(source, namespace)
    from rbacpsp.cli.live import connection_of, current_user, told
    from rbacpsp.verify import Asker, VerifyError
    from rbacpsp.verify import verify as compare

    def draw(cluster: "Cluster") -> "Iterable[Question]":
        if filenames:
            return _given(cluster, filenames, user, home)
        from rbacpsp.verify import sample

        return sample(cluster, requests=requests, pods=pods, seed=seed)

    try:
        with told():
            report = compare(
                Asker(connection_of(source)), lambda: open_cluster(source), draw, current_user(source)
            )
    except VerifyError as error:
        raise InputError([str(error)]) from None
    _print(report, output)
    return 0 if report else NO


def _given(
    cluster: "Cluster", filenames: tuple[str, ...], user: "User | None", home: str
) -> "list[Question]":
    from rbacpsp.load import LoadError, read_manifests
    from rbacpsp.verify import read_questions

    try:
        return list(
            read_questions(
                read_manifests(filenames),
                user=user,
                namespace=home,
                version=cluster.policy_version,
                controllers=cluster.catalog.controllers,
            )
        )
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None
    except ValueError as error:
        raise InputError([str(error)]) from None


def _print(report: "Report", output: Output) -> None:
    for said in report.notes:
        note(f"{said[0].upper()}{said[1:]}.")
    for question, why in report.passed_over[:_SHOWN]:
        warn(f"not compared: {question}: {why}")
    if len(report.passed_over) > _SHOWN:
        warn(f"{len(report.passed_over) - _SHOWN} more questions were not compared")
    found = report.disagreements
    rows = [(each.question, each.ours, each.theirs) for each in found]
    data = {
        "requests": report.requests,
        "pods": report.pods,
        "disagreements": [
            {"question": each.question, "analyzer": each.ours, "server": each.theirs} for each in found
        ],
        "notCompared": [{"question": question, "reason": why} for question, why in report.passed_over],
        "notes": list(report.notes),
    }
    compared = f"{report.requests:,} requests and {report.pods:,} pods were compared"
    output.answer(
        Answer("Verification", Table(("question", "analyzer", "server"), rows), data),
        empty=f"{compared}: every answer is the same.",
    )
    if found and output.readable:
        note(f"{compared}: {len(found):,} answers differ.")
