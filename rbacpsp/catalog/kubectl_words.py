"""What kubectl's commands ask of the server: `kubectl exec` is no verb of its own.

Sources: kubectl/pkg/cmd/exec, attach, portforward, logs, debug and drain, kubectl/pkg/scale (1.36). Named is
the request that does it: before it, most of them get the object.
"""

from typing import NamedTuple

from rbacpsp.model import Version


class Word(NamedTuple):
    """A command of kubectl as a request."""

    verb: str
    subresource: str
    on: str = "pods"
    """The resource that is asked for, though a Deployment is typed; empty: the one that is typed."""


WORDS: dict[str, Word] = {
    "attach": Word("create", "attach"),
    "debug": Word("patch", "ephemeralcontainers"),
    "evict": Word("create", "eviction"),
    "exec": Word("create", "exec"),
    "log": Word("get", "log"),
    "logs": Word("get", "log"),
    "port-forward": Word("create", "portforward"),
    "scale": Word("patch", "scale", on=""),
}
"""By the word that kubectl takes."""

DEBUG_NODE = Word("create", "")
"""`kubectl debug node/NAME` runs a pod on the node."""

STREAMED = frozenset({"attach", "exec", "portforward"})
"""The subresources of pods that kubectl since 1.31 opens by a WebSocket, whose request is a `get`."""

CREATE_NEEDED_SINCE = Version(1, 35)
"""Since then a WebSocket needs `create` as well (AuthorizePodWebsocketUpgradeCreatePermission)."""
