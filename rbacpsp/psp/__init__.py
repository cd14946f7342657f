"""PodSecurityPolicy: which policy admits a pod, which fields it fills in, and why others refuse the pod."""

from rbacpsp.pods.changes import Change
from rbacpsp.psp.admission import Admission, Admitter
from rbacpsp.psp.attempts import Considered
from rbacpsp.psp.errors import FieldError

__all__ = ["Admission", "Admitter", "Change", "Considered", "FieldError"]
