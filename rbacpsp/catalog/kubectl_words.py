"""The requests behind kubectl's commands, such as `create pods/exec` for `kubectl exec`.

Sources: kubectl/pkg/cmd/exec, attach, portforward, logs, debug and drain, kubectl/pkg/scale (1.36). Most
    commands get the object first; listed is the request that does the work.
"""

from typing import NamedTuple

from rbacpsp.model import Version


class CommandRequest(NamedTuple):
    """The request behind a command of kubectl."""

    verb: str
    subresource: str
    on: str = "pods"
    """The resource of the request, whatever kind is typed; empty: that of the typed kind."""


WORDS: dict[str, CommandRequest] = {
    "attach": CommandRequest("create", "attach"),
    "debug": CommandRequest("patch", "ephemeralcontainers"),
    "evict": CommandRequest("create", "eviction"),
    "exec": CommandRequest("create", "exec"),
    "log": CommandRequest("get", "log"),
    "logs": CommandRequest("get", "log"),
    "port-forward": CommandRequest("create", "portforward"),
    "scale": CommandRequest("patch", "scale", on=""),
}
"""By the name of the command."""

DEBUG_NODE = CommandRequest("create", "")
"""`kubectl debug node/NAME` runs a pod on the node."""

STREAMED = frozenset({"attach", "exec", "portforward"})
"""The subresources of pods that kubectl opens with a WebSocket since 1.31, which is a `get`."""

CREATE_NEEDED_SINCE = Version(1, 35)
"""Since this version a WebSocket needs `create` as well (AuthorizePodWebsocketUpgradeCreatePermission)."""
