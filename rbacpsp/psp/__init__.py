"""PodSecurityPolicy: which policy admits a pod, what it fills in, and why the others do not."""

from rbacpsp.pods.changes import Change
from rbacpsp.psp.admission import Admission, Admitter
from rbacpsp.psp.attempts import Considered
from rbacpsp.psp.errors import FieldError

__all__ = ["Admission", "Admitter", "Change", "Considered", "FieldError"]
