"""Node certificates: the holder of one acts as that node, and gets the tokens and secrets of its pods.

The signer kubernetes.io/kube-apiserver-client-kubelet issues certificates of system:node:NAME in the group
system:nodes, and refuses all others. A node requests tokens of the service accounts of its pods (Node
authorizer, authorizeCreateToken, 1.24), whether or not they mount one, and reads the secrets of its pods.
Requests of those who may create certificatesigningrequests/nodeclient are approved by Kubernetes itself.
"""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.permission import CHANGE, Permission
from rbacpsp.audit.pod_specs import account_of, running_pods, tokens
from rbacpsp.audit.references import CIS_CSR, CSR, STEAL_TOKEN, kubernetes
from rbacpsp.audit.rules.certificates import GROUP, SIGNERS_BEGIN
from rbacpsp.audit.view import View
from rbacpsp.paths.edges.certificates import APPLIED_REQUESTS, CREATE_REQUESTS, approves_its_own
from rbacpsp.paths.place import KUBELET, Place
from rbacpsp.paths.technique import (
    APPLIED,
    ClusterFacts,
    GrantedPermission,
    Link,
    ReachedPlace,
    Technique,
)

_REQUESTS = "certificatesigningrequests"
_SIGNERS = frozenset({"kubernetes.io/kube-apiserver-client-kubelet", "kubernetes.io/*"})
_NODES = Place("Group", "", "system:nodes")
_NODE_AUTHORIZER = kubernetes("reference/access-authn-authz/node/", "Node authorization")


def _approved(facts: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    names = held.match.names
    if facts.version < SIGNERS_BEGIN or (names and _SIGNERS.isdisjoint(names)):
        return ()
    if not approves_its_own(facts, held):
        return ()
    return (ReachedPlace(KUBELET, "a certificate of system:node:NAME"),)


def _automatic(_: ClusterFacts, held: GrantedPermission) -> Iterable[ReachedPlace]:
    return () if held.match.names else (ReachedPlace(KUBELET, "Kubernetes approves the request by itself"),)


def _as_node(_: ClusterFacts) -> Iterator[Link]:
    yield KUBELET, [ReachedPlace(_NODES, "every node is a member")]


def _of_its_pods(facts: ClusterFacts) -> Iterator[Link]:
    yield KUBELET, facts.view.lasting(_had_by_pods)


def _had_by_pods(view: View) -> tuple[ReachedPlace, ...]:
    """The accounts of all pods, and those whose tokens they hold besides."""
    reached = []
    for pod in running_pods(view):
        account = Place("ServiceAccount", pod.namespace, account_of(pod.spec))
        if not view.objects.lacks_account(account.namespace, account.name):
            reached.append(ReachedPlace(account, f"the node of {pod.title} requests its token"))
        for token in tokens(view, pod):
            if token.account != account.name:
                other = Place("ServiceAccount", pod.namespace, token.account)
                how = f"the node reads the secrets of its pods: {pod.title} {token.how}"
                reached.append(ReachedPlace(other, how))
    return tuple(reached)


TECHNIQUES = (
    Technique(
        name="approve-node-certificate",
        title="gets a certificate of a node issued",
        condition="From 1.18 on: create on certificatesigningrequests, update or patch on their approval, "
        "and the verb approve on the signer kubernetes.io/kube-apiserver-client-kubelet. "
        f"{APPLIED_REQUESTS}",
        references=(CIS_CSR, CSR),
        permissions=(Permission(("approve",), "signers", GROUP, namespaced=False),),
        also=((Permission(CHANGE, f"{_REQUESTS}/approval", GROUP, namespaced=False),), CREATE_REQUESTS),
        by_name=True,
        targets=_approved,
    ),
    Technique(
        name="node-certificate",
        title="requests the certificate of a node",
        condition="create on certificatesigningrequests and on certificatesigningrequests/nodeclient, both "
        f"granted by ClusterRoleBindings. {APPLIED}",
        references=(CIS_CSR, CSR),
        permissions=(Permission(("create",), f"{_REQUESTS}/nodeclient", GROUP, namespaced=False),),
        also=(CREATE_REQUESTS,),
        targets=_automatic,
    ),
    Technique(
        name="is-any-node",
        title="is a node",
        condition="Whoever has a certificate of a node is in the group system:nodes.",
        references=(_NODE_AUTHORIZER,),
        links=_as_node,
        cost=0,
    ),
    Technique(
        name="token-of-a-pod",
        title="requests a token as the node of a pod",
        condition="The Node authorizer lets a node request tokens for the service accounts of its pods, and "
        "read the secrets of these pods.",
        references=(_NODE_AUTHORIZER, STEAL_TOKEN),
        links=_of_its_pods,
    ),
)
