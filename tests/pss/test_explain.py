"""Tests the explanation of a check: its sentence, its fields and its history."""

import pytest

from rbacpsp.model import Version
from rbacpsp.pss.explain import explain


def test_the_rule_of_the_given_version_is_explained() -> None:
    explanation = explain("sysctls", "v1.28")
    assert explanation.rule is not None
    assert explanation.rule.since == Version(1, 27)
    (restriction,) = explanation.rule.restrictions
    assert restriction.fields == ("spec.securityContext.sysctls[*].name",)
    assert restriction.allowed[-1] == "net.ipv4.ip_local_reserved_ports"
    assert [str(rule.since) for rule in explanation.history] == ["1.0", "1.27", "1.29", "1.32", "1.37"]


def test_a_check_that_is_not_part_of_a_version_has_no_rule_there() -> None:
    assert explain("hostProbesAndHostLifecycle", "v1.33").rule is None
    assert explain("hostProbesAndHostLifecycle", "v1.34", Version(1, 33)).rule is None
    assert explain("hostProbesAndHostLifecycle").rule is not None


def test_a_baseline_check_names_the_restricted_check_that_replaces_it() -> None:
    assert explain("capabilities_baseline").overridden_by == ("capabilities_restricted",)
    assert explain("capabilities_baseline", "v1.21").overridden_by == ()
    assert explain("privileged").overridden_by == ()


def test_an_unknown_check_or_version_is_an_error() -> None:
    with pytest.raises(KeyError, match='unknown check "x"'):
        explain("x")
    with pytest.raises(ValueError, match=r'must be "latest" or "v1\.x"'):
        explain("privileged", "1.25")
