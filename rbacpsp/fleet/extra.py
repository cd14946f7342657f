"""Checks that the packages of the extra `fleet` are installed."""

from collections.abc import Iterable
from importlib.util import find_spec

from rbacpsp.fleet.errors import FleetError


def require_extra(modules: Iterable[str]) -> None:
    """Check that packages are installed.

    Raises:
        FleetError: One is missing.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise FleetError(
            f"a fleet needs packages that are not installed ({', '.join(missing)}): "
            "pip install 'rbacpsp[fleet]' installs them"
        )
