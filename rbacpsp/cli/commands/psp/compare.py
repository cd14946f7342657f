"""`rbacpsp psp compare`."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError
from rbacpsp.cli.options import SourceOptions, source_options
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.policies import open_policies
from rbacpsp.psp.compare import Relation, compare_fields
from rbacpsp.psp.compare import compare as relation_of
from rbacpsp.report.answer import Answer, Table
from rbacpsp.report.escape import line

_HEADLINES = {
    Relation.EQUAL: "{} and {} admit the same pods.",
    Relation.STRICTER: "{} is stricter than {}: it admits less, and nothing that the other does not.",
    Relation.LAXER: "{} is laxer than {}: it admits more, and everything that the other does.",
    Relation.INCOMPARABLE: "{} is stricter than {} in some fields and laxer in others.",
}


@command("compare", short_help="Show which of two policies is stricter, and in which fields.")
@click.argument("first")
@click.argument("second")
@click.option("--all", "everything", is_flag=True, help="Also show the fields that are equal.")
@source_options
@output_options
def compare(*, first: str, second: str, everything: bool, source: SourceOptions, output: Output) -> None:
    r"""Show which of two policies is stricter, field by field: what each allows, and how they relate.

    "stricter" describes the first policy. What a policy only fills in (its defaults) does not decide what it
    admits and is not compared, except for the capabilities that it adds.

    \b
    Examples:
      rbacpsp psp compare 100-psp 200-psp -f sample_clusters/psp-by-example
    """
    cluster = open_policies(source, kinds={"PodSecurityPolicy"}, discovery=False)
    there = cluster.objects.policies
    missing = [name for name in (first, second) if name not in there]
    if missing:
        held = f"; there are {', '.join(sorted(there))}" if there else ""
        raise InputError([f'podsecuritypolicies.policy "{name}" not found{held}' for name in missing])
    relation = relation_of(there[first], there[second])
    fields = [
        field
        for field in compare_fields(there[first], there[second])
        if everything or field.relation is not Relation.EQUAL
    ]
    rows = [(each.field, each.first, each.second, each.relation.value) for each in fields]
    items = [
        {"field": each.field, "first": each.first, "second": each.second, "relation": each.relation.value}
        for each in fields
    ]
    headline = _HEADLINES[relation].format(first, second)
    data = {"first": first, "second": second, "relation": relation.value, "items": items}
    if output.tabular and rows:
        output.write(line(headline) + "\n\n")
    titles = ("field", first, second, f"{first} is")
    table = Table(titles, rows, named=frozenset(titles[1:]))
    answer = Answer("PolicyComparison", table, data, [each.field for each in fields])
    output.answer(answer, empty=headline, cluster=cluster)
