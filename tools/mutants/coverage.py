"""Finds the tests that run each line of a room, and how long each test takes."""

import importlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import coverage
import pytest

from tools.mutants.mutant import Mutant
from tools.mutants.process import OPTIONS

IMPORTED = ""
"""The context of lines that run when a module is imported."""


class Covered:
    """The tests of each line of each module, the quickest first."""

    def __init__(self, lines: dict[str, dict[str, list[str]]], seconds: dict[str, float]) -> None:
        self.lines = lines
        self.seconds = seconds
        running = {test for module in lines.values() for tests in module.values() for test in tests}
        self.reading = seconds.keys() - running
        """The tests that run no line of the room beyond its import: they read its tables."""

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests that run a changed line; where only the import does, all that use its module."""
        lines = self.lines.get(mutant.module, {})
        numbers = range(mutant.line, mutant.last_line + 1)
        changed = {test for number in numbers for test in lines.get(str(number), ())}
        if IMPORTED in changed:
            named = self.of_module(mutant.module) or self._of_folder(mutant.module)
            return self._quickest({*named, *self.reading})
        return self._quickest(changed)

    def of_module(self, module: str) -> list[str]:
        """The tests that run a line of a module beyond its import."""
        return self._quickest({test for tests in self.lines.get(module, {}).values() for test in tests})

    def _of_folder(self, module: str) -> list[str]:
        """The tests of the modules beside one that is data alone, which no test runs."""
        folder = module.rpartition("/")[0]
        beside = [other for other in self.lines if other.rpartition("/")[0] == folder]
        return self._quickest({test for other in beside for test in self.of_module(other)})

    def _quickest(self, tests: set[str]) -> list[str]:
        return sorted(tests - {IMPORTED}, key=lambda test: (self.seconds.get(test, 0.0), test))


class _Recorder:
    """Tells the measurement which test runs."""

    def __init__(self, measured: coverage.Coverage, caches: list[Callable[[], None]]) -> None:
        self.measured = measured
        self.caches = caches
        """What makes the functions of the room forget their answers, so that each test runs their lines."""
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        for forget in self.caches:
            forget()
        self.measured.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.measured.switch_context(IMPORTED)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.append(report.nodeid)


def measure(root: Path, room: str, folders: list[str], record: Path) -> None:
    """Run the tests of the folders once and write which of them run each line of the room."""
    measured = coverage.Coverage(
        data_file=None, include=[str(root / "rbacpsp" / room / "*")], config_file=False
    )
    measured.start()
    caches: list[Callable[[], None]] = []
    for module in sorted(
        (root / "rbacpsp" / room).rglob("*.py")
    ):  # else its time counts for the first test that needs it
        parts = module.relative_to(root).with_suffix("").parts
        loaded = importlib.import_module(".".join(parts).removesuffix(".__init__"))
        caches += [value.cache_clear for value in vars(loaded).values() if hasattr(value, "cache_clear")]
    recorder = _Recorder(measured, caches)
    pytest.main([*OPTIONS, *folders], plugins=[recorder])
    measured.stop()
    if recorder.failed:
        raise SystemExit(f"these tests fail without any change: {', '.join(recorder.failed)}")
    data = measured.get_data()
    lines = {
        os.path.relpath(file, root): {
            str(line): contexts for line, contexts in data.contexts_by_lineno(file).items()
        }
        for file in data.measured_files()
    }
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"lines": lines, "seconds": recorder.seconds}), encoding="utf-8")


def read(record: Path) -> Covered:
    """What was measured."""
    return Covered(**json.loads(record.read_text(encoding="utf-8")))
