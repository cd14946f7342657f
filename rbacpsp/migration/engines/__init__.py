"""The engines that policies can be written for, a file each."""

from collections.abc import Mapping

from rbacpsp.migration.engines.gatekeeper import GATEKEEPER
from rbacpsp.migration.engines.kubewarden import KUBEWARDEN
from rbacpsp.migration.engines.kyverno import KYVERNO
from rbacpsp.migration.engines.psa import PSA
from rbacpsp.migration.engines.scc import SCC
from rbacpsp.migration.engines.vap import VAP
from rbacpsp.migration.task import PolicyEngine

ENGINES: Mapping[str, PolicyEngine] = {
    engine.name: engine for engine in (GATEKEEPER, KUBEWARDEN, KYVERNO, PSA, SCC, VAP)
}
"""Every engine by the name that the command and `rbacpsp.migrate` take."""
