"""Migration from PodSecurityPolicy: writes a cluster's policies for another engine and lists every gap."""

from rbacpsp.migration.engines import ENGINES
from rbacpsp.migration.gap import Gap, Workload
from rbacpsp.migration.migrate import Migration, migrate
from rbacpsp.migration.task import Options

__all__ = ["ENGINES", "Gap", "Migration", "Options", "Workload", "migrate"]
