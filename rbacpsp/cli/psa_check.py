"""`rbacpsp psa check`."""

from typing import Any

import click

from rbacpsp.cli.color import say
from rbacpsp.cli.errors import NO, note
from rbacpsp.cli.options import admission_config_option, kubernetes_version_option
from rbacpsp.cli.output import Output
from rbacpsp.cli.psa_checked import FAIL_ON, Checker, Found, read
from rbacpsp.model import Version
from rbacpsp.pss import LEVELS, Exemptions, LevelVersion, read_config
from rbacpsp.report.checked import Checked, answer, text
from rbacpsp.report.formats import FORMATS

JSONObject = dict[str, Any]

_NOTHING = "There is no pod and no workload in it: nothing was checked."


@click.command("check", short_help="Check manifests against a level of the standards.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="restricted",
    show_default=True,
    help="The level that pods are to meet.",
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
    help="Exit with 1 when an object violates the level, or only when it violates the baseline too.",
)
@click.option("--fix", is_flag=True, help="Print the manifests mended by rote; comments and order survive.")
@click.option("--patch", is_flag=True, help="Print what would be mended as strategic merge patches.")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([*FORMATS, "sarif", "junit"]),
    default="table",
    show_default=True,
    help="How to print the answer.",
)
@click.option("--no-headers", is_flag=True, help="Leave out the titles of columns.")
@admission_config_option
@kubernetes_version_option
def check(
    *,
    files: tuple[str, ...],
    level: str,
    version: str,
    fail_on: str,
    fix: bool,
    patch: bool,
    form: str,
    no_headers: bool,
    admission_config: JSONObject | None,
    kubernetes_version: str | None,
) -> int:
    r"""Check pods and workloads in manifests against a level of the standards; exit 1 when one violates it.

    FILE is a file, a folder (and those below it) or - for stdin: what Helm and kustomize render will do. A
    line an object; below it each field at fault, with its place in the file. -o wide adds the server's words.

    \b
    Examples:
      rbacpsp psa check sample_clusters/steps/pod-security-standards
      rbacpsp psa check --level baseline -o junit sample_clusters/steps/pod-security-standards
      rbacpsp psa check --fix sample_clusters/steps/pod-security-standards/go-app.yaml

    --fix sets runAsNonRoot, allowPrivilegeEscalation, seccompProfile and drop ALL, says what it sets and what
    it cannot mend, and checks the result. Objects that the --admission-config exempts are not judged.
    """
    try:
        level_version = LevelVersion.of(level, version)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--version") from None
    exemptions = read_config(admission_config).exemptions if admission_config else Exemptions()
    server = Version.parse(kubernetes_version) if kubernetes_version else None
    checker = Checker(level_version, server, exemptions, fail_on)
    manifests = read(files)
    found = list(checker.check(manifests))
    if fix or patch:
        if (fix and patch) or form not in ({"table", "yaml"} if fix else {"table", "yaml", "json"}):
            raise click.UsageError(
                "--fix prints manifests, --patch prints patches as yaml or json: give one of them",
                click.get_current_context(),
            )
        return _mended(checker, manifests, found, form="" if fix else form)
    checked = [each.checked for each in found]
    _print(checked, Output(form, not no_headers))
    _summary(checker, checked)
    return NO if any(each.counts for each in checked) else 0


def _print(checked: list[Checked], output: Output) -> None:
    if output.form == "sarif":
        from rbacpsp.report import checked_sarif

        click.echo(checked_sarif.render(checked), nl=False)
    elif output.form == "junit":
        from rbacpsp.report import checked_junit

        click.echo(checked_junit.render(checked), nl=False)
    elif output.tabular:
        say(text(checked, wide=output.form == "wide", headers=output.headers))
    elif output.form == "name" and not any(each.failed for each in checked):
        return
    else:
        output.answer(answer(checked, data=not output.readable), empty=_NOTHING)


def _summary(checker: Checker, checked: list[Checked]) -> None:
    if not checked:
        note(_NOTHING)
    else:
        bad = sum(bool(each.failed) for each in checked)
        exempt = sum(bool(each.exempt) for each in checked)
        said = f"{len(checked)} checked: {bad} violate {checker.level}, {len(checked) - bad - exempt} meet it"
        note(f"{said}, {exempt} are exempt." if exempt else f"{said}.")
    if checker.passed_over:
        kinds = [f"{count} {kind}" for kind, count in sorted(checker.passed_over.items())]
        note(f"Passed over, since they hold no pod of Kubernetes' own kinds: {', '.join(kinds)}.")


def _mended(checker: Checker, manifests: list[Any], found: list[Found], form: str) -> int:
    from rbacpsp.cli import psa_mend

    mended = psa_mend.mend(checker, found)
    printed = psa_mend.patches(mended, form) if form else psa_mend.edited(manifests, mended)
    click.echo(printed, nl=False)
    psa_mend.report(mended)
    left = [each for each in mended if not each.fix.complete]
    if mended:
        note(f"{len(mended) - len(left)} of {len(mended)} objects meet {checker.level} after this.")
    else:
        note(f"Nothing is to be mended: nothing violates {checker.level}.")
    return NO if checker.fail_on != "none" and left else 0
