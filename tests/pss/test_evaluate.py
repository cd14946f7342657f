"""Tests the evaluation of pods and workloads at a level and version, as one server does."""

import copy
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import pss
from rbacpsp.model import Manifest, ObjectMeta, Version
from rbacpsp.pods import set_defaults
from rbacpsp.pss.checks import CHECKS
from rbacpsp.pss.evaluate import Evaluator
from rbacpsp.pss.levels import LevelVersion
from rbacpsp.pss.reading import read_pod

Spec = dict[str, Any]
DATA = Path(__file__).parents[1] / "conformance" / "data"
RESTRICTED_CONTEXT = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
V1_24, V1_28, V1_37 = Version(1, 24), Version(1, 28), Version(1, 37)


def pod_of_spec(spec: Spec | None = None, **metadata: Any) -> Spec:
    whole = {"containers": [{"name": "a", "image": "i"}], **(spec or {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", **metadata}, "spec": whole}


def deployment_of_spec(spec: Spec) -> Spec:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": pod_of_spec(spec)}}


def cron_job(spec: Spec) -> Spec:
    return {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}


PRIVILEGED_CONTAINER = {"containers": [{"name": "a", "securityContext": {"privileged": True}}]}


def test_a_bare_pod_meets_baseline_and_fails_restricted_in_the_servers_words() -> None:
    answer = pss.evaluate(pod_of_spec())
    assert not answer
    assert answer.reason == (
        "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
    )
    assert answer.detail == (
        'allowPrivilegeEscalation != false (container "a" must set'
        " securityContext.allowPrivilegeEscalation=false), "
        'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), '
        'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), '
        'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type'
        ' to "RuntimeDefault" or "Localhost")'
    )
    baseline = pss.evaluate(pod_of_spec(), "baseline")
    assert baseline
    assert (baseline.allowed, baseline.reason, baseline.detail, baseline.failures) == (True, "", "", ())


def test_a_failure_names_its_check_fields_and_version() -> None:
    (failure,) = pss.evaluate(pod_of_spec(PRIVILEGED_CONTAINER), "baseline").failures
    assert failure == (
        "privileged",
        "privileged",
        'container "a" must not set securityContext.privileged=true',
        ("spec.containers[0].securityContext.privileged",),
        "baseline",
        (1, 0),
    )


@pytest.mark.parametrize(
    ("obj", "field"),
    [
        (
            deployment_of_spec(PRIVILEGED_CONTAINER),
            "spec.template.spec.containers[0].securityContext.privileged",
        ),
        (
            cron_job(PRIVILEGED_CONTAINER),
            "spec.jobTemplate.spec.template.spec.containers[0].securityContext.privileged",
        ),
        (
            {"kind": "PodTemplate", "template": {"spec": PRIVILEGED_CONTAINER}},
            "template.spec.containers[0].securityContext.privileged",
        ),
    ],
)
def test_the_fields_of_a_workload_are_those_of_its_template(obj: Spec, field: str) -> None:
    assert pss.evaluate(obj, "baseline").failures[0].fields == (field,)


def test_a_manifest_is_judged_as_its_object() -> None:
    body = pod_of_spec(PRIVILEGED_CONTAINER)
    assert pss.evaluate(Manifest("Pod", "v1", ObjectMeta(name="p"), body)) == pss.evaluate(body)


def test_the_manifest_is_not_modified() -> None:
    obj = pod_of_spec({"hostNetwork": True, "volumes": [{"name": "v"}], "securityContext": None}, labels=None)
    before = copy.deepcopy(obj)
    assert not pss.evaluate(obj, kubernetes_version="v1.24.17")
    assert obj == before


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ({"kind": "ConfigMap"}, "ConfigMap contains no pod: use one of"),
        ({}, "an object without a kind contains no pod: use one of"),
        (pod_of_spec({"hostNetwork": "yes"}), "spec.hostNetwork must be true or false, not a string"),
        (
            deployment_of_spec({"containers": {}}),
            "spec.template.spec.containers must be a list, not an object",
        ),
        ({"kind": "Deployment", "spec": {"template": "x"}}, "spec.template must be an object"),
        ({"kind": "Deployment", "spec": "x"}, "spec must be an object"),
    ],
)
def test_an_object_that_holds_no_readable_pod_is_refused_with_its_path(obj: Spec, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        pss.evaluate(obj)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None,), "the object must be a dict or a loaded object, not a NoneType"),
        (("kind: Pod",), "the object must be a dict or a loaded object, not a str"),
        (({"kind": "Pod"}, "strict"), 'the level "strict" of the Pod Security Standards must be one of '),
        (({"kind": "Pod"}, "baseline", None), 'the version "None" of the Pod Security Standards must be '),
        (({"kind": "Pod"}, "baseline", "latest", 1.3), 'must be a text such as "1.24", not 1.3'),
    ],
)
def test_a_wrong_argument_is_reported(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        pss.evaluate(*arguments)


def test_a_workload_without_a_template_fails_no_check() -> None:
    assert pss.evaluate({"kind": "ReplicationController", "spec": {"template": None}})


def test_privileged_allows_everything() -> None:
    assert pss.evaluate(pod_of_spec(PRIVILEGED_CONTAINER), "privileged", "v1.5")


def test_a_version_that_no_server_has_is_judged_as_the_newest_and_printed_as_given() -> None:
    future = pss.evaluate(pod_of_spec(), "restricted", "v1.99")
    assert future.failures == pss.evaluate(pod_of_spec()).failures
    assert str(future.level_version) == "restricted:v1.99"


def test_latest_is_the_servers_own_version() -> None:
    windows = pod_of_spec({"os": {"name": "windows"}, "securityContext": {"runAsNonRoot": True}})
    assert pss.evaluate(windows, "restricted", "latest", "1.25")
    assert not pss.evaluate(windows, "restricted", "latest", "1.24")
    assert not pss.evaluate(windows, "restricted", "v1.25", "1.24")


def test_before_1_24_a_restricted_check_does_not_silence_the_baseline_check() -> None:
    obj = pod_of_spec({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]})
    assert pss.evaluate(obj, kubernetes_version="1.23").reason.startswith("hostPath volumes, ")
    assert "hostPath volumes" not in pss.evaluate(obj, kubernetes_version="1.24").reason


def test_the_words_and_rules_within_a_policy_version_are_those_of_the_server() -> None:
    role = pod_of_spec({"securityContext": {"seLinuxOptions": {"role": "r"}}})
    image = pod_of_spec({"volumes": [{"name": "v", "image": {"reference": "r"}}]})
    field = pod_of_spec({"securityContext": {"appArmorProfile": {"type": "Unconfined"}}})

    def at(obj: Spec, server: str) -> dict[str, str]:
        return {f.check: f.detail for f in pss.evaluate(obj, "restricted", "v1.22", server).failures}

    assert at(role, "1.25")["seLinuxOptions"] == "pod set forbidden securityContext.seLinuxOptions: "
    assert at(role, "1.26")["seLinuxOptions"].endswith(": role may not be set")
    assert "appArmorProfile" not in at(field, "1.29")
    assert at(field, "1.30")["appArmorProfile"] == 'pod must not set AppArmor profile type to "Unconfined"'
    assert [
        server for server in ("1.30", "1.31", "1.32", "1.33") if "restrictedVolumes" in at(image, server)
    ] == [
        "1.31",
        "1.32",
    ]


def test_an_image_beside_another_source_is_skipped_by_servers_that_do_not_know_it() -> None:
    both = pod_of_spec({"volumes": [{"name": "v", "image": {}, "hostPath": {"path": "/"}}]})
    details = {
        server: [
            f.detail for f in pss.evaluate(both, kubernetes_version=server).failures if "volume" in f.reason
        ]
        for server in ("1.30", "1.31", "1.33")
    }
    refused = ['volume "v" uses restricted volume type "hostPath"']
    assert details == {"1.30": refused, "1.31": refused, "1.33": []}


def test_a_1_22_server_lets_user_0_pass_and_has_no_ephemeral_containers() -> None:
    root = pod_of_spec(
        {
            "securityContext": {"runAsUser": 0},
            "ephemeralContainers": [{"name": "e", "securityContext": {"privileged": True}}],
        }
    )
    assert pss.evaluate(root, kubernetes_version="1.22").reason == (
        "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
    )
    assert pss.evaluate(root, kubernetes_version="1.23").reason == (
        "privileged, allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true,"
        " runAsUser=0, seccompProfile"
    )


def test_up_to_1_24_the_annotation_of_a_seccomp_field_is_judged_where_only_annotations_are() -> None:
    field = pod_of_spec({"securityContext": {"seccompProfile": {"type": "Unconfined"}}})
    assert pss.evaluate(field, "baseline", "v1.18", "1.24").detail == (
        'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")'
    )
    assert pss.evaluate(field, "baseline", "v1.18", "1.25")


def test_a_pod_is_judged_as_a_server_would_hold_it() -> None:
    unmasked = pod_of_spec({"containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]})
    annotated = pod_of_spec(annotations={"seccomp.security.alpha.kubernetes.io/pod": "unconfined"})
    assert pss.evaluate(unmasked, "baseline", "latest", "1.24")
    assert not pss.evaluate(unmasked, "baseline", "latest", "1.33")
    assert pss.evaluate(annotated, "baseline", "latest", "1.24").reason == "seccompProfile"
    assert pss.evaluate(annotated, "baseline", "latest", "1.27").reason == ""
    assert pss.evaluate(deployment_of_spec(annotated["spec"]), "baseline", "latest", "1.24")


def test_a_template_on_the_hosts_network_has_host_ports_up_to_1_27() -> None:
    spec = {"hostNetwork": True, "containers": [{"name": "a", "ports": [{"containerPort": 80}]}]}
    reasons = [
        pss.evaluate(obj, "baseline", "latest", server).reason
        for obj in (pod_of_spec(spec), deployment_of_spec(spec))
        for server in ("1.27", "1.28")
    ]
    both = "host namespaces, hostPort"
    assert reasons == [both, both, both, "host namespaces"]


SOME_CONTEXT = st.fixed_dictionaries(
    {},
    optional={
        "privileged": st.booleans(),
        "allowPrivilegeEscalation": st.booleans(),
        "runAsNonRoot": st.booleans(),
        "runAsUser": st.integers(0, 1),
        "procMount": st.sampled_from(["Default", "Unmasked"]),
        "capabilities": st.fixed_dictionaries(
            {},
            optional={
                "drop": st.lists(st.sampled_from(["ALL", "KILL"]), max_size=2),
                "add": st.lists(st.sampled_from(["NET_BIND_SERVICE", "CHOWN", "BPF"]), max_size=2),
            },
        ),
        "seccompProfile": st.sampled_from([{"type": "RuntimeDefault"}, {"type": "Unconfined"}]),
        "appArmorProfile": st.sampled_from([{"type": "RuntimeDefault"}, {"type": "Unconfined"}]),
        "seLinuxOptions": st.sampled_from([{}, {"type": "container_t"}, {"type": "x", "user": "u"}]),
    },
)
LIKELY_CONTEXT = SOME_CONTEXT | st.just({**RESTRICTED_CONTEXT, "runAsNonRoot": True})
SOME_CONTAINERS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["a", "b"]), "securityContext": LIKELY_CONTEXT},
        optional={
            "ports": st.lists(
                st.fixed_dictionaries(
                    {"containerPort": st.just(80)}, optional={"hostPort": st.integers(0, 1)}
                ),
                max_size=2,
            )
        },
    ),
    max_size=2,
)
SOME_POD = st.builds(
    pod_of_spec,
    st.fixed_dictionaries(
        {"containers": SOME_CONTAINERS},
        optional={
            "initContainers": SOME_CONTAINERS,
            "hostNetwork": st.booleans(),
            "hostUsers": st.booleans(),
            "os": st.sampled_from([{"name": "linux"}, {"name": "windows"}]),
            "securityContext": st.fixed_dictionaries(
                {"runAsNonRoot": st.just(True), "seccompProfile": st.just({"type": "RuntimeDefault"})},
                optional={"sysctls": st.just([{"name": "net.ipv4.tcp_rmem", "value": "1"}])},
            ),
            "volumes": st.lists(
                st.sampled_from([{"name": "v"}, {"name": "w", "hostPath": {}}, {"name": "x", "image": {}}]),
                max_size=2,
            ),
        },
    ),
    annotations=st.just({}) | st.just({"container.seccomp.security.alpha.kubernetes.io/a": "unconfined"}),
)
SOME_SERVER = st.builds(Version, st.just(1), st.integers(23, 37))
SOME_VERSION = st.integers(0, 38).map(lambda minor: f"v1.{minor}")


@settings(deadline=None)
@given(SOME_POD, SOME_VERSION, SOME_SERVER)
def test_what_restricted_allows_baseline_allows(obj: Spec, version: str, server: Version) -> None:
    restricted = pss.evaluate(obj, "restricted", version, server)
    baseline = pss.evaluate(obj, "baseline", version, server)
    assert baseline or not restricted


@settings(deadline=None)
@given(SOME_POD, SOME_VERSION, SOME_SERVER, st.sampled_from(["Pod", "Deployment"]))
def test_the_light_defaults_give_the_results_of_all_defaults(
    obj: Spec, version: str, server: Version, kind: str
) -> None:
    if kind == "Deployment":
        obj = {"kind": kind, "spec": {"template": obj}}
    for level in ("baseline", "restricted"):
        light = pss.evaluate(obj, level, version, server)
        assert light == pss.evaluate(set_defaults(kind, obj, server), level, version, server)


def test_the_light_defaults_give_the_results_of_all_defaults_for_recorded_pods() -> None:
    with gzip.open(DATA / "psa-levels.jsonl.gz", "rt", encoding="utf-8") as file:
        pods = [json.loads(line)["pod"] for line in file]
    for obj in pods:
        for server in (V1_24, V1_37):
            full = set_defaults("Pod", obj, server)
            assert pss.evaluate(obj, kubernetes_version=server) == pss.evaluate(
                full, kubernetes_version=server
            )


@pytest.mark.parametrize("minor", range(23, 38))
def test_every_server_runs_each_check_once_in_order(minor: int) -> None:
    evaluator = Evaluator(Version(1, minor))
    order = [check.id for check in CHECKS]
    for policy in range(minor + 1):
        for level in ("baseline", "restricted"):
            asked = [check.id for check, _ in evaluator.rules(LevelVersion.of(level, f"v1.{policy}"))]
            assert asked == [name for name in order if name in asked]
            assert "privileged" in asked


def test_reading_a_template_keeps_its_place() -> None:
    assert read_pod(cron_job({}), V1_28).prefix == "spec.jobTemplate.spec.template"
