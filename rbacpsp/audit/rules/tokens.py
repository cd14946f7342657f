"""Secrets that hold tokens of service accounts: which ones exist, and who may read one of them by name."""

from collections.abc import Iterator

from msgspec.structs import replace

from rbacpsp.audit.finding import Evidence, Finding, RuleMatch
from rbacpsp.audit.permission import READ, Permission, match
from rbacpsp.audit.pod_specs import token_secrets
from rbacpsp.audit.references import CIS_SECRETS, LISTING_SECRETS, NSA_SECRETS, STEAL_TOKEN, kubernetes
from rbacpsp.audit.rule import Rule
from rbacpsp.audit.severity import Severity
from rbacpsp.audit.view import View
from rbacpsp.model import Subject
from rbacpsp.rbac.table import RoleRules

_READ = Permission(READ, "secrets")
_TOKENS = kubernetes(
    "reference/access-authn-authz/service-accounts-admin/#long-lived-api-tokens-for-service-accounts",
    "long-lived API tokens",
)


def _tokens_in_scope(view: View, scope: str, secret: str = "") -> dict[Subject, str]:
    """The service accounts whose tokens are in secrets of a scope, each with the name of the secret."""
    return {
        Subject("ServiceAccount", account, namespace): name
        for (namespace, name), accounts in view.lasting(token_secrets).items()
        if scope in {"", namespace} and secret in {"", name}
        for account in accounts
    }


def with_token_severity(view: View, finding: Finding) -> Finding:
    """A finding about reading secrets, as severe as the worst account whose token the secrets hold."""
    held = _tokens_in_scope(view, finding.scope)
    worst = view.worst(held)
    if (
        finding.rule.fixed
        or worst is None
        or worst.subject is None
        or worst.severity.rank >= finding.severity.rank
    ):
        return finding
    secret, account = held[worst.subject], worst.subject.name
    sentence = f"Secret {secret} is a token of service account {account}.{_gain_words(worst)}"
    detail = " ".join(filter(None, (finding.detail, sentence)))
    return replace(finding, severity=worst.severity, detail=detail)


def _lasting_tokens(view: View, rule: Rule) -> Iterator[Finding]:
    for (namespace, name), accounts in sorted(view.lasting(token_secrets).items()):
        for account, secret in accounts.items():
            worst = view.worst([Subject("ServiceAccount", account, namespace)])
            if secret is not None and worst is not None:
                yield Finding(
                    rule,
                    rule.graded(worst.severity),
                    scope=namespace,
                    about=secret,
                    detail=f"It is a token of service account {account}.{_gain_words(worst)}",
                    remedy=f"delete Secret {namespace}/{name}, once nothing uses the token",
                )


def _readable_tokens(view: View, rule: Rule) -> Iterator[Finding]:
    known = view.lasting(token_secrets)
    if not known:
        return
    hits: dict[int, tuple[RuleMatch, ...]] = {}
    roles: list[RoleRules] = []  # keeps the roles alive, so that their ids stay unique
    evidence_by_holder: dict[tuple[Subject, str], list[Evidence]] = {}
    names = frozenset(name for _, name in known)
    for granted in view.granted:
        role = granted.role
        if id(role) not in hits:
            hits[id(role)] = tuple(_token_rules(role, names))
            roles.append(role)
        hits_in_scope = tuple(
            hit
            for hit in hits[id(role)]
            if not granted.scope or any((granted.scope, name) in known for name in hit.match.names)
        )
        for subject in granted.subjects if hits_in_scope else ():
            evidence = Evidence(granted.binding, role.role, hits_in_scope, role.computed)
            evidence_by_holder.setdefault((subject, granted.scope), []).append(evidence)
    for (subject, scope), evidence_of in evidence_by_holder.items():
        secrets = sorted(
            {name for evidence in evidence_of for hit in evidence.hits for name in hit.match.names}
        )
        held = {
            account: name
            for secret in secrets
            for account, name in _tokens_in_scope(view, scope, secret).items()
        }
        worst = view.worst(held)
        token_words = ", ".join(
            f"{name} of ServiceAccount/{account.namespace}:{account.name}"
            for account, name in sorted(held.items())
        )
        yield Finding(
            rule,
            rule.graded(worst.severity) if worst else rule.severity,
            subject,
            scope,
            tuple(evidence_of),
            detail=f"Tokens: {token_words}.{_gain_words(worst)}",
        )


def _gain_words(worst: Finding | None) -> str:
    return f" {worst.rule.id} {worst.rule.title}, {worst.where}." if worst else ""


def _token_rules(role: RoleRules, names: frozenset[str]) -> Iterator[RuleMatch]:
    for index, policy_rule in enumerate(role.rules):
        readable = match(policy_rule, _READ) if policy_rule.resource_names else None
        tokens = tuple(name for name in readable.names if name in names) if readable else ()
        if readable and tokens:
            yield RuleMatch(index, readable.__class__(readable.permission, readable.verbs, tokens))


RULES = (
    Rule(
        id="RBP015",
        name="lasting-tokens",
        title="A secret holds a token of a powerful service account that never expires",
        severity=Severity.HIGH,
        why="Such a token is valid until the secret is deleted. Whoever reads the secret, or a backup of it, "
        "can act as the service account.",
        gain="The permissions of the service account, from anywhere, until the secret is deleted.",
        remedy="Delete the secret; request tokens that expire, through serviceaccounts/token.",
        references=(_TOKENS, CIS_SECRETS, NSA_SECRETS, STEAL_TOKEN),
        check=_lasting_tokens,
    ),
    Rule(
        id="RBP016",
        name="read-token",
        title="Reads a token of a service account",
        severity=Severity.LOW,
        why="The grant names a secret that holds a token. Whoever reads it can act as the service account.",
        gain="The permissions of the service account, without a record of who used them.",
        remedy="Delete the secret, or remove the subject from the binding and grant it directly what it "
        "needs.",
        references=(CIS_SECRETS, NSA_SECRETS, LISTING_SECRETS, STEAL_TOKEN),
        check=_readable_tokens,
    ),
)
