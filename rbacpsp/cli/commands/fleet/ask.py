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
    has no answer, for example because it lacks the namespace, its row says why, and the list of clusters
    shows "no answer". No answer changes the exit code, so that --fail-on is refused in a question.

    \b
    Examples:
      rbacpsp fleet ask 'who-can get secrets -n kube-system' 'sample_clusters/*/cluster.*' -O results
    """
    from rbacpsp.cli.fleet_questions import AnyQuestion
    from rbacpsp.cli.fleet_rows import answer_rows
    from rbacpsp.cli.fleet_words import check_question, question_files, question_words

    words = check_question(question_words(question))
    files = question_files(words, here=fleet.scheduler is None)
    return fleet.ask(AnyQuestion("ask", words, "answers", answer_rows, files))
