"""`rbacpsp test`: test assertions about access."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import NO, WRONG_USE, note, warn
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.model.kinds import RBAC_KINDS
from rbacpsp.report.formats import SCANNED

if TYPE_CHECKING:
    from rbacpsp.assertions import Assertion

_KINDS = RBAC_KINDS | {"Namespace", "ServiceAccount"}


@command("test", short_help="Test assertions about access.")
@click.argument("files", nargs=-1, metavar="FILE...")
@click.option("--init", is_flag=True, help="Write a file of assertions that are true today, for you to edit.")
@click.option(
    "--include-system",
    is_flag=True,
    help="For assertions with only, also count Kubernetes' own subjects (but never system:masters).",
)
@click.option("--allow-unknown", is_flag=True, help="Exit with 0 even if an assertion cannot be tested.")
@source_options
@output_options(formats=("table", "wide", "json", "yaml", "csv", "markdown", "junit", "tap", *SCANNED))
def test(
    *,
    files: tuple[str, ...],
    init: bool,
    include_system: bool,
    allow_unknown: bool,
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Test assertions about access: exit 1 when one fails, else 2 when one cannot be asked.

    \b
    A file is YAML or JSON:
      apiVersion: rbacpsp.io/v1
      kind: AccessTest
      assertions:
      - name: devs keep out of secrets
        who: Group/devs
        cannot: {verbs: [get, list], resources: [secrets], namespaces: ["prod-*"]}
      - name: only backup reads all secrets
        only: [ServiceAccount/kube-system:backup]
        can: {verbs: [get], resources: [secrets], namespaces: ["*"]}
      - {name: ci stays away, who: ["ServiceAccount/ci:*"], cannotReach: cluster-admin}
      - {name: web is restricted, pod: web.yaml, as: User/ann, admittedBy: restricted}
      - {name: no full control, noFinding: {rule: RBP001, subject: "User/*"}}

    \b
    Examples:
      rbacpsp test sample_clusters/steps/rbac-workshop/access.yaml -f sample_clusters/rbac-workshop
      rbacpsp test --init -f sample_clusters/rbac-workshop

    Each combination of verbs, resources, subresources, names and namespaces is checked, or of verbs and urls.
    can: all are allowed; cannot: no combination is allowed; only: these subjects are allowed, and nobody
    else. Users and service accounts have the groups that the server adds; a group is checked as one of its
    members; live is the logged-in user. Without namespaces, every namespace is checked, and the whole cluster
    at once. docs/assertions.md describes assertions about paths, pods and findings.

    An assertion that proves nothing does not pass. It cannot be asked if no object names its subject or its
    namespace, no request has the verb and the resource, the server does not serve the resource, a pattern
    matches nothing, a pod has unknown fields, or bindings refer to missing roles.
    """
    if init:
        return _write_initial(files, source, output, include_system=include_system)
    if not files:
        raise click.UsageError("FILE is missing", click.get_current_context())
    from rbacpsp.assertions import test as run_assertions
    from rbacpsp.assertions.run import CANNOT_BE_ASKED, FAIL, PASSED
    from rbacpsp.cli.assertion_files import AccessTestReport, assertions_of, doubts_about, needs_login

    assertions_by_file = {file: assertions_of(file) for file in files}
    assertions = [
        assertion for file_assertions in assertions_by_file.values() for assertion in file_assertions
    ]
    cluster = open_cluster(source, kinds=_KINDS if all(map(_is_about_access, assertions)) else None)
    live = None
    if any(map(needs_login, assertions)) and not source.filenames:
        from rbacpsp.cli.live import current_user

        live = current_user(source)
    results = run_assertions(cluster, assertions, include_system=include_system, live=live)
    counts = [(file, len(file_assertions)) for file, file_assertions in assertions_by_file.items()]
    output.show(AccessTestReport(counts, results, cluster.objects), cluster=cluster)
    for sentence in doubts_about(results, cluster.objects):
        warn(sentence)
    failed, unknown = results.count(FAIL), results.count(CANNOT_BE_ASKED)
    if output.readable:
        note(f"{results.count(PASSED)} passed, {failed} failed, {unknown} cannot be asked.")
    if failed:
        return NO
    return WRONG_USE if unknown and not allow_unknown else 0


def _is_about_access(assertion: "Assertion") -> bool:
    """Whether an assertion depends on roles and bindings only."""
    from rbacpsp.assertions.demands import Allowed, Only

    return isinstance(assertion.demand, Allowed | Only)


def _write_initial(
    files: tuple[str, ...], source: SourceOptions, output: Output, *, include_system: bool
) -> int:
    if files:
        raise click.UsageError(
            (
                f'--init writes assertions instead of reading them: leave out "{files[0]}", or pass '
                "the cluster with -f"
            ),
            click.get_current_context(),
        )
    from rbacpsp.assertions import initial
    from rbacpsp.report.answer import Answer, Table
    from rbacpsp.report.formats import stream

    document = initial(open_cluster(source), include_system=include_system)
    form = output.form if output.form == "json" else "yaml"
    data = {"assertions": document["assertions"]}
    output.write(stream(Answer(document["kind"], Table((), ()), data), form))
    if not document["assertions"]:
        note("There is nothing to assert: no namespace, no workload and nobody who reaches cluster-admin.")
    return 0
