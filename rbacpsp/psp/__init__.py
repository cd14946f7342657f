"""PodSecurityPolicy: which policy admits a pod, what it fills in, and why the others do not."""

from rbacpsp.psp.admission import Admission, Admitter, admit
from rbacpsp.psp.considered import Considered
from rbacpsp.psp.diff import Change
from rbacpsp.psp.errors import FieldError

__all__ = ["Admission", "Admitter", "Change", "Considered", "FieldError", "admit"]
