"""Warns where policies are not enforced, since answers about them then have no effect."""

from typing import TYPE_CHECKING

from rbacpsp.cli.errors import note, warn

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


def report_enforcement(cluster: "Cluster") -> None:
    """Write to stderr whether policies are enforced; nothing if files alone cannot show it."""
    enforcement = cluster.psp_enforcement
    if enforcement.enforced:
        note(f"{enforcement.reason[0].upper()}{enforcement.reason[1:]}.")
    elif cluster.objects.server or enforcement.enforced is False:
        warn(enforcement.reason)
