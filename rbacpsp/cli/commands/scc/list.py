"""`rbacpsp scc list`: list the security context constraints, as oc get scc does."""

import msgspec

from rbacpsp.cli.command import command
from rbacpsp.cli.constraints import NO_CONSTRAINTS, note_openshift, open_constraints
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import lines
from rbacpsp.report.oc import COLUMNS, constraint_row, get_constraints


@command("list", short_help="List the constraints as oc does.")
@source_options
@output_options
def constraints(*, source: SourceOptions, output: Output) -> None:
    r"""List the security context constraints, as oc get scc does, with the defaults of the server.

    \b
    Examples:
      rbacpsp scc list -f sample_clusters/scc-on-openshift
      rbacpsp scc list -o name -f sample_clusters/scc-on-openshift
    """
    cluster = open_constraints(source, kinds={"SecurityContextConstraints"})
    loaded = sorted(cluster.scc.constraints, key=lambda constraint: constraint.name)
    if loaded and output.tabular:
        output.write(lines(get_constraints(loaded, headers=output.headers)))
    else:
        table = Table(COLUMNS, [tuple(constraint_row(constraint)) for constraint in loaded])
        names = [f"securitycontextconstraints/{constraint.name}" for constraint in loaded]
        data = {"items": [msgspec.to_builtins(constraint) for constraint in loaded]}
        output.answer(Answer("SecurityContextConstraintsList", table, data, names), empty=NO_CONSTRAINTS)
    note_openshift(cluster)
