"""Simulates the admission of all workloads and pods of a cluster, and the effect of a change on them.

`Simulation` computes the policy of each workload's pods, `differences` compares two simulations, `advise`
derives and verifies the strictest policy for some pods, and `matrix` shows who may use which policy.
"""

from rbacpsp.simulate.advise import Advice, Proof, advise
from rbacpsp.simulate.difference import Effect, RowDifference, differences
from rbacpsp.simulate.row import Row, Verdict
from rbacpsp.simulate.simulation import Simulation, Stuck
from rbacpsp.simulate.summary import Summary

Difference = RowDifference
"""The earlier name of `RowDifference`, which still works."""

__all__ = [
    "Advice",
    "Difference",
    "Effect",
    "Proof",
    "Row",
    "RowDifference",
    "Simulation",
    "Stuck",
    "Summary",
    "Verdict",
    "advise",
    "differences",
]
