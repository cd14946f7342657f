"""`rbacpsp review`: answer review objects as the API server would."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from rbacpsp.admission.admission_review import PLUGINS
from rbacpsp.admission.review_fields import groups_field, unknown_review_fields
from rbacpsp.admission.reviews import ReviewError
from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.command import command
from rbacpsp.cli.errors import InputError, note, reporting_read_errors, warn
from rbacpsp.cli.options import (
    SourceOptions,
    open_cluster,
    source_options,
    user_options,
)
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.reading import FileReading
from rbacpsp.cli.standard_input import standard_input
from rbacpsp.model import Request, User
from rbacpsp.rbac.escalation import still_refused
from rbacpsp.report.yaml import encode as to_yaml
from rbacpsp.sources.files import whole_file

if TYPE_CHECKING:
    from rbacpsp.cluster import Cluster


@command("review", short_help="Answer review objects as the API server would.")
@click.argument("reviews", nargs=-1, type=click.Path(), metavar="[FILE]...")
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
    reviews: tuple[str, ...],
    plugin: str,
    admission_config: dict[str, Any] | None,
    user: User | None,
    source: SourceOptions,
    output: Output,
) -> None:
    r"""Answer review objects as the API server would: the same objects, with their status or response.

    SubjectAccessReview, LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview,
    AdmissionReview and OpenShift's PodSecurityPolicySubjectReview and related reviews are read from files or
    stdin, as YAML, JSON or one JSON object per line. The groups of a SubjectAccessReview are used as given,
    without those that the server adds. SelfSubject reviews need --as.

    An AdmissionReview of a pod is answered by PodSecurityPolicy if policies were loaded, with the fields that
    the policy sets as a patch, and then by PodSecurity. An AdmissionReview of a workload or a Namespace is
    answered by PodSecurity.

    \b
    Examples:
      rbacpsp review sample_clusters/steps/bootstrap-1.24/reviews.yaml -f sample_clusters/bootstrap-1.24
      rbacpsp review - --as alice -o jsonl -f sample_clusters/bootstrap-1.24 \
        < sample_clusters/steps/bootstrap-1.24/own-reviews.jsonl
      rbacpsp review sample_clusters/steps/pod-security-standards/deployment-review.yaml \
        -f sample_clusters/pod-security-standards
    """
    cluster = open_cluster(source, admission_config)
    numbered_reviews: list[tuple[str, int, Any]] = []
    forms: list[str] = []
    for path in reviews or ("-",):
        name = "<stdin>" if path == "-" else path
        with reporting_read_errors():
            data = whole_file(path, standard_input((path,)))
        read_form, documents = _documents(name, data, source.reading)
        forms.append(read_form)
        numbered_reviews += ((name, number, document) for number, document in enumerate(documents, 1))
    answers: list[dict[str, Any]] = []
    problems: list[str] = []
    for name, number, document in numbered_reviews:
        if not isinstance(document, dict):
            from rbacpsp.decode.schema import type_name

            problems.append(f"{name}, document {number}: this is {type_name(document)}, not a review object")
            continue
        try:
            answers.append(cluster.review(document, user=user, plugin=plugin))
        except ReviewError as error:
            problems.append(f"{name}, document {number}: {error}")
            continue
        for sentence in unknown_review_fields(document):
            warn(f"{name}, document {number}: {sentence}")
    if problems and not source.keep_going:
        raise InputError(problems)
    for problem in problems:
        source.reading.wrong(problem)
    if not answers:
        raise InputError(["no review was given: name a FILE, or - for stdin"])
    replace(output, form=output.form or forms[0]).show(_AnsweredReviews(answers))
    for answer in answers:
        if caveat := _caveat(cluster, answer, user):
            note(caveat)


def _caveat(cluster: "Cluster", answer: dict[str, Any], user: User | None) -> str:
    """What can still refuse a request that an access review allows; empty if nothing can."""
    kind, spec = answer.get("kind", ""), answer.get("spec") or {}
    if not kind.endswith("SubjectAccessReview") or not (answer.get("status") or {}).get("allowed"):
        return ""
    about_oneself = kind.startswith("Self") and user is not None
    asker = (
        user if about_oneself else User(spec.get("user") or "", tuple(spec.get(groups_field(answer)) or ()))
    )
    return still_refused(cluster.authorizer, asker, Request.from_review(spec)) if asker else ""


def _documents(name: str, data: bytes, reading: FileReading) -> tuple[str, list[Any]]:
    """The format of a text and the objects in it; a List is replaced by its items."""
    from rbacpsp.decode.problems import summed
    from rbacpsp.decode.values import parse_documents

    try:
        text = data.decode()
        lines = [line for line in text.splitlines() if line.strip()]
        if lines and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines):
            form = "jsonl"
        else:
            form = "json" if text.lstrip()[:1] == "{" else "yaml"
        documents, problems = parse_documents(text, name=name)
    except UnicodeDecodeError:
        raise InputError([f"{name}: this is not UTF-8 text: save the file as UTF-8"]) from None
    if problems and not reading.keep_going:
        raise InputError(summed(problems))
    for line in summed(problems):
        reading.wrong(line)
    objects: list[Any] = []
    for document in documents:
        is_list = (
            isinstance(document, dict)
            and document.get("kind") == "List"
            and isinstance(document.get("items"), list)
        )
        objects += document["items"] if is_list else [] if document is None else [document]
    return form, objects


@dataclass(frozen=True, slots=True)
class _AnsweredReviews:
    """Answered reviews, for every format."""

    answers: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """The only review, or a List of the reviews."""
        if len(self.answers) == 1:
            return self.answers[0]
        return {"apiVersion": "v1", "kind": "List", "items": self.answers}

    def documents(self) -> list[dict[str, Any]]:
        """The reviews, one after another."""
        return self.answers

    def manifests(self) -> Iterator[str]:
        """A YAML document for each review."""
        return map(to_yaml, self.answers)
