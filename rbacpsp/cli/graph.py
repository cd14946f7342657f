"""`rbacpsp graph`."""

from typing import TYPE_CHECKING

import click

from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.options import Source, open_cluster, source_options
from rbacpsp.cli.spelling import SUBJECT_HELP, read_subject
from rbacpsp.report.graph import FORMATS, render

if TYPE_CHECKING:
    from rbacpsp.graph import Graph

MANY = 120
"""A picture of more nodes than this is hard to read."""

_DRAWN = frozenset({"dot", "mermaid"})


@click.command(
    "graph", short_help="Draw who is bound to what, and who reaches which policy.", epilog=SUBJECT_HELP
)
@click.option("-n", "--namespace", metavar="NAME", help="Only what counts in a namespace.")
@click.option("--subject", metavar="SUBJECT", help="Only what a subject reaches.")
@click.option("--policy", metavar="NAME", help="Only what leads to a PodSecurityPolicy.")
@click.option("--around", metavar="NODE", help="Only what is near a node, for example ClusterRole:view.")
@click.option("--hops", type=click.IntRange(0), default=2, show_default=True, help="How near, with --around.")
@click.option(
    "-o", "--output", "form", type=click.Choice(FORMATS), default="dot", show_default=True, help="The format."
)
@source_options
def graph(
    *,
    namespace: str | None,
    subject: str | None,
    policy: str | None,
    around: str | None,
    hops: int,
    form: str,
    source: Source,
) -> None:
    r"""Draw subjects, bindings, roles, rules, policies and workloads as one graph, or a part of it.

    Whoever has a path to a policy may use it, in the scope that the binding on the path names. Options that
    choose a part may be combined: --subject with --policy leaves the paths between the two.

    \b
    Examples:
      rbacpsp graph --policy 100-psp -f sample_clusters/psp-by-example
      rbacpsp graph -n default -o mermaid -f sample_clusters/rbac-workshop
      rbacpsp graph --subject sa/kube-system:tiller --policy 200-psp -f sample_clusters/psp-by-example
      rbacpsp graph --around ClusterRole:view --hops 1 -o json -f sample_clusters/bootstrap-1.24
      rbacpsp graph -o graphml -f sample_clusters/psp-on-eks

    Graphviz makes a picture of it: rbacpsp graph ... | dot -Tsvg -o graph.svg
    Names of nodes are those of -o json: KIND:NAME or KIND:NAMESPACE/NAME.
    """
    cluster = open_cluster(source)
    whole = cluster.graph()
    try:
        part = _part(whole, namespace, subject, policy)
        if around:
            part = _around(part, around, hops)
    except KeyError as error:
        raise InputError([_missing(whole, str(error.args[0]))]) from None
    click.echo(render(part, form), nl=False)
    if namespace and f"Namespace:{namespace}" not in whole:
        note(f'Nothing that was read is in a namespace "{namespace}": shown is what holds everywhere.')
    if form in _DRAWN:
        _advise(part)


def _part(whole: "Graph", namespace: str | None, subject: str | None, policy: str | None) -> "Graph":
    from rbacpsp.graph import from_nodes, of_namespace, subject_id, toward_policy

    part = whole
    if namespace:
        part = of_namespace(part, namespace)
    if subject:
        part = from_nodes(part, [subject_id(read_subject(subject))[0]])
    if policy:
        part = toward_policy(part, policy)
    return part


def _around(part: "Graph", node: str, hops: int) -> "Graph":
    from rbacpsp.graph import around

    return around(part, node, hops)


def _missing(whole: "Graph", node: str) -> str:
    """What to do about a node that is not there."""
    if node in whole:
        return f'"{node}" is not in this part of the graph: leave out an option'
    kind, colon, name = node.partition(":")
    if not colon:
        return (
            f'the graph has no "{node}"; a node is written KIND:NAME or KIND:NAMESPACE/NAME, as -o json does'
        )
    name = name.rpartition("/")[2]
    close = [each for each in sorted(whole) if name and name in each][:3]
    if not close and kind == "PodSecurityPolicy":
        close = [each for each in sorted(whole) if each.startswith(f"{kind}:")][:5]
    advice = f"; there is {', '.join(close)}" if close else ""
    if kind == "User" and not close:
        advice = "; no binding names it, so it has what its groups have: Group/system:authenticated"
    return f'the graph has no "{node}"{advice}'


def _advise(part: "Graph") -> None:
    if len(part) > MANY:
        note(
            f"{len(part)} nodes are too many for a picture: narrow it with --policy, --subject, -n, or "
            "--around and --hops."
        )
