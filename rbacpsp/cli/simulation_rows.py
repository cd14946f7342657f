"""A simulation's rows as table cells and as JSON, and the options for the creators of pods."""

from collections.abc import Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
import msgspec

from rbacpsp.catalog import Account
from rbacpsp.cli.command import Function
from rbacpsp.cli.commands.psp.admit import considered_json
from rbacpsp.cli.errors import InputError, note, warn
from rbacpsp.cli.grants import grant_json, object_json, user_json
from rbacpsp.cli.options import user_options
from rbacpsp.cli.spelling import binding_text
from rbacpsp.model import WORKLOAD_KINDS, User
from rbacpsp.model.json import JSONObject
from rbacpsp.model.kinds import ADMISSION_KINDS
from rbacpsp.model.request import MASTERS, split_service_account
from rbacpsp.simulate import Row, RowDifference, Simulation, Summary

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

POD_KINDS = ADMISSION_KINDS | {"Pod", *WORKLOAD_KINDS}
"""The kinds that a simulation depends on."""

COLUMNS = (
    "namespace",
    "workload",
    "controller",
    "account",
    "use given by",
    "policy",
    "recorded",
    "verdict",
    "pods",
    "notes",
)
WIDE = frozenset({"pods", "notes"})


def creator_options(command: Function) -> Function:
    """Add the options for the creators of pods; the command gets `creators` for `run_simulation`."""

    @user_options
    @click.option(
        "--controller",
        "controllers",
        metavar="KIND=NAMESPACE:ACCOUNT",
        multiple=True,
        help="The account that creates the pods of a further kind of owner; may be repeated.",
    )
    @click.option(
        "--use-service-account-credentials",
        "own_accounts",
        type=click.Choice(["true", "false"]),
        help="Whether each controller has its own account, as the flag of kube-controller-manager says; "
        "the default is what the bindings show.",
    )
    @wraps(command)
    def collected(
        *args: Any, user: User | None, controllers: tuple[str, ...], own_accounts: str | None, **others: Any
    ) -> Any:
        creators = {
            "user": user,
            "shared_controllers": None if own_accounts is None else own_accounts == "false",
            "controllers": dict(map(_controller, controllers)),
        }
        return command(*args, creators=creators, **others)

    return collected


def _controller(text: str) -> tuple[str, Account]:
    kind, equals, account = text.partition("=")
    namespace, colon, name = account.partition(":")
    if not (kind and equals and namespace and colon and name):
        raise click.UsageError(
            f'--controller "{text}": write KIND=NAMESPACE:ACCOUNT, for example Workflow=argo:argo-controller'
        )
    return kind, Account(namespace, name)


def run_simulation(cluster: "Cluster", creators: Mapping[str, Any], *, quiet: bool = False) -> Simulation:
    """The simulation of a cluster; its assumptions are written to stderr unless it is quiet.

    Raises:
        InputError: A server would not accept an object, or the version has no PodSecurityPolicy.
    """
    try:
        simulation = cluster.simulate(**creators)
        len(simulation)
        for pod_text in () if quiet else simulation.unread:
            warn(f"its pods are not judged: {pod_text}")
    except ValueError as error:
        raise InputError([str(error)]) from None
    if simulation.sharing is not None and not quiet:
        binding = binding_text(simulation.sharing.binding)
        note(
            "All controllers are assumed to be the one user system:kube-controller-manager: "
            f"{binding} lets it create pods. If they are not, pass "
            "--use-service-account-credentials=true."
        )
    return simulation


def creator_text(user: User | None) -> str:
    """The creator of pods in short form: a controller of kube-system by its name alone."""
    if user is None:
        return "<unknown>"
    account = split_service_account(user.name)
    return account[1] if account and account[0] == "kube-system" else user.name


def recorded_text(recorded: Mapping[str, int]) -> str:
    """The policies recorded on pods, with counts if they differ."""
    if len(recorded) == 1:
        return next(iter(recorded)) or "<none>"
    return ", ".join(f"{name or '<none>'} ({count})" for name, count in recorded.items())


def row_cells(row: Row) -> tuple[str, ...]:
    """A row of the table."""
    return (
        row.namespace,
        row.title,
        creator_text(row.creator),
        row.account or "<none>",
        use_text(row),
        ", ".join(row.policies) or "<none>",
        recorded_text(row.recorded),
        row.verdict,
        str(sum(row.recorded.values())),
        "; ".join(row.notes),
    )


def use_text(row: Row) -> str:
    """The bindings that let the pods use their policy."""
    bindings = sorted({binding_text(grant.binding) for grant in row.grants})
    winner = row.ruling.winner
    masters = winner is not None and any(MASTERS in user.groups for user in winner.usable_by)
    return ", ".join([*bindings, *(["group system:masters"] if masters else [])])


def row_json(row: Row) -> JSONObject:
    """A row with the full explanation of its verdict."""
    admission = row.ruling.admission
    return {
        "namespace": row.namespace,
        "kind": row.kind,
        "name": row.name,
        "creator": None if row.creator is None else user_json(row.creator),
        "account": row.account,
        "pods": [pod.name for pod in row.pods],
        "verdict": row.verdict.value,
        "policy": row.policy,
        "policies": list(row.policies),
        "recorded": [{"policy": name or None, "pods": count} for name, count in row.recorded.items()],
        "message": row.message,
        "notes": list(row.notes),
        "grants": list(map(grant_json, row.grants)),
        "asked": list(map(user_json, admission.asked)),
        "notJudged": admission.not_judged,
        "considered": {
            name: considered_json(considered) for name, considered in admission.considered.items()
        },
    }


def summary_json(summary: Summary) -> JSONObject:
    """The summary of a simulation."""
    return {
        "verdicts": {verdict.value: count for verdict, count in summary.verdicts.items()},
        "pods": summary.pods,
        "podsByPolicy": dict(summary.pods_by_policy),
        "recorded": {name: count for name, count in summary.recorded.items() if name},
        "unrecorded": summary.recorded.get("", 0),
        "unused": list(summary.unused),
        "invalid": {name: list(titles) for name, titles in summary.invalid.items()},
        "unusable": list(summary.unusable),
        "shadowed": {name: list(winners) for name, winners in summary.shadowed.items()},
        "outOfOrder": [
            {"policy": out_of_order.policy, "passed": out_of_order.passed, "rows": list(out_of_order.titles)}
            for out_of_order in summary.out_of_order
        ],
        "idleGrants": [
            {"policy": idle_grant.policy, "binding": object_json(idle_grant.binding)}
            for idle_grant in summary.idle_grants
        ],
    }


def difference_json(difference: RowDifference) -> JSONObject:
    """A difference with both of its sides."""
    row = difference.row
    return {
        "namespace": row.namespace,
        "kind": row.kind,
        "name": row.name,
        "effect": difference.effect.value,
        "before": None if difference.before is None else row_json(difference.before),
        "after": None if difference.after is None else row_json(difference.after),
        "fields": [msgspec.to_builtins(change._asdict()) for change in difference.fields],
    }
