"""Requests that no server serves, since the client put the URL together wrongly."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.model import Request

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog

_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d+)?")
_ROOTS = ("api", "apis")


def malformed(request: Request) -> str:
    """What is wrong with the URL of a request; empty where nothing is.

    The server splits `/api/VERSION/RESOURCE` and `/apis/GROUP/VERSION/RESOURCE` without asking whether there
    are such (apiserver/pkg/endpoints/request/requestinfo.go), and authorizes before it looks for them.
    """
    if request.path is not None:
        return _path(request.path)
    resource, group = request.resource, request.group
    if resource in _ROOTS:
        asked = _rest(request)
        root = "/apis/GROUP/VERSION" if resource == "apis" else "/api/v1"
        inner = f"/{resource}/{asked}".rstrip("/")
        prefix = f"/apis/{group}/VERSION" if group else "/api/v1"
        place = f"/namespaces/{request.namespace}" if request.namespace else ""
        return (
            f'no server has a resource "{resource}": the client asked {prefix}{place}{inner}; it should ask '
            f"{inner}, since paths of the API begin with {root}"
        )
    if _VERSION.fullmatch(resource) or _VERSION.fullmatch(group):
        what = resource if _VERSION.fullmatch(resource) else group
        return (
            f'"{what}" is a version and no {"resource" if what == resource else "API group"}: the client '
            f"asked "
            f"/api/GROUP/{what} or /apis/{what}; the core group is /api/v1, every other is "
            f"/apis/GROUP/VERSION"
        )
    if resource == "namespaces" and group:
        return (
            f'namespaces are in the API group "", not in "{group}": the URL has a part too many or too few '
            "before /namespaces"
        )
    return ""


def _rest(request: Request) -> str:
    return "/".join(part for part in (request.name, request.subresource) if part)


def _path(path: str) -> str:
    if path.startswith("//"):
        return f"the path {path} begins with two slashes: the client joined an address and a path wrongly"
    parts = [part for part in path.split("/") if part]
    later = next((place for place, part in enumerate(parts) if place and part in _ROOTS), 0)
    if later:
        return f"the path {path} has /{parts[later]} in its middle: it should begin with it"
    if parts and (_VERSION.fullmatch(parts[0]) or parts[0] == "namespaces"):
        return (
            f"the path {path} lacks its beginning: paths of the API begin with /api/v1 or /apis/GROUP/VERSION"
        )
    return ""


def unserved(request: Request, catalog: "Catalog") -> Iterator[str]:
    """What the server does not serve of a request, with what was meant."""
    if request.path is not None or request.resource == "*":
        return
    known = catalog.by_group_resource
    if (request.group, request.resource) in known or (request.verb, request.resource) in {
        (special.verb, special.resource) for special in catalog.special_verbs
    }:
        return
    groups = sorted(group for group, resource in known if resource == request.resource)
    if groups:
        named = " or ".join(f'"{group}"' for group in groups)
        yield (
            f'{request.resource} is served in the API group {named}, not in "{request.group}": the '
            "client or its manifest is outdated, and a role for the other group would have no effect"
        )
        return
    close = [resource.name for resource in catalog.find(request.resource)] or catalog.close_to(
        request.resource
    )
    if close and not request.group:
        yield (
            f'the server has no resource "{request.resource}": resources are written as plurals in lower '
            f"case, "
            f"here {' or '.join(close)}"
        )
