"""`rbacpsp fleet`: the commands over many clusters, one file per command."""

from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy("ask", "fleet.ask:ask", "Ask every cluster any question of one cluster."),
    Lazy("audit", "fleet.audit:audit", "Audit every cluster of a fleet."),
    Lazy("paths", "fleet.paths:paths", "Show in every cluster how subjects reach a goal."),
    Lazy("psa", "fleet.psa:psa", "Ask a fleet about Pod Security."),
    Lazy("psp", "fleet.psp:psp", "Ask a fleet about PodSecurityPolicy."),
    Lazy("report", "fleet.report:report", "Report on the fleet as a whole."),
    Lazy("simulate", "fleet.simulate:simulate", "Show which policy every workload of a fleet would get."),
    Lazy("test", "fleet.test:test", "Test assertions about access in every cluster."),
)
"""Every command over a fleet, sorted by name."""

fleet = LazyGroup(
    name="fleet",
    commands=COMMANDS,
    short_help="Ask many clusters the same question and write the results as Parquet.",
    help="""Ask every cluster of a fleet a question, and write the answers as Parquet.

    \b
    Examples:
      rbacpsp fleet audit 'sample_clusters/*/cluster.*' -O results

    A source is a folder (with all folders below it), a file, a glob, an address such as s3://bucket/prefix/,
    or contexts:a,b or contexts:all for live clusters. Every snapshot gets a row in the table clusters, with
    its status: ok, partial, empty, unreadable, timeout or killed. The same command continues an interrupted
    run. Exit codes: 0 every cluster was read; 1 a finding reaches --fail-on; 2 wrong use, or no snapshot was
    found; 3 a cluster could not be read.
    """,
)
