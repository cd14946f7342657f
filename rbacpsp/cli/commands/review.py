"""`rbacpsp review`."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from rbacpsp.admission import PLUGINS, ReviewError
from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note
from rbacpsp.cli.options import (
    SourceOptions,
    open_cluster,
    source_options,
    user_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.reading import Reading
from rbacpsp.model import Request, User
from rbacpsp.rbac.escalation import still_refused
from rbacpsp.report.yaml import encode as to_yaml

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


@command("review", short_help="Answer review objects as the API server would.")
@click.argument("reviews", nargs=-1, type=click.File("r", encoding="utf-8-sig"), metavar="[FILE]...")
@click.option(
    "--plugin",
    type=click.Choice(PLUGINS),
    default="both",
    show_default=True,
    help="The plugins that answer an AdmissionReview: PodSecurityPolicy, PodSecurity (psa), or both.",
)
@admission_config_option
@user_options
@source_options
@output_options(
    formats=("json", "yaml", "jsonl"),
    default=None,
    titles=False,
    help="The output format; by default that of the input.",
)
def review(
    *,
    reviews: tuple[IO[str], ...],
    plugin: str,
    admission_config: dict[str, Any] | None,
    user: User | None,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Answer review objects as the API server would: the same objects, with their status or response.

    SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview,
    AdmissionReview and OpenShift's PodSecurityPolicySubjectReview and its like are read from files or stdin,
    as YAML, JSON or one JSON object a line. The groups of a SubjectAccessReview are taken as they are given.
    Reviews of oneself need --as.

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
    if not reviews and sys.stdin is None:
        raise InputError(["standard input is closed: name a FILE"])
    streams = reviews or (sys.stdin,)
    for stream in streams:
        read_form, documents = _documents(stream, source.reading)
        forms.append(read_form)
        given += ((_name(stream), number, each) for number, each in enumerate(documents, 1))
    answers: list[dict[str, Any]] = []
    problems: list[str] = []
    for name, number, each in given:
        if not isinstance(each, dict):
            from rbacpsp.decode.schema import type_name

            problems.append(f"{name}, document {number}: this is {type_name(each)}, not a review object")
            continue
        try:
            answers.append(cluster.review(each, user=user, plugin=plugin))
        except ReviewError as error:
            problems.append(f"{name}, document {number}: {error}")
    if problems and not source.keep_going:
        raise InputError(problems)
    for problem in problems:
        source.reading.wrong(problem)
    if not answers:
        raise InputError(["no review was given: name a FILE, or - for stdin"])
    replace(output, form=output.form or forms[0]).show(_Answered(answers))
    for answer in answers:
        if said := _beside(cluster, answer, user):
            note(said)


def _beside(cluster: "Cluster", answer: dict[str, Any], user: User | None) -> str:
    """What an access review that is answered with a yes leaves open; empty where that is nothing."""
    kind, spec = answer.get("kind", ""), answer.get("spec") or {}
    if not kind.endswith("SubjectAccessReview") or not (answer.get("status") or {}).get("allowed"):
        return ""
    own = kind.startswith("Self") and user is not None
    asker = user if own else User(spec.get("user") or "", tuple(spec.get("groups") or ()))
    return still_refused(cluster.authorizer, asker, Request.from_review(spec)) if asker else ""


def _documents(stream: IO[str], reading: Reading) -> tuple[str, list[Any]]:
    """The form of a text and the objects in it; a List counts as its items."""
    from rbacpsp.decode.problems import summed
    from rbacpsp.decode.values import parse_documents

    try:
        text = stream.read()
        lines = [line for line in text.splitlines() if line.strip()]
        if lines and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines):
            form = "jsonl"
        else:
            form = "json" if text.lstrip()[:1] == "{" else "yaml"
        documents, problems = parse_documents(text, name=_name(stream))
    except UnicodeDecodeError:
        raise InputError([f"{_name(stream)}: this is not UTF-8 text: save the file as UTF-8"]) from None
    if problems and not reading.keep_going:
        raise InputError(summed(problems))
    for line in summed(problems):
        reading.wrong(line)
    found: list[Any] = []
    for document in documents:
        is_list = (
            isinstance(document, dict)
            and document.get("kind") == "List"
            and isinstance(document.get("items"), list)
        )
        found += document["items"] if is_list else [] if document is None else [document]
    return form, found


def _name(stream: IO[str]) -> str:
    return str(getattr(stream, "name", "<stdin>"))


@dataclass(frozen=True, slots=True)
class _Answered:
    """Answered reviews, for every format."""

    answers: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """The only one, or a List of them."""
        if len(self.answers) == 1:
            return self.answers[0]
        return {"apiVersion": "v1", "kind": "List", "items": self.answers}

    def documents(self) -> list[dict[str, Any]]:
        """One after another."""
        return self.answers

    def manifests(self) -> Iterator[str]:
        """A document each."""
        return map(to_yaml, self.answers)
