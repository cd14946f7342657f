"""The whole cluster: what policies would do with every workload and pod, and what a change would break.

`Simulation` says what each workload's pods would get, `differences` compares two of them, `advise` derives
the tightest policy of some pods.
"""

from rbacpsp.simulate.row import Row, Verdict
from rbacpsp.simulate.simulation import Simulation, Stuck
from rbacpsp.simulate.summary import Summary

__all__ = ["Row", "Simulation", "Stuck", "Summary", "Verdict"]
