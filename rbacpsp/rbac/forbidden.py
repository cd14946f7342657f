"""The message of the API server's 403 answer.

Sources: apiserver/pkg/endpoints/handlers/responsewriters/errors.go, apimachinery/pkg/api/errors NewForbidden
and apimachinery/pkg/util/errors NewAggregate (1.24); apiserver/pkg/authorization/union/union.go (1.37).
"""

import re
from collections.abc import Iterable

from rbacpsp.model import Request
from rbacpsp.model.go import aggregate, quote, sanitized
from rbacpsp.model.version import V1_24, Version

_PERCENT_KEPT_SINCE = Version(1, 32)
"""Since this version a `%` in a message is printed as it is."""
_AUTHORIZER_NAMED_SINCE = Version(1, 37)
"""Since this version each refusal is prefixed with the name of its authorizer."""

_INDEX = r"(?P<{}>\[[^\]]*\]?)?"
_VERB = re.compile(
    r"%[#0+\- ]*"
    + _INDEX.format("first")
    + r"(?P<width>\*|[0-9]*)"
    + r"(?P<precise>\."
    + _INDEX.format("second")
    + r"(?P<precision>\*|[0-9]*))?"
    + _INDEX.format("third")
    + r"(?P<verb>.)?",
    re.DOTALL,
)


def refusal_reason(errors: Iterable[str], version: Version) -> str:
    """The part of the message that lists errors, such as bindings to missing roles."""
    reason = f"RBAC: {aggregate(errors)}"
    return f"rbac: {reason}" if version >= _AUTHORIZER_NAMED_SINCE else reason


def forbidden_message(user: str, request: Request, reason: str, version: Version = V1_24) -> str:
    """The message of the 403 answer to a request of a user; `reason` is the authorizer's, often empty."""
    message = sanitized(_attributes(user, request))
    message = f"{message}: {reason}" if reason else message
    return _subject(request) + (message if version >= _PERCENT_KEPT_SINCE else _errorf(message))


def _attributes(user: str, request: Request) -> str:
    if request.path is not None:
        return f"User {quote(user)} cannot {request.verb} path {quote(request.path)}"
    where = f"in the namespace {quote(request.namespace)}" if request.namespace else "at the cluster scope"
    return (
        f"User {quote(user)} cannot {request.verb} resource {quote(request.combined_resource)} "
        f"in API group {quote(request.group)} {where}"
    )


def _subject(request: Request) -> str:
    if request.path is not None or not (request.group or request.resource):
        return "forbidden: "
    resource = f"{request.resource}.{request.group}" if request.group else request.resource
    return (
        f"{resource} {quote(request.name)} is forbidden: " if request.name else f"{resource} is forbidden: "
    )


def _errorf(text: str) -> str:
    """What Go's fmt.Errorf prints for a text that is passed to it as a format without arguments.

    Until 1.31 the server passes its message that way, so that a `%` in the name of a user or a role is
    printed as a formatting mistake.
    """
    return _VERB.sub(_missing, text) if "%" in text else text


def _missing(match: re.Match[str]) -> str:
    out = "%!(BADWIDTH)" if match["width"] == "*" else ""
    if match["precision"] == "*":
        out += "%!(BADPREC)"
    verb = match["verb"]
    if verb is None:
        return out + "%!(NOVERB)"
    if verb == "%":
        return out + "%"
    indexed = match["first"] or match["second"] or match["third"]
    return out + f"%!{verb}({'BADINDEX' if indexed else 'MISSING'})"
