"""`rbacpsp psa`: the commands about Pod Security Standards and Pod Security Admission."""

from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy("check", "psa.check:check", "Check manifests against a level of the standards."),
    Lazy(
        "explain",
        "psa.explain:explain",
        "Explain what a check demands, version by version.",
    ),
    Lazy(
        "label",
        "psa.label:label",
        "Try Pod Security labels on the existing pods of namespaces.",
    ),
    Lazy(
        "suggest",
        "psa.suggest:suggest",
        "Suggest the strictest level for each namespace.",
    ),
    Lazy(
        "sync",
        "psa.sync:sync",
        "Show which labels OpenShift's label synchronization writes.",
    ),
    Lazy(
        "who-can-bypass",
        "psa.who_can_bypass:who_can_bypass",
        "Show who can bypass Pod Security, and through which grants.",
    ),
)
"""Every command about Pod Security, sorted by name."""

psa = LazyGroup(
    name="psa",
    commands=COMMANDS,
    short_help="Ask about Pod Security Standards and Admission.",
    help="""Ask about Pod Security Standards and Pod Security Admission, the successor of PodSecurityPolicy.

    \b
    Examples:
      rbacpsp psa check sample_clusters/steps/pod-security-standards
      rbacpsp psa label --all restricted -f sample_clusters/pod-security-standards
    """,
)
