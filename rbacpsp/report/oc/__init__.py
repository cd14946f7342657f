"""What `oc`, the command line of OpenShift, prints.

Each function takes the objects as values and returns the whole text, its last newline included.
"""

from rbacpsp.report.oc.constraints import COLUMNS, constraint_row, describe_constraint, get_constraints

__all__ = ["COLUMNS", "constraint_row", "describe_constraint", "get_constraints"]
