"""Tests that the name of a class means one thing in the whole package."""

import ast
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rbacpsp"

SHARED = {
    "Considered": "PodSecurityPolicy's and OpenShift's answers list what was considered; both are documented",
    "MustRunAs": "the API's word for a strategy, which users, groups and SELinux labels each have",
    "Row": "the rows of a simulation and of a preflight check; both are documented",
    "RunAsAny": "the API's word for a strategy, which users, groups and SELinux labels each have",
}
"""The names that classes of several modules may have, and why."""


def modules_by_class() -> dict[str, list[str]]:
    """The modules that define a class, by its name."""
    modules: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].append(str(path.relative_to(PACKAGE)))
    return modules


def test_no_two_modules_define_a_class_of_one_name() -> None:
    shared = {name: modules for name, modules in modules_by_class().items() if len(modules) > 1}
    assert {name: modules for name, modules in shared.items() if name not in SHARED} == {}


def test_every_name_that_may_be_shared_is_shared() -> None:
    modules = modules_by_class()
    assert [name for name in SHARED if len(modules[name]) < 2] == []


@pytest.mark.parametrize(
    ("package", "earlier", "name"),
    [
        ("audit", "Policy", "AuditPolicy"),
        ("model", "Origin", "ObjectOrigin"),
        ("assertions", "Access", "RequestCombinations"),
        ("simulate", "Difference", "RowDifference"),
        ("pss.checks", "Check", "PodSecurityCheck"),
    ],
)
def test_the_earlier_name_of_an_exported_class_still_works(package: str, earlier: str, name: str) -> None:
    module = import_module(f"rbacpsp.{package}")
    assert getattr(module, earlier) is getattr(module, name)
    assert {earlier, name} <= set(module.__all__)
