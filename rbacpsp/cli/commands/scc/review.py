"""`rbacpsp scc review`: answer as oc adm policy scc-subject-review and scc-review do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import note_openshift, open_constraints
from rbacpsp.cli.errors import NO, note
from rbacpsp.cli.options import SourceOptions, request_namespace, require_user, source_options, user_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.pod_files import pod_files_options
from rbacpsp.cli.pod_verdicts import PodVerdict, judge_constraints, refuse_second_stdin
from rbacpsp.cli.template_path import template_path_option
from rbacpsp.model import User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import CONSTRAINT_KINDS
from rbacpsp.report.answer import Answer, Table
from rbacpsp.scc import ReviewRefusedError, SCCAdmission

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_COLUMNS = ("resource", "service account", "allowed by", "admission")
_NONE = "<none>"
_NO_CLAIM_REVIEW = "oc reviews no StatefulSet with volumeClaimTemplates"


class _PodReview(NamedTuple):
    """A pod with the result of its review."""

    pod_verdict: PodVerdict[SCCAdmission]
    allowed: tuple[tuple[str, str], ...]
    """Pairs of a service account (empty for a user) and constraints."""
    error: str = ""
    stage: str = ""


@command("review", short_help="Answer scc-subject-review and scc-review as oc does.")
@pod_files_options
@click.option("-u", "--user", "name", metavar="USER", help="Ask for this user, with only the groups of -g.")
@click.option("-g", "--group", "groups", metavar="GROUP", multiple=True, help="A group; may be repeated.")
@click.option(
    "-z",
    "--serviceaccount",
    "accounts",
    metavar="NAME",
    multiple=True,
    help="Ask for a service account alone, as scc-review does; may be repeated.",
)
@user_options
@source_options
@template_path_option
@output_options
def review(
    *,
    files: tuple[str, ...],
    namespace: str | None,
    name: str | None,
    groups: tuple[str, ...],
    accounts: tuple[str, ...],
    user: User | None,
    source: SourceOptions,
    output: Output,
) -> int:
    r"""Answer as oc adm policy scc-subject-review and scc-review do; exit 1 if nothing is allowed.

    With -u or -g, the review is for a user with exactly these groups, and for the service account of the pod.
    With -z, it is for service accounts alone. With none of these options it is a self review: for --as, or
    the logged-in user.

    A review is not an admission: it reads only the spec, so annotations such as openshift.io/required-scc do
    not count, and it ignores exempt namespaces. ADMISSION is what the server would do with the pod. Its
    controller creates it, or for a bare pod the user of the review, who is then in system:authenticated too.

    \b
    Examples:
      rbacpsp scc review sample_clusters/steps/scc-on-openshift/till.yaml -u bob \
          -f sample_clusters/scc-on-openshift
      rbacpsp scc review sample_clusters/steps/scc-on-openshift/till.yaml -z terminal \
          -f sample_clusters/scc-on-openshift
      rbacpsp scc review sample_clusters/steps/scc-on-openshift/till.yaml --as bob \
          -f sample_clusters/scc-on-openshift
    """
    refuse_second_stdin(files, source)
    if accounts and (name or groups):
        raise click.UsageError("-z cannot be combined with -u or -g", click.get_current_context())
    named_user = User(name or "", groups) if name or groups else None
    asker = named_user or (None if accounts else require_user(user, source))
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS, namespace=namespace)
    pod_verdicts = judge_constraints(
        cluster,
        files,
        user=asker if named_user is None else User.impersonate(named_user.name, named_user.groups),
        namespace=namespace,
        home=request_namespace(source, namespace),
        named=False,
        warns=False,
        reading=source.reading,
    )
    reviews = [_review(cluster, pod_verdict, asker, accounts) for pod_verdict in pod_verdicts]
    kind = "accounts" if accounts else "subject" if named_user else "self"
    rows = [row for reviewed in reviews for row in _rows(reviewed)]
    items = [] if output.readable else [_json(reviewed, kind, asker, accounts) for reviewed in reviews]
    names = [reviewed.pod_verdict.title for reviewed in reviews if reviewed.allowed]
    answer = Answer("SCCReviewList", Table(_COLUMNS, rows), {"items": items}, names)
    output.answer(answer, empty="Nothing is allowed.")
    for reviewed in reviews:
        if reviewed.error:
            note(f"{reviewed.pod_verdict.title}: the server answers with an error: {reviewed.error}")
    for surprise in dict.fromkeys(_surprises(reviews, named_user, accounts)):
        note(surprise)
    note_openshift(cluster)
    return 0 if all(reviewed.allowed for reviewed in reviews) else NO


def _review(
    cluster: "Cluster", pod_verdict: PodVerdict[SCCAdmission], user: User | None, accounts: tuple[str, ...]
) -> _PodReview:
    spec = pod_verdict.made.pod.get("spec") or {}
    reviewer = cluster.scc.reviewer
    try:
        if accounts:
            answer = reviewer.account_review(spec, pod_verdict.namespace, accounts)
            return _PodReview(pod_verdict, tuple((account, scc) for account, scc, _ in answer.allowed))
        scc = reviewer.subject_review(spec, pod_verdict.namespace, user).scc
    except ReviewRefusedError as error:
        return _PodReview(pod_verdict, (), str(error), error.stage)
    return _PodReview(pod_verdict, () if scc is None else (("", scc),))


def _rows(reviewed: _PodReview) -> Iterator[tuple[str, ...]]:
    admission = reviewed.pod_verdict.admission
    then = admission.scc or ("constraints are not checked" if admission.allowed else "refused")
    for account, scc in reviewed.allowed or (("", _NONE),):
        yield reviewed.pod_verdict.title, account or _NONE, scc, then


def _surprises(
    reviews: list[_PodReview], named_user: User | None, accounts: tuple[str, ...]
) -> Iterator[str]:
    """Notes on results of a review that surprise users."""
    if named_user is not None and not named_user.groups:
        yield (
            f"{named_user.name} is checked without any group, not even system:authenticated, so "
            "constraints that everybody may use do not count; -g system:authenticated adds it."
        )
    if accounts and any(not reviewed.allowed and not reviewed.error for reviewed in reviews):
        yield (
            "A service account alone is not in system:authenticated: its pods get the constraints "
            "that everybody may use through their creator."
        )
    for reviewed in reviews:
        if reviewed.pod_verdict.made.kind == "StatefulSet":
            yield f"{_NO_CLAIM_REVIEW}: this answer is about its pods only."
        annotations = (reviewed.pod_verdict.made.pod.get("metadata") or {}).get("annotations") or {}
        if "openshift.io/required-scc" in annotations:
            yield f"{reviewed.pod_verdict.title}: a review ignores the annotation openshift.io/required-scc."


def _json(reviewed: _PodReview, kind: str, user: User | None, accounts: tuple[str, ...]) -> JSONObject:
    pod_verdict = reviewed.pod_verdict
    identity: JSONObject = {"serviceAccounts": list(accounts)} if accounts else {}
    if user is not None:
        identity |= {"user": user.name, "groups": list(user.groups)}
    error = {"error": {"stage": reviewed.stage, "message": reviewed.error}} if reviewed.error else {}
    return {
        "object": {
            "kind": pod_verdict.made.kind,
            "namespace": pod_verdict.namespace,
            "name": pod_verdict.made.owner,
        },
        "review": kind,
        **identity,
        "allowed": [
            {**({"serviceAccount": account} if account else {}), "scc": scc}
            for account, scc in reviewed.allowed
        ],
        **error,
        "admission": {
            "allowed": pod_verdict.admission.allowed,
            "scc": pod_verdict.admission.scc,
            "message": pod_verdict.admission.message,
        },
    }
