"""OpenShift's security context constraints: which ones admit a pod, their defaults, and who may use them."""

from rbacpsp.scc.admission import SCCAdmitter
from rbacpsp.scc.answer import SCCAdmission
from rbacpsp.scc.attempts import Considered
from rbacpsp.scc.label_sync import LabelSync
from rbacpsp.scc.reviews import AccountReview, ReviewRefusedError, SubjectReview

__all__ = [
    "AccountReview",
    "Considered",
    "LabelSync",
    "ReviewRefusedError",
    "SCCAdmission",
    "SCCAdmitter",
    "SubjectReview",
]
