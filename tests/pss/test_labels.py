"""Tests that the labels of a namespace give its levels, also if labels are invalid."""

import pytest

from rbacpsp.model import Version
from rbacpsp.model.field_error import duplicate, invalid
from rbacpsp.model.go import aggregate
from rbacpsp.pss import LevelVersion, Policy, policy_to_evaluate

V1_24, V1_26 = Version(1, 24), Version(1, 26)


def policy_of_levels(enforce: str, audit: str, warn: str) -> Policy:
    return Policy(*map(LevelVersion.parse, (enforce, audit, warn)))


def of(
    labels: dict[str, str], server: Version = V1_26, defaults: Policy | None = None
) -> tuple[Policy, list[str]]:
    prefixed = {f"pod-security.kubernetes.io/{key}": value for key, value in labels.items()}
    found, errors = policy_to_evaluate(prefixed, defaults or Policy(), server)
    return found, list(map(str, errors))


def test_without_labels_the_defaults_count() -> None:
    defaults = policy_of_levels("baseline:v1.20", "restricted", "restricted:v1.30")
    assert of({}, defaults=defaults) == (defaults, [])


def test_each_mode_has_its_own_level_and_version() -> None:
    labels = {
        "enforce": "baseline",
        "enforce-version": "v1.24",
        "audit": "restricted",
        "warn-version": "v1.25",
    }
    assert of(labels, V1_24) == (policy_of_levels("baseline:v1.24", "restricted", "privileged:v1.25"), [])


@pytest.mark.parametrize(
    ("labels", "warn"),
    [
        ({"enforce": "baseline"}, "baseline:latest"),
        ({"enforce": "baseline", "enforce-version": "v1.24"}, "baseline:v1.24"),
        ({"enforce": "baseline", "enforce-version": "v1.24", "warn-version": "v1.25"}, "baseline:v1.25"),
        ({"enforce": "baseline", "warn": "privileged"}, "privileged:latest"),
        ({"enforce": "strict"}, "privileged:latest"),
        ({"enforce": "privileged"}, "privileged:latest"),
    ],
)
def test_since_1_26_an_unset_warn_follows_a_stricter_enforce(labels: dict[str, str], warn: str) -> None:
    assert str(of(labels)[0].warn) == warn
    assert of(labels, V1_24)[0].warn.level == "privileged"


def test_a_default_warn_that_is_as_strict_stays() -> None:
    defaults = policy_of_levels("privileged", "privileged", "restricted:v1.20")
    assert str(of({"enforce": "baseline"}, defaults=defaults)[0].warn) == "restricted:v1.20"


def test_an_invalid_enforce_falls_closed_and_the_others_fall_open() -> None:
    labels = {"enforce": "x", "audit": "y", "audit-version": "1.25", "warn": ""}
    found, errors = of(labels, defaults=policy_of_levels("baseline:v1.1", "baseline:v1.1", "baseline:v1.1"))
    assert found == policy_of_levels("restricted:v1.1", "privileged:latest", "privileged:v1.1")
    level, version = "must be one of privileged, baseline, restricted", 'must be "latest" or "v1.x"'
    assert errors == [
        f'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "x": {level}',
        f'metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: "y": {level}',
        f'metadata.labels[pod-security.kubernetes.io/audit-version]: Invalid value: "1.25": {version}',
        f'metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "": {level}',
    ]


def test_several_errors_are_one_message_in_brackets_without_repetitions() -> None:
    one, other = invalid("a", "x", "no"), duplicate("b", "y")
    assert aggregate((one,)) == 'a: Invalid value: "x": no'
    assert aggregate((one, other, one)) == '[a: Invalid value: "x": no, b: Duplicate value: "y"]'


def test_policies_are_equivalent_if_every_mode_has_the_same_level_and_version() -> None:
    assert policy_of_levels("privileged:v1.1", "baseline", "privileged").equivalent(
        policy_of_levels("privileged", "baseline", "privileged")
    )
    assert not Policy().equivalent(policy_of_levels("privileged", "privileged", "baseline"))
    assert Policy().fully_privileged
