"""Recognizes requests that no server serves, since the client built a wrong URL."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rbacpsp.model import Request

if TYPE_CHECKING:
    from rbacpsp.catalog import Catalog

_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d+)?")
_ROOTS = ("api", "apis")


def malformed_url(request: Request) -> str:
    """What is wrong with the URL of a request; empty if it is right.

    The server splits `/api/VERSION/RESOURCE` and `/apis/GROUP/VERSION/RESOURCE` without checking that they
    exist (apiserver/pkg/endpoints/request/requestinfo.go), and authorizes the request before it finds out.
    """
    if request.path is not None:
        return _path(request.path)
    resource, group = request.resource, request.group
    if resource in _ROOTS:
        inner_path = _rest(request)
        root = "/apis/GROUP/VERSION" if resource == "apis" else "/api/v1"
        inner = f"/{resource}/{inner_path}".rstrip("/")
        prefix = f"/apis/{group}/VERSION" if group else "/api/v1"
        scope = f"/namespaces/{request.namespace}" if request.namespace else ""
        return (
            f'no server has a resource "{resource}": the client asked {prefix}{scope}{inner}; it should ask '
            f"{inner}, since paths of the API begin with {root}"
        )
    if _VERSION.fullmatch(resource) or _VERSION.fullmatch(group):
        version = resource if _VERSION.fullmatch(resource) else group
        return (
            f'"{version}" is a version, not {"a resource" if version == resource else "an API group"}: the '
            f"client asked "
            f"/api/GROUP/{version} or /apis/{version}; the core group is /api/v1, every other is "
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
    api_index = next((index for index, part in enumerate(parts) if index and part in _ROOTS), 0)
    if api_index:
        return f"the path {path} has /{parts[api_index]} in its middle: it should begin with it"
    if parts and (_VERSION.fullmatch(parts[0]) or parts[0] == "namespaces"):
        return (
            f"the path {path} lacks its beginning: paths of the API begin with /api/v1 or /apis/GROUP/VERSION"
        )
    return ""


def unserved(request: Request, catalog: "Catalog") -> Iterator[str]:
    """Says that the server does not serve the resource of a request, and what was probably meant."""
    if request.path is not None or request.resource == "*":
        return
    known = catalog.by_group_resource
    if (request.group, request.resource) in known or (request.verb, request.resource) in {
        (special.verb, special.resource) for special in catalog.special_verbs
    }:
        return
    groups = sorted(group for group, resource in known if resource == request.resource)
    if groups:
        group_names = " or ".join(f'"{group}"' for group in groups)
        yield (
            f'{request.resource} is served in the API group {group_names}, not in "{request.group}": the '
            "client or its manifest is outdated, and a role for the other group would have no effect"
        )
        return
    suggestions = [resource.name for resource in catalog.find(request.resource)] or catalog.close_to(
        request.resource
    )
    if suggestions and not request.group:
        yield (
            f'the server has no resource "{request.resource}": resources are written as plurals in lower '
            f"case, "
            f"here {' or '.join(suggestions)}"
        )
