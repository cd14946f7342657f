"""`rbacpsp verify`: ask the API server the same questions as the analyzer, and show differences."""

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, InputError, note, reporting_read_errors, warn
from rbacpsp.cli.live_limit import live_limit_option
from rbacpsp.cli.options import SourceOptions, open_cluster, request_namespace, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.standard_input import standard_input
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rbacpsp.cluster import Cluster
    from rbacpsp.model import User
    from rbacpsp.verify import Question, Report

_COUNT = click.IntRange(min=0)
_OF_A_SERVER = ("context", "kubeconfig", "limits", "namespace", "as_user", "as_groups", "as_uid")
_OF_A_SAMPLE = ("requests", "rules", "pods", "seed")
_MOST_SKIPPED_NAMED = 5
"""The greatest number of skipped questions that warnings name."""


@command("verify", short_help="Ask the API server the same questions and compare the answers.")
@click.option(
    "-f",
    "--filename",
    "filenames",
    multiple=True,
    metavar="PATH",
    type=click.Path(),
    help="The questions: SubjectAccessReviews, pods and workloads; may be repeated. By default they are "
    "random. With --audit-log, the cluster.",
)
@click.option(
    "--audit-log",
    "logs",
    multiple=True,
    metavar="LOG",
    type=click.Path(),
    help=(
        "Compare with an audit log instead of a server: a file, a folder or -; may be repeated. "
        "Needs the cluster as -f."
    ),
)
@click.option("--context", metavar="NAME", help="The kubeconfig context; its current one by default.")
@click.option("--kubeconfig", metavar="PATH", type=click.Path(), help="The kubeconfig.")
@live_limit_option
@click.option("-n", "--namespace", metavar="NAME", help="The namespace for pods that name none.")
@click.option(
    "--requests",
    type=_COUNT,
    default=200,
    show_default=True,
    metavar="NUMBER",
    help="The number of random requests.",
)
@click.option(
    "--rules",
    type=_COUNT,
    default=300,
    show_default=True,
    metavar="NUMBER",
    help="The number of random lists of rules.",
)
@click.option(
    "--pods",
    type=_COUNT,
    default=50,
    show_default=True,
    metavar="NUMBER",
    help="The number of random pods.",
)
@click.option(
    "--seed", default=0, show_default=True, metavar="NUMBER", help="The seed of the random questions."
)
@user_options
@output_options
def verify(
    *,
    filenames: tuple[str, ...],
    logs: tuple[str, ...],
    context: str | None,
    kubeconfig: str | None,
    limits: tuple[tuple[str, float], ...],
    namespace: str | None,
    requests: int,
    rules: int,
    pods: int,
    seed: int,
    user: "User | None",
    output: Output,
) -> int:
    r"""Ask the API server the same questions as the analyzer, and show every answer in which they differ.

    Access is asked with SubjectAccessReviews, or with SelfSubjectAccessReviews where those are not allowed.
    The rules of users are listed, and pods are created in dry runs, impersonating the users where that is
    allowed. Nothing is stored: a server that ignores dryRun is not asked about pods at all. Exit 1 when any
    answer differs.

    An audit log has the server's decision and reason for every request. --audit-log compares them with the
    cluster of -f, which must be the state at the time of the log, and connects to no server.

    \b
    Examples:
      rbacpsp verify --context prod
      rbacpsp verify --requests 2000 --pods 500 --seed 7 -o json
      rbacpsp verify -f pods.yaml --as alice
      rbacpsp verify --audit-log /var/log/kubernetes -f snapshot.json.gz
    """
    if logs or filenames:
        _refuse(_OF_A_SAMPLE, "--audit-log" if logs else "-f", "names the questions")
    if logs:
        from rbacpsp.cli.audit_log import verify_logs

        _refuse(_OF_A_SERVER, "--audit-log", "connects to no server")
        return verify_logs(logs, filenames, output)
    source = SourceOptions(context=context, kubeconfig=kubeconfig, limits=limits)
    default_namespace = request_namespace(source, namespace)
    from rbacpsp.cli.live import connection_of, current_user, reporting_refusals
    from rbacpsp.verify import Asker, VerifyError
    from rbacpsp.verify import verify as compare

    def questions_for(cluster: "Cluster") -> "Iterable[Question]":
        if filenames:
            return _read_questions(cluster, filenames, user, default_namespace)
        from rbacpsp.verify import sample

        groups = current_user(source).groups
        return sample(cluster, requests=requests, rules=rules, pods=pods, seed=seed, groups=groups)

    clusters: list[Cluster] = []

    def read_cluster() -> "Cluster":
        clusters.append(open_cluster(source))
        return clusters[-1]

    try:
        with reporting_refusals():
            report = compare(Asker(connection_of(source)), read_cluster, questions_for, current_user(source))
    except VerifyError as error:
        raise InputError([str(error)]) from None
    _print(report, output, clusters[-1])
    if not report.is_about_something:
        raise InputError(["nothing was compared: this verification proves nothing"])
    return 0 if report else NO


def _refuse(parameters: tuple[str, ...], option: str, why: str) -> None:
    """Refuse options that would be ignored.

    Raises:
        click.UsageError: One was given.
    """
    context = click.get_current_context()
    for parameter in context.command.params:
        is_given = context.get_parameter_source(parameter.name or "") == ParameterSource.COMMANDLINE
        if parameter.name in parameters and is_given:
            raise click.UsageError(f"{option} {why}: leave out {max(parameter.opts, key=len)}", context)


def _read_questions(
    cluster: "Cluster", filenames: tuple[str, ...], user: "User | None", default_namespace: str
) -> "list[Question]":
    from rbacpsp.sources.reading import read_manifests_with_origins
    from rbacpsp.verify import read_questions

    with reporting_read_errors():
        manifests = read_manifests_with_origins(filenames, standard_input(filenames))
    questions: list[Question] = []
    for manifest, origin in manifests:
        try:
            questions += read_questions(
                [manifest],
                user=user,
                namespace=default_namespace,
                version=cluster.policy_version,
                controllers=cluster.catalog.controllers,
            )
        except ValueError as error:
            document, line = origin.document, origin.line
            where = f", line {line}" if line else f", document {document.number}"
            raise InputError([f"{document.file}{where}: {error}"]) from None
    return questions


def _print(report: "Report", output: Output, cluster: "Cluster") -> None:
    for text in report.notes:
        note(f"{text[0].upper()}{text[1:]}.")
    for question, reason in report.passed_over[:_MOST_SKIPPED_NAMED]:
        warn(f"not compared: {question}: {reason}")
    if len(report.passed_over) > _MOST_SKIPPED_NAMED:
        warn(f"{len(report.passed_over) - _MOST_SKIPPED_NAMED} more questions were not compared")
    disagreements = report.disagreements
    rows = [(disagreement.question, disagreement.ours, disagreement.theirs) for disagreement in disagreements]
    data = {
        "requests": report.requests,
        "rules": report.rules,
        "pods": report.pods,
        "disagreements": [
            {"question": disagreement.question, "analyzer": disagreement.ours, "server": disagreement.theirs}
            for disagreement in disagreements
        ],
        "refusedByRuntimeClass": report.runtime_classes,
        "notCompared": [{"question": question, "reason": reason} for question, reason in report.passed_over],
        "notes": list(report.notes),
    }
    counts = (f"{report.requests:,} requests", f"{report.rules:,} lists of rules", f"{report.pods:,} pods")
    compared = f"{', '.join(counts[:2])} and {counts[2]} were compared"
    if report.runtime_classes:
        note(
            f"{report.runtime_classes:,} pods were refused because of their RuntimeClass, which the "
            "analyzer does not read."
        )
    output.answer(
        Answer("Verification", Table(("question", "analyzer", "server"), rows), data),
        empty=f"{compared}{': every answer is the same' if report.is_about_something else ''}.",
        cluster=cluster,
    )
    if disagreements and output.readable:
        note(f"{compared}: {len(disagreements):,} answers differ.")
