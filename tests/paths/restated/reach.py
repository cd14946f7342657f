"""Who reaches what: every technique is tried at every place that is reached, until nothing is added."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.paths.restated import entering, folders, following, identities, making, operators, roles
from tests.paths.restated.admission import constraints_decide, policies_decide
from tests.paths.restated.objects import ACCOUNTS, Place, RawCluster
from tests.paths.restated.powers import Holder

ACTIONS: dict[str, Callable[[Holder], Iterator[Place]]] = {
    "full-control": identities.full_control,
    "impersonate-user": identities.impersonate_user,
    "impersonate-group": identities.impersonate_group,
    "impersonate-account": identities.impersonate_account,
    "request-token": identities.request_token,
    "read-secrets": identities.read_secrets,
    "issue-token": identities.issue_token,
    "redirect-token": identities.redirect_token,
    "create-account": making.create_account,
    "approve-certificate": identities.approve_certificate,
    "approve-node-certificate": identities.approve_node_certificate,
    "node-certificate": identities.node_certificate,
    "bind-in-cluster": roles.bind_in_cluster,
    "bind-in-namespace": roles.bind_in_namespace,
    "escalate-in-cluster": roles.escalate_in_cluster,
    "escalate-in-namespace": roles.escalate_in_namespace,
    "create-role-in-cluster": roles.create_role_in_cluster,
    "create-role-in-namespace": roles.create_role_in_namespace,
    "run-as": making.run_as,
    "take-node": making.take_node,
    "mount-secrets": making.mount_secrets,
    "run-as-by-controller": partial(making.run_as, custom=True),
    "take-node-by-controller": partial(making.take_node, custom=True),
    "mount-secrets-by-controller": partial(making.mount_secrets, custom=True),
    "relabel-namespace": making.relabel_namespace,
    "claim-host-path": making.claim_host_path,
    "mount-claimed-folder": folders.mount_claimed_folder,
    "claim-unbound-folder": folders.claim_unbound_folder,
    "loosen-policy": making.loosen_policy,
    "loosen-constraints": making.loosen_constraints,
    "exec": entering.exec_in,
    "ephemeral-container": entering.ephemeral_container,
    "ephemeral-root": entering.ephemeral_root,
    "join-own-pod": entering.join_own_pod,
    "replace-image": entering.replace_image,
    "kubelet": entering.kubelet,
    "mutating-webhook": entering.mutating_webhook,
    "validating-webhook": entering.validating_webhook,
    "flux": operators.flux,
    "argo-cd": operators.argo_cd,
}
"""What somebody can do with permissions; each is one action."""

FOLLOWING: dict[str, Callable[[RawCluster, Place], Iterator[Place]]] = {
    "membership": following.membership,
    "masters": following.masters,
    "stored-token": following.stored_token,
    "in-pod": following.in_pod,
    "on-control-plane": following.on_control_plane,
    "on-node": following.on_node,
    "is-any-node": following.is_any_node,
    "token-of-a-pod": following.token_of_a_pod,
    "issued-certificate": following.issued_certificate,
    "cloud-identity": following.cloud_identity,
    "aws-auth": following.aws_auth,
}
"""What follows from a place."""

FREE = {"membership", "masters", "is-any-node", "aws-auth"}
"""The techniques that are not actions."""

HOLDERS = {"User", "Group", "Members", "ServiceAccount", "role", "everything"}

OF_HOLDER = {
    *("approve-certificate", "approve-node-certificate", "create-account", "join-own-pod"),
    *("claim-host-path", "loosen-policy", "loosen-constraints", "flux", "redirect-token"),
    *("create-role-in-cluster", "create-role-in-namespace", "claim-unbound-folder"),
    *("bind-in-cluster", "bind-in-namespace", "escalate-in-cluster", "escalate-in-namespace"),
}
"""What may depend on more than one role of its holder."""
OF_AUTHOR = {"run-as", "take-node", "mount-secrets", "mount-claimed-folder", "ephemeral-root"}
"""What depends on the author of a pod, or of a container in it, if policies or constraints decide."""

Steps = dict[Place, dict[Place, set[str]]]
"""By place: what is reached from there, and by which techniques."""


def steps_from(cluster: RawCluster, place: Place) -> dict[Place, set[str]]:
    """What is reached from a place in one step."""
    found: dict[Place, set[str]] = {}
    for name, follows in FOLLOWING.items():
        for target in follows(cluster, place):
            found.setdefault(target, set()).add(name)
    if place[0] in HOLDERS:
        holder = cluster.once(Holder, place)
        for name, act in ACTIONS.items():
            for target in act(holder):
                found.setdefault(target, set()).add(name)
    return found


def starts(cluster: RawCluster) -> set[Place]:
    """Who may start: the subjects of bindings, and every service account.

    The accounts of a namespace start as its members, which are in more groups than whoever names their group.
    """
    subjects = {
        ("Members", "", name) if name.startswith(f"{ACCOUNTS}:") else (kind, namespace, name)
        for kind, namespace, name in cluster.bound
    }
    return subjects | {("ServiceAccount", namespace, name) for namespace, name in cluster.accounts}


def all_steps(cluster: RawCluster) -> Steps:
    """The steps from every place that somebody reaches: places are added until there are no new ones."""
    steps: Steps = {}
    waiting = starts(cluster)
    while waiting:
        steps |= {place: steps_from(cluster, place) for place in waiting}
        waiting = {target for found in steps.values() for target in found} - steps.keys()
    return steps


def certain(cluster: RawCluster, steps: Steps) -> Steps:
    """The same without what a role gives to some of those who bind it to themselves.

    They keep their other roles. A role may give something only together with those, or to some authors of
    pods.
    """
    by_author = policies_decide(cluster) or constraints_decide(cluster)
    left_out = OF_HOLDER | (OF_AUTHOR if by_author else set[str]())
    return {
        place: {target: names - left_out for target, names in found.items() if names - left_out}
        if place[0] == "role"
        else found
        for place, found in steps.items()
    }


def distances(steps: Steps, start: Place) -> dict[Place, int]:
    """How many actions each place is away: every step is tried until no distance becomes shorter."""
    far, before = {start: 0}, dict[Place, int]()
    while far != before:
        before = dict(far)
        for place, length in before.items():
            for target, names in steps[place].items():
                actions = 0 if names & FREE or place[0] == "everything" else 1
                far[target] = min(far.get(target, length + actions), length + actions)
    return far
