"""Tests the table of kinds against the recorded discovery."""

import dataclasses

from rbacpsp.catalog import Catalog
from rbacpsp.catalog.catalog import RECORDED
from rbacpsp.model import Objects, Version
from rbacpsp.model.kinds import BY_NAME, KINDS


def test_the_kinds_are_sorted_and_each_has_a_table() -> None:
    assert [kind.name for kind in KINDS] == sorted(BY_NAME)
    assert {kind.kept for kind in KINDS} <= {field.name for field in dataclasses.fields(Objects)}


def test_a_struct_has_the_name_of_its_kind() -> None:
    assert all(kind.type is None or kind.type.__name__ == kind.name for kind in KINDS)


def test_the_table_of_kinds_and_discovery_agree() -> None:
    for version in RECORDED:
        served = {
            (resource.kind, resource.group): resource
            for resource in Catalog.for_version(version).resources
            if not resource.subresource
        }
        for kind in KINDS:
            if kind.versions(version) and not kind.optional:
                found = served[kind.name, kind.group]
                assert (found.name, found.namespaced, set(found.short_names)) == (
                    kind.plural,
                    kind.namespaced,
                    set(kind.short),
                )


def test_a_kind_is_requested_only_from_versions_that_serve_it() -> None:
    jobs = BY_NAME["CronJob"]
    assert jobs.versions(Version(1, 20)) == ("batch/v1beta1",)
    assert jobs.versions(Version(1, 30)) == ("batch/v1",)
    assert jobs.versions(None) == ("batch/v1", "batch/v1beta1")
    assert BY_NAME["PodSecurityPolicy"].versions(Version(1, 25)) == ()


def test_a_resource_is_named_with_its_group() -> None:
    assert BY_NAME["Role"].resource == "roles.rbac.authorization.k8s.io"
    assert BY_NAME["Pod"].resource == "pods"
