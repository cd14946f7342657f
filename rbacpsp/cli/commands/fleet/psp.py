"""`rbacpsp fleet psp`: show who may use which PodSecurityPolicy in every cluster."""

from rbacpsp.cli.command import command
from rbacpsp.cli.fleet_options import Fleet, fleet_options
from rbacpsp.cli.lazy import Lazy, LazyGroup


@command("users", short_help="Show who may use which policy in every cluster.")
@fleet_options
def users(*, fleet: Fleet) -> int:
    r"""Show who may use which PodSecurityPolicy in every cluster: the tables clusters and access.

    The rows of a cluster are those of `rbacpsp psp users -f SNAPSHOT`, one row per grant.

    \b
    Examples:
      rbacpsp fleet psp users 'sample_clusters/*/cluster.*' -O results
    """
    from rbacpsp.cli.fleet_questions import ClusterCommand
    from rbacpsp.cli.fleet_rows import policy_user_rows

    return fleet.ask(ClusterCommand("psp users", ("psp", "users"), "access", policy_user_rows))


psp = LazyGroup(
    name="psp",
    commands=(Lazy("users", "fleet.psp:users", "Show who may use which policy in every cluster."),),
    short_help="Ask a fleet about PodSecurityPolicy.",
    help="""Ask a fleet about PodSecurityPolicy.

    \b
    Examples:
      rbacpsp fleet psp users 'sample_clusters/*/cluster.*' -O results
    """,
)
