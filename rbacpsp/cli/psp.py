"""`rbacpsp psp`: the commands about PodSecurityPolicy."""

from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy("admit", "rbacpsp.cli.psp_admit:admit", "Show which policy admits a pod, and why."),
    Lazy(
        "advise", "rbacpsp.cli.psp_advise:advise", "Write the tightest policy for some pods, with its grant."
    ),
    Lazy(
        "compare", "rbacpsp.cli.psp_compare:compare", "Show which of two policies is stricter, and on what."
    ),
    Lazy("describe", "rbacpsp.cli.psp_describe:describe", "Describe a policy as kubectl does."),
    Lazy("fix", "rbacpsp.cli.psp_fix:fix", "Write the smallest grant that makes a refused pod admitted."),
    Lazy("list", "rbacpsp.cli.psp_list:policies", "List the policies as kubectl does."),
    Lazy("simulate", "rbacpsp.cli.psp_simulate:simulate", "Show what every workload's pods would get now."),
    Lazy("unused", "rbacpsp.cli.psp_unused:unused", "Show the policies and grants that nothing needs."),
    Lazy("users", "rbacpsp.cli.psp_users:users", "Show who may use which policy."),
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
