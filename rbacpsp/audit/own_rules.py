"""Doubts custom rules of a policy file that can match no grant, so that they never report anything."""

from collections.abc import Iterable, Iterator

from rbacpsp.audit.exceptions import fits
from rbacpsp.audit.rule import Rule
from rbacpsp.catalog.slips import Spelling
from rbacpsp.model import PolicyRule
from rbacpsp.model.similar_names import did_you_mean, likeliest

SUBJECT_KINDS = ("User", "Group", "ServiceAccount")
SUBJECT_FORMS = "write User/NAME, Group/NAME or ServiceAccount/NAMESPACE:NAME"


def is_subject(text: str) -> bool:
    """Whether a text has the form of a subject: `Group/dev`, `ServiceAccount/NAMESPACE:NAME`."""
    kind, slash, name = text.partition("/")
    return kind in SUBJECT_KINDS and bool(slash and name) and (kind != "ServiceAccount" or ":" in name)


def own_rule_doubts(rules: Iterable[Rule], spelling: Spelling, subjects: Iterable[str]) -> Iterator[str]:
    """A sentence for each word of custom rules that no request has, and each subject that nothing binds.

    Args:
        rules: The custom rules.
        spelling: What requests may name on this server.
        subjects: The subjects of all bindings, as texts.
    """
    bound = sorted(set(subjects))
    for rule in rules:
        words = PolicyRule(
            verbs=rule.permissions[0].verbs,
            api_groups=tuple(dict.fromkeys(permission.group for permission in rule.permissions)),
            resources=tuple(dict.fromkeys(permission.resource for permission in rule.permissions)),
        )
        for slip in spelling.slips(words):
            yield f"The own rule {rule.id} of the policy has a word that no request has: {slip.sentence}"
        for subject in sorted(rule.subjects):
            if not any(fits(subject, known) for known in bound):
                close = did_you_mean(likeliest(subject, bound))
                yield f"The own rule {rule.id} of the policy is about {subject}, which no binding has{close}"
