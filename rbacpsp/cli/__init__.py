"""The command line: a module for each command, imported when the command is invoked."""

import click

from rbacpsp import __version__
from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy(
        "admit",
        "admit:admit",
        "Check whether the server would accept an object, and if not, what refuses it.",
    ),
    Lazy("audit", "audit:audit", "Find risky permissions, with the evidence for each."),
    Lazy("can-i", "can_i:can_i", "Check whether a subject can do something."),
    Lazy("completion", "completion:completion", "Print the completion script of a shell."),
    Lazy(
        "describe",
        "describe:describe",
        "Describe roles, bindings and policies as kubectl does.",
    ),
    Lazy("diff", "diff:diff", "Show who gained and who lost access between two states."),
    Lazy(
        "explain",
        "explain:explain",
        "Explain a refusal by the server: what it means and what to run next.",
    ),
    Lazy("explore", "explore:explore", "Write an offline HTML page to browse, query and print a cluster."),
    Lazy("fleet", "fleet:fleet", "Ask many clusters the same question and write the results as Parquet."),
    Lazy("grant", "grant:grant", "Write the smallest role and binding that allow something."),
    Lazy(
        "graph",
        "graph:graph",
        "Draw who is bound to what, and who can use which policy.",
    ),
    Lazy("lookup", "lookup:lookup", "Show the bindings of a subject, or of a role."),
    Lazy("matrix", "matrix:matrix", "Show who can do what, as a table of verbs."),
    Lazy("mcp", "mcp:mcp", "Serve tools for an AI assistant (MCP)."),
    Lazy("migrate", "migrate:migrate", "Translate PodSecurityPolicies into their successors."),
    Lazy(
        "paths",
        "paths:paths",
        "Show how a subject can become cluster-admin, root on a node, or another subject.",
    ),
    Lazy("preflight", "preflight:preflight", "Check whether a user can apply a set of manifests."),
    Lazy("psa", "psa:psa", "Ask about Pod Security Standards and Admission."),
    Lazy("psp", "psp:psp", "Ask about PodSecurityPolicy."),
    Lazy("review", "review:review", "Answer review objects as the API server would."),
    Lazy("roles", "roles:roles", "Show which roles contain a permission."),
    Lazy("rule", "rule:explain_rule", "Explain a rule of the audit, with an example."),
    Lazy("rules", "rules:rules", "Show every rule that applies to a subject."),
    Lazy("sample", "sample:sample", "Write a sample cluster to files, so that the examples run."),
    Lazy("scc", "scc:scc", "Ask about OpenShift's security context constraints."),
    Lazy("schema", "schema:schema", "Print the JSON Schema of an answer."),
    Lazy(
        "snapshot",
        "snapshot:snapshot",
        "Save a cluster to one file that can be loaded anywhere.",
    ),
    Lazy("test", "test:test", "Test assertions about access."),
    Lazy("usage", "usage:usage", "Show from audit logs which grants are used."),
    Lazy("verify", "verify:verify", "Ask the API server the same questions and compare the answers."),
    Lazy("who-can", "who_can:who_can", "Show which subjects can do something."),
    Lazy("whoami", "whoami:whoami", "Show your user and groups as the API server sees them."),
)
"""Every command, sorted by name."""

GROUPS = (
    ("Who can do what", "who-can can-i rules matrix lookup roles describe whoami"),
    ("Why not, and how to fix it", "explain admit preflight grant"),
    ("What is risky", "audit rule paths usage"),
    ("Pod security", "psa psp scc migrate"),
    ("What changes", "diff test"),
    ("Pictures", "explore graph"),
    ("Clusters and reviews", "snapshot review verify fleet sample"),
    ("The program", "completion schema mcp"),
)
"""The commands in the groups of the help."""

main = click.version_option(__version__, message="%(version)s")(
    LazyGroup(
        name="rbacpsp",
        commands=COMMANDS,
        groups=GROUPS,
        help="""Answer as the Kubernetes API server would: who can do what, which policy applies, and why.

    \b
    Examples:
      rbacpsp who-can get pods -f sample_clusters/bootstrap-1.24 -n kube-system
      rbacpsp can-i create deployments --as alice -f sample_clusters/bootstrap-1.24

    Data goes to stdout, everything else to stderr. Exit codes: 0 done, or yes; 1 the answer is no; 2 wrong
    use or unreadable input; 3 the source could not be read completely and --strict was given.
    """,
    )
)
