"""Who creates the pods of a cluster: besides a pod's service account, its creator may use policies.

A controller creates the pods of its kind, as a service account of its own or, on clusters started with
`--use-service-account-credentials=false`, as the one user `system:kube-controller-manager`. A kubelet creates
the mirrors of its static pods. The creator of any other pod is unknown.

Source: cmd/kube-controller-manager/app/controllermanager.go (createClientBuilders) and
pkg/kubelet/types/constants.go, 1.24.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rbacpsp.catalog import CONTROLLERS, Account
from rbacpsp.model import Manifest, Request, User
from rbacpsp.model.kinds import API_VERSIONS
from rbacpsp.model.meta import OwnerReference
from rbacpsp.model.request import ALL_AUTHENTICATED
from rbacpsp.rbac import Authorizer, Grant

CONTROLLER_MANAGER = User("system:kube-controller-manager", (ALL_AUTHENTICATED,))
"""The user that creates the pods of all built-in controllers if they share one user."""

NODES = "system:nodes"
"""The group of all kubelets."""

_MIRROR = "kubernetes.io/config.mirror"
_SOURCE = "kubernetes.io/config.source"
_STATIC_SOURCES = frozenset({"file", "http"})


def shared_by(authorizer: Authorizer) -> Grant | None:
    """The grant that shows that controllers share one user; None if each has its service account.

    No default role lets `system:kube-controller-manager` create pods, so a binding that lets this user create
    pods in every namespace shows that controllers share it.
    """
    decision = authorizer.authorize(CONTROLLER_MANAGER, Request("create", resource="pods"))
    named = (grant for grant in decision.grants if grant.subject.name == CONTROLLER_MANAGER.name)
    return next(named, None)


def node_of(pod: Manifest) -> str | None:
    """The node of a static pod or its mirror, empty if unknown; None for any other pod."""
    annotations = pod.metadata.annotations
    owner = next((owner.name for owner in pod.metadata.owner_references if owner.kind == "Node"), None)
    if owner is None and _MIRROR not in annotations and annotations.get(_SOURCE) not in _STATIC_SOURCES:
        return None
    spec = pod.body.get("spec") or {}
    return owner or str(spec.get("nodeName") or "")


def controlled_kind(owner: OwnerReference) -> str:
    """The kind of an owner, as the tables of controllers spell it.

    A kind that has the name of a Kubernetes kind in another API group (Volcano's Job) is spelled
    `Job.batch.volcano.sh`.
    """
    group = owner.api_version.rpartition("/")[0]
    kubernetes_versions = API_VERSIONS.get(owner.kind)
    if kubernetes_versions is None or any(
        version.rpartition("/")[0] == group for version in kubernetes_versions
    ):
        return owner.kind
    return f"{owner.kind}.{group}"


@dataclass(frozen=True, slots=True)
class Creators:
    """Who creates the pods of each kind of owner."""

    controllers: Mapping[str, Account]
    """The service account of each kind's controller."""
    shared: bool
    """Whether Kubernetes' controllers share one user."""

    def of_kind(self, kind: str) -> User | None:
        """The controller that creates the pods of a kind; None where the kind is unknown."""
        account = self.controllers.get(kind)
        if account is None:
            return None
        return CONTROLLER_MANAGER if self._shares(kind) else account.user

    @property
    def accounts(self) -> dict[str, Account]:
        """The controllers that have separate service accounts."""
        return {kind: account for kind, account in self.controllers.items() if not self._shares(kind)}

    @property
    def sharing(self) -> tuple[str, ...]:
        """The kinds whose controllers share one user, sorted."""
        return tuple(sorted(kind for kind in self.controllers if self._shares(kind)))

    def _shares(self, kind: str) -> bool:
        return self.shared and self.controllers[kind] == CONTROLLERS.get(kind)

    def of_node(self, node: str) -> User:
        """The kubelet of a node."""
        return User(f"system:node:{node}", (NODES, ALL_AUTHENTICATED))
