"""Imports go one way: a package imports only what its row in CONTRIBUTING.md names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "rbacpsp"

DIRECT: dict[str, set[str]] = {
    "model": set(),
    "load": {"model"},
    "catalog": {"model"},
    "rbac": {"model", "catalog"},
    "pods": {"model", "catalog"},
    "psp": {"rbac", "pods"},
    "pss": {"pods"},
    "audit": {"rbac", "psp", "pss"},
    "simulate": {"psp"},
    "migrate": {"psp", "pss", "rbac"},
    "graph": {"rbac", "psp", "pss", "audit", "migrate"},
    "frames": {"rbac", "psp", "pss", "audit", "migrate"},
    "report": {"audit"},
    "cluster": {"load", "simulate", "graph", "frames", "report"},
    "live": {"cluster"},
    "verify": {"cluster"},
    "testing": {"cluster"},
    "cli": {"cluster", "live", "verify", "testing"},
    "__init__": {"cluster", "live"},
    "__main__": {"cli"},
}


def reachable(room: str) -> set[str]:
    """The rooms that a room may import: its row's, and theirs in turn."""
    seen = {room}
    waiting = [room]
    while waiting:
        for other in DIRECT[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize(
    "module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_module_imports_only_what_its_room_may(module: Path) -> None:
    room = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    ours = {name.split(".")[1] for name in imports(module) if name.startswith("rbacpsp.")}
    assert ours - {"__version__"} <= reachable(room)


def test_every_module_stays_below_400_lines() -> None:
    assert [
        p.name for p in PACKAGE.rglob("*.py") if len(p.read_text(encoding="utf-8").splitlines()) > 400
    ] == []
