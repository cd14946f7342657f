"""The output of kubectl 1.24, byte for byte.

Each function takes the objects as values and returns the complete text with its last newline. Like kubectl,
they do not escape names; `harmless` escapes the names of an object that is printed for people.
"""

from rbacpsp.report.kubectl.bindings import describe_binding
from rbacpsp.report.kubectl.can_i import can_i_list
from rbacpsp.report.kubectl.policies import describe_policy, get_policies
from rbacpsp.report.kubectl.roles import describe_role
from rbacpsp.report.kubectl.safe_text import harmless, harmless_json

__all__ = [
    "can_i_list",
    "describe_binding",
    "describe_policy",
    "describe_role",
    "get_policies",
    "harmless",
    "harmless_json",
]
