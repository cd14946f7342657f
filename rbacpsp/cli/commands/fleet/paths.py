"""`rbacpsp fleet paths`: show in every cluster how subjects reach a goal."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.fleet_options import Fleet, fleet_options, reaches
from rbacpsp.cli.gates import SEVERITIES

_NO_LIMIT = "1000000000"
_KNOWN_NAMES = "--fail-on=info"
"""Makes a start or goal that nothing in a cluster names an error; which severities fail is decided here."""


@command("paths", short_help="Show in every cluster how subjects reach a goal.")
@fleet_options
@click.option(
    "--from", "start", metavar="SUBJECT", help="The subject where paths start; by default every subject."
)
@click.option(
    "--to", "goal", metavar="GOAL", help="cluster-admin, node, or a subject; by default cluster-admin."
)
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 on a path of at least this severity."
)
def paths(*, fleet: Fleet, start: str | None, goal: str | None, fail_on: str | None) -> int:
    r"""Show in every cluster how subjects reach a goal: the tables clusters and access.

    The paths of a cluster are all paths of `rbacpsp paths -f SNAPSHOT`. With --fail-on, a cluster in which
    nothing names the start or the goal gives no answer. If no cluster gives one, that is an error: such a
    gate proves nothing.

    \b
    Examples:
      rbacpsp fleet paths --to node 'sample_clusters/*/cluster.*' -O results
    """
    from rbacpsp.cli.fleet_questions import ClusterCommand
    from rbacpsp.cli.fleet_rows import path_rows
    from rbacpsp.cli.fleet_words import check_question

    words = ["paths", f"--limit={_NO_LIMIT}"]
    words += [f"--from={start}"] if start else []
    words += [f"--to={goal}"] if goal else []
    asked = (*check_question(words), *([_KNOWN_NAMES] if fail_on else []))
    return fleet.ask(
        ClusterCommand("paths", asked, "access", path_rows),
        lambda worst: reaches(worst, fail_on),
        gate=bool(fail_on),
    )
