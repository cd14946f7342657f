"""`rbacpsp scc level`."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.commands.migrate.level import print_levels
from rbacpsp.cli.constraints import NO_CONSTRAINTS, note_openshift, open_constraints, select_constraints
from rbacpsp.cli.errors import warn
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.migration.constraint_level import level_of_constraints


@command("level", short_help="Show which Pod Security level constraints are.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@source_options
@output_options
def level(*, names: tuple[str, ...], source: SourceOptions, output: Output) -> None:
    r"""Show which level of the Pod Security Standards constraints are, and what keeps them from each.

    Constraints are of a level when every pod that they admit meets it. The profiles of SELinux and seccomp do
    not decide the level; "exact" takes them into account. What no constraints look at does not count:
    procMount, AppArmor, Windows, and a container of another user than root that says runAsNonRoot: false. The
    level that label synchronization derives for a namespace is shown by psa sync.

    \b
    Examples:
      rbacpsp scc level -f sample_clusters/scc-on-openshift
      rbacpsp scc level terminals -o json -f sample_clusters/scc-on-openshift
    """
    cluster = open_constraints(source, kinds={"SecurityContextConstraints"})
    wanted = set(select_constraints(cluster, names))
    if not wanted:
        warn(NO_CONSTRAINTS)
    found = [level_of_constraints(each) for each in cluster.scc.constraints if each.name in wanted]
    print_levels(
        sorted(found), title="scc", resource="securitycontextconstraints", cluster=cluster, output=output
    )
    note_openshift(cluster)
