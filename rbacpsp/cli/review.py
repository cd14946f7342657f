"""`rbacpsp review`."""

import json
import sys
from typing import IO, Any

import click

from rbacpsp.cli.errors import InputError
from rbacpsp.cli.options import (
    Source,
    admission_config_option,
    open_cluster,
    source_options,
    user_options,
)
from rbacpsp.cli.review_admission import PLUGINS
from rbacpsp.cli.reviews import ReviewError, answer_review
from rbacpsp.model import User
from rbacpsp.report.escape import json_text
from rbacpsp.report.json import encode as to_json
from rbacpsp.report.yaml import encode as to_yaml

_FORMS = ("json", "yaml", "jsonl")


@click.command("review", short_help="Answer review objects as the API server would.")
@click.argument("reviews", nargs=-1, type=click.File("r", encoding="utf-8-sig"), metavar="[FILE]...")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(_FORMS),
    help="How to print them; the default is as they were.",
)
@click.option(
    "--plugin",
    type=click.Choice(PLUGINS),
    default="both",
    show_default=True,
    help="Whom an AdmissionReview asks: PodSecurityPolicy, PodSecurity (psa), or both.",
)
@admission_config_option
@user_options
@source_options
def review(
    *,
    reviews: tuple[IO[str], ...],
    form: str | None,
    plugin: str,
    admission_config: dict[str, Any] | None,
    user: User | None,
    source: Source,
) -> None:
    r"""Answer review objects as the API server would: the same objects, with their status or response.

    SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview and
    AdmissionReview are read from files or stdin, as YAML, JSON or one JSON object a line. The groups of a
    SubjectAccessReview are taken as they are given. Reviews of oneself need --as.

    An AdmissionReview of a pod is answered by PodSecurityPolicy where policies were loaded, with what the
    policy sets as a patch, and then by PodSecurity; one of a workload or a Namespace by PodSecurity.

    \b
    Examples:
      rbacpsp review sample_clusters/steps/bootstrap-1.24/reviews.yaml -f sample_clusters/bootstrap-1.24
      rbacpsp review - --as alice -o jsonl -f sample_clusters/bootstrap-1.24 \
        < sample_clusters/steps/bootstrap-1.24/own-reviews.jsonl
      rbacpsp review sample_clusters/steps/pod-security-standards/deployment-review.yaml \
        -f sample_clusters/pod-security-standards
    """
    cluster = open_cluster(source, admission_config)
    given: list[tuple[str, int, Any]] = []
    forms: list[str] = []
    streams = reviews or (sys.stdin,)
    for stream in streams:
        read_form, documents = _documents(stream)
        forms.append(read_form)
        given += ((_name(stream), number, each) for number, each in enumerate(documents, 1))
    answers: list[dict[str, Any]] = []
    problems: list[str] = []
    for name, number, each in given:
        try:
            answers.append(answer_review(cluster, each, user, plugin))
        except ReviewError as error:
            problems.append(f"{name}, document {number}: {error}")
    if problems or not given:
        raise InputError(problems or ["there is no review to answer: give a FILE, or - for stdin"])
    click.echo(_text(answers, form or forms[0]), nl=False)


def _documents(stream: IO[str]) -> tuple[str, list[Any]]:
    """The form of a text and the objects in it; a List counts as its items."""
    from rbacpsp.load import LoadError, parse_yaml

    try:
        text = stream.read()
        lines = [line for line in text.splitlines() if line.strip()]
        if lines and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines):
            return "jsonl", [json.loads(line) for line in lines]
        form, documents = (
            ("json", [json.loads(text)]) if text.lstrip()[:1] == "{" else ("yaml", parse_yaml(text))
        )
    except (LoadError, ValueError, RecursionError) as error:
        raise InputError([f"{_name(stream)}: {' '.join(str(error).split())}"]) from None
    found: list[Any] = []
    for each in documents:
        is_list = (
            isinstance(each, dict) and each.get("kind") == "List" and isinstance(each.get("items"), list)
        )
        found += each["items"] if is_list else [] if each is None else [each]
    return form, found


def _name(stream: IO[str]) -> str:
    return str(getattr(stream, "name", "<stdin>"))


def _text(answers: list[dict[str, Any]], form: str) -> str:
    if form == "jsonl":
        return "".join(json_text(json.dumps(each, ensure_ascii=False)) + "\n" for each in answers)
    if form == "yaml":
        return "---\n".join(map(to_yaml, answers))
    return to_json(
        answers[0] if len(answers) == 1 else {"apiVersion": "v1", "kind": "List", "items": answers}
    )
