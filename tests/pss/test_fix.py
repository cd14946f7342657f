"""Tests that automatic fixes are verified and that other failures are reported."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacpsp import pss
from rbacpsp.model import Manifest, ObjectMeta, Version
from rbacpsp.pss.fix import fix

Spec = dict[str, Any]


def pod_of_containers(*containers: Spec, **spec: Any) -> Spec:
    return {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": list(containers), **spec}}


BARE = {"name": "a", "image": "i"}
MENDED = {**BARE, "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
POD_CONTEXT = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_a_bare_pod_is_fixed_completely() -> None:
    obj = pod_of_containers(BARE)
    before = copy.deepcopy(obj)
    done = fix(obj)
    assert done.complete
    assert done.obj == pod_of_containers(MENDED, securityContext=POD_CONTEXT)
    assert [(edit.field, edit.value, edit.replaced, edit.check) for edit in done.edits] == [
        (
            "spec.containers[0].securityContext.allowPrivilegeEscalation",
            False,
            None,
            "allowPrivilegeEscalation",
        ),
        ("spec.containers[0].securityContext.capabilities.drop", ["ALL"], None, "capabilities_restricted"),
        ("spec.securityContext.runAsNonRoot", True, None, "runAsNonRoot"),
        ("spec.securityContext.seccompProfile.type", "RuntimeDefault", None, "seccompProfile_restricted"),
    ]
    assert done.remaining == ()
    assert obj == before


def test_the_patch_finds_containers_by_name() -> None:
    job = {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": {
        "initContainers": [{"name": "i"}],
        "containers": [{"name": "ok", **MENDED}, {"name": "b"}],
        "securityContext": POD_CONTEXT,
    }}}}}}  # fmt: skip
    context = MENDED["securityContext"]
    assert fix(job).patch == {"spec": {"jobTemplate": {"spec": {"template": {"spec": {
        "initContainers": [{"name": "i", "securityContext": context}],
        "containers": [{"name": "b", "securityContext": context}],
    }}}}}}  # fmt: skip


def test_values_that_violate_the_level_are_replaced_and_reported() -> None:
    contrary = pod_of_containers(
        {
            "name": "a",
            "securityContext": {
                "allowPrivilegeEscalation": True,
                "runAsNonRoot": False,
                "capabilities": {"drop": ["KILL"]},
                "seccompProfile": {"type": "Unconfined"},
            },
        },
        {"name": "b"},
    )
    done = fix(contrary)
    assert done.complete
    assert {edit.field: edit.replaced for edit in done.edits if edit.replaced is not None} == {
        "spec.containers[0].securityContext.allowPrivilegeEscalation": True,
        "spec.containers[0].securityContext.capabilities.drop": ["KILL"],
        "spec.containers[0].securityContext.runAsNonRoot": False,
        "spec.containers[0].securityContext.seccompProfile.type": "Unconfined",
    }
    first = done.obj["spec"]["containers"][0]["securityContext"]
    assert first["capabilities"] == {"drop": ["KILL", "ALL"]}
    assert done.obj["spec"]["securityContext"] == POD_CONTEXT


@pytest.mark.parametrize(
    ("context", "check", "why"),
    [
        (
            {"runAsUser": 0},
            "runAsNonRoot",
            "the pod or a container asks to run as user 0: choose another user first",
        ),
        ({"runAsUser": 0}, "runAsUser", "choose a user other than 0 that the image can run as"),
        ({"privileged": True}, "allowPrivilegeEscalation", "a privileged container, or one with SYS_ADMIN"),
        ({"privileged": True}, "privileged", "the manifest does not show what the program needs"),
        ({"capabilities": {"add": ["SYS_ADMIN"]}}, "allowPrivilegeEscalation", "a privileged container, or"),
        (
            {"capabilities": {"add": ["KILL"]}},
            "capabilities_restricted",
            "the manifest does not show whether the program needs",
        ),
    ],
)
def test_fields_that_depend_on_the_program_are_kept_and_reported(context: Spec, check: str, why: str) -> None:
    done = fix(pod_of_containers({"name": "a", "securityContext": context}))
    assert not done.complete
    (left,) = [each for each in done.remaining if each.failure.check == check]
    assert left.why.startswith(why)
    kept = done.obj["spec"]["containers"][0]["securityContext"]
    assert {key: kept[key] for key in context if key != "capabilities"} == {
        key: value for key, value in context.items() if key != "capabilities"
    }


def test_baseline_needs_a_seccomp_profile_only_where_it_is_unconfined() -> None:
    assert fix(pod_of_containers(BARE), "baseline").edits == ()
    done = fix(
        pod_of_containers(BARE, securityContext={"seccompProfile": {"type": "Unconfined"}}), "baseline"
    )
    assert done.obj == pod_of_containers(BARE, securityContext={"seccompProfile": {"type": "RuntimeDefault"}})


def test_a_forbidden_annotation_is_left() -> None:
    obj = pod_of_containers(BARE)
    obj["metadata"]["annotations"] = {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
    done = fix(obj, "baseline", "v1.18", Version(1, 27))
    assert done.obj == obj
    assert [left.why for left in done.remaining] == ["an annotation names the profile: remove it"]


def test_a_manifest_is_fixed_as_its_object() -> None:
    body = pod_of_containers(BARE)
    assert fix(Manifest("Pod", "v1", ObjectMeta(name="p"), body)).obj == fix(body).obj


def test_a_windows_pod_needs_no_linux_fields() -> None:
    done = fix(pod_of_containers(BARE, os={"name": "windows"}))
    assert done.obj == pod_of_containers(BARE, os={"name": "windows"}, securityContext={"runAsNonRoot": True})


SOME_CONTEXT = (
    st.fixed_dictionaries(
        {},
        optional={
            "privileged": st.booleans(),
            "allowPrivilegeEscalation": st.booleans(),
            "runAsNonRoot": st.booleans(),
            "runAsUser": st.integers(0, 2),
            "capabilities": st.sampled_from(
                [{}, {"drop": ["KILL"]}, {"add": ["CHOWN"]}, {"add": ["SYS_ADMIN"]}]
            ),
            "seccompProfile": st.sampled_from([{"type": "Localhost"}, {"type": "Unconfined"}]),
        },
    )
    | st.none()
)
SOME_CONTAINERS = st.lists(st.fixed_dictionaries({"securityContext": SOME_CONTEXT}), min_size=1, max_size=3)


@settings(deadline=None)
@given(SOME_CONTAINERS, st.none() | st.just({}) | st.just({"runAsNonRoot": False}), st.integers(0, 37))
def test_the_fixed_pod_passes_or_the_remaining_violations_are_reported(
    containers: list[Spec], context: Spec | None, minor: int
) -> None:
    named = [{"name": f"c{i}", **container} for i, container in enumerate(containers)]
    obj = pod_of_containers(*named, securityContext=context)
    done = fix(obj, "restricted", f"v1.{minor}")
    again = pss.evaluate(done.obj, "restricted", f"v1.{minor}")
    assert done.evaluation == again
    assert done.complete == again.allowed == (not done.remaining)
    assert [left.failure for left in done.remaining] == list(again.failures)
    assert all(left.why for left in done.remaining)
    assert fix(done.obj, "restricted", f"v1.{minor}").edits == ()
