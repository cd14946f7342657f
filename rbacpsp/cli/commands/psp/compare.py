"""`rbacpsp psp compare`: show which of two policies is stricter, field by field."""

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
    Relation.STRICTER: "{} is stricter than {}: it admits fewer pods, and none that the other refuses.",
    Relation.LAXER: "{} is laxer than {}: it admits more pods, and all that the other admits.",
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

    "stricter" describes the first policy. The defaults of a policy do not decide which pods it admits, so
    they are not compared, except for the capabilities that it adds.

    \b
    Examples:
      rbacpsp psp compare 100-psp 200-psp -f sample_clusters/psp-by-example
    """
    cluster = open_policies(source, kinds={"PodSecurityPolicy"}, discovery=False)
    loaded = cluster.objects.policies
    missing = [name for name in (first, second) if name not in loaded]
    if missing:
        known_names = f"; there are {', '.join(sorted(loaded))}" if loaded else ""
        raise InputError([f'podsecuritypolicies.policy "{name}" not found{known_names}' for name in missing])
    relation = relation_of(loaded[first], loaded[second])
    fields = [
        field
        for field in compare_fields(loaded[first], loaded[second])
        if everything or field.relation is not Relation.EQUAL
    ]
    rows = [(field.field, field.first, field.second, field.relation.value) for field in fields]
    items = [
        {"field": field.field, "first": field.first, "second": field.second, "relation": field.relation.value}
        for field in fields
    ]
    headline = _HEADLINES[relation].format(first, second)
    data = {"first": first, "second": second, "relation": relation.value, "items": items}
    if output.tabular and rows:
        output.write(line(headline) + "\n\n")
    titles = ("field", first, second, f"{first} is")
    table = Table(titles, rows, named=frozenset(titles[1:]))
    answer = Answer("PolicyComparison", table, data, [field.field for field in fields])
    output.answer(answer, empty=headline, cluster=cluster)
