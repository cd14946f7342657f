"""`rbacpsp psa check`: check pods and workloads in manifests against a level of the standards."""

import click

from rbacpsp.cli.admission_config import require_config
from rbacpsp.cli.admission_option import admission_config_option
from rbacpsp.cli.assumption_warning import AssumedServer, note_server
from rbacpsp.cli.command import command
from rbacpsp.cli.custom_resources import custom_resource_notes
from rbacpsp.cli.errors import NO, InputError, note, warn
from rbacpsp.cli.output import Output, output_options
from rbacpsp.cli.psa_check import CheckedObject, ManifestChecker
from rbacpsp.cli.reading import FileReading
from rbacpsp.cli.reading_options import reading_options
from rbacpsp.cli.template_path import templates_option
from rbacpsp.cli.version_option import kubernetes_version_option
from rbacpsp.decode import ManifestFile
from rbacpsp.decode.unknown_fields import UnknownFields, unknown_fields
from rbacpsp.model import Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import TemplateKinds, known_kinds
from rbacpsp.pss import LEVELS, LevelVersion
from rbacpsp.pss.standard import FAIL_ON, Standard, is_judged
from rbacpsp.report.formats import SCANNED, TABULAR
from rbacpsp.report.pod_security import PodSecurityResult
from rbacpsp.report.pod_security_report import CheckedReport

_NOTHING = "the files contain no pod and no workload: nothing was checked"


@command("check", short_help="Check manifests against a level of the standards.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="restricted",
    show_default=True,
    help="The level that pods must meet.",
)
@click.option(
    "--version",
    "version",
    default="latest",
    show_default=True,
    metavar="VERSION",
    help="The version of the level, for example v1.25.",
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="any",
    show_default=True,
    help="Exit with 1 on any violation of the level, only on a violation of baseline, or never.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="Print the documents with automatic fixes applied; comments and order are kept.",
)
@click.option("--patch", is_flag=True, help="Print the automatic fixes as strategic merge patches.")
@admission_config_option
@kubernetes_version_option
@templates_option
@reading_options
@output_options(formats=(*TABULAR, *SCANNED, "junit"), help="The output format.")
def check(
    *,
    files: tuple[str, ...],
    level: str,
    version: str,
    fail_on: str,
    fix: bool,
    patch: bool,
    admission_config: JSONObject | None,
    kubernetes_version: str | None,
    templates: TemplateKinds | None,
    reading: FileReading,
    output: Output,
) -> int:
    r"""Check pods and workloads in manifests against a level of the standards; exit 1 when one violates it.

    FILE is a file, a folder (and those below it) or - for stdin, for example the output of Helm or kustomize.
    The pods of custom resources such as Rollouts, Workflows and ClusterServiceVersions are checked too. Each
    object has a line, followed by each field that violates the level, with its line in the file. -o wide adds
    the server's message.

    \b
    Examples:
      rbacpsp psa check sample_clusters/steps/pod-security-standards
      rbacpsp psa check --level baseline -o junit sample_clusters/steps/pod-security-standards
      rbacpsp psa check --fix sample_clusters/steps/pod-security-standards/go-app.yaml

    --fix sets runAsNonRoot, allowPrivilegeEscalation, seccompProfile and drop ALL, reports what it sets and
    what it cannot fix, and checks the result. Objects that the --admission-config exempts are not checked.
    Without any pod or workload the exit code is 2, since the check then proves nothing; --allow-empty allows
    it.
    """
    try:
        level_version = LevelVersion.of(level, version)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--version") from None
    server = Version.parse(kubernetes_version) if kubernetes_version else None
    exemptions = require_config(admission_config, server).exemptions
    checker = ManifestChecker(
        Standard(level_version, server, exemptions, fail_on), templates or known_kinds(), reading=reading
    )
    manifests = reading.read(files)
    checked_objects = list(checker.check(manifests))
    if not checked_objects and not reading.allow_empty:
        _note_skipped(checker)
        raise InputError([f"{_NOTHING}; check the path, or allow it with --allow-empty"])
    unknown = unknown_fields(manifests)
    for sentence in unknown.sentences:
        warn(sentence)
    for sentence in checker.invalid:
        note(sentence)
    if fix or patch:
        _require_printable(output.form, fix=fix, patch=patch)
        code = _print_fixes(checker, manifests, checked_objects, unknown, output, fix=fix)
        note_server(AssumedServer.of(server))
        return code
    checked = [checked_object.checked for checked_object in checked_objects]
    if checked or not output.readable:
        output.show(CheckedReport(checked), cluster=AssumedServer.of(server))
    _summary(checker, checked)
    return NO if any(result.counts for result in checked) else 0


def _require_printable(form: str, *, fix: bool, patch: bool) -> None:
    """Refuse a format in which fixes are not written.

    Raises:
        UsageError: There is no such format of fixes, or both kinds of fixes are requested.
    """
    if fix and patch:
        raise click.UsageError("--fix and --patch cannot be combined", click.get_current_context())
    option, forms = ("--fix", ("yaml",)) if fix else ("--patch", ("yaml", "json"))
    if form not in {"table", *forms}:
        raise click.UsageError(
            f"{option} does not write {form}: leave out -o, or use -o {' or '.join(forms)}",
            click.get_current_context(),
        )


def _summary(checker: ManifestChecker, checked: list[PodSecurityResult]) -> None:
    if not checked:
        note(f"{_NOTHING.capitalize()}.")
    else:
        violating = sum(bool(result.failed) for result in checked)
        exempt = sum(bool(result.exempt) for result in checked)
        level = checker.standard.level
        meeting = len(checked) - violating - exempt
        counts = f"{len(checked)} checked: {violating} violate {level}, {meeting} meet it"
        note(f"{counts}, {exempt} are exempt." if exempt else f"{counts}.")
    _note_skipped(checker)


def _note_skipped(checker: ManifestChecker) -> None:
    if checker.passed_over:
        kinds = [f"{count} {kind}" for kind, count in sorted(checker.passed_over.items())]
        note(f"Skipped, since they contain no pod or pod template of a known kind: {', '.join(kinds)}.")
    for text in custom_resource_notes(checker.customs, checker.left._replace(others=checker.others)):
        note(text)


def _print_fixes(
    checker: ManifestChecker,
    manifests: list[ManifestFile],
    checked_objects: list[CheckedObject],
    unknown: UnknownFields,
    output: Output,
    *,
    fix: bool,
) -> int:
    from rbacpsp.cli import psa_fix

    fixable = [
        checked_object for checked_object in checked_objects if is_judged(checked_object.located.value)
    ]
    fixed_objects = psa_fix.fix_objects(checker, fixable)
    output.write(
        psa_fix.edited_text(manifests, fixed_objects) if fix else psa_fix.patches(fixed_objects, output.form)
    )
    psa_fix.report_fixes(fixed_objects)
    refused = {id(located) for located in unknown.objects}
    incomplete = [
        fixed
        for fixed in fixed_objects
        if not fixed.fix.complete or id(fixed.checked_object.located) in refused
    ]
    if fixed_objects:
        note(
            f"{len(fixed_objects) - len(incomplete)} of {len(fixed_objects)} objects meet "
            f"{checker.standard.level} with these fixes."
        )
    elif checked_objects:
        note(f"Nothing needs a fix: nothing violates {checker.standard.level}.")
    else:
        note(f"{_NOTHING.capitalize()}.")
    custom_results = [
        checked_object.checked
        for checked_object in checked_objects
        if checked_object.checked.failed and not is_judged(checked_object.located.value)
    ]
    for result in custom_results:
        note(f"{result.sentence}: the template of a custom resource is not fixed automatically.")
    if refused:
        note(
            f"kubectl refuses {len(refused)} of the objects, because they have unknown fields: see "
            "the warnings."
        )
    return NO if checker.standard.fail_on != "none" and (incomplete or custom_results or refused) else 0
