"""Tests the API server's validation of each kind; tests/live compares it with real servers."""

from typing import Any

import pytest

from rbacpsp.apply.validation.objects import change_errors
from rbacpsp.cluster import Cluster
from rbacpsp.decode import LoadError
from rbacpsp.model import Version
from rbacpsp.model.field_error import FieldPath, go_strings, too_long
from rbacpsp.model.names import generated, label_errors, path_segment_errors, subdomain_errors

JSON = dict[str, Any]
GROUP = "rbac.authorization.k8s.io"
V1_24, V1_37 = Version(1, 24), Version(1, 37)


def made(kind: str, version: str = f"{GROUP}/v1", metadata: JSON | None = None, **rest: Any) -> JSON:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", **(metadata or {})}, **rest}


def refused(obj: JSON, version: str = "1.24") -> list[str]:
    """Why the server refuses an object, each reason without the object's name."""
    try:
        Cluster.from_objects([obj], kubernetes_version=version, validate=True)
    except LoadError as error:
        return [problem.message.split(" is invalid: ", 1)[1] for problem in error.problems]
    return []


def bound(kind: str, ref: JSON, *subjects: JSON) -> JSON:
    return made(
        kind, roleRef={"apiGroup": GROUP, "kind": "ClusterRole", "name": "view"} | ref, subjects=subjects
    )


RULES = [
    (
        {"resources": ["a"], "verbs": ["get"]},
        "apiGroups: Required value: resource rules must supply at least one api group",
    ),
    (
        {"apiGroups": [""], "verbs": ["get"]},
        "resources: Required value: resource rules must supply at least one resource",
    ),
    ({"apiGroups": [""], "resources": ["a"]}, "verbs: Required value: verbs must contain at least one value"),
    (
        {"verbs": ["get"], "nonResourceURLs": ["/a"], "resources": ["a"]},
        (
            'nonResourceURLs: Invalid value: []string{"/a"}: rules cannot apply to both regular resources '
            "and non-resource URLs"
        ),
    ),
]


@pytest.mark.parametrize(("rule", "words"), RULES)
def test_a_rule_needs_verbs_and_either_resources_or_urls(rule: JSON, words: str) -> None:
    assert refused(made("ClusterRole", rules=[rule])) == [f"rules[0].{words}"]


def test_the_list_of_a_current_server_is_json() -> None:
    rule = {"verbs": ["get"], "nonResourceURLs": ["/a<b", '"']}
    words = "namespaced rules cannot apply to non-resource URLs"
    assert refused(made("Role", metadata={"namespace": "n"}, rules=[rule]), "1.37") == [
        f'rules[0].nonResourceURLs: Invalid value: ["/a\\u003cb","\\""]: {words}'
    ]
    assert go_strings("string", (), V1_37) == "null"
    assert go_strings("string", (), V1_24) == "[]string(nil)"


def test_an_aggregation_rule_needs_a_selector() -> None:
    none = made("ClusterRole", aggregationRule={"clusterRoleSelectors": []})
    assert refused(none) == [
        (
            "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required "
            "if aggregationRule is non-nil"
        )
    ]
    expression = {"key": "tier", "operator": "In", "values": ["_"]}
    wrong = made(
        "ClusterRole", aggregationRule={"clusterRoleSelectors": [{"matchExpressions": [expression]}]}
    )
    place = "aggregationRule.clusterRoleSelectors[0]"
    assert refused(wrong) == [f'{place}: Invalid value: "null": invalid label selector.']
    assert refused(wrong, "1.37")[0].startswith(
        f'{place}.matchExpressions[0].values[0]: Invalid value: "_": a'
    )
    assert refused(wrong, "1.37")[1] == f"{place}: Invalid value: null: invalid label selector."


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ({"kind": "Role"}, 'kind: Unsupported value: "Role": supported values: "ClusterRole"'),
        ({"apiGroup": "x"}, f'apiGroup: Unsupported value: "x": supported values: "{GROUP}"'),
        ({"name": ""}, "name: Required value"),
        ({"name": "a/b"}, "name: Invalid value: \"a/b\": may not contain '/'"),
    ],
)
def test_a_cluster_role_binding_refers_to_a_cluster_role(ref: JSON, words: str) -> None:
    assert refused(bound("ClusterRoleBinding", ref)) == [f"roleRef.{words}"]


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ({"kind": "User"}, "name: Required value"),
        ({"name": "a"}, 'kind: Unsupported value: "": supported values: "ServiceAccount", "User", "Group"'),
        (
            {"kind": "serviceaccount", "name": "a"},
            'kind: Unsupported value: "serviceaccount": supported values: "ServiceAccount", "User", "Group"',
        ),
        ({"kind": "ServiceAccount", "name": "a"}, "namespace: Required value"),
        (
            {"kind": "ServiceAccount", "name": "a", "namespace": "n", "apiGroup": GROUP},
            f'apiGroup: Unsupported value: "{GROUP}": supported values: ""',
        ),
        (
            {"kind": "Group", "name": "a", "apiGroup": "x"},
            f'apiGroup: Unsupported value: "x": supported values: "{GROUP}"',
        ),
    ],
)
def test_a_subject_needs_a_known_kind_and_the_fields_of_that_kind(subject: JSON, words: str) -> None:
    assert refused(bound("ClusterRoleBinding", {}, subject)) == [f"subjects[0].{words}"]


def test_an_account_of_a_role_binding_may_leave_out_its_namespace() -> None:
    account = {"kind": "ServiceAccount", "name": "a"}
    assert refused(bound("RoleBinding", {"kind": "Role"}, account)) == []


def run_as_any_policy(**spec: Any) -> JSON:
    names = ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")
    return made(
        "PodSecurityPolicy", "policy/v1beta1", spec={**{name: {"rule": "RunAsAny"} for name in names}, **spec}
    )


POLICIES: list[tuple[JSON, list[str]]] = [
    ({"volumes": ["*", "ephemeral"], "runAsGroup": {"rule": "RunAsAny"}}, []),
    (
        {"seLinux": {"rule": "x"}},
        ['spec.seLinux.rule: Unsupported value: "x": supported values: "MustRunAs", "RunAsAny"'],
    ),
    (
        {"runAsUser": {"rule": "MustRunAs", "ranges": [{"min": 5, "max": -1}]}},
        [
            "spec.runAsUser.ranges[0].max: Invalid value: -1: max cannot be negative",
            "spec.runAsUser.ranges[0].min: Invalid value: 5: min cannot be greater than max",
        ],
    ),
    (
        {"runAsGroup": {"rule": "MustRunAs"}},
        ["spec.runAsGroup.ranges: Invalid value: []policy.IDRange(nil): must provide at least one range"],
    ),
    (
        {"runAsGroup": {"rule": "RunAsAny", "ranges": [{"min": 1, "max": 2}]}},
        [
            (
                "spec.runAsGroup.ranges: Invalid value: []policy.IDRange{policy.IDRange{Min:1, Max:2}}: "
                "Ranges must be empty"
            )
        ],
    ),
    (
        {"requiredDropCapabilities": ["A"], "allowedCapabilities": ["*", "A"]},
        [
            (
                'requiredDropCapabilities: Invalid value: []core.Capability{"A"}: must be empty when all '
                "capabilities are allowed by a wildcard"
            ),
            (
                'allowedCapabilities: Invalid value: "A": capability is listed in allowedCapabilities and '
                "requiredDropCapabilities"
            ),
        ],
    ),
    (
        {"allowedHostPaths": [{"pathPrefix": "/a/.."}, {}, {}]},
        [
            "spec.allowedHostPaths[0]: Invalid value: \"/a/..\": must not contain '..'",
            "spec.allowedHostPaths[1]: Required value: is required",
        ],
    ),
    (
        {"allowedFlexVolumes": [{}], "allowedCSIDrivers": [{"name": "a" * 64}]},
        [
            "spec.allowedFlexVolumes.allowedFlexVolumes[0].driver: Required value: must specify a driver",
            "spec.allowedCSIDrivers.allowedCSIDriver[0].name: Too long: must have at most 63 bytes",
        ],
    ),
    (
        {"allowedUnsafeSysctls": ["*", "a"], "forbiddenSysctls": ["", "b"]},
        [
            "spec.allowedUnsafeSysctls.items: Forbidden: if '*' is present, must not specify other sysctls",
            'spec.forbiddenSysctls[0]: Invalid value: "": empty sysctl not allowed',
            'spec.forbiddenSysctls[0]: Invalid value: "": sysctl overlaps with *',
            'spec.forbiddenSysctls[1]: Invalid value: "b": sysctl overlaps with *',
        ],
    ),
    (
        {"allowedUnsafeSysctls": ["k.a*"], "forbiddenSysctls": ["k.*"]},
        ['spec.allowedUnsafeSysctls[0]: Invalid value: "k.a*": sysctl overlaps with k.*'],
    ),
    (
        {"runtimeClass": {"allowedRuntimeClassNames": ["a", "a"], "defaultRuntimeClassName": "b"}},
        [
            'spec.runtimeClass.allowedRuntimeClassNames[1]: Duplicate value: "a"',
            'spec.runtimeClass.allowedRuntimeClassNames: Required value: default "b" must be allowed',
        ],
    ),
    (
        {"runtimeClass": {"allowedRuntimeClassNames": ["*", "a"]}},
        [
            (
                'spec.runtimeClass.allowedRuntimeClassNames: Invalid value: []string{"*", "a"}: if \'*\' is '
                "present, must not specify other RuntimeClass names"
            )
        ],
    ),
]


@pytest.mark.parametrize(("spec", "words"), POLICIES)
def test_a_contradictory_policy_is_refused(spec: JSON, words: list[str]) -> None:
    assert refused(run_as_any_policy(**spec)) == words


def test_the_ephemeral_volume_is_valid_since_the_release_that_added_it() -> None:
    (words,) = refused(run_as_any_policy(volumes=["ephemeral"]), "1.18")
    assert words.startswith('spec.volumes: Unsupported value: "ephemeral": supported values: "*", "aws')


def test_unknown_profiles_of_a_policy_are_refused() -> None:
    seccomp, apparmor = "seccomp.security.alpha.kubernetes.io/", "apparmor.security.beta.kubernetes.io/"
    obj = run_as_any_policy()
    obj["metadata"]["annotations"] = {
        f"{apparmor}allowedProfileNames": "localhost/x,y",
        f"{seccomp}defaultProfileName": "*",
        f"{seccomp}allowedProfileNames": "*,localhost//a",
    }
    place = "metadata.annotations"
    assert refused(obj) == [
        (
            f'{place}[{apparmor}allowedProfileNames]: Invalid value: "localhost/x,y": '
            'invalid AppArmor profile name: "y"'
        ),
        f'{place}[{seccomp}defaultProfileName]: Invalid value: "*": must be a valid seccomp profile',
        f'{place}[{seccomp}allowedProfileNames]: Invalid value: "/a": must be a relative path',
    ]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"enforce": "restricted", "warn-version": "v1.999"}, []),
        (
            {"enforce": "restrictd"},
            ['enforce]: Invalid value: "restrictd": must be one of privileged, baseline, restricted'],
        ),
        (
            {"audit": "", "warn-version": "1.24"},
            [
                'audit]: Invalid value: "": must be one of privileged, baseline, restricted',
                'warn-version]: Invalid value: "1.24": must be "latest" or "v1.x"',
            ],
        ),
    ],
)
def test_unknown_levels_and_versions_of_a_namespace_are_refused(labels: JSON, words: list[str]) -> None:
    prefix = "pod-security.kubernetes.io/"
    obj = made("Namespace", "v1", {"labels": {f"{prefix}{key}": value for key, value in labels.items()}})
    assert refused(obj) == [f"metadata.labels[{prefix}{word}" for word in words]
    assert refused(obj, "1.22") == []


def test_an_invalid_label_value_is_reported_as_such() -> None:
    (words,) = refused(
        made("Namespace", "v1", {"labels": {"pod-security.kubernetes.io/enforce": "restricted."}})
    )
    assert words.startswith(
        'metadata.labels: Invalid value: "restricted.": a valid label must be an empty string'
    )


def test_invalid_metadata_is_reported_for_every_kind() -> None:
    metadata = {"labels": {"a/b/c": ""}, "finalizers": ["x"], "ownerReferences": [{"kind": "A", "name": "b"}]}
    words = refused(made("ServiceAccount", "v1", metadata))
    assert [word.split(": ")[0] for word in words] == [
        "metadata.labels",
        "metadata.ownerReferences.apiVersion",
        "metadata.ownerReferences.uid",
        "metadata.finalizers[0]",
    ]
    assert refused(made("Deployment", "apps/v1", {"name": "A"}, spec={}))[0].startswith(
        'metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain'
    )


@pytest.mark.parametrize(
    ("version", "apiVersion", "uid"),
    [
        ("1.24", 'Invalid value: "": version must not be empty', 'Invalid value: "": uid must not be empty'),
        ("1.37", "Required value: must not be empty", "Required value: must not be empty"),
    ],
)
def test_errors_of_owners_have_the_form_of_each_release(version: str, apiVersion: str, uid: str) -> None:  # noqa: N803
    result = "metadata.ownerReferences" + ("[0]" if version == "1.37" else "")
    owners = [{"kind": "A", "name": "b"}]
    assert refused(made("ServiceAccount", "v1", {"ownerReferences": owners}), version) == [
        f"{result}.apiVersion: {apiVersion}",
        f"{result}.uid: {uid}",
    ]


def test_a_second_controller_reference_is_refused() -> None:
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "1", "controller": True}
    metadata = {"ownerReferences": [owner, {**owner, "name": "b"}]}
    start = (
        "metadata.ownerReferences: Invalid value: [...]: Only one reference can have Controller set to true."
    )
    assert refused(made("ServiceAccount", "v1", metadata)) == [
        f'{start} Found "true" in references for a and b'
    ]


def test_errors_of_a_template_have_its_path() -> None:
    context = {"allowPrivilegeEscalation": False, "privileged": True}
    template = {"spec": {"containers": [{"name": "c", "image": "i", "securityContext": context}]}}
    job = made("CronJob", "batch/v1", spec={"jobTemplate": {"spec": {"template": template}}})
    (words,) = refused(job, "1.37")
    assert words.startswith(
        "spec.jobTemplate.spec.template.spec.containers[0].securityContext: Invalid value"
    )


def test_each_kind_validates_its_own_form_of_name() -> None:
    assert label_errors("a.b", V1_37) == ["must not contain dots"]
    assert label_errors("a.b", V1_24)[0].startswith("a lowercase RFC 1123 label must consist")
    assert label_errors("a" * 64, V1_24) == ["must be no more than 63 characters"]
    assert label_errors("a" * 64, V1_37) == ["must be no more than 63 characters"]
    assert generated(subdomain_errors)("web-", V1_24) == []
    assert generated(subdomain_errors)("-", V1_24) != []
    assert path_segment_errors("..", V1_24) == ["may not be '..'"]
    assert path_segment_errors("a/%", V1_24) == ["may not contain '/'", "may not contain '%'"]


def test_the_message_for_too_long_values_depends_on_the_release() -> None:
    path = FieldPath.of("a").index(0)
    assert str(too_long(path, 5, V1_24)) == "a[0]: Too long: must have at most 5 bytes"
    assert str(too_long(path, 5, V1_37)) == "a[0]: Too long: may not be more than 5 bytes"


def test_the_finalizers_of_a_namespace_are_names_and_one_that_replaces_another_keeps_its_own() -> None:
    def space(*finalizers: str) -> JSON:
        return made("Namespace", "v1", spec={"finalizers": list(finalizers)})

    assert refused(space("kubernetes", "example.com/done")) == []
    words = "name is neither a standard finalizer name nor is it fully qualified"
    assert refused(space("done")) == [f'spec.finalizers: Invalid value: "done": {words}']
    assert refused(space("A/b/c"))[0].startswith('spec.finalizers: Invalid value: "A/b/c": a qualified name')
    wrong = Cluster.from_objects([space("done")]).objects.namespaces["x"]
    assert list(change_errors(wrong, wrong, V1_37)) == []
