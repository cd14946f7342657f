"""Tests the API's defaults of pods and pod templates."""

import copy
import re
from typing import Any

import pytest

from rbacpsp.model.version import Version
from rbacpsp.pods import set_defaults
from rbacpsp.pods.image import image_tag
from rbacpsp.pods.quantity import canonical_quantity

DIGEST = "sha256:" + "a" * 64


def test_an_empty_pod_gets_the_servers_defaults() -> None:
    assert set_defaults("Pod", {"spec": {"containers": [{"name": "c", "image": "nginx"}]}}) == {
        "spec": {
            "containers": [
                {
                    "name": "c",
                    "image": "nginx",
                    "imagePullPolicy": "Always",
                    "resources": {},
                    "terminationMessagePath": "/dev/termination-log",
                    "terminationMessagePolicy": "File",
                }
            ],
            "dnsPolicy": "ClusterFirst",
            "enableServiceLinks": True,
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
        }
    }


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Deployment", ["spec", "template"]),
        ("CronJob", ["spec", "jobTemplate", "spec", "template"]),
        ("PodTemplate", ["template"]),
    ],
)
def test_a_template_is_defaulted_like_a_pod_except_for_requests_and_service_links(
    kind: str, path: list[str]
) -> None:
    pod = {"spec": {"containers": [{"resources": {"limits": {"cpu": "0.5"}}}]}}
    whole: Any = pod
    for key in reversed(path):
        whole = {key: whole}
    result: Any = set_defaults(kind, whole)
    for key in path:
        result = result[key]
    assert result["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "500m"}}
    assert "enableServiceLinks" not in result["spec"]
    assert result["spec"]["dnsPolicy"] == "ClusterFirst"
    assert set_defaults("Pod", pod)["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "500m"},
        "requests": {"cpu": "500m"},
    }


def test_ports_on_the_hosts_network_become_host_ports() -> None:
    spec = {"hostNetwork": True, "containers": [{"ports": [{"containerPort": 80}]}]}
    pod = set_defaults("Pod", {"spec": spec})
    assert pod["spec"]["containers"][0]["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]


def test_templates_keep_their_ports_since_1_28() -> None:
    spec = {"hostNetwork": True, "containers": [{"ports": [{"containerPort": 80}]}]}
    job = {"spec": {"template": {"spec": spec}}}

    def ports(version: Version) -> Any:
        return set_defaults("Job", job, version)["spec"]["template"]["spec"]["containers"][0]["ports"]

    assert ports(Version(1, 27)) == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]
    assert ports(Version(1, 28)) == [{"containerPort": 80, "protocol": "TCP"}]


def test_every_volume_source_gets_its_defaults_and_no_source_is_an_empty_dir() -> None:
    volumes = [
        {"name": "none"},
        {"name": "h", "hostPath": {"path": "/"}},
        {"name": "s", "secret": {"secretName": "x", "defaultMode": 0}},
        {"name": "i", "iscsi": {}},
        {"name": "p", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}},
        {"name": "d", "downwardAPI": {"items": [{"path": "x", "fieldRef": {"fieldPath": "metadata.name"}}]}},
        {
            "name": "e",
            "ephemeral": {
                "volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1024Mi"}}}}
            },
        },
        {"name": "z", "azureDisk": {"diskName": "d", "diskURI": "u"}},
    ]
    assert set_defaults("Pod", {"spec": {"volumes": volumes}})["spec"]["volumes"] == [
        {"name": "none", "emptyDir": {}},
        {"name": "h", "hostPath": {"path": "/", "type": ""}},
        {"name": "s", "secret": {"secretName": "x", "defaultMode": 0}},
        {"name": "i", "iscsi": {"lun": 0, "iscsiInterface": "default"}},
        {
            "name": "p",
            "projected": {
                "defaultMode": 420,
                "sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 3600}}],
            },
        },
        {
            "name": "d",
            "downwardAPI": {
                "defaultMode": 420,
                "items": [{"path": "x", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}],
            },
        },
        {
            "name": "e",
            "ephemeral": {
                "volumeClaimTemplate": {
                    "spec": {"resources": {"requests": {"storage": "1Gi"}}, "volumeMode": "Filesystem"}
                }
            },
        },
        {
            "name": "z",
            "azureDisk": {
                "diskName": "d",
                "diskURI": "u",
                "cachingMode": "ReadWrite",
                "kind": "Shared",
                "fsType": "ext4",
                "readOnly": False,
            },
        },
    ]


def test_probes_handlers_and_variables_get_their_defaults() -> None:
    container = {
        "livenessProbe": {"httpGet": {"port": 80}},
        "startupProbe": {"grpc": {"port": 1}, "periodSeconds": 3},
        "lifecycle": {"preStop": {"httpGet": {"port": 1, "path": "/x"}}},
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    }
    result = set_defaults("Pod", {"spec": {"ephemeralContainers": [container]}})["spec"][
        "ephemeralContainers"
    ][0]
    assert result["livenessProbe"] == {
        "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    assert result["startupProbe"]["grpc"] == {"port": 1, "service": ""}
    assert result["startupProbe"]["periodSeconds"] == 3
    assert result["lifecycle"]["preStop"]["httpGet"] == {"port": 1, "path": "/x", "scheme": "HTTP"}
    assert result["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"


def test_the_old_name_of_the_service_account_counts_and_the_new_one_wins() -> None:
    old = set_defaults("Pod", {"spec": {"serviceAccount": "old"}})["spec"]
    both = set_defaults("Pod", {"spec": {"serviceAccount": "old", "serviceAccountName": "new"}})["spec"]
    assert (old["serviceAccountName"], old["serviceAccount"]) == ("old", "old")
    assert (both["serviceAccountName"], both["serviceAccount"]) == ("new", "new")


def test_nulls_count_as_absent_and_the_input_is_untouched() -> None:
    pod = {"metadata": {"labels": None}, "spec": {"securityContext": None, "volumes": [{"name": "v"}]}}
    before = copy.deepcopy(pod)
    result = set_defaults("Pod", pod)
    assert result["metadata"] == {}
    assert result["spec"]["securityContext"] == {}
    assert pod == before


def test_annotations_that_once_held_init_containers_are_dropped() -> None:
    annotations = {"pod.beta.kubernetes.io/init-containers": "[]", "a": "b"}
    assert set_defaults("Pod", {"metadata": {"annotations": annotations}})["metadata"] == {
        "annotations": {"a": "b"}
    }


@pytest.mark.parametrize(
    ("kind", "obj", "message"),
    [
        (
            "Pod",
            {"spec": {"containers": [{"ports": [{"hostPort": "80"}]}]}},
            "spec.containers[0].ports[0].hostPort must be a whole number, not a string",
        ),
        ("Pod", {"spec": {"volumes": {}}}, "spec.volumes must be a list, not an object"),
        (
            "Job",
            {"spec": {"template": {"spec": {"containers": [{"image": 1}]}}}},
            "spec.template.spec.containers[0].image must be a string, not a whole number",
        ),
        ("Job", {"spec": 1}, "spec must be an object"),
        (
            "Service",
            {},
            (
                "Service contains no pod: use one of CronJob, DaemonSet, Deployment, Job, Pod, PodTemplate,"
                " ReplicaSet, ReplicationController, StatefulSet"
            ),
        ),
    ],
)
def test_a_wrong_type_is_named_with_its_path(kind: str, obj: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared below
        set_defaults(kind, obj)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("nginx", "latest"),
        ("nginx:latest", "latest"),
        ("nginx:1.25", "1.25"),
        ("registry.example:5000/team/app", "latest"),
        ("localhost/app:x", "x"),
        (f"nginx@{DIGEST}", ""),
        (f"nginx:latest@{DIGEST}", "latest"),
        ("Upper/Case", ""),
        ("a" * 64, ""),
        ("", ""),
        ("nginx:", ""),
    ],
)
def test_the_tag_decides_the_pull_policy(image: str, tag: str) -> None:
    assert image_tag(image) == tag


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1000Mi", "1000Mi"),
        ("0.5Ki", "512"),
        ("0", "0"),
        ("0.1m", "1m"),
        ("100000M", "100G"),
        ("-0.1m", "-1m"),
        ("1e3", "1e3"),
        ("1.0001Ki", "1024103m"),
        ("9999Ei", "9223372036854775807"),
    ],
)
def test_quantities_are_written_as_the_server_stores_them(given: str, stored: str) -> None:
    assert canonical_quantity(given) == stored


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("0.5", "500m"),
        ("0.5Gi", "512Mi"),
        ("0.1m", "100u"),
        ("0.0000000001", "1n"),
        ("1e-4", "100e-6"),
        (5, "5"),
    ],
)
def test_quantities_outside_of_resource_lists_keep_billionths(given: str | int, stored: str) -> None:
    pod = {"spec": {"containers": [], "volumes": [{"name": "v", "emptyDir": {"sizeLimit": given}}]}}
    assert set_defaults("Pod", pod)["spec"]["volumes"] == [{"name": "v", "emptyDir": {"sizeLimit": stored}}]


def test_a_reference_to_a_resource_has_a_divisor_wherever_it_is() -> None:
    reference = {"resourceFieldRef": {"resource": "limits.cpu"}}
    half = {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0.5"}}
    items = {"items": [{"path": "a", **reference}, {"path": "b", **half}]}
    spec = set_defaults(
        "Pod",
        {
            "spec": {
                "containers": [{"name": "c", "env": [{"name": "A", "valueFrom": reference}]}],
                "volumes": [
                    {"name": "v", "downwardAPI": items},
                    {"name": "w", "projected": {"sources": [{"downwardAPI": items}]}},
                ],
            }
        },
    )["spec"]
    zero = {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}
    half = {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "500m"}}
    assert spec["containers"][0]["env"] == [{"name": "A", "valueFrom": zero}]
    files = [{"path": "a", **zero}, {"path": "b", **half}]
    assert spec["volumes"][0]["downwardAPI"]["items"] == files
    assert spec["volumes"][1]["projected"]["sources"] == [{"downwardAPI": {"items": files}}]


@pytest.mark.parametrize("text", ["", "1Q", "abc", "1 Gi", "1e", "--1"])
def test_an_invalid_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        canonical_quantity(text)


def test_a_null_in_a_map_is_the_zero_of_its_values_and_elsewhere_no_field() -> None:
    pod = {
        "metadata": {"annotations": {"a": None}, "labels": None},
        "spec": {"nodeSelector": {"b": None}, "containers": [{"resources": {"limits": {"cpu": None}}}]},
    }
    result = set_defaults("Pod", pod)
    assert result["metadata"] == {"annotations": {"a": ""}}
    assert result["spec"]["nodeSelector"] == {"b": ""}
    assert result["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "0"}, "requests": {"cpu": "0"}}


def test_a_sysctl_and_a_header_have_a_value_even_an_empty_one() -> None:
    probe = {"httpGet": {"port": 80, "path": "/", "scheme": "HTTP", "httpHeaders": [{"name": "A"}]}}
    spec = {"securityContext": {"sysctls": [{"name": "x"}]}, "containers": [{"livenessProbe": probe}]}
    result = set_defaults("Pod", {"spec": spec})["spec"]
    assert result["securityContext"] == {"sysctls": [{"name": "x", "value": ""}]}
    assert result["containers"][0]["livenessProbe"]["httpGet"]["httpHeaders"] == [{"name": "A", "value": ""}]


@pytest.mark.parametrize(
    ("version", "spec", "context"),
    [
        (Version(1, 18), {}, {}),
        (Version(1, 24), {}, {"seccompProfile": {"type": "Unconfined"}}),
        (Version(1, 25), {"hostUsers": False}, {"seccompProfile": {"type": "Unconfined"}}),
        (
            Version(1, 37),
            {"hostUsers": False},
            {"seccompProfile": {"type": "Unconfined"}, "appArmorProfile": {"type": "Unconfined"}},
        ),
    ],
)
def test_a_server_ignores_fields_of_later_releases(
    version: Version, spec: dict[str, Any], context: dict[str, Any]
) -> None:
    newest = {"seccompProfile": {"type": "Unconfined"}, "appArmorProfile": {"type": "Unconfined"}}
    pod = {
        "spec": {"hostUsers": False, "securityContext": newest, "containers": [{"securityContext": newest}]}
    }
    result = set_defaults("Pod", pod, version)["spec"]
    assert {key: result[key] for key in result.keys() & {"hostUsers"}} == spec
    assert result["securityContext"] == context
    assert result["containers"][0]["securityContext"] == context


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"securityContext": {"sysctls": True}},
            "spec.securityContext.sysctls must be a list, not true or false",
        ),
        (
            {"securityContext": {"sysctls": ["a"]}},
            "spec.securityContext.sysctls[0] must be an object, not a string",
        ),
        (
            {"containers": [{"livenessProbe": {"httpGet": {"httpHeaders": "x"}}}]},
            "spec.containers[0].livenessProbe.httpGet.httpHeaders must be a list, not a string",
        ),
    ],
)
def test_fields_that_defaulting_reads_are_type_checked_first(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        set_defaults("Pod", {"spec": spec})
