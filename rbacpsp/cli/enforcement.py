"""Warns where policies are not enforced, since answers about them then have no effect."""

from typing import TYPE_CHECKING

from rbacpsp.cli.errors import note, warn

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


def report_enforcement(cluster: "Cluster") -> None:
    """Say on stderr whether policies are enforced; nothing where plain files cannot tell."""
    found = cluster.psp_enforcement
    if found.enforced:
        note(f"{found.reason[0].upper()}{found.reason[1:]}.")
    elif cluster.objects.server or found.enforced is False:
        warn(found.reason)
