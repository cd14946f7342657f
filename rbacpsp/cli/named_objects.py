"""Lists the single objects that resourceNames allow, to complete a refusal."""

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


def by_name_text(request: Request, grants: Iterable[NamedGrant], *, holders: bool) -> str:
    """A sentence with the objects that are granted by name; empty if there are none.

    Args:
        request: The request, without a name.
        grants: The grants by name.
        holders: Whether to say who holds them, and through which role.
    """
    names_by_holder: dict[str, list[str]] = {}
    for names, grant in grants:
        who = f"{subject_text(grant.subject, grant.scope)} through {role_text(grant.binding.role_ref)}"
        where = f" in namespace {grant.scope}" if grant.scope else ""
        names_by_holder.setdefault(f" to {who}{where}" if holders else "", []).extend(names)
    if not names_by_holder:
        return ""
    parts = [
        f"{objects_text(request, _shown(dict.fromkeys(names)))}{holder}"
        for holder, names in names_by_holder.items()
    ]
    more = f"; and {len(parts) - _MOST} more" if len(parts) > _MOST else ""
    return f"Only by name: {'; '.join(parts[:_MOST])}{more}."


def _shown(names: Iterable[str]) -> Iterable[str]:
    ordered = sorted(names)
    yield from ordered[:_MOST]
    if len(ordered) > _MOST:
        yield f"... ({len(ordered) - _MOST} more)"


def by_name_json(grants: Iterable[NamedGrant]) -> list[JSONObject]:
    """The grants, each with the names that it covers."""
    return [{"names": list(names), "grant": grant_json(grant)} for names, grant in grants]


def by_name_member(items: list[JSONObject]) -> JSONObject:
    """The JSON member with grants by name; empty if there are none."""
    return {"byName": items} if items else {}


def unsent_name_note(request: Request) -> str:
    """A note if requests with this verb carry no object name, so that the name is useless; else empty."""
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
