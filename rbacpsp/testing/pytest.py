"""A plugin for pytest that collects assertion files: every assertion is a test.

```shell
pytest -p rbacpsp.testing.pytest --rbacpsp-cluster manifests/ tests/access.yaml
```

A file of YAML or JSON with `kind: AccessTest` is collected, by name or in a folder. The tests use the fixture
`cluster`: the value of `--rbacpsp-cluster`, else of the setting `rbacpsp_cluster` in the configuration
(files, folders or snapshots, relative to it). A `conftest.py` may define the fixture itself instead, for
example as `rbacpsp.connect()`. `pytest_plugins = ["rbacpsp.testing.pytest"]` in the topmost `conftest.py`
replaces `-p`.

Assertions that cannot be checked fail too, unless `--rbacpsp-allow-unknown` is set.
"""

import re
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from rbacpsp.assertions.assertion import Assertion
from rbacpsp.assertions.resolve import Asking
from rbacpsp.assertions.run import CANNOT_BE_ASKED, PASSED, AccessTestResult, judged
from rbacpsp.cluster import Cluster
from rbacpsp.decode import LoadError
from rbacpsp.files import load
from rbacpsp.model import User
from rbacpsp.testing.assertion_files import AssertionInFileError, read_assertion_file

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_MARK = b"AccessTest"
_API = b"rbacpsp.io/"
_ASSERTIONS = re.compile(rb'^[ \t{]*"?assertions"?[ \t]*:', re.MULTILINE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("rbacpsp")
    group.addoption(
        "--rbacpsp-cluster",
        action="append",
        metavar="PATH",
        default=[],
        help="A file, a folder or a snapshot of the cluster to test assertion files on; may be repeated.",
    )
    group.addoption(
        "--rbacpsp-allow-unknown",
        action="store_true",
        help="Skip an assertion that cannot be tested on the cluster, instead of failing.",
    )
    parser.addini("rbacpsp_cluster", "The default of --rbacpsp-cluster.", type="paths", default=[])


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    """The cluster that assertion files check."""
    paths: list[str] = pytestconfig.getoption("rbacpsp_cluster") or [
        str(path) for path in pytestconfig.getini("rbacpsp_cluster")
    ]
    if not paths:
        raise pytest.UsageError("no cluster: pass --rbacpsp-cluster PATH, or define the fixture cluster")
    try:
        return load(*paths)
    except LoadError as error:
        raise pytest.UsageError("; ".join(map(str, error.problems))) from None


@pytest.fixture(scope="session")
def cluster_user() -> User | None:
    """The user of the cluster's login, for assertions about `live`; override it if there is one."""
    return None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "AssertionFile | None":
    """Collect a file with assertions."""
    if file_path.suffix not in _SUFFIXES or not _has_assertions(file_path.read_bytes()):
        return None
    assertion_file: AssertionFile = AssertionFile.from_parent(parent, path=file_path)
    return assertion_file


def _has_assertions(data: bytes) -> bool:
    """Whether a file has assertions, also under a misspelt kind, which is then an error."""
    return _MARK in data or (_API in data and _ASSERTIONS.search(data) is not None)


class AssertionFile(pytest.Module):
    """An assertion file; it is collected like a module, so that its tests may use fixtures."""

    def _getobj(self) -> types.ModuleType:
        """An empty module instead of an imported one."""
        return types.ModuleType(self.path.stem)

    def collect(self) -> Iterator[pytest.Function]:
        """A test for each assertion."""
        try:
            assertions = read_assertion_file(self.path)
        except AssertionInFileError as error:
            raise self.CollectError(str(error)) from None
        askings = _Askings()
        allow_unknown = bool(self.config.getoption("rbacpsp_allow_unknown"))
        for assertion in assertions:
            asks = _Asks(assertion, askings, allow_unknown=allow_unknown)
            test: pytest.Function = AssertionTest.from_parent(self, name=assertion.name, callobj=asks)
            yield test


class AssertionTest(pytest.Function):
    """One assertion."""

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The position of the assertion in its file."""
        line = getattr(self.obj, "line", 0)
        return self.path, line - 1 if line else None, self.name


class _Askings:
    """Caches the data of a cluster for all assertions of a file."""

    def __init__(self) -> None:
        self._last: tuple[Cluster, User | None, Asking] | None = None

    def of(self, cluster: Cluster, user: User | None) -> Asking:
        """The `Asking` of a cluster."""
        if self._last is None or self._last[0] is not cluster or self._last[1] != user:
            self._last = (cluster, user, Asking(cluster, live=user))
        return self._last[2]


class _Asks:
    """Checks one assertion; pytest calls it with the fixtures."""

    __name__ = "assertion"

    def __init__(self, assertion: Assertion, askings: _Askings, *, allow_unknown: bool) -> None:
        self._assertion = assertion
        self._askings = askings
        self._allow_unknown = allow_unknown
        self.line = assertion.line

    def __call__(self, cluster: Cluster, cluster_user: User | None) -> None:
        result = judged(self._assertion, self._askings.of(cluster, cluster_user))
        if result.result == CANNOT_BE_ASKED and self._allow_unknown:
            pytest.skip(result.why)
        if result.result != PASSED:
            pytest.fail(failure_text(result, cluster), pytrace=False)


def failure_text(result: AccessTestResult, cluster: Cluster) -> str:
    """Why an assertion does not pass: its reason, and the grants with their positions."""
    lines = [f"{result.result}: {result.why}"]
    if result.assertion.reason:
        lines.append(f"it must be so: {result.assertion.reason}")
    for grant in result.grants:
        origin = cluster.objects.origin(grant.binding)
        location = f" ({origin.document.file}:{origin.line})" if origin.document.file else ""
        lines.append(f"{grant.sentence}{location}")
    return "\n".join(lines)
