"""Tests assertions about access: what must stay true of a cluster."""

from rbacpsp.assertions.access import RequestCombinations
from rbacpsp.assertions.assertion import Assertion, Demand
from rbacpsp.assertions.fields import AssertionFileError, AssertionProblem
from rbacpsp.assertions.initial import initial
from rbacpsp.assertions.reading import read_assertions
from rbacpsp.assertions.run import AccessTestResult, AccessTestResults, test

Access = RequestCombinations
"""The earlier name of `RequestCombinations`, which still works."""

__all__ = [
    "Access",
    "AccessTestResult",
    "AccessTestResults",
    "Assertion",
    "AssertionFileError",
    "AssertionProblem",
    "Demand",
    "RequestCombinations",
    "initial",
    "read_assertions",
    "test",
]
