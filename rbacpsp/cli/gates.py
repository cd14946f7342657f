"""The options that decide whether findings fail a pipeline: --fail-on, --policy, --profile, --baseline."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rbacpsp.cli.errors import InputError, reporting_read_errors
from rbacpsp.cli.standard_input import standard_input

if TYPE_CHECKING:
    from rbacpsp.audit import Audit, AuditPolicy, Severity
    from rbacpsp.cluster import Cluster
    from rbacpsp.report.findings import Locate

PROFILES = ("aks", "eks", "gke", "k3s", "kubeadm", "rancher", "rke2")
"""The profiles of `rbacpsp.audit.vendors`, which takes longer to import."""
SEVERITIES = ("critical", "high", "medium", "low", "info")


@dataclass(frozen=True, slots=True)
class Gates:
    """The values of the options."""

    policy_file: str | None
    baseline: str | None
    fail_on: str | None
    profiles: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether any of the options was given."""
        values = (self.policy_file, self.baseline, self.fail_on)
        return any(value is not None for value in values) or bool(self.profiles)

    @property
    def threshold(self) -> "Severity":
        """The lowest severity of a finding that is a failure."""
        from rbacpsp.audit import Severity

        return Severity(self.fail_on) if self.fail_on else Severity.INFO

    def policy(self) -> "AuditPolicy | None":
        """The policy of the file, with the profiles of the options.

        Raises:
            InputError: It cannot be read, or is wrong; each message has the line.
        """
        policy = _policy(self.policy_file) if self.policy_file is not None else None
        if not self.profiles:
            return policy
        from rbacpsp.audit import AuditPolicy

        policy = policy or AuditPolicy()
        return replace(policy, profiles=tuple(dict.fromkeys((*policy.profiles, *self.profiles))))

    def policy_text(self) -> str:
        """The text of the policy file; empty if none was given.

        Raises:
            InputError: It cannot be read.
        """
        return text_of(self.policy_file) if self.policy_file is not None else ""

    def new_only(self, audit: "Audit") -> "Audit":
        """The audit with only the findings that are not in the baseline.

        Raises:
            InputError: The file cannot be read, or is not a baseline.
        """
        return _new_only(audit, self.baseline) if self.baseline is not None else audit

    def fails(self, audit: "Audit") -> bool:
        """Whether a finding has at least the severity of --fail-on."""
        return bool(self.fail_on and audit.at_least(self.threshold))


def gate_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --policy, --profile, --baseline and --fail-on; the command gets `gates`."""

    @click.option(
        "--policy", "policy_file", type=click.Path(), help="Rules, severities and exceptions (YAML)."
    )
    @click.option(
        "--profile",
        "profiles",
        type=click.Choice(PROFILES),
        multiple=True,
        help="Rule out the grants that a vendor makes for its own components; may be repeated.",
    )
    @click.option(
        "--baseline", type=click.Path(), help="An earlier report (-o json); only new findings are reported."
    )
    @click.option(
        "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 on a finding of at least this severity."
    )
    @wraps(command)
    def collected(
        *args: Any,
        policy_file: str | None,
        profiles: tuple[str, ...],
        baseline: str | None,
        fail_on: str | None,
        **options: Any,
    ) -> Any:
        return command(*args, gates=Gates(policy_file, baseline, fail_on, profiles), **options)

    return collected


def today() -> date:
    """Today in the user's time zone, which decides whether exceptions are expired."""
    return date.today()  # noqa: DTZ011 - in the user's time zone


def locator(cluster: "Cluster") -> "Locate":
    """A function that gives the file and line of an object of a cluster."""

    def locate(obj: Any) -> Any:
        try:
            origin = cluster.objects.origin(obj)
        except KeyError:
            return None
        return origin if origin.document.file else None

    return locate


def _policy(file: str) -> "AuditPolicy":
    from rbacpsp.audit import PolicyError, read_policy
    from rbacpsp.decode import Problem
    from rbacpsp.decode.documents import documents

    parts = list(documents(file, text_of(file).encode()))
    problems = [part for part in parts if isinstance(part, Problem)]
    if problems:
        raise InputError(map(str, problems))
    docs = [part for part in parts if not isinstance(part, Problem)]
    if len(docs) != 1:
        raise InputError([f"{file}: a policy is one document, not {len(docs)}"])
    (doc,) = docs
    try:
        return read_policy(json.loads(doc.body) if doc.is_json else doc.body, doc.locate)
    except PolicyError as error:
        raise InputError(f"{file}, {problem}" for problem in error.problems) from None


def _new_only(audit: "Audit", file: str) -> "Audit":
    from rbacpsp.audit import known_fingerprints, new_only

    try:
        return new_only(audit, known_fingerprints(json.loads(text_of(file))))
    except json.JSONDecodeError as error:
        words = f"line {error.lineno}: this is not JSON; a baseline is a report that -o json wrote"
        raise InputError([f"{file}, {words}"]) from None
    except ValueError as error:
        raise InputError([f"{file}: {error}"]) from None


def text_of(file: str) -> str:
    """The text of a file.

    Raises:
        InputError: It cannot be read.
    """
    from rbacpsp.sources.files import whole_file

    with reporting_read_errors():
        data = whole_file(file, standard_input((file,)))
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InputError([f"{file}: it is not UTF-8"]) from None
