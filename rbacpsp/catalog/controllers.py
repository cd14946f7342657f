"""The service accounts of the controllers that create the pods of workloads."""

from collections.abc import Mapping
from typing import NamedTuple

from rbacpsp.model import User
from rbacpsp.model.frozen import FrozenDict


class Account(NamedTuple):
    """A service account."""

    namespace: str
    name: str

    @property
    def user(self) -> User:
        """The account as the API server sees it, with its three groups."""
        return User.service_account(self.namespace, self.name)


def _controller(name: str) -> Account:
    return Account("kube-system", name)


CONTROLLERS: Mapping[str, Account] = FrozenDict(
    {
        "CronJob": _controller("job-controller"),
        "DaemonSet": _controller("daemon-set-controller"),
        "Deployment": _controller("replicaset-controller"),
        "Job": _controller("job-controller"),
        "ReplicaSet": _controller("replicaset-controller"),
        "ReplicationController": _controller("replication-controller"),
        "StatefulSet": _controller("statefulset-controller"),
    }
)
"""The account that creates the pods of each kind of workload.

A Deployment creates ReplicaSets and a CronJob creates Jobs, whose controllers then create the pods. The
caller adds the kinds of operators: `Catalog(resources, controllers={**CONTROLLERS, "Rollout": Account("argo",
"rollouts")})`. Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go (1.24).
"""

POD_CREATORS = (
    ("", "pods"),
    ("", "replicationcontrollers"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("batch", "cronjobs"),
    ("batch", "jobs"),
)
"""The (group, resource) whose creation creates pods, under any service account of the namespace."""
