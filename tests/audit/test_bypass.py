"""Tests who can bypass Pod Security according to RBAC."""

from rbacpsp.audit.bypass import who_can_bypass
from rbacpsp.cluster import Cluster
from rbacpsp.model import Request, Subject, User
from rbacpsp.pss import Configuration, Exemptions, LevelVersion, Policy
from rbacpsp.testing import binding, role, rule
from tests.cli.commands.psa.test_label import namespace_with_modes

OBJECTS = [
    namespace_with_modes("shop", enforce="restricted"),
    namespace_with_modes("lab"),
    role("all", rule("*", "*", "*")),
    role("act", rule("impersonate", "users", names="root")),
    binding("all", "Group/ops"),
    binding("all", "User/owner", namespace="shop", kind="ClusterRole"),
    binding("act", "User/root", "User/clerk"),
]


def cluster() -> Cluster:
    return Cluster.from_objects(OBJECTS)


def test_every_subject_may_make_one_of_the_requests_of_its_bypass() -> None:
    here = cluster()
    answer = who_can_bypass(here.objects, here.authorizer)
    assert {holder.bypass.way for holder in answer.holders} == {"relabel", "new-namespace", "unguarded"}
    for holder in answer.holders:
        subject = holder.subject
        user = User("", (subject.name,)) if subject.kind == "Group" else User(subject.name)
        assert any(here.authorize(user, request) for request in holder.bypass.requests)
        assert bool(holder.grants) != (subject.name == "system:masters")
    owner = [holder.bypass.way for holder in answer.holders if holder.subject.name == "owner"]
    assert owner == ["relabel"]
    request = Request("patch", resource="namespaces", name="shop", namespace="shop")
    assert here.authorize(User("owner"), request)


def test_an_exempt_user_is_named_without_grants_and_not_as_its_own_impersonator() -> None:
    here = cluster()
    config = Configuration(Policy(LevelVersion("baseline")), Exemptions(usernames=("root",)))
    answer = who_can_bypass(here.objects, here.authorizer, config)
    ways = [(holder.bypass.way, holder.subject, bool(holder.grants)) for holder in answer.holders]
    assert ("exempt-user", Subject("User", "root"), False) in ways
    impersonators = [subject.name for way, subject, _ in ways if way == "impersonate"]
    assert impersonators == ["system:masters", "ops", "clerk"]


def test_only_bypasses_of_the_given_namespace_are_listed() -> None:
    here = cluster()
    answer = who_can_bypass(here.objects, here.authorizer, namespaces=["lab"])
    assert {holder.bypass.namespace for holder in answer.holders} == {"lab", ""}


def test_a_missing_role_is_reported() -> None:
    here = Cluster.from_objects([*OBJECTS, binding("gone", "User/x", name="x")])
    answer = who_can_bypass(here.objects, here.authorizer)
    assert answer.errors == ('clusterrole.rbac.authorization.k8s.io "gone" not found',)
