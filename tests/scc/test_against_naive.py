"""Compares the order of trying constraints with a naive implementation."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rbacpsp import Cluster, User

JSON = dict[str, Any]
STANDARD = (
    *("anyuid", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2", "nonroot", "nonroot-v2"),
    *("privileged", "restricted", "restricted-v2"),
)
NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": "shop",
        "annotations": {
            "openshift.io/sa.scc.uid-range": "1000/10",
            "openshift.io/sa.scc.mcs": "s0:c1,c2",
        },
    },
}
ACCOUNT, BOB = "system:serviceaccount:shop:default", "bob"

flags = st.fixed_dictionaries(
    {},
    optional={
        "allowPrivilegedContainer": st.booleans(),
        "allowHostPID": st.booleans(),
        "allowHostNetwork": st.booleans(),
        "allowHostPorts": st.booleans(),
        "priority": st.sampled_from([None, 0, 1, 10]),
        "readOnlyRootFilesystem": st.booleans(),
        "requiredDropCapabilities": st.sampled_from([[], ["ALL"], ["KILL"]]),
        "runAsUser": st.sampled_from(
            [{"type": "RunAsAny"}, {"type": "MustRunAsNonRoot"}, {"type": "MustRunAsRange"}]
        ),
        "users": st.lists(st.sampled_from([ACCOUNT, BOB, "eve"]), max_size=2, unique=True),
    },
)
pods = st.fixed_dictionaries(
    {},
    optional={
        "hostPID": st.booleans(),
        "hostNetwork": st.booleans(),
        "privileged": st.booleans(),
        "user": st.sampled_from([0, 500, 1003]),
    },
)


def constraint(name: str, fields: JSON) -> JSON:
    return {
        "apiVersion": "security.openshift.io/v1",
        "kind": "SecurityContextConstraints",
        "metadata": {"name": name},
        "seLinuxContext": {"type": "RunAsAny"},
        "fsGroup": {"type": "RunAsAny"},
        "supplementalGroups": {"type": "RunAsAny"},
        "volumes": ["configMap", "projected"],
        "runAsUser": {"type": "RunAsAny"},
        **fields,
    }


def pod_with_context(wish: JSON) -> JSON:
    context = {
        key: wish[given]
        for given, key in (("privileged", "privileged"), ("user", "runAsUser"))
        if given in wish
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {
            **{key: wish[key] for key in ("hostPID", "hostNetwork") if key in wish},
            "containers": [{"name": "c", "image": "i", "securityContext": context}],
        },
    }


def weight(fields: JSON) -> int:
    """How permissive constraints are; fewer points are tried first."""
    total = 1_600_000 if fields.get("allowPrivilegedContainer") else 0
    total += 800_000 if fields.get("allowHostPorts") else 0
    total += 400_000 if fields.get("allowHostNetwork") else 0
    user = fields.get("runAsUser", {"type": "RunAsAny"})["type"]
    total += {"RunAsAny": 40_000, "MustRunAsNonRoot": 30_000, "MustRunAsRange": 20_000}[user]
    total += 40_000  # any SELinux labels
    dropped = fields.get("requiredDropCapabilities", [])
    return total + 5_000 - (3_000 if dropped == ["ALL"] else 50 * len(dropped))


def admits(fields: JSON, wish: JSON) -> bool:
    if wish.get("privileged") and not fields.get("allowPrivilegedContainer"):
        return False
    if any(
        wish.get(wanted) and not fields.get(f"allow{wanted[0].upper()}{wanted[1:]}")
        for wanted in ("hostPID", "hostNetwork")
    ):
        return False
    user = wish.get("user")
    match fields.get("runAsUser", {"type": "RunAsAny"})["type"]:
        case "MustRunAsNonRoot":
            return user != 0
        case "MustRunAsRange":
            return user is None or 1000 <= user <= 1009
    return True


def naive(constraints: dict[str, JSON], wish: JSON) -> tuple[str, str] | None:
    """The first usable constraints that admit the pod, and the user who may use them."""
    order = sorted(
        constraints,
        key=lambda name: (-(constraints[name].get("priority") or 0), weight(constraints[name]), name),
    )
    for name in order:
        users = constraints[name].get("users", [])
        through = "serviceaccount" if ACCOUNT in users else "user" if BOB in users else ""
        if through and admits(constraints[name], wish):
            return name, through
    return None


@given(
    standard=st.lists(flags, min_size=len(STANDARD), max_size=len(STANDARD)),
    custom=st.dictionaries(st.sampled_from(["a", "m", "z"]), flags, max_size=3),
    wish=pods,
)
def test_the_first_in_order_that_may_be_used_and_admits_the_pod_wins(
    standard: list[JSON], custom: dict[str, JSON], wish: JSON
) -> None:
    constraints = {**dict(zip(STANDARD, standard, strict=True)), **custom}
    result = Cluster.from_objects(
        [NAMESPACE, *(constraint(name, fields) for name, fields in constraints.items())]
    )
    answer = result.scc_admit(pod_with_context(wish), user=User(BOB))
    expected = naive(constraints, wish)
    if expected is None:
        assert (answer.allowed, answer.stage) == (False, "scc-mutate")
    else:
        assert (answer.scc, answer.subject_type) == expected
    assert list(answer.considered) == sorted(
        constraints,
        key=lambda name: (-(constraints[name].get("priority") or 0), weight(constraints[name]), name),
    )
