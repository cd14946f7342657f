"""Tests the generated ValidatingAdmissionPolicy and MutatingAdmissionPolicy."""

import re
from typing import Any

import pytest

from rbacpsp import User
from rbacpsp.migration import Gap, Workload
from rbacpsp.model.version import Version
from rbacpsp.testing import binding, role, rule
from tests.migration.build import Server, cluster, migrated, open_policy, pod_without_token

JSON = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"
BOB = User("bob", ("system:authenticated",))
ALICE = User("alice", ("system:authenticated",))


OWN_NETWORK: JSON = {"hostNetwork": False, "hostIPC": False}
RESTRICTED = open_policy(
    "restricted", privileged=False, runAsUser={"rule": "MustRunAsNonRoot"}, **OWN_NETWORK
)
SCOPED = (
    RESTRICTED,
    open_policy("open"),
    role("use-restricted", rule("use", "podsecuritypolicies", "policy", names="restricted")),
    role("use-open", rule("use", "podsecuritypolicies", "policy", names="open")),
    binding("use-restricted", "Group/system:serviceaccounts:default", name="everyone"),
    binding("use-open", "User/alice", name="alice"),
)


def expressions(obj: JSON) -> dict[str, str]:
    return {variable["name"]: variable["expression"] for variable in obj["spec"]["variables"]}


def reached(text: str, variables: dict[str, str]) -> str:
    """An expression with all variables that it refers to, directly or indirectly."""
    seen: set[str] = set()
    waiting = [text]
    whole = ""
    while waiting:
        whole += waiting[-1]
        for name in re.findall(r"variables\.(\w+)", waiting.pop()):
            if name not in seen:
                seen.add(name)
                waiting.append(variables[name])
    return whole


def many(count: int) -> tuple[JSON, ...]:
    return tuple(open_policy(f"p-{number:03}", **OWN_NETWORK) for number in range(count))


GRANTED = (
    role("use-all", rule("use", "podsecuritypolicies", "policy")),
    binding("use-all", "User/nobody", name="all"),
)


@pytest.mark.parametrize("objects", [SCOPED, (*many(14), *GRANTED), (*many(40), *GRANTED)])
def test_no_message_asks_the_authorizer_and_there_are_no_audit_annotations(objects: tuple[JSON, ...]) -> None:
    _, _, validating, _ = migrated(cluster(*objects)).objects
    variables = expressions(validating)
    [validation] = validating["spec"]["validations"]
    assert "authorizer" not in reached(validation["messageExpression"], variables)
    assert "authorizer" in reached(validation["expression"], variables)
    assert "auditAnnotations" not in validating["spec"]


@pytest.mark.parametrize("count", [1, 14, 15, 40])
def test_no_evaluation_can_ask_more_often_than_a_server_allows(count: int) -> None:
    mutating, _, validating, _ = migrated(cluster(*many(count), *GRANTED)).objects
    for obj in (mutating, validating):
        assert all(text.count(".check(") <= 2 for text in expressions(obj).values())
    variables = expressions(mutating)
    first, *others = (mutation["jsonPatch"]["expression"] for mutation in mutating["spec"]["mutations"])
    assert "variables.noted == 'p-000' &&" in first  # asks about the noted policy alone
    assert all(reached(other, variables).count(".check(") <= 28 for other in others)
    created = validating["spec"]["validations"][0]["expression"].partition(
        "|| (request.operation == 'UPDATE'"
    )[0]
    asked = reached(created, expressions(validating)).count(".check(")
    assert asked <= 28 or all(f"variables.noted == 'p-{number:03}' &&" in created for number in range(count))


def test_more_policies_than_an_update_can_ask_about_are_a_gap() -> None:
    assert [(gap.kind, gap.field) for gap in migrated(cluster(*many(14), *GRANTED)).gaps] == [
        ("stricter", "ephemeralContainers")
    ]
    assert [(gap.kind, gap.field) for gap in migrated(cluster(*many(15), *GRANTED)).gaps] == [
        ("stricter", "ephemeralContainers"),
        ("stricter", "metadata.name"),
    ]


def test_the_group_extensions_is_asked_only_where_a_role_names_nothing_else() -> None:
    old = (
        open_policy("a"),
        open_policy("b"),
        role("r", rule("use", "podsecuritypolicies", "extensions", names="a")),
        binding("r", "User/u", name="b"),
    )
    variables = expressions(migrated(cluster(*old)).objects[2])
    assert "group('extensions')" in variables["user_may_use_a"]
    assert "group('extensions')" not in variables["user_may_use_b"]


def test_any_policy_that_may_be_used_admits_the_pod_and_the_first_unchanged_wins() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    of = cluster(*SCOPED)
    server = Server(of, migrated(of).objects)
    plain, privileged = pod_without_token(), pod_without_token("web", {"privileged": True})
    stored, messages = server.create(plain, BOB)
    assert messages == []
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "restricted"}
    assert stored["spec"]["containers"][0]["securityContext"] == {"runAsNonRoot": True}
    assert server.create(plain, ALICE)[0]["metadata"]["annotations"] == {"kubernetes.io/psp": "open"}
    assert server.create(privileged, ALICE)[1] == []
    [message] = server.create(privileged, BOB)[1]
    assert message == (
        "PodSecurityPolicy: unable to admit pod: no policy that the pod's service account or the requester "
        "may use takes it: open would take it, but neither may use it; restricted refuses privileged, "
        "runAsUser"
    )
    assert server.create(plain, BOB, "other")[1] != []


def test_the_first_by_name_wins_where_all_change_the_pod() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    of = cluster(
        open_policy("b", readOnlyRootFilesystem=True),
        open_policy("a", runAsUser={"rule": "MustRunAsNonRoot"}),
    )
    stored, messages = Server(of, migrated(of).objects).create(pod_without_token())
    assert messages == []
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "a"}
    assert stored["spec"]["containers"][0]["securityContext"] == {"runAsNonRoot": True}


def test_an_annotation_that_a_user_writes_does_not_choose_the_policy() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    of = cluster(*SCOPED)
    forged = pod_without_token()
    forged["metadata"]["annotations"] = {"kubernetes.io/psp": "open"}
    stored, messages = Server(of, migrated(of).objects).create(forged, BOB)
    assert messages == []
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "restricted"}


def test_an_update_is_judged_unless_only_owners_or_finalizers_change() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    of = cluster(*SCOPED)
    server = Server(of, migrated(of).objects)
    labelled, owned = pod_without_token(), pod_without_token()
    labelled["metadata"]["labels"] = {"a": "b"}
    owned["metadata"]["finalizers"] = ["example.com/x"]
    assert server.update(pod_without_token(), owned, BOB) == []
    assert len(server.update(pod_without_token(), labelled, BOB)) == 1
    assert server.update(pod_without_token(), labelled, ALICE) == []


def test_many_policies_still_find_their_winner() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    of = cluster(
        *many(40),
        role("r", rule("use", "podsecuritypolicies", "policy", names="p-037")),
        binding("r", "User/bob", name="b"),
    )
    stored, messages = Server(of, migrated(of).objects).create(pod_without_token(), BOB)
    assert messages == []
    assert stored["metadata"]["annotations"] == {"kubernetes.io/psp": "p-037"}
    assert len(Server(of, migrated(of).objects).create(pod_without_token(), ALICE)[1]) == 1


def test_current_grants_can_be_listed_in_the_policies_instead() -> None:
    pytest.importorskip("cel_expr_python", reason="not run: evaluating CEL needs the extra migrate")
    of = cluster(
        *SCOPED,
        binding("use-open", "ServiceAccount/team:builder", namespace="team", kind="ClusterRole", name="team"),
        binding("use-open", "Group/ops", namespace="team", kind="ClusterRole", name="ops"),
    )
    objects = migrated(of, scope="namespaces").objects
    assert "authorizer" not in str(objects)
    server, privileged = Server(of, objects), pod_without_token("web", {"privileged": True})
    ops = User("carol", ("ops", "system:authenticated"))
    built = pod_without_token("web", {"privileged": True}, serviceAccountName="builder")
    assert server.create(pod_without_token(), BOB)[1] == []
    assert server.create(privileged, BOB)[1] != []
    assert server.create(privileged, ALICE)[1] == []
    assert server.create(privileged, ops, "team")[1] == []
    assert server.create(privileged, ops)[1] != []
    assert server.create(built, BOB, "team")[1] == []
    assert server.create(built, BOB)[1] != []


def test_without_roles_everyone_may_use_every_policy() -> None:
    made = migrated(cluster(RESTRICTED))
    assert made.scope == "all"
    assert "authorizer" not in str(made.objects)
    assert migrated(cluster(*SCOPED)).scope == "rbac"


def test_effects_of_options_are_gaps_that_name_the_workloads() -> None:
    refused = pod_without_token("web", {"privileged": True})
    refused["metadata"]["namespace"] = "kube-system"
    made = cluster(
        RESTRICTED,
        refused,
        role("r", rule("use", "podsecuritypolicies", "policy", names="restricted")),
        binding("r", "Group/system:serviceaccounts", name="b"),
    )
    assert migrated(made, subresources="exact").gaps == ()
    [gap] = migrated(made, subresources="exact", excluded_namespaces=("kube-system",)).gaps
    assert gap == Gap(
        "*",
        "metadata.namespace",
        "weaker",
        "pods of kube-system are not judged; PodSecurityPolicy exempted no namespace",
    )
    assert gap.affected == (Workload("Pod", "kube-system", "web"),)
    assert [gap.kind for gap in migrated(made, subresources="exact", actions=("Audit",)).gaps] == ["weaker"]


def test_a_target_without_mutation_loses_the_defaults_of_policies() -> None:
    made = migrated(cluster(RESTRICTED), subresources="exact", target_version=Version(1, 33))
    assert [obj["kind"] for obj in made.objects] == [
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ]
    assert [(gap.policy, gap.field, gap.kind) for gap in made.gaps] == [
        ("restricted", "runAsUser", "mutation lost"),
        ("restricted", "runAsUser", "stricter"),
    ]
    beta = migrated(cluster(RESTRICTED), map_api="v1beta1", target_version=Version(1, 34))
    assert beta.objects[0]["apiVersion"] == "admissionregistration.k8s.io/v1beta1"
    with pytest.raises(ValueError, match=r"1\.29 does not serve ValidatingAdmissionPolicy"):
        migrated(cluster(RESTRICTED), target_version=Version(1, 29))


def test_names_that_are_no_identifiers_get_distinct_variables() -> None:
    made = migrated(cluster(open_policy("a.b"), open_policy("a-b")), scope="all").objects[0]
    names = [variable["name"] for variable in made["spec"]["variables"]]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in names)


def test_what_later_servers_refuse_themselves_is_a_gap_of_the_policies_that_allow_it() -> None:
    shared = pod_without_token(
        hostNetwork=True, securityContext={"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}
    )
    shared["metadata"]["namespace"] = "default"
    made = cluster(
        open_policy("a", hostIPC=False),
        open_policy("b", forbiddenSysctls=["*"], allowedUnsafeSysctls=[]),
        open_policy("c", **OWN_NETWORK),
        shared,
        role("r", rule("use", "podsecuritypolicies", "policy")),
        binding("r", "Group/system:serviceaccounts", name="b"),
    )
    gaps = migrated(made, subresources="exact").gaps
    assert [(gap.policy, gap.field, gap.kind) for gap in gaps] == [("a", "hostNetwork", "stricter")]
    assert gaps[0].affected == (Workload("Pod", "default", "web"),)
