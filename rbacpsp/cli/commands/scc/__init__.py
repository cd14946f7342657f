"""`rbacpsp scc`: the commands about OpenShift's security context constraints."""

from rbacpsp.cli.lazy import Lazy, LazyGroup

COMMANDS = (
    Lazy("admit", "scc.admit:admit", "Show which constraints admit a pod, and why."),
    Lazy("describe", "scc.describe:describe", "Describe constraints as oc does."),
    Lazy("fix", "scc.fix:fix", "Write a change that admits a refused pod."),
    Lazy("level", "scc.level:level", "Show which Pod Security level constraints correspond to."),
    Lazy("list", "scc.list:constraints", "List the constraints as oc does."),
    Lazy("review", "scc.review:review", "Answer scc-subject-review and scc-review as oc does."),
    Lazy("simulate", "scc.simulate:simulate", "Show which constraints every workload's pods would get now."),
    Lazy("users", "scc.users:users", "Show who may use which constraints."),
)
"""Every command about constraints, sorted by name."""

scc = LazyGroup(
    name="scc",
    commands=COMMANDS,
    short_help="Ask about OpenShift's security context constraints.",
    help="""Ask about OpenShift's security context constraints: who may use which, and which a pod gets.

    \b
    Examples:
      rbacpsp scc users restricted-v2 -f sample_clusters/scc-on-openshift
      rbacpsp scc admit sample_clusters/steps/scc-on-openshift/till.yaml --as bob \\
          -f sample_clusters/scc-on-openshift
    """,
)
