"""Fixtures for real API servers, one of each release for a session; see tests/apiserver.

A module whose tests depend on everything that a server holds has servers of its own:

    v1_24, current = own_servers()
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.server import ApiServer, NotBuiltError, run_server


def started(name: str, folders: pytest.TempPathFactory) -> Iterator[ApiServer]:
    try:
        with run_server(name, folders.mktemp(name) / "server") as server:
            yield server
    except NotBuiltError as missing:
        if os.environ.get("RBACPSP_LIVE"):
            raise
        pytest.skip(f"not run: {missing}")


@pytest.fixture(scope="session")
def v1_24(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """The last release with PodSecurityPolicy."""
    yield from started("v1.24", tmp_path_factory)


@pytest.fixture(scope="session")
def current(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A current release."""
    yield from started("current", tmp_path_factory)


def own_servers() -> tuple[Any, Any]:
    """The fixtures `v1_24` and `current` for one module only, without objects of other modules."""

    def v1_24(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
        yield from started("v1.24", tmp_path_factory)

    def current(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
        yield from started("current", tmp_path_factory)

    return pytest.fixture(scope="module")(v1_24), pytest.fixture(scope="module")(current)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A current server for one module only, which may change the server's own objects."""
    yield from started("current", tmp_path_factory)


@pytest.fixture(scope="module", params=["v1.24", "current"])
def untouched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    """Each of the releases, on a server for one module only, without objects of other modules."""
    yield from started(request.param, tmp_path_factory)


@pytest.fixture
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server for one test only, which may stop it."""
    yield from started("current", tmp_path_factory)


@pytest.fixture(params=["v1_24", "current"])
def server(request: pytest.FixtureRequest) -> ApiServer:
    """Each of the releases."""
    chosen = request.getfixturevalue(request.param)
    assert isinstance(chosen, ApiServer)
    return chosen


@pytest.fixture(autouse=True)
def nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the tests independent of the developer's kubeconfig and proxies."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (
        "KUBECONFIG",
        "KUBERNETES_SERVICE_HOST",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "https_proxy",
        "http_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
