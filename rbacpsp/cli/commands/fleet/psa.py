"""`rbacpsp fleet psa`: suggest the strictest level for every namespace of a fleet."""

from rbacpsp.cli.command import command
from rbacpsp.cli.fleet_options import Fleet, fleet_options
from rbacpsp.cli.lazy import Lazy, LazyGroup


@command("suggest", short_help="Suggest a level for every namespace of a fleet.")
@fleet_options
def suggest(*, fleet: Fleet) -> int:
    r"""Suggest the strictest level for every namespace of a fleet: the tables clusters and policies.

    The namespaces of a cluster are those of `rbacpsp psa suggest -f SNAPSHOT`.

    \b
    Examples:
      rbacpsp fleet psa suggest 'sample_clusters/*/cluster.*' -O results
    """
    from rbacpsp.cli.fleet_questions import ClusterCommand
    from rbacpsp.cli.fleet_rows import level_rows

    return fleet.ask(ClusterCommand("psa suggest", ("psa", "suggest"), "policies", level_rows))


psa = LazyGroup(
    name="psa",
    commands=(Lazy("suggest", "fleet.psa:suggest", "Suggest a level for every namespace of a fleet."),),
    short_help="Ask a fleet about Pod Security.",
    help="""Ask a fleet about Pod Security.

    \b
    Examples:
      rbacpsp fleet psa suggest 'sample_clusters/*/cluster.*' -O results
    """,
)
