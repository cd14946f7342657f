"""`rbacpsp scc admit`."""

from typing import TYPE_CHECKING

from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import note_openshift, open_constraints
from rbacpsp.cli.constraints_text import COLUMNS, admission_json, admission_row, admission_text
from rbacpsp.cli.errors import NO, note
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import SourceOptions, request_namespace, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.pod_files import pod_files_options, submitter
from rbacpsp.cli.pod_verdicts import judge_constraints, refuse_second_stdin
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.model.kinds import CONSTRAINT_KINDS
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.model import User


@command("admit", short_help="Show which constraints admit a pod, and why.")
@pod_files_options
@user_options
@source_options
@template_path_option
@output_options
def admit(
    *,
    files: tuple[str, ...],
    namespace: str | None,
    user: "User | None",
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Show which constraints admit a pod, what they change, or why none do; exit 1 when a pod is refused.

    All constraints stand in the order in which the server tries them: by priority, then the most restrictive
    first (POINTS count how permissive they are), then by name. The first win that the pod's service account
    or the one who creates it may use and that admit the pod, whatever they change in it.

    FILE holds pods or what makes them, judged by the pod that its controller creates. --as says who creates
    the others; without --as a live cluster is asked for the user of the login.

    \b
    Examples:
      rbacpsp scc admit sample_clusters/steps/scc-on-openshift/till.yaml --as bob \
          -f sample_clusters/scc-on-openshift
      rbacpsp scc admit sample_clusters/steps/scc-on-openshift/agent.yaml -f sample_clusters/scc-on-openshift
    """
    refuse_second_stdin(files, source)
    asker = submitter(user, source)
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS, namespace=namespace)
    judged = list(
        judge_constraints(
            cluster,
            files,
            user=asker,
            namespace=namespace,
            home=request_namespace(source, namespace),
            named=user is not None,
            reading=source.reading,
        )
    )
    grants = [
        grant
        for each in judged
        if each.admission.admitted
        for grant in each.admission.considered[each.admission.admitted].grants
    ]
    if output.tabular:
        output.write("\n".join(map(admission_text, judged)))
    else:
        items = [] if output.readable else list(map(admission_json, judged))
        names = [each.title for each in judged if each.admission.allowed]
        table = Table(COLUMNS, list(map(admission_row, judged)))
        output.answer(Answer("SCCAdmissionList", table, {"items": items}, names), empty="No pod is admitted.")
    note_openshift(cluster, grant_objects(grants))
    refused = next((each for each in judged if not each.admission.allowed), None)
    if refused is None:
        return 0
    if output.tabular:
        where = [] if refused.namespace == refused.made.namespace else [("-n", refused.namespace)]
        fix = next_step("scc fix", refused.file, options=where, source=source)
        note(f"To see what would admit it: {fix}")
    return NO
