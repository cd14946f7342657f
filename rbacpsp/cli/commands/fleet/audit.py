"""`rbacpsp fleet audit`: audit every cluster of a fleet."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.fleet_options import Fleet, fleet_options, reaches
from rbacpsp.cli.gates import SEVERITIES, Gates


@command("audit", short_help="Audit every cluster of a fleet.")
@fleet_options
@click.option("--policy", "policy_file", metavar="FILE", help="Rules, severities and exceptions (YAML).")
@click.option(
    "--severity", type=click.Choice(SEVERITIES), help="Write only findings of at least this severity."
)
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 on a finding of at least this severity."
)
def audit(*, fleet: Fleet, policy_file: str | None, severity: str | None, fail_on: str | None) -> int:
    r"""Audit every cluster of a fleet: the tables clusters, findings and policies.

    The findings of a cluster are those of `rbacpsp audit -f SNAPSHOT`, one row per finding.

    \b
    Examples:
      rbacpsp fleet audit 'sample_clusters/*/cluster.*' -O results
      rbacpsp fleet audit sample_clusters/acme -O results --run nightly --fail-on critical
    """
    from rbacpsp.audit import Severity
    from rbacpsp.fleet.questions.audit import AuditQuestion

    gates = Gates(policy_file, None, fail_on)
    question = AuditQuestion(gates.policy(), Severity(severity) if severity else None, gates.policy_text())
    return fleet.ask(question, lambda worst: reaches(worst, fail_on))
