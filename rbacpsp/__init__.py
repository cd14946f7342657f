"""Answers what the Kubernetes API server would: who can do what, which policy wins, and why.

```python
import rbacpsp
from rbacpsp import Request, User

cluster = rbacpsp.load("dump.json", "manifests/")
cluster.authorize(User.impersonate("alice"), Request("get", resource="pods", namespace="default")).reason
```
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster, load
    from rbacpsp.live import connect
    from rbacpsp.load import LoadError
    from rbacpsp.load.refusals import ConnectError
    from rbacpsp.model import Request, Subject, User

__version__ = "0.1.0"

__all__ = [
    "Cluster",
    "ConnectError",
    "LoadError",
    "Request",
    "Subject",
    "User",
    "__version__",
    "connect",
    "load",
]

_PLACES = {
    "Cluster": "rbacpsp.cluster",
    "ConnectError": "rbacpsp.load.refusals",
    "LoadError": "rbacpsp.load",
    "Request": "rbacpsp.model",
    "Subject": "rbacpsp.model",
    "User": "rbacpsp.model",
    "connect": "rbacpsp.live",
}


def __getattr__(name: str) -> Any:
    """Import a public name, or a room, when it is first used: the command line starts without them."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    if name == "pss":
        return import_module("rbacpsp.pss")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Package(ModuleType):
    """This package, in which `load` is the function though a room has that name too."""

    @property
    def load(self) -> Any:
        """`rbacpsp.cluster.load`."""
        return import_module("rbacpsp.cluster").load

    @load.setter
    def load(self, room: ModuleType) -> None:
        """The import system would put the room here."""


sys.modules[__name__].__class__ = _Package
