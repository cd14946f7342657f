"""Tests that a package imports only what its row in CONTRIBUTING.md names."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rbacpsp"
FIRST_DECISION, LAST_DECISION = "apply", "paths"


def table() -> dict[str, set[str]]:
    """The rooms of CONTRIBUTING.md in order, each with those that its row names."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows: dict[str, set[str]] = {}
    for names, may in re.findall(r"^\| (`[^|]+) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE):
        above = list(rows)
        rooms = {name.split("/")[0].removesuffix(".py") for name in re.findall(r"`([^`]+)`", names)}
        for room in rooms:
            if may in {"all above", "everything"}:
                rows[room] = set(above)
            else:
                decisions = above[above.index(FIRST_DECISION) :] if FIRST_DECISION in above else []
                if LAST_DECISION in decisions:
                    decisions = decisions[: decisions.index(LAST_DECISION) + 1]
                words = {
                    "nothing of ours": set(),
                    "findings": {"audit", "paths"},
                    "all decisions": set(decisions),
                }
                rows[room] = set().union(*(words.get(word, {word}) for word in re.split(", |/", may)))
    return {**rows, "__init__": {"cluster", "files", "live", "logs", "testing"}, "__main__": {"cli"}}


DIRECT = table()


def reachable(room: str) -> set[str]:
    """The rooms that a room may import: its row's, and theirs in turn."""
    seen = {room}
    waiting = [room]
    while waiting:
        for other in DIRECT[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def test_the_table_lists_what_exists() -> None:
    exists = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert set(DIRECT) == exists


def test_a_package_imports_only_packages_above_it() -> None:
    rooms = list(DIRECT)
    assert [
        (room, other) for room in rooms for other in DIRECT[room] if rooms.index(other) >= rooms.index(room)
    ] == []


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize(
    "module", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_a_module_imports_only_what_its_package_may(module: Path) -> None:
    room = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    ours = {name.split(".")[1] for name in imports(module) if name.startswith("rbacpsp.")}
    assert ours - {"__version__"} <= reachable(room)


def names_of_modules() -> dict[str, Path]:
    return {
        ".".join(("rbacpsp", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def test_no_module_imports_itself_through_others_not_even_for_types() -> None:
    modules = names_of_modules()
    waits_for: dict[str, set[str]] = {}
    for name, path in modules.items():
        result = {each if each in modules else each.rpartition(".")[0] for each in imports(path)}
        # every module imports the package itself before anything else
        waits_for[name] = (result & modules.keys()) - {name, "rbacpsp"}
    try:
        tuple(TopologicalSorter(waits_for).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_every_module_stays_below_400_lines() -> None:
    assert [
        p.name for p in PACKAGE.rglob("*.py") if len(p.read_text(encoding="utf-8").splitlines()) > 400
    ] == []
