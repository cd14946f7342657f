"""Explains a request that the authorizers refused."""

from collections.abc import Iterator
from dataclasses import replace

from rbacpsp.admission.refusals.access import AccessRefusal
from rbacpsp.cli.assumption_warning import grant_objects, partial_source_note
from rbacpsp.cli.explain.addresses import malformed_url, unserved
from rbacpsp.cli.explain.authorizers import missing_roles, other_authorizer
from rbacpsp.cli.explain.context import ExplanationContext, Part, Parts
from rbacpsp.cli.explain.request_warnings import request_warning
from rbacpsp.cli.named_objects import by_name_text
from rbacpsp.cli.next_step import Option, next_step
from rbacpsp.model import Request, User
from rbacpsp.model.request import ANONYMOUS, split_service_account
from rbacpsp.rbac import Decision
from rbacpsp.rbac.mending import ExistingRole, Mending

_MOST = 3
_NODE = "system:node:"
_NODES = "system:nodes"


def explain(refused: AccessRefusal, context: ExplanationContext) -> Parts:
    """What a refusal of the authorizers means for a cluster, and what to run next."""
    if refused.cut and context.namespace:
        refused = replace(refused, cut=False, request=replace(refused.request, namespace=context.namespace))
    request = refused.request
    user = _user(refused, context)
    authorizer = other_authorizer(refused.reason)
    yield "it says", _refusal_words(refused, by_rbac=authorizer is None)
    if refused.cut:
        yield "note", "the message is cut off, and its end names the namespace: give the namespace with -n"
    url_error = malformed_url(request)
    if url_error:
        yield "address", f"{url_error}. No role can fix it: correct the URL that the client requests"
        return
    yield from (("resource", text) for text in unserved(request, context.cluster.catalog))
    if authorizer:
        yield "whose", f"{authorizer[0]}: {authorizer[1]}"
    if user.name.startswith(_NODE) or _NODES in user.groups:
        yield from _node(user)
        return
    yield from missing(refused.user, refused.reason, refused.request.namespace, context)
    if user.name == ANONYMOUS:
        yield (
            "user",
            (
                "the request carried no credentials that the server knows: log in, or send the token; "
                "granting "
                f"anything to {ANONYMOUS} grants it to everybody who reaches the server"
            ),
        )
    decision = context.cluster.authorize(user, request)
    yield from _here(refused, user, decision, context)
    if not decision.allowed:
        yield from _almost(user, request, decision, context)
        yield from _power(request)
        if user.name != ANONYMOUS:
            yield from _would_do(user, request, context)
    yield from _next(user.name, request, context)


def _user(refused: AccessRefusal, context: ExplanationContext) -> User:
    """The user with the groups in the message or on the command line, else the groups every user has."""
    if refused.groups is not None:
        return User(refused.user, refused.groups)
    if refused.about.user == refused.user:
        return User(refused.user, refused.about.groups)
    as_user = context.user
    return replace(as_user, name=refused.user) if as_user else User.impersonate(refused.user)


def _refusal_words(refused: AccessRefusal, *, by_rbac: bool) -> str:
    request = refused.request
    where = ", somewhere" if refused.cut else namespace_text(request)
    text = f"{refused.user} may not {request_text(request)}{where}"
    return f"{text}: no role bound to it allows that" if by_rbac else text


def request_text(request: Request) -> str:
    """A request in words: `create pods/exec web`."""
    if request.path is not None:
        return f"{request.verb} {request.path}"
    name_text = f" {request.name}" if request.name else ""
    group = f".{request.group}" if request.group else ""
    return f"{request.verb} {request.combined_resource}{group}{name_text}"


def namespace_text(request: Request) -> str:
    """The scope of a request in words."""
    if request.path is not None:
        return ""
    return f" in namespace {request.namespace}" if request.namespace else " at the cluster scope"


def _node(user: User) -> Parts:
    yield (
        "remedy",
        (
            f"do not write a role: {user.name} is a kubelet, whose permissions the Node authorizer "
            "derives from the pods on its node; a role would give the object to anybody who takes "
            "over a node"
        ),
    )


def missing(user: str, reason: str, namespace: str, context: ExplanationContext) -> Parts:
    """The roles that bindings of the user name and that do not exist, according to a reason."""
    objects = context.cluster.objects
    for kind, name in missing_roles(reason):
        exists = (
            name in objects.cluster_roles if kind == "ClusterRole" else (namespace, name) in objects.roles
        )
        yield (
            "roleRef",
            (
                f"a binding of {user} names {kind} {name}, which does not exist on that server: "
                f"create it "
                f"or correct the binding first{' (here it exists)' if exists else ''}"
            ),
        )


def _here(refused: AccessRefusal, user: User, decision: Decision, context: ExplanationContext) -> Parts:
    request = refused.request
    context.rests_on.extend(grant_objects(decision.grants))
    if decision.allowed:
        yield "here", f"it is allowed now: {decision.reason or 'a member of system:masters'}"
        return
    groups = ", ".join(user.groups) or "none"
    has_groups = refused.groups is not None or refused.about.user == refused.user
    groups_source = "those of the message" if has_groups else "the message names no groups"
    yield "here", f"it is refused here too, with the groups {groups}; {groups_source}"
    named_grants = context.cluster.authorizer.named_grants(request, request.namespace, user=user)
    text = by_name_text(request, named_grants, holders=False)
    if text:
        yield "by name", f"{text[0].lower()}{text[1:]}"


def _almost(user: User, request: Request, decision: Decision, context: ExplanationContext) -> Parts:
    near_misses = context.cluster.authorizer.near_misses(user, request)
    role_errors = {near_miss.text for near_miss in near_misses if near_miss.point == "role"}
    for error in decision.errors:
        if not role_errors:
            yield "roleRef", error
    for near_miss in near_misses:
        yield ("roleRef" if near_miss.point == "role" else "almost", near_miss.text)


def _power(request: Request) -> Parts:
    text = request_warning(request)
    if text:
        yield "verb", text


def _would_do(user: User, request: Request, context: ExplanationContext) -> Parts:
    if "*" in {request.resource, request.verb}:
        return
    mending = context.cluster.authorizer.mending(request, user)
    binding = (
        f"RoleBinding of it in {request.namespace}" if _namespace_of(request) else "ClusterRoleBinding of it"
    )
    usual = [role for role in mending.existing if not (role.made_for_kubernetes or role.everything)]
    for role in usual[:_MOST]:
        if role.kind == "ClusterRole" and role.name in context.cluster.objects.cluster_roles:
            context.rests_on.append(context.cluster.objects.cluster_roles[role.name])
        yield "remedy", f"{role.kind}/{role.name} allows it: a {binding} would work{_beyond(role)}"
    if not mending.existing:
        limits = partial_source_note(context.cluster)
        scope = "that was read" if limits else "of this cluster"
        yield "remedy", f"no role {scope} allows it: a new role is needed.{limits}".removesuffix(".")
    elif not usual:
        yield (
            "remedy",
            (
                "only roles made for parts of Kubernetes, or for everything, allow it: write a new role "
                "instead of binding these"
            ),
        )
    yield from _own_role(mending)


def _namespace_of(request: Request) -> str:
    return "" if request.path is not None else request.namespace


def _beyond(role: ExistingRole) -> str:
    if not role.more:
        return ", and grants nothing else"
    if len(role.more) == 1:
        return f", as a part of: {role.more[0]}"
    changes = f", {role.changes} of them to change things or to read secrets" if role.changes else ""
    return f", and grants {role.reads + role.changes} other permissions{changes}"


def _own_role(mending: Mending) -> Iterator[Part]:
    role, binding = mending.objects
    rules = ", ".join(
        f"{', '.join(rule['verbs'])} {', '.join(rule.get('resources') or rule['nonResourceURLs'])}"
        + (f" named {', '.join(rule['resourceNames'])}" if rule.get("resourceNames") else "")
        for rule in role["rules"]
    )
    where = f" in {role['metadata']['namespace']}" if role["kind"] == "Role" else ""
    yield (
        "remedy",
        f"a {role['kind']} with only {rules} and a {binding['kind']} to it{where}: rbacpsp grant writes both",
    )


def subject_word(name: str) -> str:
    """A user in the notation of the command line, so that no name is read as an option or another kind."""
    account = split_service_account(name)
    plain = account is None and not name.startswith("-") and "/" not in name
    return name if account or plain else f"User/{name}"


def _where(request: Request, context: ExplanationContext) -> tuple[Option, ...]:
    """The option for the namespace of a request; none for a URL or a resource that is not namespaced."""
    if request.path is not None:
        return ()
    if request.namespace:
        return (("-n", request.namespace),)
    resource = context.cluster.catalog.by_group_resource.get((request.group, request.resource))
    return () if resource is not None and not resource.namespaced else (("-A",),)


def _next(name: str, request: Request, context: ExplanationContext) -> Parts:
    target = request.path or request.resource + (f".{request.group}" if request.group else "")
    sub = [("--subresource", request.subresource)] if request.subresource else []
    where = _where(request, context)
    source = context.source
    grantable = "*" not in {request.resource, request.verb} and name != ANONYMOUS
    if grantable:
        resource = f"{target}/{request.name}" if request.name and request.path is None else target
        yield (
            "next",
            next_step(
                "grant",
                request.verb,
                resource,
                options=(*sub, ("--to", subject_word(name)), *where),
                source=source,
            ),
        )
    yield "next", next_step("lookup", subject_word(name), source=source)
    yield "next", next_step("roles", request.verb, target, options=sub, source=source)
    yield "next", next_step("who-can", request.verb, target, options=(*sub, *where), source=source)
