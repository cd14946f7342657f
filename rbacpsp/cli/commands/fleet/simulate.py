"""`rbacpsp fleet simulate`: show which policy every workload of a fleet would get."""

from rbacpsp.cli.command import command
from rbacpsp.cli.fleet_options import Fleet, fleet_options


@command("simulate", short_help="Show which policy every workload of a fleet would get.")
@fleet_options
def simulate(*, fleet: Fleet) -> int:
    r"""Show which policy every workload of a fleet would get: the tables clusters and workloads.

    The workloads of a cluster are those of `rbacpsp psp simulate -f SNAPSHOT`. A cluster whose version has no
    PodSecurityPolicy is partial.

    \b
    Examples:
      rbacpsp fleet simulate 'sample_clusters/*/cluster.*' -O results
    """
    from rbacpsp.cli.fleet_questions import ClusterCommand
    from rbacpsp.cli.fleet_rows import workload_rows

    return fleet.ask(ClusterCommand("simulate", ("psp", "simulate"), "workloads", workload_rows))
