"""`rbacpsp psp`: the commands about PodSecurityPolicy."""

from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy("admit", "psp.admit:admit", "Show which policy admits a pod, and why."),
    Lazy(
        "advise",
        "psp.advise:advise",
        "Write the strictest policy that admits certain pods, with its grant.",
    ),
    Lazy(
        "compare",
        "psp.compare:compare",
        "Show which of two policies is stricter, and in which fields.",
    ),
    Lazy("describe", "psp.describe:describe", "Describe a policy as kubectl does."),
    Lazy(
        "fix",
        "psp.fix:fix",
        "Write the smallest grant that admits a refused pod.",
    ),
    Lazy("list", "psp.list:policies", "List the policies as kubectl does."),
    Lazy(
        "simulate",
        "psp.simulate:simulate",
        "Show which policy every workload's pods would get now.",
    ),
    Lazy("unused", "psp.unused:unused", "Show the policies and grants that nothing needs."),
    Lazy("users", "psp.users:users", "Show who may use which policy."),
)
"""Every command about policies, sorted by name."""

psp = LazyGroup(
    name="psp",
    commands=COMMANDS,
    short_help="Ask about PodSecurityPolicy.",
    help="""Ask about PodSecurityPolicy: who may use which policy, and which policy a pod gets.

    \b
    Examples:
      rbacpsp psp users -f sample_clusters/psp-by-example
      rbacpsp psp admit sample_clusters/steps/psp-by-example/pd.yaml --as root --as-group system:masters \\
          -f sample_clusters/psp-by-example
    """,
)
