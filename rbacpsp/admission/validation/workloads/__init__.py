"""The API server's complete validation of workloads: one file for each family of kinds."""

from rbacpsp.admission.validation.workloads.create import workload_errors
from rbacpsp.admission.validation.workloads.update import workload_change_errors

__all__ = ["workload_change_errors", "workload_errors"]
