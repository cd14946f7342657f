"""Tests that the smallest grant admits a refused pod, and grants nothing else."""

from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from rbacpsp.decode import decode_objects
from rbacpsp.model import Objects, Request, User
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.model.version import V1_24
from rbacpsp.psp import Admitter
from rbacpsp.psp.compare import Relation, compare
from rbacpsp.psp.fix import PSPFix, PSPFixer, grant
from rbacpsp.rbac import Authorizer
from rbacpsp.testing import ClusterBuilder, pod
from rbacpsp.testing import policy as policy_dict
from tests.psp.test_against_naive import POLICIES, POLICY_ANNOTATIONS, pods

JSON = dict[str, Any]

ALICE = User("alice", ("system:authenticated",))


def fixes(objects: Objects, submitted: JSON, namespace: str, user: User | None = ALICE) -> tuple[PSPFix, ...]:
    authorizer = Authorizer(objects)
    refused = Admitter(objects, authorizer, V1_24).admit(
        submitted, AdmissionRequest(user=user, namespace=namespace)
    )
    return PSPFixer(objects, authorizer, V1_24).fixes(submitted, refused, user=user, namespace=namespace)


def admits(objects: Objects, submitted: JSON, namespace: str) -> str | None:
    """The policy that admits alice's pod."""
    return (
        Admitter(objects, Authorizer(objects), V1_24)
        .admit(submitted, AdmissionRequest(user=ALICE, namespace=namespace))
        .policy
    )


def offered(builder: ClusterBuilder, submitted: JSON) -> list[str]:
    return [fix.policy.name for fix in fixes(builder.build().objects, submitted, "default")]


SPECS = st.lists(st.tuples(POLICIES, POLICY_ANNOTATIONS), min_size=1, max_size=4)
EASY: JSON = {
    "volumes": ["*"],
    "privileged": True,
    "hostNetwork": True,
    "hostPID": True,
    "hostIPC": True,
    "hostPorts": [{"min": 0, "max": 65535}],
    "allowedCapabilities": ["*"],
    "allowedUnsafeSysctls": ["*"],
    "allowedProcMountTypes": ["Default", "Unmasked"],
}


ANY_PROFILE = {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*"}


@settings(max_examples=100, deadline=None)
@given(specs=SPECS, submitted=pods(), data=st.data())
def test_each_grant_is_sufficient_and_minimal(
    specs: list[tuple[JSON, dict[str, str]]], submitted: JSON, data: st.DataObject
) -> None:
    namespace, account = "team-a", data.draw(st.sampled_from(["default", "builder"]))
    submitted = {**submitted, "spec": {**submitted["spec"], "serviceAccountName": account}}
    builder = ClusterBuilder()
    for number, (spec, annotations) in enumerate(specs):
        kept = data.draw(st.sets(st.sampled_from(sorted(spec)), max_size=4))
        notes = data.draw(st.sampled_from([annotations, ANY_PROFILE, ANY_PROFILE]))
        builder.policy(f"p{number}", notes, **EASY | {key: spec[key] for key in kept})
    for number in data.draw(st.sets(st.integers(0, len(specs) - 1))):
        builder.may_use(f"p{number}", "User/alice", "ServiceAccount/team-b:builder", namespace="team-b")
    usable = data.draw(st.sets(st.integers(0, len(specs) - 1), max_size=1))
    for number in usable:
        builder.may_use(f"p{number}", "User/alice", namespace=namespace)
    objects = builder.build().objects

    def with_grant(name: str) -> Objects:
        return objects.changed(decode_objects(list(grant(name, account, namespace, objects))))

    result = fixes(objects, submitted, namespace)
    if admits(objects, submitted, namespace):
        assert result == ()
        return
    enough = [
        policy for name, policy in objects.policies.items() if admits(with_grant(name), submitted, namespace)
    ]
    event(f"{len(enough)} would do, {len(result)} offered")
    assert bool(result) == bool(enough)
    chosen = [fix.policy for fix in result]
    for fix in result:
        after = objects.changed(decode_objects([fix.role, fix.role_binding]))
        assert admits(after, submitted, namespace) == fix.policy.name == fix.admission.policy
        assert {each["metadata"]["namespace"] for each in (fix.role, fix.role_binding)} == {namespace}
        assert (fix.role["kind"], fix.role_binding["kind"]) == ("Role", "RoleBinding")
        gained = [
            (user.name, name)
            for user in (
                ALICE,
                *(
                    User.service_account(place, name)
                    for place in ("team-a", "team-b")
                    for name in ("default", "builder")
                ),
            )
            for name in objects.policies
            if may_use(after, user, name, namespace) and not may_use(objects, user, name, namespace)
        ]
        assert gained == [(f"system:serviceaccount:{namespace}:{account}", fix.policy.name)]
        assert not any(compare(other, fix.policy) is Relation.STRICTER for other in enough)
    for policy in enough:
        assert policy in chosen or any(
            compare(each, policy) in {Relation.STRICTER, Relation.EQUAL} for each in chosen
        )


def may_use(objects: Objects, user: User, policy: str, namespace: str) -> bool:
    asked = Request("use", group="policy", resource="podsecuritypolicies", name=policy, namespace=namespace)
    return Authorizer(objects).authorize(user, asked).allowed


def test_of_two_policies_the_stricter_one_is_granted_whatever_their_names() -> None:
    builder = ClusterBuilder().policy("a-lax", privileged=True).policy("b-strict")
    assert offered(builder, pod("web")) == ["b-strict"]
    assert offered(builder, pod("web", container={"securityContext": {"privileged": True}})) == ["a-lax"]


def test_two_that_are_incomparable_are_both_offered_the_one_that_opens_less_first() -> None:
    builder = ClusterBuilder().policy("a", hostPID=True, hostIPC=True).policy("b", privileged=True)
    assert offered(builder, pod("web")) == ["b", "a"]


def test_of_two_that_are_equal_one_is_enough_the_one_that_leaves_the_pod_unchanged() -> None:
    builder = ClusterBuilder().policy("a", defaultAllowPrivilegeEscalation=True).policy("b")
    assert offered(builder, pod("web")) == ["b"]


def test_nothing_is_offered_when_every_policy_refuses_or_the_pod_is_admitted() -> None:
    refusing = ClusterBuilder().policy("a").policy("b", volumes=[])
    assert offered(refusing, pod("web", hostPID=True)) == []
    admitting = ClusterBuilder().policy("a").may_use("a", "User/alice", namespace="default")
    assert offered(admitting, pod("web")) == []


def test_a_mirror_pod_has_no_service_account_to_which_a_policy_could_be_granted() -> None:
    objects = ClusterBuilder().policy("a").build().objects
    mirror = pod("web") | {"metadata": {"name": "web", "annotations": {"kubernetes.io/config.mirror": "x"}}}
    creator = User.service_account("default", "creator")
    assert fixes(objects, mirror, "default", creator) == ()


def test_a_missing_service_account_is_not_fixed_by_a_grant() -> None:
    builder = ClusterBuilder().policy("a").service_account("default", "default")
    assert offered(builder, pod("web", serviceAccountName="gone")) == []


def test_an_occupied_name_is_not_used_and_an_equal_role_is_reused() -> None:
    use = {
        "verbs": ["use"],
        "apiGroups": ["policy"],
        "resources": ["podsecuritypolicies"],
        "resourceNames": ["a"],
    }
    taken = (
        ClusterBuilder()
        .role("psp:a", namespace="default")
        .bind("psp:a", namespace="default", name="psp:a:web")
    )
    role, binding = grant("a", "web", "default", taken.build().objects)
    assert (role["metadata"]["name"], binding["metadata"]["name"]) == ("psp:a-2", "psp:a:web-2")
    assert binding["roleRef"]["name"] == "psp:a-2"
    same = ClusterBuilder().role("psp:a", use, namespace="default").role("psp:a", namespace="other")
    for elsewhere in ("another", "other"):
        same.bind("psp:a", namespace=elsewhere, name="psp:a:web")
    role, binding = grant("a", "web", "default", same.build().objects)
    assert (role["metadata"]["name"], binding["metadata"]["name"]) == ("psp:a", "psp:a:web")


def test_what_else_a_grant_allows_is_listed() -> None:
    builder = (
        ClusterBuilder()
        .policy(
            "p",
            {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "runtime/default"},
            privileged=True,
        )
        .role(
            "make",
            {"verbs": ["create"], "apiGroups": ["apps"], "resources": ["deployments"]},
            namespace="default",
        )
        .bind("make", "User/dev", "Group/ops", "ServiceAccount/ci:bot", namespace="default")
    )
    annotations = {"seccomp.security.alpha.kubernetes.io/pod": "runtime/default"}
    submitted = pod("web", container={"securityContext": {"privileged": True}})
    submitted["metadata"]["annotations"] = annotations
    (fix,) = fixes(builder.build().objects, submitted, "default")
    assert fix.opens == (
        (
            "p allows more than a restricted policy does: privileged: true; allowPrivilegeEscalation: true; "
            "requiredDropCapabilities: none; volumes: any; allowedHostPaths: any; allowedFlexVolumes: any; "
            "runAsUser: any"
        ),
        "every pod in default that runs as default may then use p",
        "pods that name no service account run as default: give the workload an account of its own",
        (
            "whoever may create pods or workloads in default can run them as default: Group/ops, "
            "ServiceAccount/ci:bot, User/dev"
        ),
    )


@pytest.mark.parametrize(
    ("users", "last"), [(10, "User/u08, User/u09"), (13, "User/u08, User/u09 and 3 more")]
)
def test_a_long_list_of_gaining_subjects_is_truncated(users: int, last: str) -> None:
    builder = (
        ClusterBuilder()
        .policy("p")
        .role("make", {"verbs": ["*"], "apiGroups": [""], "resources": ["pods"]}, namespace="default")
    )
    builder.bind("make", *[f"User/u{number:02}" for number in range(users)], namespace="default")
    (fix,) = fixes(builder.build().objects, pod("web", serviceAccountName="own"), "default")
    assert fix.opens[-1].endswith(last)
    assert not any("name no service account" in sentence for sentence in fix.opens)


def test_the_input_is_not_modified() -> None:
    objects = ClusterBuilder().add(policy_dict("a")).build().objects
    submitted = pod("web")
    before = str(submitted), str(objects.policies), len(list(objects))
    assert fixes(objects, submitted, "default")
    assert (str(submitted), str(objects.policies), len(list(objects))) == before


def test_only_the_default_account_runs_the_pods_that_name_none() -> None:
    builder = ClusterBuilder().service_account("default", "build").policy("p", privileged=True)
    submitted = pod("web", container={"securityContext": {"privileged": True}}, serviceAccountName="build")
    (fix,) = fixes(builder.build().objects, submitted, "default")
    assert "every pod in default that runs as build may then use p" in fix.opens
    assert not any("name no service account" in sentence for sentence in fix.opens)
