"""Whether a rule can allow exactly one recorded request: some words of requests are wildcards in rules."""

from rbacpsp.model import Request
from rbacpsp.rbac.match import ALL


def inexact(request: Request) -> str:
    """Why no rule allows just this request; empty where one does.

    `*` is an ordinary character in a URL and a wildcard in a rule: whoever asked for a resource of that name
    was allowed by a wildcard, and only a wildcard allows it.
    """
    if request.path is not None:
        return "a rule takes the * at its end for a wildcard" if request.path.endswith(ALL) else ""
    if ALL in {request.verb, request.group, request.resource}:
        return "only a wildcard allows it"
    return ""
