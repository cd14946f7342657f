"""Tests which policy wins, whose permissions count, the stored pod, and the messages of refusals."""

import copy
from typing import Any

import pytest

from rbacpsp.model import Document, User, Version
from rbacpsp.model.request import AdmissionRequest
from rbacpsp.psp import Admitter, Change
from rbacpsp.rbac import Authorizer
from tests.psp.build import ALICE, JSON, account, admit, objects, pod_without_token, policy_struct

SECCOMP_DEFAULT = {"seccomp.security.alpha.kubernetes.io/defaultProfileName": "runtime/default"}
SECCOMP_ANY = {"seccomp.security.alpha.kubernetes.io/allowedProfileNames": "*"}


def test_the_first_policy_that_changes_nothing_wins_over_an_earlier_one_that_changes_something() -> None:
    admission = admit(
        pod_without_token(), policy_struct("100", readOnlyRootFilesystem=True), policy_struct("200")
    )
    assert admission.policy == "200"
    assert admission.considered["100"].verdict == "changed"
    assert admission.considered["200"].verdict == "unchanged"


def test_the_first_policy_that_admits_the_pod_changed_wins_when_none_leaves_it_alone() -> None:
    admission = admit(
        pod_without_token(),
        policy_struct("100", readOnlyRootFilesystem=True),
        policy_struct("200", requiredDropCapabilities=["ALL"]),
    )
    assert admission.policy == "100"
    assert admission.pod is not None
    assert admission.pod["spec"]["containers"][0]["securityContext"] == {"readOnlyRootFilesystem": True}
    assert admission.pod["metadata"]["annotations"] == {"kubernetes.io/psp": "100"}


def test_a_policy_that_neither_user_nor_account_may_use_never_wins() -> None:
    admission = admit(
        pod_without_token(),
        policy_struct("100"),
        policy_struct("200"),
        usable={"200": [{"kind": "User", "name": "alice"}]},
    )
    assert admission.policy == "200"
    assert list(admission.considered) == ["100", "200"]
    assert admission.considered["100"].usable_by == ()
    assert admission.considered["100"].verdict == "unchanged"
    assert admission.considered["200"].usable_by == (ALICE,)
    (grant,) = admission.considered["200"].grants
    assert grant.binding.name == "200"


def test_the_service_account_is_checked_without_the_group_system_authenticated() -> None:
    account_user = User(
        "system:serviceaccount:default:default", ("system:serviceaccounts", "system:serviceaccounts:default")
    )
    authenticated = {"p": [{"kind": "Group", "name": "system:authenticated"}]}
    group = {"p": [{"kind": "Group", "name": "system:serviceaccounts:default"}]}
    assert not admit(pod_without_token(), policy_struct(), usable=authenticated, user=None)
    admission = admit(pod_without_token(), policy_struct(), usable=group, user=None)
    assert admission.asked == (account_user,)
    assert admission.considered["p"].usable_by == (account_user,)


def test_an_admission_names_the_grants_of_the_policy_that_wins() -> None:
    alice = [{"kind": "User", "name": "alice"}]
    bob = [{"kind": "User", "name": "bob"}]
    admission = admit(
        pod_without_token(), policy_struct("100"), policy_struct("200"), usable={"100": bob, "200": alice}
    )
    assert admission.policy == "200"
    assert {grant.subject.name for grant in admission.grants} == {"alice"}
    assert admit(pod_without_token(), policy_struct("100"), usable={"100": bob}).grants == ()


def test_use_is_checked_in_the_pods_namespace() -> None:
    assert admit(pod_without_token(), policy_struct())
    assert not admit(pod_without_token(), policy_struct(), namespace="elsewhere")
    assert not admit(
        pod_without_token() | {"metadata": {"name": "x", "namespace": "elsewhere"}}, policy_struct()
    )


def test_a_member_of_system_masters_may_use_every_policy_without_a_grant() -> None:
    admission = admit(pod_without_token(), policy_struct(), usable={}, user=User("root", ("system:masters",)))
    assert admission.considered["p"].grants == ()
    assert admission.considered["p"].usable_by == (User("root", ("system:masters",)),)
    assert admission.policy == "p"


def test_a_pod_that_no_usable_policy_admits_is_refused_with_their_errors_by_name() -> None:
    privileged = pod_without_token({"securityContext": {"privileged": True}}, hostPID=True)
    admission = admit(privileged, policy_struct("a"), policy_struct("b", hostPID=True))
    assert not admission
    assert (admission.policy, admission.pod) == (None, None)
    assert admission.message == (
        'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: ['
        "spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used "
        "spec.containers[0].securityContext.privileged: Invalid value: true: "
        "Privileged containers are not allowed "
        "spec.containers[0].securityContext.privileged: Invalid value: true: "
        "Privileged containers are not allowed]"
    )
    assert [len(one.errors) for one in admission.considered.values()] == [2, 1]


def test_without_a_usable_policy_the_list_of_errors_is_empty() -> None:
    assert admit(pod_without_token(), policy_struct(), usable={}).message == (
        'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: []'
    )


def test_without_any_policy_there_is_no_provider() -> None:
    assert admit(pod_without_token()).message == (
        'pods "web" is forbidden: PodSecurityPolicy: no providers available to validate pod request'
    )


@pytest.mark.parametrize("version", [Version(1, 13), Version(1, 18)])
def test_before_1_19_the_refusal_is_one_text_without_a_prefix(version: Version) -> None:
    privileged = pod_without_token({"securityContext": {"privileged": True}})
    assert admit(privileged, policy_struct(), version=version).message == (
        'pods "web" is forbidden: unable to validate against any pod security policy: '
        "[spec.containers[0].securityContext.privileged: Invalid value: true: "
        "Privileged containers are not allowed]"
    )
    assert admit(pod_without_token(), policy_struct(), usable={}, version=version).message == (
        'pods "web" is forbidden: unable to validate against any pod security policy: []'
    )
    assert admit(pod_without_token(), version=version).message == (
        'pods "web" is forbidden: no providers available to validate pod request'
    )
    assert admit(privileged, policy_struct(), version=version, operation="UPDATE").message == (
        'pods "web" is forbidden: unable to validate against any pod security policy: '
        "[spec.containers[0].securityContext.privileged: Invalid value: true: "
        "Privileged containers are not allowed]"
    )


def test_a_subresource_changes_its_own_part_of_the_pod_and_nothing_else() -> None:
    cluster = objects(policy_struct())
    judge = Admitter(cluster, Authorizer(cluster))
    debugger = {"name": "e", "image": "app:1", "securityContext": {"procMount": "Unmasked"}}
    changed = pod_without_token({"image": "app:2"}, ephemeralContainers=[debugger])
    changed["metadata"]["labels"] = {"a": "b"}

    def stored(subresource: str) -> Any:
        answer = judge.admit(
            changed,
            AdmissionRequest(
                user=ALICE, operation="UPDATE", old=pod_without_token(), subresource=subresource
            ),
        )
        assert answer.pod is not None
        return answer.pod

    debugged, reported = stored("ephemeralcontainers"), stored("status")
    assert stored("another") == reported
    assert debugged["spec"]["containers"][0]["image"] == "app:1"
    assert debugged["spec"]["ephemeralContainers"][0]["securityContext"] == {"procMount": "Default"}
    assert debugged["metadata"] == {"name": "web", "namespace": "default"}
    assert reported["spec"]["containers"][0]["image"] == "app:1"
    assert "ephemeralContainers" not in reported["spec"]
    assert reported["metadata"]["labels"] == {"a": "b"}


def test_an_invalid_pod_is_refused_before_its_missing_account() -> None:
    cluster = objects(policy_struct())
    cluster.add(account("other"), Document("test"))
    submitted = pod_without_token({"securityContext": {"privileged": "x"}}, serviceAccountName="missing")
    with pytest.raises(ValueError, match=r"securityContext\.privileged must be true or false, not a string$"):
        Admitter(cluster, Authorizer(cluster)).admit(submitted, AdmissionRequest(user=ALICE))


def test_a_policy_with_an_unknown_strategy_is_ignored_and_reported() -> None:
    broken = policy_struct("broken", runAsUser={"rule": "x"}, fsGroup={"rule": "MustRunAs"})
    admission = admit(pod_without_token(), broken, policy_struct("p"))
    assert admission.policy == "p"
    assert admission.considered["broken"].verdict == "refused"
    assert admission.considered["broken"].problem == (
        "error creating provider for PSP broken: "
        "[Unrecognized RunAsUser strategy type x, ranges must be supplied for MustRunAs]"
    )
    assert admit(pod_without_token(), broken).message == (
        'pods "web" is forbidden: PodSecurityPolicy: no providers available to validate pod request'
    )


def test_a_seccomp_field_without_its_annotation_makes_every_policy_change_the_pod() -> None:
    submitted = pod_without_token(securityContext={"seccompProfile": {"type": "RuntimeDefault"}})
    admission = admit(submitted, policy_struct("a", SECCOMP_ANY), policy_struct("b", SECCOMP_ANY))
    assert [one.verdict for one in admission.considered.values()] == ["changed", "changed"]
    assert admission.considered["a"].diff == (
        Change("metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]", None, "runtime/default"),
    )


def test_a_default_profile_is_stored_as_annotation_and_field() -> None:
    admission = admit(pod_without_token(), policy_struct("p", SECCOMP_DEFAULT | SECCOMP_ANY))
    assert admission.pod is not None
    assert admission.pod["metadata"]["annotations"] == {
        "kubernetes.io/psp": "p",
        "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
    }
    assert admission.pod["spec"]["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}


def test_a_pod_whose_proc_mount_falls_back_is_validated_once_more() -> None:
    unmasked = pod_without_token({"securityContext": {"procMount": "Unmasked"}})
    unmasked["metadata"] = {"generateName": "web-"}
    refused = admit(unmasked, policy_struct(allowedProcMountTypes=["Unmasked"]))
    assert refused.message == (
        'pods "web-xxxxx" is forbidden: PodSecurityPolicy: unable to validate pod: '
        '[spec.containers[0].securityContext.procMount: Invalid value: "Default": '
        "ProcMountType is not allowed]"
    )
    admission = admit(unmasked, policy_struct("a", allowedProcMountTypes=["Unmasked"]), policy_struct("b"))
    assert admission.policy == "a"
    assert admission.pod is not None
    assert admission.pod["spec"]["containers"][0]["securityContext"] == {"procMount": "Default"}


def test_a_pod_with_a_generate_name_is_refused_by_that_name_and_stored_with_a_made_up_one() -> None:
    submitted = pod_without_token()
    submitted["metadata"] = {"generateName": "gen-"}
    assert str(admit(submitted, policy_struct(), usable={}).message).startswith('pods "gen-" is forbidden')
    admission = admit(submitted, policy_struct())
    assert admission.pod is not None
    assert admission.pod["metadata"]["name"] == "gen-xxxxx"
    del submitted["metadata"]["generateName"]
    assert str(admit(submitted, policy_struct(), usable={}).message).startswith('pods "Unknown" is forbidden')


def test_an_empty_list_of_supplemental_groups_is_not_filled_in_and_is_refused() -> None:
    must = policy_struct(supplementalGroups={"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]})
    filled = admit(pod_without_token(), must)
    assert filled.pod is not None
    assert filled.pod["spec"]["securityContext"] == {"supplementalGroups": [5]}
    assert admit(pod_without_token(securityContext={"supplementalGroups": []}), must).message == (
        'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: ['
        "spec.securityContext.supplementalGroups: Invalid value: []int64{}: "
        "unable to validate empty groups against required ranges]"
    )


def test_containers_inherit_from_the_pod_and_then_nothing_is_filled_in() -> None:
    must = policy_struct(
        runAsUser={"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]},
        runAsGroup={"rule": "MustRunAs", "ranges": [{"min": 5, "max": 9}]},
    )
    admission = admit(pod_without_token(securityContext={"runAsUser": 6, "runAsGroup": 7}), must)
    assert admission.considered["p"].verdict == "unchanged"
    filled = admit(pod_without_token(), must)
    assert filled.considered["p"].diff == (
        Change("spec.containers[0].securityContext.runAsUser", None, 5),
        Change("spec.containers[0].securityContext.runAsGroup", None, 5),
    )


def test_must_run_as_non_root_marks_containers_that_name_no_user() -> None:
    non_root = policy_struct(runAsUser={"rule": "MustRunAsNonRoot"})
    assert admit(pod_without_token(), non_root).considered["p"].diff == (
        Change("spec.containers[0].securityContext.runAsNonRoot", None, True),
    )
    assert (
        admit(pod_without_token(securityContext={"runAsUser": 5}), non_root).considered["p"].verdict
        == "unchanged"
    )


def test_every_list_of_containers_is_checked_and_ephemeral_ones_only_since_1_23() -> None:
    privileged = {"name": "x", "securityContext": {"privileged": True}}
    submitted = pod_without_token(initContainers=[privileged], ephemeralContainers=[privileged])
    errors = admit(submitted, policy_struct()).considered["p"].errors
    assert [error.field for error in errors] == [
        "spec.initContainers[0].securityContext.privileged",
        "spec.ephemeralContainers[0].securityContext.privileged",
    ]
    (only,) = admit(submitted, policy_struct(), version=Version(1, 22)).considered["p"].errors
    assert only.field == "spec.initContainers[0].securityContext.privileged"


def test_the_runtime_class_is_filled_in_and_must_be_allowed() -> None:
    runtime = policy_struct(
        runtimeClass={"allowedRuntimeClassNames": ["kata"], "defaultRuntimeClassName": "kata"}
    )
    admission = admit(pod_without_token(), runtime)
    assert admission.pod is not None
    assert admission.pod["spec"]["runtimeClassName"] == "kata"
    assert admit(pod_without_token(runtimeClassName="runc"), runtime).message == (
        'pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: '
        '[spec.runtimeClassName: Invalid value: "runc"]'
    )


@pytest.mark.parametrize(
    ("spec", "context", "stored"),
    [
        ({"allowPrivilegeEscalation": False}, {}, False),
        ({"defaultAllowPrivilegeEscalation": False}, {}, False),
        ({"defaultAllowPrivilegeEscalation": True}, {}, True),
        ({}, {}, None),
        ({"defaultAllowPrivilegeEscalation": False}, {"allowPrivilegeEscalation": True}, True),
    ],
)
def test_privilege_escalation_is_filled_in(
    spec: dict[str, Any], context: dict[str, Any], stored: bool | None
) -> None:
    admission = admit(pod_without_token({"securityContext": context}), policy_struct(**spec))
    assert admission.pod is not None
    security_context = admission.pod["spec"]["containers"][0]["securityContext"]
    assert security_context.get("allowPrivilegeEscalation") is stored


def test_an_update_never_changes_the_pod_and_tries_the_recorded_policy_first() -> None:
    noted = pod_without_token(annotations={"kubernetes.io/psp": "b"})
    admission = admit(noted, policy_struct("a"), policy_struct("b"), operation="UPDATE")
    assert admission.policy == "b"
    changing = admit(
        noted, policy_struct("a"), policy_struct("b", readOnlyRootFilesystem=True), operation="UPDATE"
    )
    assert changing.policy == "a"
    assert changing.pod is not None
    assert changing.pod["metadata"]["annotations"] == {"kubernetes.io/psp": "b"}
    assert admit(noted, policy_struct("b", readOnlyRootFilesystem=True), operation="UPDATE").message == (
        'pods "web" is forbidden: PodSecurityPolicy: unable to validate pod: []'
    )


def test_updates_of_owners_and_finalizers_alone_are_not_judged() -> None:
    old = pod_without_token()
    new = copy.deepcopy(old)
    new["metadata"] |= {"finalizers": ["x"], "ownerReferences": [], "labels": {}}
    admission = admit(new, policy_struct(), usable={}, operation="UPDATE", old=old)
    assert admission
    assert admission.policy is None
    assert "owners and finalizers" in admission.not_judged
    new["metadata"]["labels"] = {"a": "b"}
    assert not admit(new, policy_struct(), usable={}, operation="UPDATE", old=old)


def test_subresources_are_not_judged() -> None:
    admission = admit(pod_without_token(), subresource="ephemeralcontainers", operation="UPDATE")
    assert admission
    assert admission.not_judged == (
        "PodSecurityPolicy does not judge subresources: pods/ephemeralcontainers passes it by"
    )


def test_policies_ignore_ephemeral_containers_and_the_account_may_restrict_their_secrets() -> None:
    cluster = objects(policy_struct())
    annotations = {"kubernetes.io/enforce-mountable-secrets": "true"}
    metadata = {"name": "default", "namespace": "default", "annotations": annotations}
    cluster.add(account(metadata=metadata), Document("test"))
    variable = {"name": "E", "valueFrom": {"secretKeyRef": {"name": "s"}}}
    admission = Admitter(cluster, Authorizer(cluster)).admit(
        pod_without_token(ephemeralContainers=[{"name": "e", "env": [variable]}]),
        AdmissionRequest(
            user=ALICE, operation="UPDATE", old=pod_without_token(), subresource="ephemeralcontainers"
        ),
    )
    assert admission.message == (
        'ephemeral container e with envVar E referencing secret.secretName="s" is not allowed because'
        " service account default does not reference that secret"
    )
    assert "passes it by" in admission.not_judged
    before = pod_without_token(ephemeralContainers=[{"name": "e", "env": [variable]}])
    for subresource in ("status", "binding"):
        request = AdmissionRequest(user=ALICE, operation="UPDATE", old=before, subresource=subresource)
        assert Admitter(cluster, Authorizer(cluster)).admit(before, request)


def test_the_token_volume_needs_projected_or_since_1_19_secret() -> None:
    plain = pod_without_token()
    del plain["spec"]["automountServiceAccountToken"]
    assert admit(plain, policy_struct(volumes=["projected"]))
    assert admit(plain, policy_struct(volumes=["secret"]))
    assert str(admit(plain, policy_struct(volumes=["emptyDir"])).message).endswith(
        '[spec.volumes[0]: Invalid value: "projected": projected volumes are not allowed to be used]'
    )
    other = {"projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]}}
    token = {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    assert not admit(pod_without_token(volumes=[{"name": "v"} | other]), policy_struct(volumes=["secret"]))
    assert admit(pod_without_token(volumes=[{"name": "v"} | token]), policy_struct(volumes=["secret"]))
    assert not admit(
        pod_without_token(volumes=[{"name": "v"} | token]),
        policy_struct(volumes=["secret"]),
        version=Version(1, 18),
    )


def _downward(path: str, api_version: str, field: str) -> JSON:
    return {"items": [{"path": path, "fieldRef": {"apiVersion": api_version, "fieldPath": field}}]}


NAMESPACE_FILE = _downward("namespace", "v1", "metadata.namespace")


@pytest.mark.parametrize(
    ("sources", "allowed"),
    [
        ([{"configMap": {"name": "kube-root-ca.crt"}}, {"downwardAPI": NAMESPACE_FILE}], True),
        ([{"configMap": {"name": "kube-root-ca.cr"}}], False),
        ([{"configMap": {"name": "z"}}], False),
        ([{"serviceAccountToken": {"path": "a"}}], False),
        ([{"serviceAccountToken": {"path": "z"}}], False),
        ([{"secret": {"name": "s"}}], False),
        ([{"serviceAccountToken": {"path": "token"}}, {"secret": {"name": "s"}}], False),
        ([{"downwardAPI": _downward("name", "v1", "metadata.namespace")}], False),
        ([{"downwardAPI": _downward("z", "v1", "metadata.namespace")}], False),
        ([{"downwardAPI": _downward("namespace", "v1", "metadata.name")}], False),
        ([{"downwardAPI": _downward("namespace", "v1", "spec.nodeName")}], False),
        ([{"downwardAPI": {"items": [{"path": "namespace", "resourceFieldRef": {"resource": "x"}}]}}], False),
        ([{"downwardAPI": {"items": [*NAMESPACE_FILE["items"], {"path": "labels"}]}}], False),
    ],
)
def test_secret_allows_only_the_sources_of_the_token_volume(sources: list[JSON], allowed: bool) -> None:
    """pkg/security/podsecuritypolicy/util/util.go (IsOnlyServiceAccountTokenSources), 1.24."""
    answer = admit(
        pod_without_token(volumes=[{"name": "v", "projected": {"sources": sources}}]),
        policy_struct(volumes=["secret"]),
    )
    assert (answer.considered["p"].errors == ()) is allowed


def test_a_missing_service_account_is_refused_before_policies_are_checked() -> None:
    cluster = objects(policy_struct())
    cluster.add(account("builder"), Document("test"))
    admission = Admitter(cluster, Authorizer(cluster)).admit(
        pod_without_token(), AdmissionRequest(user=ALICE)
    )
    assert admission.message == (
        'pods "web" is forbidden: error looking up service account default/default: '
        'serviceaccount "default" not found'
    )
    assert dict(admission.considered) == {}
    assert admission.not_judged == "the ServiceAccount plugin refused the pod before policies were checked"


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        (Version(1, 17), ["ping_group_range", "ip_unprivileged_port_start"]),
        (Version(1, 18), ["ip_unprivileged_port_start"]),
        (Version(1, 21), ["ip_unprivileged_port_start"]),
        (Version(1, 22), []),
    ],
)
def test_the_safe_sysctls_grew_with_the_versions(version: Version, refused: list[str]) -> None:
    names = ["net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "kernel.shm_rmid_forced"]
    sysctls = [{"name": name, "value": "1"} for name in names]
    admission = admit(
        pod_without_token(securityContext={"sysctls": sysctls}), policy_struct(), version=version
    )
    errors = [str(error) for error in admission.considered["p"].errors]
    assert len(errors) == len(refused)
    assert all(name in error for name, error in zip(refused, errors, strict=True))


def test_before_1_19_seccomp_fields_are_unknown_and_dropped() -> None:
    submitted = pod_without_token(securityContext={"seccompProfile": {"type": "RuntimeDefault"}})
    admission = admit(submitted, policy_struct(), version=Version(1, 18))
    assert admission.considered["p"].verdict == "unchanged"
    assert admission.pod is not None
    assert admission.pod["spec"]["securityContext"] == {}


def test_since_1_25_policies_are_checked_only_if_some_were_loaded() -> None:
    with pytest.raises(ValueError, match=r"^Kubernetes 1\.25 has no PodSecurityPolicy"):
        admit(pod_without_token(), version=Version(1, 25))
    assert admit(pod_without_token(), policy_struct(), version=Version(1, 30)).policy == "p"


@pytest.mark.parametrize(
    ("submitted", "message"),
    [
        (
            pod_without_token(securityContext={"runAsUser": "abc"}),
            "spec.securityContext.runAsUser must be a whole number, not a string",
        ),
        (
            pod_without_token({"securityContext": {"capabilities": {"add": "ALL"}}}),
            "spec.containers[0].securityContext.capabilities.add must be a list, not a string",
        ),
        (
            pod_without_token(annotations={"a": 1}),  # type: ignore[dict-item] # a wrong type is the point
            "metadata.annotations[...] must be a string, not a whole number",
        ),
        (
            {"kind": "Deployment"},
            "policies judge pods, and this is a Deployment: judge the pods that its controller makes",
        ),
        (["a"], "the pod must be an object, not a list"),
    ],
)
def test_a_wrong_type_is_reported_with_its_path(submitted: Any, message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared below
        admit(submitted, policy_struct())
    assert str(error.value) == message


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match='"DELETE" is not an operation that policies judge'):
        admit(pod_without_token(), policy_struct(), operation="DELETE")


def test_a_role_ref_to_a_missing_role_is_reported_with_the_answer() -> None:
    cluster = objects(policy_struct())
    cluster.roles.clear()
    admission = Admitter(cluster, Authorizer(cluster)).admit(
        pod_without_token(), AdmissionRequest(user=ALICE)
    )
    assert not admission
    assert admission.errors == ('role.rbac.authorization.k8s.io "p" not found',)


def test_an_admission_shows_its_answer() -> None:
    assert repr(admit(pod_without_token(), policy_struct())) == "<Admission: allowed by p>"
    assert repr(admit(pod_without_token(), policy_struct(), usable={})) == (
        '<Admission: pods "web" is forbidden: PodSecurityPolicy: unable to admit pod: []>'
    )


def test_the_verdict_of_each_policy_is_found_by_name_and_computed_once() -> None:
    considered = admit(pod_without_token(), policy_struct("b"), policy_struct("a")).considered
    assert list(considered) == ["a", "b"]
    assert len(considered) == 2
    assert considered["a"] is considered["a"]
    assert repr(considered) == "<2 policies: a, b>"


def test_pods_are_never_modified() -> None:
    submitted = pod_without_token({"volumeMounts": []}, volumes=[{"name": "v"}], securityContext=None)
    before = copy.deepcopy(submitted)
    assert admit(submitted, policy_struct(requiredDropCapabilities=["ALL"], readOnlyRootFilesystem=True))
    assert admit(submitted, policy_struct(), operation="UPDATE", old=submitted)
    assert submitted == before


@pytest.mark.parametrize("subresource", ["", "ephemeralcontainers"])
def test_a_pod_with_a_missing_service_account_is_refused_before_policies_are_checked(
    subresource: str,
) -> None:
    cluster = objects(policy_struct())
    cluster.add(account("other"), Document("test"))
    submitted = pod_without_token(serviceAccountName="gone")
    options: dict[str, Any] = (
        {"operation": "UPDATE", "old": submitted, "subresource": subresource} if subresource else {}
    )
    admission = Admitter(cluster, Authorizer(cluster)).admit(
        submitted, AdmissionRequest(user=ALICE, **options)
    )
    assert not admission.allowed
    assert admission.pod is None
    assert str(admission.message).endswith('serviceaccount "gone" not found')
    assert admission.not_judged
