"""The places that a path can lead to: identities, pools of identities, and goals."""

from typing import NamedTuple

from rbacpsp.model import Subject
from rbacpsp.model.argument_types import TEXT, said, takes
from rbacpsp.model.request import split_service_account


class Place(NamedTuple):
    """A place of the graph of paths.

    Kinds: `User`, `Group` and `ServiceAccount` are identities; `role` is a role held in a scope; `users` and
    `groups` are all users and groups that bindings name, `accounts` the service accounts of a namespace,
    `pods` the pods that run there, `pod` one pod or the pods of one workload, `secrets` what its secrets hold
    (an empty namespace: of all); `node` is root on a node, `control-plane` root on a node that runs the
    control plane, `kubelet` the certificate of any node; `cloud` is an identity of a cloud; `cluster-admin`
    is full control.
    """

    kind: str
    namespace: str = ""
    name: str = ""

    @property
    def words(self) -> str:
        """The place in words."""
        match self.kind:
            case "ServiceAccount":
                return f"ServiceAccount/{self.namespace}:{self.name}"
            case "User" | "Group":
                return f"{self.kind}/{self.name}"
            case "accounts":
                return (
                    f"any service account of namespace {self.namespace}"
                    if self.namespace
                    else "any service account"
                )
            case "pods":
                return f"any pod of namespace {self.namespace}" if self.namespace else "any pod"
            case "pod":
                return f"{self.name} of namespace {self.namespace}"
            case "secrets":
                return f"secrets:{self.namespace}" if self.namespace else "the secrets of every namespace"
            case "control-plane":
                return "root on a node of the control plane"
            case "kubelet":
                return "the certificate of any node"
            case "cloud":
                return f"cloud:{self.name}"
            case "users" | "groups":
                return f"any of the {self.kind}"
            case "role":
                return f"{self.name} in namespace {self.namespace}" if self.namespace else self.name
            case kind:
                return kind


CLUSTER_ADMIN = Place("cluster-admin")
NODE = Place("node")
CONTROL_PLANE = Place("control-plane")
KUBELET = Place("kubelet")
IDENTITIES = frozenset({"User", "Group", "ServiceAccount"})


def subject_place(subject: Subject) -> Place:
    """The identity of a subject."""
    return Place(subject.kind, subject.namespace, subject.name)


def user_place(name: str) -> Place:
    """The identity of a user by name, a service account if the name is that of one."""
    account = split_service_account(name)
    return Place("ServiceAccount", *account) if account else Place("User", "", name)


@takes(text=TEXT)
def parse_place(text: str) -> Place:
    """A goal or a start: `cluster-admin`, `node`, `secrets[:NAMESPACE]`, `cloud:NAME` or a subject.

    NAME is the identity's name in an annotation of a service account, or in aws-auth. A subject is
    `User/NAME`, `Group/NAME`, `ServiceAccount/NAMESPACE:NAME` or a user's name as the server sees it.

    Raises:
        ValueError: The text is in none of these forms.
    """
    if text in {"cluster-admin", "node"}:
        return Place(text)
    word, _, name = text.partition(":")
    if text == "secrets" or (word == "secrets" and name):
        return Place("secrets", name)
    if word == "cloud" and name:
        return Place("cloud", "", name)
    kind, slash, name = text.partition("/")
    if slash and name and kind in {"User", "Group"}:
        return user_place(name) if kind == "User" else Place(kind, "", name)
    if slash and kind == "ServiceAccount":
        namespace, colon, account = name.partition(":")
        if colon and namespace and account:
            return Place(kind, namespace, account)
    elif text not in {"", "cloud:", "secrets:"} and not (slash and kind in IDENTITIES):
        return user_place(text)
    raise ValueError(
        f"{said(text)} is not a place: write cluster-admin, node, secrets:NAMESPACE, cloud:NAME, User/NAME, "
        "Group/NAME, ServiceAccount/NAMESPACE:NAME or a user's name"
    )
