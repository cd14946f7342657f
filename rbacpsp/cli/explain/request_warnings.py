"""Warns what it means to grant a dangerous request, such as `impersonate`."""

from rbacpsp.model import Request

_IMPERSONATE = (
    "impersonate lets its holder act as {whom}: --as and --as-group need it, and so do tools that act for "
    "others; grant it for names only"
)
_VERBS = {
    "bind": "bind lets its holder give the role to anybody, itself included, without having its permissions",
    "escalate": "escalate lets its holder write any rule into a role, and so grant itself anything",
    "approve": "approve, together with update on certificatesigningrequests/approval, creates identities",
    "sign": "sign, together with update on certificatesigningrequests/status, creates identities",
    "use": "use is checked in the pod's namespace, for its service account and for the user who creates it",
}
_PLACES = {
    ("nodes", "proxy"): "nodes/proxy reaches the kubelet's API, which runs commands in every pod of the node",
    ("pods", "exec"): "pods/exec gives a shell in the pod, and what its service account may do",
    (
        "serviceaccounts",
        "token",
    ): "serviceaccounts/token creates tokens of the account: its holder can act as the account",
}


def request_warning(request: Request) -> str:
    """The danger of granting a request; empty for other requests."""
    if request.verb == "impersonate":
        who = f"{request.resource} {request.name}" if request.name else f"any of {request.resource}"
        return _IMPERSONATE.format(whom=who)
    if (request.resource, request.subresource) in _PLACES:
        return _PLACES[request.resource, request.subresource]
    return _VERBS.get(request.verb, "")
