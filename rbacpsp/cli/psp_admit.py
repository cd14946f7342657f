"""`rbacpsp psp admit`."""

from typing import TYPE_CHECKING, Any

import click
import msgspec

from rbacpsp.cli.admission_text import admission_text
from rbacpsp.cli.color import say
from rbacpsp.cli.enforced import say_enforcement
from rbacpsp.cli.errors import NO, note, warn
from rbacpsp.cli.grants import grant_json, user_json
from rbacpsp.cli.judged import Judged, judge, read_once
from rbacpsp.cli.next_step import next_step
from rbacpsp.cli.options import Source, need_user, open_cluster, place, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.load.sources import ADMISSION_KINDS
from rbacpsp.psp import Considered
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.model import User

JSONObject = dict[str, Any]

_COLUMNS = ("object", "namespace", "allowed", "policy", "verdict", "message")


@click.command("admit", short_help="Show which policy admits a pod, and why.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "-n", "--namespace", metavar="NAME", help="Where the pod is created; else as its manifest says."
)
@user_options
@source_options
@output_options
def admit(
    *, files: tuple[str, ...], namespace: str | None, user: "User | None", source: Source, output: Output
) -> int:
    r"""Show which policy admits a pod, what it changes, or why none does; exit 1 when a pod is refused.

    FILE holds pods or what makes them: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job or CronJob is
    judged by the pod that its controller creates. First the pod's service account is asked for the policies
    that it may use, then the one who creates the pod: --as, or the controller; without --as a live cluster
    is asked for the user of the login.

    \b
    Examples:
      rbacpsp psp admit sample_clusters/steps/psp-by-example/pd.yaml --as root --as-group system:masters \
          -f sample_clusters/psp-by-example
      rbacpsp psp admit sample_clusters/steps/psp-by-example/dm.yaml -f sample_clusters/psp-by-example
    """
    read_once(files, source)
    asker = user if user or source.filenames else need_user(user, source)
    cluster = open_cluster(source, kinds=ADMISSION_KINDS | {"Pod"}, namespace=namespace, discovery=False)
    say_enforcement(cluster)
    home = place(source, namespace)
    judged = list(judge(cluster, files, user=asker, namespace=namespace, home=home, named=user is not None))
    for doubt in sorted({doubt for each in judged for doubt in each.admission.errors}):
        warn(doubt)
    if output.tabular:
        say("\n".join(admission_text(each, cluster) for each in judged))
        _advise(judged, source)
    else:
        items = [] if output.readable else list(map(admission_json, judged))
        names = [each.title for each in judged if each.admission.allowed]
        table = Table(_COLUMNS, list(map(_row, judged)))
        output.answer(Answer("AdmissionList", table, {"items": items}, names), empty="No pod is admitted.")
    return 0 if all(each.admission.allowed for each in judged) else NO


def _row(judged: Judged) -> tuple[str, ...]:
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


def _advise(judged: list[Judged], source: Source) -> None:
    for each in judged:
        considered = each.admission.considered.values()
        if not each.admission.allowed and any(policy.verdict != "refused" for policy in considered):
            where = () if each.namespace == (each.made.namespace or "default") else ("-n", each.namespace)
            command = next_step("psp fix", each.file, *where, source=source)
            note(f"A grant would mend it; see the smallest: {command}")
            return


def admission_json(judged: Judged) -> JSONObject:
    """An admission with everything that was considered."""
    admission = judged.admission
    return {
        "object": {"kind": judged.made.kind, "namespace": judged.namespace, "name": judged.made.owner},
        "asked": list(map(user_json, admission.asked)),
        "allowed": admission.allowed,
        "policy": admission.policy,
        "message": admission.message,
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
