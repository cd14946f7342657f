"""The output of `oc`, the command line of OpenShift.

Each function takes the objects as values and returns the complete text with its last newline.
"""

from rbacpsp.report.oc.constraints import COLUMNS, constraint_row, describe_constraint, get_constraints

__all__ = ["COLUMNS", "constraint_row", "describe_constraint", "get_constraints"]
