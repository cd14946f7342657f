"""The API server's validation of an object that is sent to it.

There is a file for each kind: `metadata` for what all objects have, `roles` for roles and bindings,
`policies` for PodSecurityPolicies, `constraints` for OpenShift's security context constraints; `plain`
recognizes objects that are certainly valid. `rbacpsp.pods.validation` validates pods, and `rbacpsp.pss` the
labels of Pod Security, which an admission plugin checks.
"""

from rbacpsp.apply.validation.objects import change_errors, object_errors, object_refusal
from rbacpsp.apply.validation.plain import is_plain

__all__ = ["change_errors", "is_plain", "object_errors", "object_refusal"]
