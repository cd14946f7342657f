"""`rbacpsp migrate level`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.migration.level import LevelOfPolicy, level_of
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster

_COLUMNS = ("level", "exact", "blocked from", "field", "why")


@click.command("level", short_help="Show which Pod Security level a policy amounts to.")
@click.argument("policies", nargs=-1, metavar="[POLICY]...")
@source_options
@output_options
def level(*, policies: tuple[str, ...], source: SourceOptions, output: Output) -> None:
    r"""Show which level of the Pod Security Standards a policy is, and the fields that keep it from each.

    A policy has a level when each of its fields demands as much. The profiles of SELinux, AppArmor and
    seccomp, which the official policies leave open in part, do not decide the level; "exact" takes them into
    account. Without a name every policy is shown.

    \b
    Examples:
      rbacpsp migrate level -f sample_clusters/psp-migration
      rbacpsp migrate level restricted -o json -f sample_clusters/psp-migration
    """
    cluster = open_cluster(source, kinds={"PodSecurityPolicy"}, discovery=False)
    there = cluster.objects.policies
    missing = [name for name in policies if name not in there]
    if missing:
        held = f"; there are {', '.join(sorted(there))}" if there else ""
        raise InputError([f'podsecuritypolicies.policy "{name}" not found{held}' for name in missing])
    if not there:
        raise InputError(["there is no PodSecurityPolicy to migrate"])
    found = [level_of(there[name]) for name in (policies or sorted(there))]
    print_levels(found, "policy", "podsecuritypolicy", cluster, output)


def print_levels(
    found: Sequence[LevelOfPolicy], title: str, resource: str, cluster: "Cluster", output: Output
) -> None:
    """Print the levels of policies, or of constraints.

    Args:
        found: The levels.
        title: The title of the first column.
        resource: How their names begin with `-o name`.
        cluster: Where they are from.
        output: How to print.
    """
    rows = [row for each in found for row in _rows(each)]
    items = [
        {
            "policy": each.policy,
            "level": each.level,
            "exact": each.exact,
            "blockers": [blocker._asdict() for blocker in each.blockers],
        }
        for each in found
    ]
    names = [f"{resource}/{each.policy}" for each in found]
    output.answer(
        Answer("PolicyLevelList", Table((title, *_COLUMNS), rows), {"items": items}, names),
        empty="There is no policy.",
        cluster=cluster,
    )


def _rows(found: LevelOfPolicy) -> list[tuple[str, ...]]:
    head = (found.policy, found.level, found.exact)
    return [(*head, blocker.level, blocker.field, blocker.why) for blocker in found.blockers] or [
        (*head, "", "", "")
    ]
