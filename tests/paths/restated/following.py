"""What follows from a place without a permission: groups, tokens, pods, nodes, certificates, clouds."""

import json
from collections.abc import Iterator

from tests.paths.restated.admission import CONTROLLERS
from tests.paths.restated.entering import pods_in
from tests.paths.restated.identities import CLUSTER_ADMIN, KUBELET
from tests.paths.restated.objects import AUTHENTICATED, Place, RawCluster, name_of, namespace_of, user_place
from tests.paths.restated.pods import account_of, may_exist, place_of, running, token_of, tokens, what_it_has
from tests.paths.restated.powers import groups_of

CLOUD = "eks.amazonaws.com/role-arn"


def membership(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """The server adds groups to every service account and every user, and to whoever names a group."""
    if place in cluster.bound or place[0] in {"Members", "ServiceAccount", "User"}:
        yield from (("Group", "", group) for group in groups_of(place))


def masters(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """system:masters is allowed everything; full control is every identity, pod, secret and node."""
    if place == ("Group", "", "system:masters"):
        yield CLUSTER_ADMIN
    if place == CLUSTER_ADMIN:
        yield from cluster.bound
        yield from (("ServiceAccount", namespace, name) for namespace, name in cluster.accounts)
        yield from (("control-plane", "", ""), ("node", "", ""), KUBELET)
        for namespace in cluster.namespaces:
            yield ("secrets", namespace, "")
            yield from pods_in(cluster, namespace)


def stored_token(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """Secrets hold tokens of their namespace: of every account before 1.24."""
    if place[0] == "secrets":
        for name in cluster.names:
            yield from token_of(cluster, place[1], name)
        if cluster.version < (1, 24):
            yield from (("ServiceAccount", *each) for each in cluster.existing if each[0] == place[1])


def in_pod(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """A pod has tokens, its node, keys; where no pods were loaded, any account may have one."""
    for pod in running(cluster):
        if place == place_of(pod):
            yield from what_it_has(cluster, pod)
    if place[0] == "pods":
        for namespace, name in cluster.existing:
            if namespace == place[1] and not (namespace == "kube-system" and name in CONTROLLERS.values()):
                yield ("ServiceAccount", namespace, name)


def on_control_plane(_: RawCluster, place: Place) -> Iterator[Place]:
    """The keys of the cluster are on a node of the control plane."""
    if place[0] == "control-plane":
        yield CLUSTER_ADMIN


def on_node(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """Root on a node is in each of its pods, and any pod may run there."""
    if place[0] == "node":
        for namespace in cluster.namespaces:
            yield from pods_in(cluster, namespace)


def is_any_node(_: RawCluster, place: Place) -> Iterator[Place]:
    """The certificate of a node has its group."""
    if place == KUBELET:
        yield ("Group", "", "system:nodes")


def token_of_a_pod(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """A node requests the tokens of the accounts of its pods, and reads the secrets of its pods."""
    if place == KUBELET:
        for pod in running(cluster):
            if may_exist(cluster, *account_of(pod)[1:]):
                yield account_of(pod)
            yield from tokens(cluster, pod)


def issued_certificate(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """An approved request of a user names a user and groups."""
    for request in cluster.of("CertificateSigningRequest"):
        conditions = {each["type"] for each in request["status"]["conditions"]}
        if conditions == {"Approved"} and place == user_place(request["spec"]["username"]):
            yield ("User", "", "eve-cert")  # as tests.paths.around.REQUEST says
            yield ("Group", "", "admins")


def cloud_identity(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """An annotation of a service account names an identity of a cloud."""
    for account in cluster.of("ServiceAccount"):
        identity = account["metadata"].get("annotations", {}).get(CLOUD)
        if identity and place == ("ServiceAccount", namespace_of(account), name_of(account)):
            yield ("cloud", "", identity)


def aws_auth(cluster: RawCluster, place: Place) -> Iterator[Place]:
    """The ConfigMap kube-system/aws-auth maps identities of a cloud to users and groups."""
    config_maps = (each for each in cluster.of("ConfigMap") if "mapRoles" in each["data"])
    for config_map in config_maps:
        for entry in json.loads(config_map["data"]["mapRoles"]):
            if place == ("cloud", "", entry["rolearn"]):
                yield user_place(entry["username"])
                yield from (("Group", "", group) for group in [*entry["groups"], AUTHENTICATED])
