"""`rbacpsp psp list`: list the policies, byte for byte as kubectl get psp does."""

import msgspec

from rbacpsp.cli.assumption_warning import note_server
from rbacpsp.cli.command import command
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.policies import open_policies
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import lines
from rbacpsp.report.kubectl import get_policies
from rbacpsp.report.kubectl.policies import COLUMNS, policy_row

NO_POLICIES = (
    "No policies were loaded. A server with the PodSecurityPolicy plugin enabled then refuses every "
    "pod: no providers available to validate pod request"
)


@command("list", short_help="List the policies as kubectl does.")
@source_options
@output_options
def policies(*, source: SourceOptions, output: Output) -> None:
    r"""List the policies, byte for byte as kubectl get psp does.

    \b
    Examples:
      rbacpsp psp list -f sample_clusters/psp-by-example
      rbacpsp psp list -o name -f sample_clusters/psp-on-eks
    """
    cluster = open_policies(source, kinds={"PodSecurityPolicy"}, discovery=False)
    loaded = [policy for _, policy in sorted(cluster.objects.policies.items())]
    if loaded and output.tabular:
        output.write(lines(get_policies(loaded, headers=output.headers)))
        note_server(cluster)
        return
    table = Table(COLUMNS, [tuple(policy_row(policy)) for policy in loaded])
    names = [f"podsecuritypolicy/{policy.name}" for policy in loaded]
    data = {"items": [msgspec.to_builtins(policy) for policy in loaded]}
    output.answer(Answer("PolicyList", table, data, names), empty=NO_POLICIES, cluster=cluster)
