"""`rbacpsp psp admit`."""

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

    FILE holds pods or what makes them: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob is
    judged by the pod that its controller creates, and so is a custom resource that holds a pod template.
    First the pod's service account is asked for the policies that it may use, then the one who creates the
    pod: --as, or the controller; without --as a live cluster is asked for the user of the login.

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
    home = request_namespace(source, namespace)
    judged = list(
        judge_policies(
            cluster,
            files,
            user=asker,
            namespace=namespace,
            home=home,
            named=user is not None,
            reading=source.reading,
        )
    )
    for doubt in sorted({doubt for each in judged for doubt in each.admission.errors}):
        warn(doubt)
    rests_on = list(grant_objects(grant for each in judged for grant in each.admission.grants))
    if output.tabular:
        output.write("\n".join(admission_text(each, cluster) for each in judged))
        note_server(cluster, rests_on)
        _advise(judged, source)
    else:
        items = [] if output.readable else list(map(admission_json, judged))
        names = [each.title for each in judged if each.admission.allowed]
        table = Table(_COLUMNS, list(map(_row, judged)))
        answer = Answer("AdmissionList", table, {"items": items}, names)
        output.answer(answer, empty="No pod is admitted.", cluster=cluster, granting=rests_on)
    return 0 if all(each.admission.allowed for each in judged) else NO


def _row(judged: PolicyVerdict) -> tuple[str, ...]:
    admission = judged.admission
    winner = admission.considered.get(admission.policy or "")
    return (
        judged.title,
        judged.namespace,
        "yes" if admission.allowed else "no",
        admission.policy or "",
        winner.verdict if winner else "",
        admission.message or "",
    )


def _advise(judged: list[PolicyVerdict], source: SourceOptions) -> None:
    for each in judged:
        admitting = {
            name for name, policy in each.admission.considered.items() if policy.verdict != "refused"
        }
        if not each.admission.allowed and admitting - {each.admission.invalid_by}:
            where = [] if each.namespace == (each.made.namespace or "default") else [("-n", each.namespace)]
            command = next_step("psp fix", each.file, options=where, source=source)
            note(f"A grant would admit it; to see the smallest: {command}")
            return


def admission_json(judged: PolicyVerdict) -> JSONObject:
    """An admission with everything that was considered."""
    admission = judged.admission
    return {
        "object": {"kind": judged.made.kind, "namespace": judged.namespace, "name": judged.made.owner},
        "asked": list(map(user_json, admission.asked)),
        "allowed": admission.allowed,
        "policy": admission.policy,
        "message": admission.message,
        "invalidBy": admission.invalid_by,
        "notJudged": admission.not_judged,
        "considered": {name: considered_json(each) for name, each in admission.considered.items()},
        "pod": admission.pod,
    }


def considered_json(considered: Considered) -> JSONObject:
    """What became of one policy for a pod."""
    return {
        "usableBy": [user.name for user in considered.usable_by],
        "grants": list(map(grant_json, considered.grants)),
        "verdict": considered.verdict,
        "changes": [msgspec.to_builtins(change._asdict()) for change in considered.diff],
        "errors": list(map(str, considered.errors)),
        "problem": considered.problem,
    }
