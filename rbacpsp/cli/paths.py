"""`rbacpsp paths`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import note
from rbacpsp.cli.options import Source, open_cluster, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.report.answer import Answer, Table

if TYPE_CHECKING:
    from rbacpsp.audit.paths import Cut, Path, PathStep
    from rbacpsp.audit.place import Place

_COLUMNS = ("from", "to", "step", "who", "how", "reaches", "through", "permission", "because")
_WIDE = frozenset({"to", "who", "permission", "because"})


@click.command("paths", short_help="Show how a subject becomes cluster-admin, root on a node, or another.")
@click.option("--from", "start", metavar="SUBJECT", help="Where the paths start.")
@click.option("--to", "goal", metavar="GOAL", help="cluster-admin, node, secrets:NAMESPACE or a subject.")
@click.option("--limit", default=50, show_default=True, metavar="N", help="How many paths to show.")
@click.option("--own", is_flag=True, help="Show the paths of Kubernetes' own components as well.")
@source_options
@output_options
def paths(
    *, start: str | None, goal: str | None, limit: int, own: bool, source: Source, output: Output
) -> None:
    r"""Show how a subject becomes cluster-admin, root on a node, or another subject.

    A subject is User/NAME, Group/NAME, ServiceAccount/NAMESPACE:NAME or a user's name as the server sees it.
    Without --from every subject that reaches the goal is shown, and which single grant, removed, closes most
    paths. Without --to the goal is cluster-admin, or everything that --from reaches.

    \b
    Examples:
      rbacpsp paths --to node -f sample_clusters/psp-on-eks
      rbacpsp paths --from ServiceAccount/psp-eks-restrictive:eks-test-user -f sample_clusters/psp-on-eks
      rbacpsp paths --to cluster-admin --own -f sample_clusters/bootstrap-1.24 -o json
    """
    from rbacpsp.audit import parse_place

    try:
        source_place = parse_place(start) if start else None
        target = parse_place(goal) if goal else None
    except ValueError as error:
        raise click.UsageError(str(error), click.get_current_context()) from None
    ways = open_cluster(source).paths()
    cuts: list[tuple[Cut, str]] = []
    if source_place and target:
        one = ways.between(source_place, target)
        found: tuple[Path, ...] = (one,) if one else ()
        total = len(found)
    elif source_place:
        reached = ways.from_(source_place, limit)
        found, total = reached.paths, reached.total
    else:
        target = target or parse_place("cluster-admin")
        everything = ways.to(target)
        found = tuple(path for path in everything if own or not path.brought)
        total = len(found)
        cuts = [(cut, _cut_words(cut, target)) for cut in ways.cuts(target)]
        if len(everything) > total:
            left = len(everything) - total
            note(f"{left} paths of Kubernetes' own components are left out: --own shows them.")
    shown = found[:limit]
    output.answer(_answer(shown, cuts, total), empty=_nothing(source_place, target))
    if output.readable:
        if total > len(shown):
            note(f"{total - len(shown)} more paths are not shown: --limit shows more.")
        for _, words in cuts:
            note(words)


def _nothing(start: "Place | None", goal: "Place | None") -> str:
    who = start.words if start else "No subject but system:masters and Kubernetes' own components"
    verb = "does not reach" if start else "reaches"
    return f"{who} {verb} {goal.words if goal else 'anything'} by the permissions that were loaded."


def _cut_words(cut: "Cut", goal: "Place") -> str:
    from rbacpsp.audit.change import binding_words
    from rbacpsp.model.subjects import subject_text

    change = f"Removing {subject_text(cut.subject)} from {binding_words(cut.binding)}"
    one = cut.of == 1
    whom = "the only subject that reaches" if one else f"{cut.closed} of the {cut.of} subjects that reach"
    return f"{change} cuts off {whom} {goal.words}."


def _answer(found: "Iterable[Path]", cuts: "Iterable[tuple[Cut, str]]", total: int) -> Answer:
    rows = []
    documents = []
    for path in found:
        documents.append(
            {
                "from": path.start.words,
                "to": path.goal.words,
                "length": path.length,
                "kubernetesOwn": path.brought,
                "steps": [_step_json(step) for step in path.steps],
            }
        )
        for number, step in enumerate(path.steps, 1):
            rows.append(_step_row(path, number, step))
    cut_documents = [{"change": words, "closed": cut.closed, "of": cut.of} for cut, words in cuts]
    data = {"paths": documents, "total": total, "cuts": cut_documents}
    return Answer("Paths", Table(_COLUMNS, rows, _WIDE), data)


def _through(step: "PathStep") -> str:
    from rbacpsp.audit.change import binding_words, role_words

    grant = step.grant
    if grant is None:
        return ""
    return f"{binding_words(grant.binding)}, rule {grant.rule_index + 1} of {role_words(grant.role)}"


def _step_row(path: "Path", number: int, step: "PathStep") -> list[str]:
    first = number == 1
    return [
        path.start.words if first else "",
        path.goal.words if first else "",
        str(number),
        step.source.words,
        step.technique.title,
        step.target.words,
        _through(step) or step.because,
        step.permission,
        step.because,
    ]


def _step_json(step: "PathStep") -> dict[str, Any]:
    optional = {"permission": step.permission, "through": _through(step), "because": step.because}
    return {
        "who": step.source.words,
        "becomes": step.target.words,
        "technique": step.technique.name,
        "how": step.technique.title,
        **{key: value for key, value in optional.items() if value},
    }
