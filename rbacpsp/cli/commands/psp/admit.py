"""`rbacpsp psp admit`: show which policy admits a pod, what it changes, or why none does."""

from typing import TYPE_CHECKING

import msgspec

from rbacpsp.cli.admission_text import admission_text
from rbacpsp.cli.assumption_warning import grant_objects, note_server
from rbacpsp.cli.command import command
from rbacpsp.cli.enforcement import report_enforcement
from rbacpsp.cli.errors import NO, note, warn
from rbacpsp.cli.grants import grant_json, user_json
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import SourceOptions, request_namespace, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.pod_files import pod_files_options, submitter
from rbacpsp.cli.pod_verdicts import PolicyVerdict, judge_policies, refuse_second_stdin
from rbacpsp.cli.policies import open_policies
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import ADMISSION_KINDS
from rbacpsp.psp import Considered
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.model import User

_COLUMNS = ("object", "namespace", "allowed", "policy", "verdict", "message")


@command("admit", short_help="Show which policy admits a pod, and why.")
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
    r"""Show which policy admits a pod, what it changes, or why none does; exit 1 when a pod is refused.

    FILE holds pods or workloads. A Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob or custom
    resource with a pod template is checked by the pod that its controller creates. The policies that count
    are those that the pod's service account may use, and those that the creator of the pod may use: --as, or
    the controller. Without --as, the creator of a bare pod in a live cluster is the logged-in user.

    \b
    Examples:
      rbacpsp psp admit sample_clusters/steps/psp-by-example/pd.yaml --as root --as-group system:masters \
          -f sample_clusters/psp-by-example
      rbacpsp psp admit sample_clusters/steps/psp-by-example/dm.yaml -f sample_clusters/psp-by-example
    """
    refuse_second_stdin(files, source)
    asker = submitter(user, source)
    cluster = open_policies(source, kinds=ADMISSION_KINDS | {"Pod"}, namespace=namespace, discovery=False)
    report_enforcement(cluster)
    default_namespace = request_namespace(source, namespace)
    pod_verdicts = list(
        judge_policies(
            cluster,
            files,
            user=asker,
            namespace=namespace,
            home=default_namespace,
            named=user is not None,
            reading=source.reading,
        )
    )
    for doubt in sorted({doubt for pod_verdict in pod_verdicts for doubt in pod_verdict.admission.errors}):
        warn(doubt)
    rests_on = list(
        grant_objects(grant for pod_verdict in pod_verdicts for grant in pod_verdict.admission.grants)
    )
    if output.tabular:
        output.write("\n".join(admission_text(pod_verdict, cluster) for pod_verdict in pod_verdicts))
        note_server(cluster, rests_on)
        _note_fix(pod_verdicts, source)
    else:
        items = [] if output.readable else list(map(admission_json, pod_verdicts))
        names = [pod_verdict.title for pod_verdict in pod_verdicts if pod_verdict.admission.allowed]
        table = Table(_COLUMNS, list(map(_row, pod_verdicts)))
        answer = Answer("AdmissionList", table, {"items": items}, names)
        output.answer(answer, empty="No pod is admitted.", cluster=cluster, granting=rests_on)
    return 0 if all(pod_verdict.admission.allowed for pod_verdict in pod_verdicts) else NO


def _row(pod_verdict: PolicyVerdict) -> tuple[str, ...]:
    admission = pod_verdict.admission
    winner = admission.considered.get(admission.policy or "")
    return (
        pod_verdict.title,
        pod_verdict.namespace,
        "yes" if admission.allowed else "no",
        admission.policy or "",
        winner.verdict if winner else "",
        admission.message or "",
    )


def _note_fix(pod_verdicts: list[PolicyVerdict], source: SourceOptions) -> None:
    for pod_verdict in pod_verdicts:
        admitting = {
            name for name, policy in pod_verdict.admission.considered.items() if policy.verdict != "refused"
        }
        if not pod_verdict.admission.allowed and admitting - {pod_verdict.admission.invalid_by}:
            options = (
                []
                if pod_verdict.namespace == (pod_verdict.made.namespace or "default")
                else [("-n", pod_verdict.namespace)]
            )
            command = next_step("psp fix", pod_verdict.file, options=options, source=source)
            note(f"A grant would admit it; to see the smallest: {command}")
            return


def admission_json(pod_verdict: PolicyVerdict) -> JSONObject:
    """An admission with all policies that were considered."""
    admission = pod_verdict.admission
    return {
        "object": {
            "kind": pod_verdict.made.kind,
            "namespace": pod_verdict.namespace,
            "name": pod_verdict.made.owner,
        },
        "asked": list(map(user_json, admission.asked)),
        "allowed": admission.allowed,
        "policy": admission.policy,
        "message": admission.message,
        "invalidBy": admission.invalid_by,
        "notJudged": admission.not_judged,
        "considered": {name: considered_json(policy) for name, policy in admission.considered.items()},
        "pod": admission.pod,
    }


def considered_json(considered: Considered) -> JSONObject:
    """The result of one policy for a pod."""
    return {
        "usableBy": [user.name for user in considered.usable_by],
        "grants": list(map(grant_json, considered.grants)),
        "verdict": considered.verdict,
        "changes": [msgspec.to_builtins(change._asdict()) for change in considered.diff],
        "errors": list(map(str, considered.errors)),
        "problem": considered.problem,
    }
