"""Techniques that make pods, enter pods, or change what admits them."""

from collections.abc import Iterator

from tests.paths.restated.admission import (
    OPENSHIFT,
    PodAccount,
    accounts,
    admitted,
    judged,
    level,
    makers,
    may_use,
    policies_decide,
)
from tests.paths.restated.objects import Place, RawCluster, name_of, names_in
from tests.paths.restated.pods import control_plane
from tests.paths.restated.powers import Holder, allows

NODE = ("node", "", "")
CUSTOM = (
    ("create", "workflows", "argoproj.io", ""),
    ("create", "taskruns", "tekton.dev", ""),
    ("create update patch", "rollouts", "argoproj.io", "replicaset-controller"),
)
"""Some custom resources: the verbs that make pods, and the controller of Kubernetes that requests them."""


def chosen_node(cluster: RawCluster) -> Iterator[Place]:
    """The node that the author of a pod chooses, which may be one of the control plane."""
    yield NODE
    if control_plane(cluster):
        yield ("control-plane", "", "")


def _askers(holder: Holder, namespace: str, *, custom: bool) -> list[Holder]:
    return list(_custom_makers(holder, namespace) if custom else makers(holder, namespace))


def _custom_makers(holder: Holder, namespace: str) -> Iterator[Holder]:
    """Those who request the pods of custom resources: a controller, or somebody who is authenticated."""
    for verbs, resource, group, controller in CUSTOM:
        if _may_write(holder, verbs, resource, group, namespace):
            account = ("ServiceAccount", "kube-system", controller)
            yield holder.cluster.once(Holder, account if controller else ("User", "", ""))


def _may_write(holder: Holder, verbs: str, resource: str, group: str, namespace: str) -> bool:
    """A rule for everything is not counted, since it gives far more."""
    return any(
        allows(rule, verb, resource, group)
        and not ("*" in rule["resources"] and "*" in rule["apiGroups"])
        and (
            verb != "create"
            or not (names := names_in(rule))
            or not holder.applied(resource, group, namespace).isdisjoint(names)
        )
        for held in holder.held
        if held.scope in {"", namespace}
        for rule in held.rules
        for verb in verbs.split()
    )


def run_as(holder: Holder, *, custom: bool = False) -> Iterator[Place]:
    """Makes a pod with the token of a service account, where its requester or that account admits it."""
    cluster = holder.cluster
    for namespace in cluster.namespaces:
        askers = _askers(holder, namespace, custom=custom)
        for account in accounts(cluster, namespace) if askers else ():
            if any(admitted(cluster, "token", asker, namespace) for asker in (*askers, account)):
                yield account.place


def create_account(holder: Holder) -> Iterator[Place]:
    """Creates an account that does not exist, and requests its token or runs a pod as it."""
    cluster = holder.cluster
    for namespace, name in cluster.accounts - cluster.existing:
        account = cluster.once(PodAccount, namespace, name)
        askers = list(makers(holder, namespace))
        if (
            holder.may("create", "serviceaccounts", "", namespace)
            or name in holder.applied("serviceaccounts", "", namespace)
        ) and (
            holder.may("create", "serviceaccounts/token", "", namespace, name)
            or any(
                admitted(cluster, "token", asker, namespace)
                for asker in ((*askers, account) if askers else ())
            )
        ):
            yield account.place


def makes(cluster: RawCluster, kind: str, namespace: str, askers: list[Holder]) -> bool:
    """Whether a kind of pod is admitted that one of some subjects requests, and that runs as any account."""
    return bool(askers) and any(
        admitted(cluster, kind, asker, namespace) for asker in (*askers, *accounts(cluster, namespace))
    )


def take_node(holder: Holder, *, custom: bool = False) -> Iterator[Place]:
    """Makes a pod that takes over its node."""
    cluster = holder.cluster
    for namespace in cluster.namespaces:
        if makes(cluster, "takes node", namespace, _askers(holder, namespace, custom=custom)):
            yield from chosen_node(cluster)


def mount_secrets(holder: Holder, *, custom: bool = False) -> Iterator[Place]:
    """Makes any pod, which can read the secrets of its namespace."""
    for namespace in holder.cluster.namespaces:
        if makes(holder.cluster, "plain", namespace, _askers(holder, namespace, custom=custom)):
            yield ("secrets", namespace, "")


def relabel_namespace(holder: Holder) -> Iterator[Place]:
    """Lowers the level of a namespace, or exempts it from constraints, and makes a pod there."""
    cluster = holder.cluster
    for namespace in cluster.namespaces:
        if (
            holder.may("update patch", "namespaces", "", namespace, namespace)
            and list(makers(holder, namespace))
            and not policies_decide(cluster)
            and (level(cluster, namespace) != "privileged" or judged(cluster, namespace))
        ):
            yield from chosen_node(cluster)


def loosen_constraints(holder: Holder) -> Iterator[Place]:
    """Writes constraints that list it, and uses them for a pod, where the level is privileged."""
    cluster, resource = holder.cluster, "securitycontextconstraints"
    writes = holder.may("create update patch", resource, OPENSHIFT) or any(
        holder.may("update patch", resource, OPENSHIFT, "", name_of(each))
        for each in cluster.of("SecurityContextConstraints")
    )
    for namespace in cluster.namespaces if writes or holder.applied(resource, OPENSHIFT) else ():
        if (
            list(makers(holder, namespace))
            and judged(cluster, namespace)
            and level(cluster, namespace) == "privileged"
        ):
            yield from chosen_node(cluster)


def loosen_policy(holder: Holder) -> Iterator[Place]:
    """Changes a policy that a pod of its own may use, where the level is privileged."""
    cluster = holder.cluster
    for policy in cluster.of("PodSecurityPolicy") if policies_decide(cluster) else ():
        name = name_of(policy)
        groups = ("policy", "extensions")
        if not any(holder.may("update patch", "podsecuritypolicies", group, "", name) for group in groups):
            continue
        for namespace in cluster.namespaces:
            askers = list(makers(holder, namespace))
            everybody = (*askers, *accounts(cluster, namespace)) if askers else ()
            if level(cluster, namespace) == "privileged" and any(
                may_use(asker, name, namespace) for asker in everybody
            ):
                yield from chosen_node(cluster)


def claim_host_path(holder: Holder) -> Iterator[Place]:
    """Makes a volume of a folder of a node, and a pod as root with a claim for it.

    The claim is made by itself, by a StatefulSet or, from 1.21 on, by an ephemeral volume.
    """
    cluster = holder.cluster
    for namespace in cluster.namespaces if holder.may_create("persistentvolumes") else ():
        askers = list(makers(holder, namespace))
        controller = [cluster.once(Holder, ("ServiceAccount", "kube-system", "statefulset-controller"))]
        if (
            (
                holder.may_create("persistentvolumeclaims", "", namespace)
                and makes(cluster, "root with claim", namespace, askers)
            )
            or (
                holder.may_create("statefulsets", "apps", namespace)
                and makes(cluster, "root with claim", namespace, controller)
            )
            or (cluster.version >= (1, 21) and makes(cluster, "root with ephemeral", namespace, askers))
        ):
            yield from chosen_node(cluster)
