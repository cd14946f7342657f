"""The requester of a pod in Kyverno's CEL: for a template, the controller that creates its pods.

Kyverno also evaluates a policy for pods on the templates of workloads (autogen), where the requester is the
person who applies the workload. PodSecurityPolicy checked the controller, and so does this.
"""

from rbacpsp.catalog.controllers import CONTROLLERS
from rbacpsp.migration.cel.grants import ACCOUNT, Requesters
from rbacpsp.migration.cel.text import literal, strings
from rbacpsp.migration.cel.variables import Variables
from rbacpsp.model.request import ALL_AUTHENTICATED, service_account_groups

TEMPLATES = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet", "Job", "CronJob")
"""The kinds that Kyverno generates rules for."""

IS_POD = "request.kind.kind == 'Pod'"


def requesters(variables: Variables) -> Requesters:
    """The requester, or the controller of a template, and the account, as variables."""
    homes = {CONTROLLERS[kind].namespace for kind in TEMPLATES}
    groups = [ALL_AUTHENTICATED, *(group for home in sorted(homes) for group in service_account_groups(home))]
    return Requesters(
        username=variables.set(
            "username", f"{IS_POD} ? request.userInfo.?username.orValue('') : {_controller()}"
        ),
        groups=variables.set(
            "groups", f"{IS_POD} ? request.userInfo.?groups.orValue([]) : {strings(groups)}"
        ),
        account=variables.set("account", ACCOUNT),
        has_account="true",
    )


def _controller() -> str:
    """The name of the user that creates the pods of the workload."""
    kinds: dict[str, list[str]] = {}
    for kind in TEMPLATES:
        kinds.setdefault(CONTROLLERS[kind].user.name, []).append(kind)
    *others, (last, _) = kinds.items()
    chosen = "".join(f"request.kind.kind in {strings(of)} ? {literal(name)} : " for name, of in others)
    return f"({chosen}{literal(last)})"
