"""`rbacpsp graph`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import say_customs
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.path_arguments import asked_place
from rbacpsp.cli.spelling import SUBJECT_HELP
from rbacpsp.cli.subject import asked_subject
from rbacpsp.report.graph import FORMATS, GraphReport

if TYPE_CHECKING:
    from rbacpsp.graph import Graph
    from rbacpsp.model import Subject

MANY = 120
"""A picture of more nodes than this is hard to read."""

MOST = 150
"""A picture of our own holds no more nodes than this."""

_DRAWN = frozenset({"dot", "mermaid"})
_PICTURES = frozenset({"svg", "html"})


@command("graph", short_help="Draw who is bound to what, and who can use which policy.", epilog=SUBJECT_HELP)
@click.option("-n", "--namespace", metavar="NAME", help="Only what applies in this namespace.")
@click.option("--subject", metavar="SUBJECT", help="Only what this subject reaches.")
@click.option(
    "--policy",
    metavar="NAME",
    help="Only what leads to this PodSecurityPolicy or these security context constraints.",
)
@click.option(
    "--around", metavar="NODE", help="Only what is near this node of the graph, for example ClusterRole:view."
)
@click.option(
    "--hops",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="With --around: the greatest distance from the node, in edges.",
)
@click.option(
    "--to",
    "goal",
    metavar="GOAL",
    help="Who reaches cluster-admin, node, secrets:NAMESPACE or a subject, and how.",
)
@click.option("--own", is_flag=True, help="With --to: also show the paths of Kubernetes' own components.")
@source_options
@output_options(formats=FORMATS, default="dot", titles=False, help="The format.")
def graph(
    *,
    namespace: str | None,
    subject: str | None,
    policy: str | None,
    around: str | None,
    hops: int,
    goal: str | None,
    own: bool,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Draw subjects, bindings, roles, rules, policies and workloads as one graph, or a part of it.

    Whoever has a path to a policy may use it, in the scope that the binding on the path names. Options that
    choose a part may be combined: --subject with --policy leaves the paths between the two. With --to it is
    another graph: who reaches a goal, by what act, and what allows it (see "rbacpsp paths").

    \b
    Examples:
      rbacpsp graph --policy 100-psp -f sample_clusters/psp-by-example
      rbacpsp graph -n default -o mermaid -f sample_clusters/rbac-workshop
      rbacpsp graph --subject sa/kube-system:tiller --policy 200-psp -f sample_clusters/psp-by-example
      rbacpsp graph --around ClusterRole:view --hops 1 -o json -f sample_clusters/bootstrap-1.24
      rbacpsp graph --to secrets:psp-eks-restrictive -o svg -O graph.svg -f sample_clusters/psp-on-eks
      rbacpsp graph -o graphml -f sample_clusters/psp-on-eks

    -o svg and -o html are pictures of at most 150 nodes, which browsers show and print.
    Names of nodes are those of -o json: KIND:NAME or KIND:NAMESPACE/NAME.
    """
    if goal:
        if namespace and goal == "secrets":
            goal, namespace = f"secrets:{namespace}", None
        if namespace or subject or policy or around:
            raise click.UsageError(
                "--to draws attack paths, which cannot be combined with -n, --subject, --policy or --around"
            )
        _show_goal(goal, own, source, output)
        return
    if own:
        raise click.UsageError("--own needs --to, since it selects paths")
    cluster = open_cluster(source)
    whole = cluster.graph()
    try:
        who = asked_subject(cluster, subject) if subject else None
        part = _part(whole, namespace, who, policy)
        if around:
            part = _around(part, around, hops)
    except KeyError as error:
        raise InputError([_missing(whole, str(error.args[0]))]) from None
    shown = _cut(part, output, _seeds(part, namespace, who, policy, around))
    output.show(GraphReport(shown), cluster=cluster)
    if namespace and f"Namespace:{namespace}" not in whole:
        note(
            f'Nothing that was read is in a namespace "{namespace}": only what applies cluster-wide is shown.'
        )
    if output.form in _DRAWN:
        _advise(part)


def _show_goal(goal: str, own: bool, source: SourceOptions, output: Output) -> None:
    from rbacpsp.graph import toward_goal

    cluster = open_cluster(source)
    say_customs(cluster.objects)
    place = asked_place(cluster, goal)
    found = toward_goal(cluster.paths(), place, own=own)
    if not found:
        note(f"Only system:masters and Kubernetes' own components reach {place.words}.")
    output.show(GraphReport(_cut(found, output, [node for node in found if not found.out_degree(node)])))


def _seeds(
    part: "Graph", namespace: str | None, subject: "Subject | None", policy: str | None, around: str | None
) -> Iterable[str]:
    """The nodes that a picture is about: what is nearest to them is kept."""
    from rbacpsp.graph import subject_id
    from rbacpsp.graph.nodes import policy_ids

    if around:
        return [around]
    if subject:
        return [subject_id(subject)[0]]
    if policy:
        return policy_ids(policy)
    if namespace:
        return [node for node, data in part.nodes(data=True) if data["namespace"] == namespace]
    return [node for node, data in part.nodes(data=True) if data["category"] == "policy"]


def _cut(part: "Graph", output: Output, seeds: Iterable[str]) -> "Graph":
    """The part that a picture holds; what is left out is said."""
    if output.form not in _PICTURES or len(part) <= MOST:
        return part
    from rbacpsp.graph import nearest

    note(
        f"{len(part) - MOST} of {len(part)} nodes are left out of the picture; to draw fewer, use --policy, "
        "--subject, -n, or --around and --hops."
    )
    return nearest(part, seeds, MOST)


def _part(whole: "Graph", namespace: str | None, subject: "Subject | None", policy: str | None) -> "Graph":
    from rbacpsp.graph import from_nodes, of_namespace, subject_id, toward_policy

    part = whole
    if namespace:
        part = of_namespace(part, namespace)
    if subject:
        part = from_nodes(part, [subject_id(subject)[0]])
    if policy:
        part = toward_policy(part, policy)
    return part


def _around(part: "Graph", node: str, hops: int) -> "Graph":
    from rbacpsp.graph import around

    return around(part, node, hops)


def _missing(whole: "Graph", node: str) -> str:
    """What to do about a node that is not there."""
    if node in whole:
        return f'"{node}" is not in the selected part of the graph: remove an option'
    kind, colon, name = node.partition(":")
    if not colon:
        return (
            f'the graph has no "{node}"; a node is written KIND:NAME or KIND:NAMESPACE/NAME, as -o json does'
        )
    name = name.rpartition("/")[2]
    close = [each for each in sorted(whole) if name and name in each][:3]
    if not close and kind == "PodSecurityPolicy":
        close = [each for each in sorted(whole) if whole.nodes[each]["category"] == "policy"][:5]
    advice = f"; there is {', '.join(close)}" if close else ""
    if kind == "User" and not close:
        advice = "; no binding names it, so it has only what its groups have: Group/system:authenticated"
    return f'the graph has no "{node}"{advice}'


def _advise(part: "Graph") -> None:
    if len(part) > MANY:
        note(
            f"{len(part)} nodes are too many for a picture; to draw fewer, use --policy, --subject, -n, "
            "or --around and --hops."
        )
