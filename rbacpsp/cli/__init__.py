"""The command line: one module a command, imported when the command is invoked."""

import click

from rbacpsp import __version__
from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy("audit", "rbacpsp.cli.audit:audit", "Find risky permissions, with the evidence for each."),
    Lazy("can-i", "rbacpsp.cli.can_i:can_i", "Check whether a subject may do something."),
    Lazy("completion", "rbacpsp.cli.completion:completion", "Print the completion script of a shell."),
    Lazy(
        "describe", "rbacpsp.cli.describe:describe", "Describe roles, bindings and policies as kubectl does."
    ),
    Lazy(
        "explain",
        "rbacpsp.cli.explain:explain",
        "Explain a refusal of the server: what it means here, what to run next.",
    ),
    Lazy("graph", "rbacpsp.cli.graph:graph", "Draw who is bound to what, and who reaches which policy."),
    Lazy("lookup", "rbacpsp.cli.lookup:lookup", "Show the bindings of a subject, or of a role."),
    Lazy("matrix", "rbacpsp.cli.matrix:matrix", "Show who may do what, as a table of verbs."),
    Lazy(
        "paths",
        "rbacpsp.cli.paths:paths",
        "Show how a subject becomes cluster-admin, root on a node, or another.",
    ),
    Lazy("psa", "rbacpsp.cli.psa:psa", "Ask about Pod Security Standards and Admission."),
    Lazy("psp", "rbacpsp.cli.psp:psp", "Ask about PodSecurityPolicy."),
    Lazy("review", "rbacpsp.cli.review:review", "Answer review objects as the API server would."),
    Lazy("roles", "rbacpsp.cli.roles:roles", "Show which roles contain a permission."),
    Lazy("rules", "rbacpsp.cli.rules:rules", "Show every rule that holds for a subject."),
    Lazy(
        "snapshot", "rbacpsp.cli.snapshot:snapshot", "Save a cluster to one file that loads again anywhere."
    ),
    Lazy("verify", "rbacpsp.cli.verify:verify", "Ask the API server the same questions, and compare."),
    Lazy("who-can", "rbacpsp.cli.who_can:who_can", "Show which subjects may do something."),
    Lazy("whoami", "rbacpsp.cli.whoami:whoami", "Show who the API server takes you for."),
)
"""Every command, sorted by name."""

main = click.version_option(__version__, message="%(version)s")(
    LazyGroup(
        name="rbacpsp",
        commands=COMMANDS,
        help="""Answer what the Kubernetes API server would: who can do what, which policy wins, and why.

    \b
    Examples:
      rbacpsp who-can get pods -f sample_clusters/bootstrap-1.24 -n kube-system
      rbacpsp can-i create deployments --as alice -f sample_clusters/bootstrap-1.24

    Data goes to stdout, everything else to stderr. Exit codes: 0 done, or yes; 1 the answer is no; 2 wrong
    use or unreadable input; 3 the source could not be read completely and --strict was given.
    """,
    )
)
