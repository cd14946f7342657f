"""`rbacpsp fleet ask`: ask every cluster any question of one cluster."""

import click

from rbacpsp.cli.command import command
from rbacpsp.cli.fleet_options import Fleet, fleet_options


@command("ask", short_help="Ask every cluster any question of one cluster.")
@click.argument("question", metavar="QUESTION")
@fleet_options
def ask(*, question: str, fleet: Fleet) -> int:
    r"""Ask every cluster any question of one cluster: the tables clusters and answers.

    The question is a command in quotes, without -f, -O and -o. Every entry of its JSON is a row. If a cluster
    has no answer, for example because it lacks the namespace, its row says why, and the
    list of clusters shows "no answer".

    \b
    Examples:
      rbacpsp fleet ask 'who-can get secrets -n kube-system' 'sample_clusters/*/cluster.*' -O results
    """
    from rbacpsp.cli.fleet_questions import AnyQuestion, check_question, question_words
    from rbacpsp.cli.fleet_rows import answer_rows

    return fleet.ask(AnyQuestion("ask", check_question(question_words(question)), "answers", answer_rows))
