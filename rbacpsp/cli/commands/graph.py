"""`rbacpsp graph`: draw subjects, bindings, roles, rules, policies and workloads as one graph."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import warn_custom_resources
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.gate_names import doubt_namespace
from rbacpsp.cli.options import SourceOptions, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.path_arguments import parse_path_end
from rbacpsp.cli.spelling import SUBJECT_HELP
from rbacpsp.cli.subject import parse_subject
from rbacpsp.report.graph import FORMATS, GraphReport

if TYPE_CHECKING:
    from rbacpsp.graph import Graph
    from rbacpsp.model import Subject

MANY = 120
"""A picture of more nodes than this is hard to read."""

MOST = 150
"""The formats svg and html show at most this many nodes."""

_TEXT_FORMATS = frozenset({"dot", "mermaid"})
_PICTURE_FORMATS = frozenset({"svg", "html"})


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
    help="Draw who reaches cluster-admin, node, secrets:NAMESPACE or a subject, and how.",
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

    A subject with a path to a policy may use it, in the scope of the binding on the path. Options that select
    a part can be combined: --subject with --policy keeps the paths between the two. --to draws another graph:
    who reaches a goal, by which action, and what allows it (see "rbacpsp paths").

    \b
    Examples:
      rbacpsp graph --policy 100-psp -f sample_clusters/psp-by-example
      rbacpsp graph -n default -o mermaid -f sample_clusters/rbac-workshop
      rbacpsp graph --subject sa/kube-system:tiller --policy 200-psp -f sample_clusters/psp-by-example
      rbacpsp graph --around ClusterRole:view --hops 1 -o json -f sample_clusters/bootstrap-1.24
      rbacpsp graph --to secrets:psp-eks-restrictive -o svg -O graph.svg -f sample_clusters/psp-on-eks
      rbacpsp graph -o graphml -f sample_clusters/psp-on-eks

    -o svg and -o html draw pictures of at most 150 nodes, which browsers show and print.
    Nodes are named as in -o json: KIND:NAME or KIND:NAMESPACE/NAME.
    """
    if goal:
        if namespace and goal == "secrets":
            goal, namespace = f"secrets:{namespace}", None
        if namespace or subject or policy or around:
            raise click.UsageError(
                "--to draws attack paths, which cannot be combined with -n, --subject, --policy or --around"
            )
        _show_goal_graph(goal, own, source, output)
        return
    if own:
        raise click.UsageError("--own needs --to, since it selects paths")
    cluster = open_cluster(source)
    doubt_namespace((cluster,), namespace, gate=False)
    full_graph = cluster.graph()
    try:
        root_subject = parse_subject(cluster, subject) if subject else None
        part = _select_part(full_graph, namespace, root_subject, policy)
        if around:
            part = _around(part, around, hops)
    except KeyError as error:
        raise InputError([_missing_node_message(full_graph, str(error.args[0]))]) from None
    drawn = _limit_picture(part, output, _center_nodes(part, namespace, root_subject, policy, around))
    output.show(GraphReport(drawn), cluster=cluster)
    if namespace and f"Namespace:{namespace}" not in full_graph:
        note(
            f'Nothing that was read is in a namespace "{namespace}": only what applies cluster-wide is shown.'
        )
    if output.form in _TEXT_FORMATS:
        _note_size(part)


def _show_goal_graph(goal: str, own: bool, source: SourceOptions, output: Output) -> None:
    from rbacpsp.graph import toward_goal

    cluster = open_cluster(source)
    warn_custom_resources(cluster.objects)
    goal_place = parse_path_end(cluster, goal)
    goal_graph = toward_goal(cluster.paths(), goal_place, own=own)
    if not goal_graph:
        note(f"Only system:masters and Kubernetes' own components reach {goal_place.words}.")
    output.show(
        GraphReport(
            _limit_picture(
                goal_graph, output, [node for node in goal_graph if not goal_graph.out_degree(node)]
            )
        )
    )


def _center_nodes(
    part: "Graph", namespace: str | None, subject: "Subject | None", policy: str | None, around: str | None
) -> Iterable[str]:
    """The nodes at the centre of a picture, which keeps the nodes nearest to them."""
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


def _limit_picture(part: "Graph", output: Output, centers: Iterable[str]) -> "Graph":
    """The nodes that fit into a picture; a note counts those left out."""
    if output.form not in _PICTURE_FORMATS or len(part) <= MOST:
        return part
    from rbacpsp.graph import nearest

    note(
        f"{len(part) - MOST} of {len(part)} nodes are left out of the picture; to draw fewer, use --policy, "
        "--subject, -n, or --around and --hops."
    )
    return nearest(part, centers, MOST)


def _select_part(
    full_graph: "Graph", namespace: str | None, subject: "Subject | None", policy: str | None
) -> "Graph":
    from rbacpsp.graph import from_nodes, of_namespace, subject_id, toward_policy

    part = full_graph
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


def _missing_node_message(full_graph: "Graph", node: str) -> str:
    """The error for a node that the selected part does not have, with a hint."""
    if node in full_graph:
        return f'"{node}" is not in the selected part of the graph: remove an option'
    kind, colon, name = node.partition(":")
    if not colon:
        return (
            f'the graph has no "{node}"; a node is written KIND:NAME or KIND:NAMESPACE/NAME, as -o json does'
        )
    name = name.rpartition("/")[2]
    similar = [node_id for node_id in sorted(full_graph) if name and name in node_id][:3]
    if not similar and kind == "PodSecurityPolicy":
        similar = [
            node_id for node_id in sorted(full_graph) if full_graph.nodes[node_id]["category"] == "policy"
        ][:5]
    advice = f"; there is {', '.join(similar)}" if similar else ""
    if kind == "User" and not similar:
        advice = "; no binding names it, so it has only what its groups have: Group/system:authenticated"
    return f'the graph has no "{node}"{advice}'


def _note_size(part: "Graph") -> None:
    if len(part) > MANY:
        note(
            f"{len(part)} nodes are too many for a picture; to draw fewer, use --policy, --subject, -n, "
            "or --around and --hops."
        )
