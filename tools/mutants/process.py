"""Runs tests against a mutant in a separate process, and stops it if it takes too long.

The process is forked from one that has loaded what the tests need but nothing of the program, so that a run
starts at once and no file is changed.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Literal

import hypothesis
import msgspec
import pytest
import yaml

LOADED = (hypothesis, msgspec, yaml)
"""What is loaded before the fork."""

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # others take seconds to load
OPTIONS = (
    *("-p", "xdist.plugin", "-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider", "-q", "-n0"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # hypothesis is loaded before the fork
)
"""What every run of pytest is given."""

SURVIVED, KILLED, BROKEN = 0, 1, 3

Outcome = Literal["killed", "survived", "timeout"]

hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # which example fails is of no interest
)


class _MutatedLoader(SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self.mutated = source

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 -- the import system's signature
        return compile(self.mutated, self.path, "exec", dont_inherit=True)


class _MutatedFinder(MetaPathFinder):
    """Finds the mutated module in place of the one on disk."""

    def __init__(self, root: Path, module: str, source: str) -> None:
        parts = Path(module).with_suffix("").parts
        self.package = parts[-1] == "__init__"
        self.name = ".".join(parts[:-1] if self.package else parts)
        self.path = root / module
        self.source = source

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        if fullname != self.name:
            return None
        loader: Loader = _MutatedLoader(fullname, str(self.path), self.source)
        folders = [str(self.path.parent)] if self.package else None
        return spec_from_file_location(fullname, self.path, loader=loader, submodule_search_locations=folders)


class _Chosen:
    """Keeps the chosen tests, the quickest first."""

    def __init__(self, tests: list[str]) -> None:
        self.rank = {test: rank for rank, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.rank), key=lambda item: self.rank[item.nodeid]
        )


def outcome(root: Path, module: str, source: str, tests: list[str], limit: float) -> Outcome:
    """What the tests say to a module with this source; it survives where there are none."""
    if not tests:
        return "survived"

    def run() -> int:
        sys.meta_path.insert(0, _MutatedFinder(root, module, source))
        files = sorted({test.partition("::")[0] for test in tests})
        code = pytest.main([*OPTIONS, "-x", "--hypothesis-profile=mutants", *files], plugins=[_Chosen(tests)])
        return SURVIVED if code == pytest.ExitCode.OK else KILLED

    code = forked(run, limit)
    return "timeout" if code is None else "survived" if code == SURVIVED else "killed"


def forked(run: Callable[[], object], limit: float, output: str = os.devnull) -> int | None:
    """The exit code of a function in a process of its own; None when it had to be stopped.

    Args:
        run: The function; its answer is the exit code, where it is a number.
        limit: Seconds after which it is stopped.
        output: The file that it prints to.
    """
    child = os.fork()
    if not child:
        code = BROKEN
        try:
            os.setsid()
            written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(written, 1)
            os.dup2(written, 2)
            answer = run()
            code = answer if isinstance(answer, int) else 0
        except BaseException:  # noqa: BLE001 -- the reason is printed, and the process ends here
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
