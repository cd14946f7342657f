"""Generates small random clusters in which names collide often."""

from hypothesis import strategies as st

from rbacpsp.model import (
    AnyObject,
    ClusterRole,
    ClusterRoleBinding,
    Document,
    Manifest,
    ObjectMeta,
    Objects,
    PodSecurityPolicy,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    ServiceAccount,
    Subject,
)

NAMESPACES = ("a", "b", "kube-system")
POLICIES = ("100-psp", "200-psp", "missing")
NAMES = ("x", "default", "job-controller", "*", "a/b", "Group:x")

namespaces = st.sampled_from(NAMESPACES)
names = st.sampled_from(NAMES)

groups = st.sampled_from(
    (
        "devs",
        "system:authenticated",
        "system:unauthenticated",
        "system:serviceaccounts",
        "system:serviceaccounts:a",
        "system:masters",
    )
)
users = st.one_of(
    names,
    st.just("system:anonymous"),
    st.builds("system:serviceaccount:{}:{}".format, namespaces, names),
)
subjects = st.one_of(
    st.builds(Subject, kind=st.just("User"), name=users),
    st.builds(Subject, kind=st.just("Group"), name=groups),
    st.builds(Subject, kind=st.just("ServiceAccount"), name=names, namespace=st.just("") | namespaces),
    st.builds(Subject, kind=st.just("Robot"), name=names),
)


def some(*items: str) -> st.SearchStrategy[tuple[str, ...]]:
    """A few of the items."""
    return st.lists(st.sampled_from(items), max_size=2).map(tuple)


rules = st.builds(
    PolicyRule,
    verbs=some("use", "*", "get"),
    api_groups=some("policy", "extensions", "*", ""),
    resources=some("podsecuritypolicies", "*", "pods", "*/use"),
    resource_names=some(*POLICIES, "*"),
)
several_rules = st.lists(rules, max_size=3).map(tuple)


def _meta(name: str, namespace: str = "") -> ObjectMeta:
    return ObjectMeta(name=name, namespace=namespace)


def _pod(namespace: str, account: str) -> Manifest:
    metadata = _meta(f"pod-of-{account}", namespace)
    return Manifest("Pod", "v1", metadata, {"spec": {"serviceAccountName": account, "containers": []}})


def _job(namespace: str, account: str) -> Manifest:
    spec = {"template": {"spec": {"serviceAccountName": account, "containers": []}}}
    return Manifest("Job", "batch/v1", _meta(f"job-of-{account}", namespace), {"spec": spec})


_role_refs = st.builds(RoleRef, kind=st.sampled_from(("Role", "ClusterRole", "Odd")), name=names)
_bound = {"subjects": st.lists(subjects, max_size=3).map(tuple), "role_ref": _role_refs}
_objects = st.one_of(
    st.builds(Role, metadata=st.builds(_meta, names, namespaces), rules=several_rules),
    st.builds(ClusterRole, metadata=st.builds(_meta, names), rules=several_rules),
    st.builds(RoleBinding, metadata=st.builds(_meta, names, namespaces), **_bound),
    st.builds(ClusterRoleBinding, metadata=st.builds(_meta, names), **_bound),
    st.builds(ServiceAccount, metadata=st.builds(_meta, names, namespaces)),
    st.builds(PodSecurityPolicy, metadata=st.builds(_meta, st.sampled_from(POLICIES[:2]))),
    st.builds(_pod, namespaces, names),
    st.builds(_job, namespaces, names),
)


@st.composite
def clusters(draw: st.DrawFn) -> Objects:
    """The objects of a small cluster."""
    result: dict[tuple[str, str, str], AnyObject] = {}
    for each in draw(st.lists(_objects, max_size=14)):
        result.setdefault((each.kind, each.metadata.namespace, each.metadata.name), each)
    objects = Objects()
    document = Document("small")
    for each in result.values():
        objects.add(each, document)
    return objects
