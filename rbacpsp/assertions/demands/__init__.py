"""The kinds of demands: one module each."""

from rbacpsp.assertions.demands.access import Allowed, Only
from rbacpsp.assertions.demands.findings import NoFinding
from rbacpsp.assertions.demands.pods import AdmittedBy, MeetsLevel, Pods, Refused
from rbacpsp.assertions.demands.reach import OnlyReach, OutOfReach

__all__ = [
    "AdmittedBy",
    "Allowed",
    "MeetsLevel",
    "NoFinding",
    "Only",
    "OnlyReach",
    "OutOfReach",
    "Pods",
    "Refused",
]
