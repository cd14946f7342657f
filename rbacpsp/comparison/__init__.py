"""Compares two states of a cluster by what they allow."""

from rbacpsp.comparison.access import (
    AccessChange,
    AccessDifference,
    Excepted,
    access_difference,
    namespace_difference,
)
from rbacpsp.comparison.admission import AdmissionChange, AdmissionDifference
from rbacpsp.comparison.difference import Diff, diff
from rbacpsp.comparison.findings import FindingChange, FindingDifference
from rbacpsp.comparison.objects import ObjectChange, ObjectDifference
from rbacpsp.comparison.path_changes import PathChange, PathDifference
from rbacpsp.simulate.verdict import AdmissionVerdict

__all__ = [
    "AccessChange",
    "AccessDifference",
    "AdmissionChange",
    "AdmissionDifference",
    "AdmissionVerdict",
    "Diff",
    "Excepted",
    "FindingChange",
    "FindingDifference",
    "ObjectChange",
    "ObjectDifference",
    "PathChange",
    "PathDifference",
    "access_difference",
    "diff",
    "namespace_difference",
]
