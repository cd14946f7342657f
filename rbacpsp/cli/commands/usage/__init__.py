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

_PLAIN = "grants"


class UsageGroup(LazyGroup):
    """The commands; without the name of one `usage` is `usage grants`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments of the command that they name, or of `grants`."""
        if not args or args[0] not in {*self._lazy, "-h", "--help"}:
            args = [_PLAIN, *args]
        return super().parse_args(ctx, args)


usage = UsageGroup(
    name="usage",
    commands=COMMANDS,
    short_help="Show from audit logs which grants are used.",
    help="""Show from audit logs which grants are used, which can go, and which roles would do.

    \b
    rbacpsp usage LOG... -f CLUSTER is rbacpsp usage grants LOG... -f CLUSTER.

    A LOG is a file or a folder of rotated files, plain or packed, or -: JSON lines of a kube-apiserver or of
    OpenShift, EventLists, and what EKS, AKS and GKE export. The cluster is the state that the log was made
    under.

    \b
    Examples:
      rbacpsp usage sample_clusters/audit-log/log -f sample_clusters/audit-log/cluster.yaml
      rbacpsp usage unused sample_clusters/audit-log/log --min-days 0 \\
          -f sample_clusters/audit-log/cluster.yaml
    """,
)
