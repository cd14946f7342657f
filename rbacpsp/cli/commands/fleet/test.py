"""`rbacpsp fleet test`: test assertions about access in every cluster."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.fleet_options import Fleet, fleet_options


@command("test", short_help="Test assertions about access in every cluster.")
@click.argument("file", metavar="FILE")
@fleet_options
def test(*, file: str, fleet: Fleet) -> int:
    r"""Test assertions about access in every cluster: the tables clusters and answers.

    FILE is an assertion file of `rbacpsp test`. The exit code is 1 if an assertion does not pass in a
    cluster.

    \b
    Examples:
      rbacpsp fleet test sample_clusters/steps/rbac-workshop/access.yaml sample_clusters/rbac-workshop \
          -O results
    """
    from rbacpsp.assertions.run import PASSED
    from rbacpsp.cli.assertion_files import assertions_of, needs_login
    from rbacpsp.cli.errors import InputError
    from rbacpsp.cli.fleet_assertions import FleetAssertions
    from rbacpsp.cli.gates import text_of

    assertions = assertions_of(file)
    if any(map(needs_login, assertions)):
        raise InputError([f"{file}: a fleet has no logged-in user: name the subject"])
    return fleet.ask(FleetAssertions(assertions, (text_of(file),)), lambda worst: worst not in {None, PASSED})
