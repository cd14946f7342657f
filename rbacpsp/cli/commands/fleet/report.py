"""`rbacpsp fleet report`: report on the fleet as a whole, from the results of `rbacpsp fleet audit`."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.output import Output, output_options

if TYPE_CHECKING:
    from rbacpsp.fleet.reporting import Tables
    from rbacpsp.fleet.results import Results, RunFile


@command("report", short_help="Report on the fleet as a whole.")
@click.argument("results", metavar="RESULTS")
@click.option(
    "--run", "name", metavar="NAME", help="The run of fleet audit to report on; by default the newest."
)
@click.option(
    "--since",
    metavar="NAME",
    help="The run to compare with; by default the previous run of the same command.",
)
@click.option("--reference", metavar="CLUSTER", help="Compare every other cluster with this one.")
@output_options(
    formats=("table", "wide", "json", "yaml", "csv", "markdown", "html"),
    help="The output format: a table, an HTML page, or JSON.",
)
def report(
    *, results: str, name: str | None, since: str | None, reference: str | None, output: Output
) -> int:
    r"""Report on the fleet as a whole, from the results of `rbacpsp fleet audit`.

    The report shows the number of clusters with findings of each rule, ClusterRoles that differ from those of
    most clusters, namespaces without the Pod Security level that most other clusters enforce, subjects with
    full control of several clusters, and what is new or gone since the previous run.

    \b
    Examples:
      rbacpsp fleet report results -o html -O fleet.html
    """
    from rbacpsp.cli.fleet_report import ShownReport
    from rbacpsp.fleet.errors import FleetError
    from rbacpsp.fleet.extra import require_extra
    from rbacpsp.fleet.reporting import build_report
    from rbacpsp.fleet.results import Results
    from rbacpsp.fleet.stores import StoreError

    try:
        require_extra(["pyarrow"])
        all_results = Results(results)
        files = _audit_runs(all_results)
        run_name = _choose_run(results, files, name)
        previous = since or _previous_run(files, run_name)
        if since is not None:
            _choose_run(results, files, since)
        earlier = _tables(all_results, previous, policies=False) if previous else None
        tables = _tables(all_results, run_name, policies=True)
        fleet_report = build_report(
            run_name, tables, before=previous, earlier=earlier, reference=reference or ""
        )
    except (FleetError, StoreError, ValueError) as error:
        raise InputError([str(error)]) from None
    if not all_results.run(run_name).is_finished:
        note(
            f"Run {run_name} is not finished: clusters that were not reached yet are missing from the report."
        )
    output.show(ShownReport(fleet_report))
    return 0


def _audit_runs(results: "Results") -> "dict[str, RunFile]":
    files = {name: results.run(name).file() for name in results.runs()}
    return {name: file for name, file in files.items() if file is not None and file.command == "audit"}


def _choose_run(results: str, files: "dict[str, RunFile]", name: str | None) -> str:
    if not files:
        raise InputError([f"{results}: no run of rbacpsp fleet audit was found"])
    if name is None:
        return max(files, key=lambda file: (files[file].started, file))
    if name not in files:
        raise InputError(
            [f"{results}: there is no run {name} of fleet audit; there are {', '.join(sorted(files))}"]
        )
    return name


def _previous_run(files: "dict[str, RunFile]", run_name: str) -> str:
    """The previous run of the same command; empty if there is none."""
    run_file = files[run_name]
    earlier = [
        name
        for name, file in files.items()
        if file.identity == run_file.identity and (file.started, name) < (run_file.started, run_name)
    ]
    return max(earlier, key=lambda name: (files[name].started, name), default="")


def _tables(results: "Results", name: str, *, policies: bool) -> "Tables":
    from rbacpsp.fleet.reporting import FINDING_COLUMNS, POLICY_COLUMNS, read_tables

    run = results.run(name)
    return read_tables(
        run.address,
        list(run.rows("clusters", columns=("cluster", "status", "reason", "rows"))),
        list(run.rows("findings", columns=FINDING_COLUMNS)),
        list(run.rows("policies", columns=POLICY_COLUMNS)) if policies else (),
    )
