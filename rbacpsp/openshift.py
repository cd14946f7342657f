"""The methods of `Cluster` about OpenShift's security context constraints."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rbacpsp.catalog import Account
from rbacpsp.decode.arguments import as_user
from rbacpsp.model import AdmissionRequest, Manifest, User
from rbacpsp.model.argument_types import OPTIONAL_FLAG, require, require_kind
from rbacpsp.model.frozen import FrozenDict
from rbacpsp.model.json import JSONObject
from rbacpsp.state import State

if TYPE_CHECKING:
    from rbacpsp.scc import SCCAdmission, SCCAdmitter
    from rbacpsp.simulate import Simulation


class OpenShift(State):
    """The questions about security context constraints."""

    @property
    def scc(self) -> "SCCAdmitter":
        """OpenShift's security context constraints, and the questions about them.

        Raises:
            ValueError: Constraints have a field of a wrong type.
        """
        return self._server.scc_admitter

    def scc_admit(
        self,
        pod: JSONObject | str | Manifest,
        *,
        user: User | None,
        namespace: str | None = None,
        operation: str = "CREATE",
        old: JSONObject | str | Manifest | None = None,
        subresource: str = "",
    ) -> "SCCAdmission":
        """The decision of OpenShift's security context constraints on a pod; arguments as of `admit`.

        The operation `CONNECT` with the subresource `exec` or `attach` is a command in a stored pod. A pod
        that a server would refuse as invalid, and constraints that cannot be read, raise ValueError.
        """
        request = AdmissionRequest(
            user=user, namespace=namespace, operation=operation, old=old, subresource=subresource
        )
        return self._of_pod(self._server.scc_admitter.admit, pod, request)

    def scc_simulate(
        self,
        *,
        user: User | None = None,
        shared_controllers: bool | None = None,
        controllers: Mapping[str, Account] = FrozenDict({}),
    ) -> "Simulation":
        """Computes the constraints that the pods of every workload, and other pods, would get now and have.

        Arguments and result are those of `simulate`; `policy` names constraints, and the `admission` of a row
        has their whole `answer`.
        """
        from rbacpsp.simulate.constraints import simulate_constraints

        require("controllers", controllers, Mapping, "a mapping of kinds to accounts")
        require_kind("shared_controllers", shared_controllers, OPTIONAL_FLAG)
        return simulate_constraints(
            self.objects,
            self.authorizer,
            self.scc,
            {**self.catalog.controllers, **controllers},
            user=None if user is None else as_user(user),
            shared_controllers=shared_controllers,
        )
