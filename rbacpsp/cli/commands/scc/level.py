"""`rbacpsp scc level`: show which Pod Security level constraints correspond to."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.commands.migrate.level import print_levels
from rbacpsp.cli.constraints import NO_CONSTRAINTS, note_openshift, open_constraints, select_constraints
from rbacpsp.cli.errors import warn
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.migration.constraint_level import level_of_constraints


@command("level", short_help="Show which Pod Security level constraints correspond to.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@source_options
@output_options
def level(*, names: tuple[str, ...], source: SourceOptions, output: Output) -> None:
    r"""Show which Pod Security level constraints correspond to, and what keeps them from other levels.

    Constraints have a level if every pod that they admit meets it. The profiles of SELinux and seccomp do not
    decide the level; "exact" takes them into account. Fields that no constraints check do not count:
    procMount, AppArmor, Windows, and runAsNonRoot: false in a container that does not run as root. psa sync
    shows the level that label synchronization derives for a namespace.

    \b
    Examples:
      rbacpsp scc level -f sample_clusters/scc-on-openshift
      rbacpsp scc level terminals -o json -f sample_clusters/scc-on-openshift
    """
    cluster = open_constraints(source, kinds={"SecurityContextConstraints"})
    wanted_names = set(select_constraints(cluster, names))
    if not wanted_names:
        warn(NO_CONSTRAINTS)
    levels = [
        level_of_constraints(constraint)
        for constraint in cluster.scc.constraints
        if constraint.name in wanted_names
    ]
    print_levels(
        sorted(levels), title="scc", resource="securitycontextconstraints", cluster=cluster, output=output
    )
    note_openshift(cluster)
