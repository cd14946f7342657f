"""The whole cluster: what policies would do with every workload and pod, and what a change would break.

`Simulation` says what each workload's pods would get, `differences` holds two of them against each other,
`advise` derives the tightest policy for some pods and proves it, `matrix` shows who may use what.
"""

from rbacpsp.simulate.advise import Advice, Proof, advise
from rbacpsp.simulate.difference import Difference, Effect, differences
from rbacpsp.simulate.row import Row, Verdict
from rbacpsp.simulate.simulation import Simulation, Stuck
from rbacpsp.simulate.summary import Summary

__all__ = [
    "Advice",
    "Difference",
    "Effect",
    "Proof",
    "Row",
    "Simulation",
    "Stuck",
    "Summary",
    "Verdict",
    "advise",
    "differences",
]
