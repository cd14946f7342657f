"""Tests that the graph and the authorizer agree about who may use a policy."""

from hypothesis import given, settings

from rbacpsp.catalog import CONTROLLERS
from rbacpsp.graph import account_id, build, parse_id, subject_id, ways, who_reaches, workloads_reaching
from rbacpsp.graph.workloads import account_of, creator_of
from rbacpsp.model import Objects, Request, User
from rbacpsp.model.psp import GROUPS
from rbacpsp.model.request import service_account_groups
from rbacpsp.psp.users import policy_users
from rbacpsp.rbac import Authorizer
from tests.graph.small_clusters import NAMESPACES, POLICIES, clusters

PLACES = ("", *NAMESPACES, "elsewhere")


def may_use(authorizer: Authorizer, user: User, policy: str, namespace: str) -> bool:
    """The plugin's check: `use` in either API group is enough."""
    return any(
        authorizer.authorize(
            user,
            Request("use", group=group, resource="podsecuritypolicies", name=policy, namespace=namespace),
        )
        for group in GROUPS
    )


def as_user(node: str) -> User | None:
    """A user that is only this node; a group is represented by an otherwise unknown member."""
    kind, namespace, name, _ = parse_id(node)
    match kind:
        case "User":
            return User.impersonate(name)
        case "ServiceAccount" if namespace:
            return User.service_account(namespace, name)
        case "Group":
            return User("nobody in particular", (name,))
        case _:
            return None


@given(clusters())
@settings(deadline=None, max_examples=100)
def test_a_subject_reaches_a_policy_exactly_where_the_authorizer_lets_it_use_it(objects: Objects) -> None:
    graph, authorizer = build(objects), Authorizer(objects)
    subjects = [node for node, data in graph.nodes(data=True) if data["category"] == "subject"]
    for policy in POLICIES:
        for place in PLACES:
            reached = who_reaches(graph, policy, place)
            for node in subjects:
                user = as_user(node)
                expected = (
                    user is not None
                    and f"PodSecurityPolicy:{policy}" in graph
                    and may_use(authorizer, user, policy, place)
                )
                assert (node in reached) == expected, (node, policy, place)


@given(clusters())
@settings(deadline=None, max_examples=100)
def test_a_policys_users_are_those_that_the_graph_finds(objects: Objects) -> None:
    graph, authorizer = build(objects), Authorizer(objects)
    for policy in objects.policies:
        for place in PLACES:
            reached = who_reaches(graph, policy, place)
            nodes = {
                node
                for access in policy_users(authorizer, policy, place)
                for node, real in [subject_id(access.subject, place)]
                if real
            }
            assert nodes <= set(reached)
            for node in set(reached) - nodes:
                # Users in a group, and accounts that only a workload names: the list has neither.
                named = {tail for tail, _, relation in graph.in_edges(keys=True) if relation == "bound_by"}
                assert parse_id(node).kind == "User" or node not in named


@given(clusters())
@settings(deadline=None, max_examples=100)
def test_a_plain_path_is_the_same_answer_as_the_query(objects: Objects) -> None:
    graph = build(objects)
    for policy in objects.policies:
        for place in (None, *PLACES):
            reached = who_reaches(graph, policy, place)
            for node, data in graph.nodes(data=True):
                if data["category"] == "subject":
                    result = ways(graph, node, policy, place)
                    assert bool(result) == (node in reached)
                    for way in result:
                        assert len({step for step in way if graph.nodes[step]["category"] == "binding"}) <= 1


@given(clusters())
@settings(deadline=None, max_examples=100)
def test_a_workload_reaches_what_its_account_as_a_pod_or_its_creator_may_use(objects: Objects) -> None:
    graph, authorizer = build(objects), Authorizer(objects)
    for policy in objects.policies:
        reached = workloads_reaching(graph, policy)
        for manifest in (*objects.workloads.values(), *objects.pods.values()):
            namespace, account = manifest.namespace, account_of(manifest)
            pod = User(User.service_account(namespace, account).name, service_account_groups(namespace))
            creator = creator_of(manifest, CONTROLLERS)
            expected = None
            if may_use(authorizer, pod, policy, namespace):
                expected = "runs_as"
            elif creator and may_use(authorizer, creator, policy, namespace):
                expected = "created_by"
            assert reached.get(f"{manifest.kind}:{namespace}/{manifest.name}") == expected
            assert account_id(namespace, account) in graph
