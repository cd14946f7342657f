"""The requests behind kubectl's commands, such as `create pods/exec` for `kubectl exec`.

Sources: kubectl/pkg/cmd/exec, attach, portforward, logs, debug and drain, kubectl/pkg/scale (1.36). Most
    commands get the object first; listed is the request that does the work.
"""

from typing import NamedTuple

from rbacpsp.model import Version


class Word(NamedTuple):
    """A command of kubectl as a request."""

    verb: str
    subresource: str
    on: str = "pods"
    """The resource of the request, whatever kind is typed; empty: the kind that is typed."""


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
"""By the name of the command."""

DEBUG_NODE = Word("create", "")
"""`kubectl debug node/NAME` runs a pod on the node."""

STREAMED = frozenset({"attach", "exec", "portforward"})
"""The subresources of pods that kubectl opens with a WebSocket since 1.31, which is a `get`."""

CREATE_NEEDED_SINCE = Version(1, 35)
"""Since this version a WebSocket needs `create` as well (AuthorizePodWebsocketUpgradeCreatePermission)."""
