"""`rbacpsp scc admit`: show which constraints admit a pod, what they change, or why none do."""

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

    The constraints are listed in the order in which the server tries them: by priority, then the most
    restrictive first (POINTS count how permissive they are), then by name. The pod gets the first constraints
    that admit it and that its service account or its creator may use, even if they change the pod.

    FILE holds pods or workloads; a workload is checked by the pod that its controller creates. --as names the
    creator of other pods; without --as, it is the logged-in user of a live cluster.

    \b
    Examples:
      rbacpsp scc admit sample_clusters/steps/scc-on-openshift/till.yaml --as bob \
          -f sample_clusters/scc-on-openshift
      rbacpsp scc admit sample_clusters/steps/scc-on-openshift/agent.yaml -f sample_clusters/scc-on-openshift
    """
    refuse_second_stdin(files, source)
    asker = submitter(user, source)
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS, namespace=namespace)
    pod_verdicts = list(
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
        for pod_verdict in pod_verdicts
        if pod_verdict.admission.admitted
        for grant in pod_verdict.admission.considered[pod_verdict.admission.admitted].grants
    ]
    if output.tabular:
        output.write("\n".join(map(admission_text, pod_verdicts)))
    else:
        items = [] if output.readable else list(map(admission_json, pod_verdicts))
        names = [pod_verdict.title for pod_verdict in pod_verdicts if pod_verdict.admission.allowed]
        table = Table(COLUMNS, list(map(admission_row, pod_verdicts)))
        output.answer(Answer("SCCAdmissionList", table, {"items": items}, names), empty="No pod is admitted.")
    note_openshift(cluster, grant_objects(grants))
    refused = next((pod_verdict for pod_verdict in pod_verdicts if not pod_verdict.admission.allowed), None)
    if refused is None:
        return 0
    if output.tabular:
        options = [] if refused.namespace == refused.made.namespace else [("-n", refused.namespace)]
        fix = next_step("scc fix", refused.file, options=options, source=source)
        note(f"To see what would admit it: {fix}")
    return NO
