"""Answers what the Kubernetes API server would: who can do what, which policy wins, and why.

```python
import rbacpsp
from rbacpsp import Request, User

cluster = rbacpsp.load("dump.json", "manifests/")
cluster.authorize(User.impersonate("alice"), Request("get", resource="pods", namespace="default")).reason
```
"""

TYPE_CHECKING = (
    False  # type checkers take it for true; `typing` is not imported, since the program waits for it
)

if TYPE_CHECKING:
    from rbacpsp import pss, testing
    from rbacpsp.assertions import test
    from rbacpsp.cluster import Cluster
    from rbacpsp.comparison import diff
    from rbacpsp.decode import LoadError
    from rbacpsp.files import load
    from rbacpsp.live import connect
    from rbacpsp.logs import usage
    from rbacpsp.migration import migrate
    from rbacpsp.model import Request, Subject, User
    from rbacpsp.sources.refusals import ConnectError


def _built_version() -> str:
    """The version of the tag or commit that this was built from; 0.0.0 in a checkout that was never built."""
    try:
        with open(f"{__path__[0]}/version.txt", encoding="utf-8") as text:  # noqa: PTH123 - pathlib takes longer
            return text.read().strip()
    except FileNotFoundError:
        return "0.0.0"


__version__ = _built_version()

__all__ = [
    "Cluster",
    "ConnectError",
    "LoadError",
    "Request",
    "Subject",
    "User",
    "__version__",
    "connect",
    "diff",
    "load",
    "migrate",
    "pss",
    "test",
    "testing",
    "usage",
]

_PLACES = {
    "Cluster": "rbacpsp.cluster",
    "ConnectError": "rbacpsp.sources.refusals",
    "LoadError": "rbacpsp.decode",
    "Request": "rbacpsp.model",
    "Subject": "rbacpsp.model",
    "User": "rbacpsp.model",
    "connect": "rbacpsp.live",
    "diff": "rbacpsp.comparison",
    "load": "rbacpsp.files",
    "migrate": "rbacpsp.migration",
    "test": "rbacpsp.assertions",
    "usage": "rbacpsp.logs",
}

if not TYPE_CHECKING:  # a type checker knows the names, and must report others

    def __getattr__(name):  # noqa: ANN001, ANN202 - type checkers do not read it
        """Import a public name when it is first used, so that the command line starts without it."""
        from importlib import import_module

        if name in _PLACES:
            return getattr(import_module(_PLACES[name]), name)
        if name in __all__:
            return import_module(f"rbacpsp.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, without the helpers that import them."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
