"""The API server's validation of an object that is sent to it.

One file a kind: `metadata` for what all objects have, `roles` for roles and bindings, `policies` for
PodSecurityPolicies, `constraints` for OpenShift's security context constraints; `plain` knows those that
need no closer look. Pods themselves are validated in `rbacpsp.pods.validation`, and labels of Pod Security,
which a plugin judges, in `rbacpsp.pss`.
"""

from rbacpsp.apply.validation.objects import change_errors, object_errors, object_refusal
from rbacpsp.apply.validation.plain import is_plain

__all__ = ["change_errors", "is_plain", "object_errors", "object_refusal"]
