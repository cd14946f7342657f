"""`rbacpsp scc review`."""

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
_CLAIMS = "oc reviews no StatefulSet with volumeClaimTemplates"


class _Reviewed(NamedTuple):
    """A pod, and what a review of it says."""

    judged: PodVerdict[SCCAdmission]
    allowed: tuple[tuple[str, str], ...]
    """An account, empty where a user was asked, and constraints."""
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
    r"""Answer what oc adm policy scc-subject-review and scc-review ask; exit 1 where nothing is allowed.

    With -u or -g a user is asked, in just these groups, and the account that the pod names. With -z accounts
    are asked by themselves. With neither it is a review of oneself: --as, or the user of the login.

    A review is not an admission: it looks at the spec alone, so that annotations such as
    openshift.io/required-scc do not count, and knows no exempt namespaces. ADMISSION is what the server then
    does with the pod, created by its controller or, for a pod, by the user who is asked (who then is in
    system:authenticated, too).

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
    named = User(name or "", groups) if name or groups else None
    asker = named or (None if accounts else require_user(user, source))
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS, namespace=namespace)
    judged = judge_constraints(
        cluster,
        files,
        user=asker if named is None else User.impersonate(named.name, named.groups),
        namespace=namespace,
        home=request_namespace(source, namespace),
        named=False,
        warns=False,
        reading=source.reading,
    )
    found = [_review(cluster, each, asker, accounts) for each in judged]
    kind = "accounts" if accounts else "subject" if named else "self"
    rows = [row for each in found for row in _rows(each)]
    items = [] if output.readable else [_json(each, kind, asker, accounts) for each in found]
    names = [each.judged.title for each in found if each.allowed]
    answer = Answer("SCCReviewList", Table(_COLUMNS, rows), {"items": items}, names)
    output.answer(answer, empty="Nothing is allowed.")
    for each in found:
        if each.error:
            note(f"{each.judged.title}: the server answers with an error: {each.error}")
    for trap in dict.fromkeys(_traps(found, named, accounts)):
        note(trap)
    note_openshift(cluster)
    return 0 if all(each.allowed for each in found) else NO


def _review(
    cluster: "Cluster", judged: PodVerdict[SCCAdmission], user: User | None, accounts: tuple[str, ...]
) -> _Reviewed:
    spec = judged.made.pod.get("spec") or {}
    reviewer = cluster.scc.reviewer
    try:
        if accounts:
            found = reviewer.account_review(spec, judged.namespace, accounts)
            return _Reviewed(judged, tuple((account, scc) for account, scc, _ in found.allowed))
        scc = reviewer.subject_review(spec, judged.namespace, user).scc
    except ReviewRefusedError as error:
        return _Reviewed(judged, (), str(error), error.stage)
    return _Reviewed(judged, () if scc is None else (("", scc),))


def _rows(reviewed: _Reviewed) -> Iterator[tuple[str, ...]]:
    admission = reviewed.judged.admission
    then = admission.scc or ("constraints are not asked" if admission.allowed else "refused")
    for account, scc in reviewed.allowed or (("", _NONE),):
        yield reviewed.judged.title, account or _NONE, scc, then


def _traps(found: list[_Reviewed], named: User | None, accounts: tuple[str, ...]) -> Iterator[str]:
    """What of a review surprises."""
    if named is not None and not named.groups:
        yield (
            f"{named.name} is asked about without any group, not even system:authenticated, so what "
            "everybody may use does not count; -g system:authenticated adds it."
        )
    if accounts and any(not each.allowed and not each.error for each in found):
        yield (
            "A service account alone is not in system:authenticated: pods get what everybody may use "
            "through their creator."
        )
    for each in found:
        if each.judged.made.kind == "StatefulSet":
            yield f"{_CLAIMS}: this answer is about its pods only."
        annotations = (each.judged.made.pod.get("metadata") or {}).get("annotations") or {}
        if "openshift.io/required-scc" in annotations:
            yield f"{each.judged.title}: a review ignores the annotation openshift.io/required-scc."


def _json(reviewed: _Reviewed, kind: str, user: User | None, accounts: tuple[str, ...]) -> JSONObject:
    judged = reviewed.judged
    asked: JSONObject = {"serviceAccounts": list(accounts)} if accounts else {}
    if user is not None:
        asked |= {"user": user.name, "groups": list(user.groups)}
    error = {"error": {"stage": reviewed.stage, "message": reviewed.error}} if reviewed.error else {}
    return {
        "object": {"kind": judged.made.kind, "namespace": judged.namespace, "name": judged.made.owner},
        "review": kind,
        **asked,
        "allowed": [
            {**({"serviceAccount": account} if account else {}), "scc": scc}
            for account, scc in reviewed.allowed
        ],
        **error,
        "admission": {
            "allowed": judged.admission.allowed,
            "scc": judged.admission.scc,
            "message": judged.admission.message,
        },
    }
