"""`rbacpsp scc users`: show who may use which constraints, by their own lists and by RBAC."""

from collections.abc import Iterator

import click

from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import NO_CONSTRAINTS, note_openshift, open_constraints, select_constraints
from rbacpsp.cli.errors import note, warn
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.grants import grant_json, incomplete_json, subject_json
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.spelling import role_text, scope_text
from rbacpsp.cli.system_subjects import include_system_option, is_system_subject, omitted_line
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import CONSTRAINT_KINDS, RBAC_KINDS
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.index import MASTERS_SUBJECT
from rbacpsp.report.answer import Answer, Table
from rbacpsp.scc.users import ConstraintUser, unknown_users

_COLUMNS = ("scc", "subject", "scope", "through", "as", "controls")


@command("users", short_help="Show who may use which constraints.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    help="For pods in this namespace; by default wherever a grant applies.",
)
@include_system_option
@source_options
@output_options
def users(
    *,
    names: tuple[str, ...],
    namespace: str | None,
    include_system: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show who may use which constraints, by their own lists and by RBAC, with controllers and accounts.

    A pod gets constraints that its service account or its creator may use in the pod's namespace. AS shows
    which: "account" for pods that run as the subject, "requester" for pods that the subject creates. Grants
    to system:authenticated apply to every requester, controllers included, but not to the accounts of pods.

    oc adm policy who-can shows RBAC alone, oc describe scc the lists alone.

    \b
    Examples:
      rbacpsp scc users -f sample_clusters/scc-on-openshift
      rbacpsp scc users anyuid -n shop -f sample_clusters/scc-on-openshift
      rbacpsp scc users privileged -f sample_clusters/scc-on-openshift -o json
    """
    cluster = open_constraints(source, kinds=CONSTRAINT_KINDS)
    doubt_namespace((cluster,), namespace, gate=False)
    wanted_names = select_constraints(cluster, names)
    fold = output.folds and not include_system
    rows: list[tuple[str, ...]] = []
    items: list[JSONObject] = []
    errors: set[str] = set()
    folded: set[str] = set()
    all_users: list[ConstraintUser] = []
    for name in wanted_names:
        scc_users, answer = cluster.scc.users(name, namespace, cluster.catalog.controllers)
        errors.update(answer.errors)
        all_users += scc_users
        for user in scc_users:
            if fold and _is_component(user):
                folded.add(subject_text(user.subject))
            else:
                rows += ((name, *row) for row in _rows(user))
        items.append({"scc": name, "users": list(map(_json, scc_users))})
        for unknown in unknown_users(cluster.objects.constraints[name], cluster.objects):
            warn(f'{name} lists "{unknown}", but there is no such service account')
    for error in sorted(errors):
        warn(error)
    table = Table(_COLUMNS, rows, last=omitted_line(len(folded)))
    subjects = sorted({subject_text(found_user.subject) for found_user in all_users})
    data = {"items": items, **incomplete_json(cluster.unread(RBAC_KINDS, namespace or None))}
    output.answer(Answer("SCCUsers", table, data, subjects), empty=NO_CONSTRAINTS)
    note_openshift(cluster, grant_objects(grant for user in all_users for grant in user.grants))
    if output.tabular and wanted_names and not any(user.listed or user.grants for user in all_users):
        scope = f" in {namespace}" if namespace else ""
        note(f"No list and no bound role lets anyone use them{scope}; members of system:masters may.")


def _is_component(user: ConstraintUser) -> bool:
    return (
        not user.listed
        and bool(user.grants)
        and all(is_system_subject(grant.binding, grant.subject) for grant in user.grants)
    )


def _rows(user: ConstraintUser) -> Iterator[tuple[str, ...]]:
    controls = ", ".join(user.controls)
    used_as = "account, requester" if user.as_account else "requester"
    if user.subject == MASTERS_SUBJECT and not user.listed:
        yield subject_text(user.subject), scope_text(""), "<every role>", used_as, controls
    for entry in user.listed:
        yield subject_text(user.subject), scope_text(""), f"its list {entry}", used_as, controls
    seen = set()
    for grant in user.grants:
        through = f"{grant.binding.kind}/{grant.binding.name} of {role_text(grant.binding.role_ref)}"
        row = (subject_text(user.subject, grant.scope), scope_text(grant.scope), through)
        if row not in seen:
            seen.add(row)
            yield (*row, used_as, controls)


def _json(user: ConstraintUser) -> JSONObject:
    controls = {"controls": list(user.controls)} if user.controls else {}
    return {
        "subject": subject_json(user.subject),
        "listed": list(user.listed),
        "grants": list(map(grant_json, user.grants)),
        "asAccount": user.as_account,
        **controls,
    }
