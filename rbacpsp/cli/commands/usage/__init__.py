"""`rbacpsp usage`: the commands about audit logs."""

import click

from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy("check", "usage.check:check", "Show which recorded requests a change would refuse."),
    Lazy("denied", "usage.denied:denied", "Show what was refused, and the grant that would allow it."),
    Lazy("grants", "usage.grants:grants", 'Show how each grant was used; plain "usage" does the same.'),
    Lazy("role", "usage.role:role", "Write the smallest roles that allow what was recorded."),
    Lazy("unused", "usage.unused:unused", "Show what can be removed without refusing a recorded request."),
)
"""Every command about audit logs, sorted by name."""

_DEFAULT_COMMAND = "grants"


class UsageGroup(LazyGroup):
    """The group; without the name of a command, `usage` runs `usage grants`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; without the name of a command, insert `grants`."""
        if not args or args[0] not in {*self._lazy, "-h", "--help"}:
            args = [_DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


usage = UsageGroup(
    name="usage",
    commands=COMMANDS,
    short_help="Show from audit logs which grants are used.",
    help="""Show from audit logs which grants are used, which can be removed, and which roles are enough.

    \b
    rbacpsp usage LOG... -f CLUSTER means rbacpsp usage grants LOG... -f CLUSTER.

    LOG is a file, a folder of rotated files, plain or compressed, or - for stdin: JSON lines of a
    kube-apiserver or of OpenShift, EventLists, or exports of EKS, AKS and GKE. The cluster must be the state
    at the time of the log.

    \b
    Examples:
      rbacpsp usage sample_clusters/audit-log/log -f sample_clusters/audit-log/cluster.yaml
      rbacpsp usage unused sample_clusters/audit-log/log --min-days 0 \\
          -f sample_clusters/audit-log/cluster.yaml
    """,
)
