"""Finds requests that no rule can allow exactly, because they contain a word that is a wildcard in rules."""

from rbacpsp.model import Request
from rbacpsp.rbac.match import ALL


def why_inexact(request: Request) -> str:
    """Why no rule allows this request and nothing else; empty if one does.

    `*` is an ordinary character in a request and a wildcard in a rule: a request for a resource of that name
    was allowed by a wildcard, and only a wildcard allows it.
    """
    if request.path is not None:
        return "a rule takes the * at its end for a wildcard" if request.path.endswith(ALL) else ""
    if ALL in {request.verb, request.group, request.resource}:
        return "only a wildcard allows it"
    return ""
