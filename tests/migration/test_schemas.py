"""Tests that the output for Kyverno, Gatekeeper and Kubewarden fits their published schemas."""

import json
from typing import Any

import pytest

from rbacpsp import migrate
from rbacpsp.migration.kubewarden.modules import REGISTRY, VERSIONS
from tests.migration.build import cluster
from tests.migration.crd import DATA, misfits, parameter_misfits, schemas
from tests.migration.shapes import OFFICIAL, POLICIES
from tests.migration.test_vap import SCOPED

JSON = dict[str, Any]
MODULES: dict[str, JSON] = json.loads((DATA / "kubewarden-modules.json").read_text(encoding="utf-8"))
_SORTS = {"boolean": bool, "string": str, "enum": str, "array[": list, "sequence[": list}


def written(*objects: JSON, engine: str, **options: Any) -> list[JSON]:
    return list(migrate(cluster(*objects), engine, **options).objects)


WAYS: list[tuple[str, JSON]] = [
    ("kyverno", {}),
    ("kyverno", {"kyverno_api": "clusterpolicy", "actions": ("Warn", "Audit")}),
    ("kyverno", {"subresources": "exact", "excluded_namespaces": ("kube-system",)}),
    ("gatekeeper", {}),
    ("gatekeeper", {"template": "own", "excluded_namespaces": ("kube-system",)}),
    ("gatekeeper", {"template": "library", "actions": ("Audit",)}),
    ("kubewarden", {}),
    ("kubewarden", {"actions": ("Audit",), "excluded_namespaces": ("kube-system",)}),
]


@pytest.mark.parametrize(
    ("engine", "options"), WAYS, ids=[f"{each}-{number}" for number, (each, _) in enumerate(WAYS)]
)
def test_every_object_fits_the_schema_of_its_kind(engine: str, options: JSON) -> None:
    clusters: list[tuple[JSON, ...]] = [(shape,) for shape in POLICIES]
    for objects in (*clusters, tuple(OFFICIAL), SCOPED):
        listed = written(*objects, engine=engine, **options)
        templates = {
            each["spec"]["crd"]["spec"]["names"]["kind"]: each
            for each in listed
            if each["kind"] == "ConstraintTemplate"
        }
        for obj in listed:
            if obj["apiVersion"].startswith("constraints."):
                assert parameter_misfits(obj, templates[obj["kind"]]) == []
            else:
                assert misfits(obj) == []
            assert {"name", "labels", "annotations"} == set(obj["metadata"])


def test_a_misfit_is_found() -> None:
    [policy, *_] = written(*SCOPED, engine="kyverno")
    policy["spec"]["failurePolicy"] = "Maybe"
    policy["spec"]["validationAction"] = []
    assert misfits(policy) == [
        ".spec.failurePolicy is none of ['Ignore', 'Fail']",
        ".spec.validationAction is not known",
    ]


def test_each_schema_has_a_source_a_version_and_a_licence() -> None:
    for schema in schemas().values():
        assert schema["source"].startswith("https://github.com/")
        assert schema["version"]
        assert schema["licence"] == "Apache-2.0"


def test_kubewardens_modules_are_published_in_the_versions_that_are_named() -> None:
    assert {name: each["version"] for name, each in MODULES.items()} == VERSIONS
    assert {f"registry://{module['ociUrl']}" for module in MODULES.values()} == {
        f"{REGISTRY}{name}" for name in VERSIONS
    }


def settled(objects: list[JSON]) -> list[tuple[JSON, bool]]:
    """Every use of a module, and whether it may mutate."""
    return [
        (each, bool(obj["spec"].get("mutating")))
        for obj in objects
        for each in obj["spec"].get("policies", {"": obj["spec"]}).values()
    ]


@pytest.mark.parametrize("shape", POLICIES, ids=[policy["metadata"]["name"] for policy in POLICIES])
def test_the_settings_of_modules_are_those_of_their_published_metadata(shape: JSON) -> None:
    uses = settled(written(shape, engine="kubewarden"))
    assert uses
    for use, mutating in uses:
        name = use["module"].removeprefix(REGISTRY).partition(":")[0]
        module = MODULES[name]
        assert module["mutating"] or not mutating
        assert any("pods" in rule["resources"] or "*" in rule["resources"] for rule in module["rules"])
        if name == "cel-policy":
            assert set(use["settings"]) == {"variables", "validations"}
            continue
        for key, value in use["settings"].items():
            assert isinstance(value, _SORTS[module["settings"][key]])
