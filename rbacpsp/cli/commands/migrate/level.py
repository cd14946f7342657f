"""`rbacpsp migrate level`: show which Pod Security level a policy corresponds to."""

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


@click.command("level", short_help="Show which Pod Security level a policy corresponds to.")
@click.argument("policies", nargs=-1, metavar="[POLICY]...")
@source_options
@output_options
def level(*, policies: tuple[str, ...], source: SourceOptions, output: Output) -> None:
    r"""Show which Pod Security level a policy corresponds to, and which fields keep it from other levels.

    A policy has a level if each of its fields is at least as strict. The profiles of SELinux, AppArmor and
    seccomp, which the official policies leave partly open, do not decide the level; "exact" takes them into
    account. Without POLICY, every policy is shown.

    \b
    Examples:
      rbacpsp migrate level -f sample_clusters/psp-migration
      rbacpsp migrate level restricted -o json -f sample_clusters/psp-migration
    """
    cluster = open_cluster(source, kinds={"PodSecurityPolicy"}, discovery=False)
    loaded = cluster.objects.policies
    missing = [name for name in policies if name not in loaded]
    if missing:
        known_names = f"; there are {', '.join(sorted(loaded))}" if loaded else ""
        raise InputError([f'podsecuritypolicies.policy "{name}" not found{known_names}' for name in missing])
    if not loaded:
        raise InputError(["there is no PodSecurityPolicy to migrate"])
    levels = [level_of(loaded[name]) for name in (policies or sorted(loaded))]
    print_levels(levels, "policy", "podsecuritypolicy", cluster, output)


def print_levels(
    levels: Sequence[LevelOfPolicy], title: str, resource: str, cluster: "Cluster", output: Output
) -> None:
    """Print the levels of policies, or of constraints.

    Args:
        levels: The levels.
        title: The title of the first column.
        resource: The resource before each name with `-o name`.
        cluster: The cluster of the policies.
        output: The output options.
    """
    rows = [row for level in levels for row in _rows(level)]
    items = [
        {
            "policy": level.policy,
            "level": level.level,
            "exact": level.exact,
            "blockers": [blocker._asdict() for blocker in level.blockers],
        }
        for level in levels
    ]
    names = [f"{resource}/{level.policy}" for level in levels]
    output.answer(
        Answer("PolicyLevelList", Table((title, *_COLUMNS), rows), {"items": items}, names),
        empty="There is no policy.",
        cluster=cluster,
    )


def _rows(level: LevelOfPolicy) -> list[tuple[str, ...]]:
    head = (level.policy, level.level, level.exact)
    return [(*head, blocker.level, blocker.field, blocker.why) for blocker in level.blockers] or [
        (*head, "", "", "")
    ]
