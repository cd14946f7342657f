"""Adds to a refusal which single objects are allowed by resourceNames."""

from collections.abc import Iterable

from rbacpsp.cli.grants import grant_json
from rbacpsp.cli.spelling import role_text
from rbacpsp.model import Request
from rbacpsp.model.json import JSONObject
from rbacpsp.model.subjects import subject_text
from rbacpsp.rbac.resource_names import NamedGrant

_MOST = 10


def objects_text(request: Request, names: Iterable[str]) -> str:
    """Objects as the command line spells them, for example `secrets/key, secrets/db`."""
    group = f".{request.group}" if request.group else ""
    sub = f" --subresource {request.subresource}" if request.subresource else ""
    return ", ".join(f"{request.resource}{group}/{name}{sub}" for name in names)


def by_name_text(request: Request, found: Iterable[NamedGrant], *, holders: bool) -> str:
    """The objects that are granted, one sentence; empty where there are none.

    Args:
        request: What was asked for, without a name.
        found: The grants.
        holders: Whether to say who holds them, and through which role.
    """
    places: dict[str, list[str]] = {}
    for names, grant in found:
        who = f"{subject_text(grant.subject, grant.scope)} through {role_text(grant.binding.role_ref)}"
        where = f" in namespace {grant.scope}" if grant.scope else ""
        places.setdefault(f" to {who}{where}" if holders else "", []).extend(names)
    if not places:
        return ""
    said = [
        f"{objects_text(request, _shown(dict.fromkeys(names)))}{holder}" for holder, names in places.items()
    ]
    more = f"; and {len(said) - _MOST} more" if len(said) > _MOST else ""
    return f"Only by name: {'; '.join(said[:_MOST])}{more}."


def _shown(names: Iterable[str]) -> Iterable[str]:
    every = sorted(names)
    yield from every[:_MOST]
    if len(every) > _MOST:
        yield f"... ({len(every) - _MOST} more)"


def by_name_json(found: Iterable[NamedGrant]) -> list[JSONObject]:
    """The grants, each with the names for which it counts."""
    return [{"names": list(names), "grant": grant_json(grant)} for names, grant in found]


def by_name_member(items: list[JSONObject]) -> JSONObject:
    """What an answer in JSON says about grants by name; nothing where there are none."""
    return {"byName": items} if items else {}


def unsent_name_note(request: Request) -> str:
    """What is to be said about a name that no client's request carries; empty where one does."""
    if not request.name or request.path is not None or request.subresource:
        return ""
    if request.verb == "create":
        return (
            f'A create request carries no object name: a grant for "{request.name}" alone applies '
            "only when server-side apply or an update creates it."
        )
    if request.verb == "deletecollection":
        return (
            f'A deletecollection request carries no object name: a grant for "{request.name}" '
            "alone does not allow it."
        )
    return ""
