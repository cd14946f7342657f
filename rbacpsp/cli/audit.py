"""`rbacpsp audit`."""

import json
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.color import say
from rbacpsp.cli.errors import NO, InputError, drop_the_rest, note, warn
from rbacpsp.cli.options import Source, open_cluster, problem_line, source_options
from rbacpsp.cli.output import TABULAR
from rbacpsp.model.garbage import no_collection

if TYPE_CHECKING:
    from rbacpsp.audit import Audit, Policy
    from rbacpsp.cluster import Cluster
    from rbacpsp.report.findings import Locate

SEVERITIES = ("critical", "high", "medium", "low", "info")
FORMATS = ("table", "wide", "json", "yaml", "csv", "markdown", "sarif", "junit", "html")


@click.command("audit", short_help="Find risky permissions, with the evidence for each.")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How to print the report: for readers, programs, code scanning (sarif) or CI (junit).",
)
@click.option("--no-headers", is_flag=True, help="Leave out the titles of columns.")
@click.option("--policy", "policy_file", type=click.Path(), help="Rules, severities and exceptions (YAML).")
@click.option("--baseline", type=click.Path(), help="An earlier report (-o json): report only what is new.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 on a finding this bad or worse.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Report findings this bad or worse only.")
@click.option("--ruled-out", is_flag=True, help="List what was ruled out as well, and why.")
@source_options
def audit(
    *,
    form: str,
    no_headers: bool,
    policy_file: str | None,
    baseline: str | None,
    fail_on: str | None,
    severity: str | None,
    ruled_out: bool,
    source: Source,
) -> None:
    r"""Find risky permissions, with the evidence for each.

    Every finding names the subject, the permission, the binding, role and rule that give it, what an attacker
    gains and the smallest change that removes it. What Kubernetes brings itself is left out unless it was
    changed; --ruled-out lists it.

    \b
    Examples:
      rbacpsp audit -f sample_clusters/psp-on-eks
      rbacpsp audit -f sample_clusters/psp-on-eks -o html
      rbacpsp audit -f sample_clusters/psp-on-eks --severity high -o json
      rbacpsp audit -f sample_clusters/psp-on-eks -o sarif --fail-on high
    """
    cluster = open_cluster(source)
    from rbacpsp.audit import Severity
    from rbacpsp.report.findings_formats import pieces

    policy = _policy(policy_file) if policy_file else None
    found = cluster.audit(policy=policy, today=date.today(), progress=_progress())  # noqa: DTZ011 - the user's day
    if baseline:
        found = _new_only(found, baseline)
    failed = bool(fail_on and found.at_least(Severity(fail_on)))
    if severity:
        found = found.limited(Severity(severity))
    threshold = Severity(fail_on) if fail_on else Severity.INFO
    with no_collection():
        _write(
            pieces(
                found, form, _locate(cluster), ruled_out=ruled_out, fail_on=threshold, headers=not no_headers
            ),
            colored=form in TABULAR,
        )
    if form in TABULAR:
        _say(found, ruled_out=ruled_out)
    if failed:
        sys.exit(NO)


def _write(pieces: Iterable[str], *, colored: bool) -> None:
    """Write a report while it is made; the exit code is that of the audit even when its reader has enough."""
    try:
        for piece in pieces:
            say(piece, colored=colored)
    except BrokenPipeError:
        drop_the_rest()


def _say(found: "Audit", *, ruled_out: bool) -> None:
    from rbacpsp.report.findings import summary

    note(summary(found))
    if found.findings:
        note("What each means, how to mend it, the method and its limits: -o html or -o markdown.")
    if found.ruled_out and not ruled_out:
        count = len(found.ruled_out)
        words = "1 finding was" if count == 1 else f"{count} findings were"
        note(f"{words} ruled out (Kubernetes' own, excepted or known): --ruled-out lists them, and why.")
    for each in found.warnings:
        warn(each)


def _progress() -> Any:
    """What tells a terminal how far the work is; None where nobody watches."""
    if not sys.stderr.isatty():
        return None

    def say(word: str) -> None:
        click.echo(f"\r\x1b[Kaudit: {word} ", nl=False, err=True)
        if word == "order":
            click.echo("\r\x1b[K", nl=False, err=True)

    return say


def _locate(cluster: "Cluster") -> "Locate":
    def locate(obj: Any) -> Any:
        try:
            origin = cluster.objects.origin(obj)
        except KeyError:
            return None
        return origin if origin.document.file else None

    return locate


def _policy(file: str) -> "Policy":
    """The policy of a file.

    Raises:
        InputError: It cannot be read, or something in it is wrong; each with its place.
    """
    from rbacpsp.audit import PolicyError, read_policy
    from rbacpsp.load import Problem
    from rbacpsp.load.documents import documents

    found = list(documents(file, _text(file).encode()))
    problems = [each for each in found if isinstance(each, Problem)]
    if problems:
        raise InputError(map(problem_line, problems))
    docs = [each for each in found if not isinstance(each, Problem)]
    if len(docs) != 1:
        raise InputError([f"{file}: a policy is one document, not {len(docs)}"])
    (doc,) = docs
    try:
        return read_policy(json.loads(doc.body) if doc.is_json else doc.body, doc.locate)
    except PolicyError as error:
        raise InputError(f"{file}, {problem}" for problem in error.problems) from None


def _new_only(found: "Audit", file: str) -> "Audit":
    from rbacpsp.audit import known_fingerprints, new_only

    try:
        return new_only(found, known_fingerprints(json.loads(_text(file))))
    except ValueError as error:
        raise InputError([f"{file}: {error}"]) from None


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError([f"{file}: {reason}"]) from None
