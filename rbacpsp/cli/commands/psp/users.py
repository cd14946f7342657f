"""`rbacpsp psp users`: show who may use which policy, one row per grant."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.access_table import is_component
from rbacpsp.cli.assumption_warning import grant_objects
from rbacpsp.cli.command import command
from rbacpsp.cli.commands.psp.list import NO_POLICIES
from rbacpsp.cli.enforcement import report_enforcement
from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.grants import access_json, access_rows
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.policies import open_policies
from rbacpsp.cli.system_subjects import include_system_option, omitted_line
from rbacpsp.model import WORKLOAD_KINDS
from rbacpsp.model.kinds import ADMISSION_KINDS
from rbacpsp.model.similar_names import did_you_mean, likeliest
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac import Access, WhoCan
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_COLUMNS = ("policy", "subject", "scope", "role", "binding", "through", "rules", "controls")


@command("users", short_help="Show who may use which policy.")
@click.argument("policies", nargs=-1, metavar="[POLICY]...")
@click.option(
    "-n",
    "--namespace",
    metavar="NAME",
    help="For pods in this namespace; by default wherever a grant applies.",
)
@click.option(
    "--matrix",
    "crossed",
    is_flag=True,
    help="Show a table of subjects and policies, with the number of pods of each.",
)
@include_system_option
@source_options
@output_options
def users(
    *,
    policies: tuple[str, ...],
    namespace: str | None,
    crossed: bool,
    include_system: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Show who may use which policy, one row per grant, with controllers and the service accounts of groups.

    A pod gets a policy that its service account or its creator may use in the pod's namespace. Controllers
    create the pods of workloads: the last column shows the kinds of workloads for which an account does this.

    --matrix has a row for every subject that may use a policy or create pods, and a column for every policy:
    where the subject may use it, and how many pods would get it through this subject.

    \b
    Examples:
      rbacpsp psp users -f sample_clusters/psp-by-example
      rbacpsp psp users 100-psp -n default -f sample_clusters/psp-by-example
      rbacpsp psp users eks.privileged -f sample_clusters/psp-on-eks -o json
      rbacpsp psp users --matrix -f sample_clusters/psp-migration
    """
    kinds = ADMISSION_KINDS | {"Pod"} | (WORKLOAD_KINDS.keys() if crossed else frozenset())
    cluster = open_policies(source, kinds=kinds, discovery=False)
    doubt_namespace((cluster,), namespace, gate=False)
    report_enforcement(cluster)
    policy_names = list(_policy_names(cluster, policies))
    if crossed:
        from rbacpsp.cli.psp_users_matrix import matrix_answer
        from rbacpsp.cli.simulation_rows import run_simulation

        answer = matrix_answer(run_simulation(cluster, {}), policy_names, namespace)
        output.answer(answer, empty=NO_POLICIES, cluster=cluster)
        return
    answers = [(name, cluster.policy_users(name, namespace)) for name in policy_names]
    for error in sorted({error for _, answer in answers for error in answer.errors}):
        warn(error)
    fold = output.folds and not include_system
    rows, folded = [], set()
    for name, who_can in answers:
        for access in who_can:
            if fold and is_component(access):
                folded.add(access.subject)
            else:
                rows += [(name, *row) for row in access_rows(access)]
    items = [] if output.readable else [_item(name, answer) for name, answer in answers]
    table = Table(_COLUMNS, rows, frozenset({"role", "rules"}), last=omitted_line(len(folded)))
    names = sorted({subject_text(access.subject) for _, answer in answers for access in answer})
    grants = (grant for _, answer in answers for access in answer for grant in access.grants)
    output.answer(
        Answer("PolicyUsers", table, {"items": items}, names),
        empty=NO_POLICIES,
        cluster=cluster,
        granting=grant_objects(grants),
    )
    if output.readable and policy_names:
        _note_gaps(policy_names, answers, namespace)


def _policy_names(cluster: "Cluster", names: Iterable[str]) -> Iterator[str]:
    loaded = cluster.objects.policies
    missing = [name for name in names if name not in loaded]
    if missing:
        known_names = f"; there are {', '.join(sorted(loaded))}" if loaded else ""
        hints = {name: did_you_mean(likeliest(name, loaded)) or known_names for name in missing}
        raise InputError(
            f'podsecuritypolicies.policy "{name}" not found{hint}' for name, hint in hints.items()
        )
    return iter(sorted(set(names) or loaded))


def _item(name: str, answer: WhoCan) -> dict[str, object]:
    return {"policy": name, "users": list(map(access_json, answer))}


def _note_gaps(policy_names: list[str], answers: list[tuple[str, WhoCan]], namespace: str | None) -> None:
    scope = f" in {namespace}" if namespace else ""
    for name, answer in answers:
        if not any(access.grants for access in answer):
            note(f"{name}: no bound role lets anyone use it{scope}; members of system:masters may.")
    controllers = {access.subject for _, answer in answers for access in answer if _creates_pods(access)}
    if not controllers and policy_names:
        note(
            f"No controller may use {'it' if len(policy_names) == 1 else 'any of them'}{scope}: the pods of "
            "Deployments and other workloads are admitted only through their service accounts."
        )


def _creates_pods(access: Access) -> bool:
    return bool(access.grants and access.controls)
