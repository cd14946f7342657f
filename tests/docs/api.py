"""Writes docs/api, a page for each public name of the package: `python -m tests.docs.api`.

mkdocstrings fills them in from the docstrings when the site is built.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType

import rbacpsp
from tests.docs import written

_HEAD = """\
# Python

What `import rbacpsp` gives. Names that are not here may change in any release.
[The tutorial](tutorial.md#in-python) shows some at work; [frames](frames.md) and [the graph](graph.md) have
pages of their own.

Answers are values: they never change and can be pickled, and what is true of an answer is its truth value:
`if cluster.authorize(user, request):`. The same question about equal clusters has equal answers, except for
an `Audit`, `Paths`, a `Simulation`, a `Diff` and an `Explorer`: compare the fingerprints of findings, frames,
or what `rbacpsp.diff` finds.
"""
ANSWERS: Mapping[str, tuple[str, ...]] = {
    "Decision": ("rbac.decision.Decision", "rbac.decision.Grant"),
    "WhoCan": ("rbac.who_can.WhoCan", "rbac.decision.Access", "rbac.resource_names.NamedGrant"),
    "RuleSet": ("rbac.rules.RuleSet", "rbac.rules.HeldRule", "rbac.rules.HeldPermission"),
    "Mending": ("rbac.mending.Mending", "rbac.mending.ExistingRole", "paths.grant_effects.Opened"),
    "Admission": (
        "psp.admission.Admission",
        "psp.attempts.Considered",
        "pods.changes.Change",
        "psp.enforcement.Enforcement",
    ),
    "SCCAdmission": ("scc.answer.SCCAdmission", "scc.attempts.Considered", "scc.use.Use"),
    "SCCAdmitter": (
        "scc.admission.SCCAdmitter",
        "scc.reviews.Reviewer",
        "scc.reviews.SubjectReview",
        "scc.reviews.AccountReview",
        "scc.label_sync.LabelSyncer",
        "scc.label_sync.LabelSync",
        "scc.users.ConstraintUser",
    ),
    "PSAdmission": ("pss.request.PSAdmission", "pss.standard.Judgement"),
    "Submission": (
        "admission.submission.Submission",
        "admission.submission.Step",
        "admission.submission.SubmittedPod",
        "admission.submission.Remedy",
    ),
    "Preflight": (
        "admission.preflight.Preflight",
        "admission.preflight.Row",
        "admission.preflight.Missing",
    ),
    "Simulation": (
        "simulate.simulation.Simulation",
        "simulate.row.Row",
        "simulate.row.Verdict",
        "simulate.summary.Summary",
    ),
    "Audit": (
        "audit.engine.Audit",
        "audit.finding.Finding",
        "audit.finding.Evidence",
        "audit.policy.AuditPolicy",
        "audit.rule.Rule",
        "audit.severity.Severity",
    ),
    "Paths": ("paths.search.Paths", "paths.path.Path", "paths.path.PathStep", "paths.place.Place"),
    "Explorer": ("page.explorer.Explorer", "page.facts.Origin"),
    "Frames": ("frames.Frames",),
    "Plots": ("plot.Plots",),
    "Migration": ("migration.migrate.Migration", "migration.gap.Gap"),
    "Diff": (
        "comparison.difference.Diff",
        "comparison.access.AccessDifference",
        "comparison.access.AccessChange",
        "comparison.admission.AdmissionDifference",
        "comparison.admission.AdmissionChange",
        "comparison.findings.FindingDifference",
        "comparison.path_changes.PathDifference",
        "comparison.objects.ObjectDifference",
    ),
    "AccessTestResults": ("assertions.run.AccessTestResults", "assertions.run.AccessTestResult"),
    "Usage": (
        "auditlog.usage.Usage",
        "auditlog.rows.UsageRow",
        "auditlog.removable.Unused",
        "auditlog.removable.Item",
        "auditlog.synthesis.Synthesis",
        "auditlog.usage.Denied",
        "auditlog.usage.Check",
        "auditlog.window.Window",
    ),
    "Named": ("model.name_mapping.Named",),
    "Objects": ("model.objects.Objects", "catalog.catalog.Catalog", "rbac.authorizer.Authorizer"),
}
"""What the questions answer, by the page; each is named below rbacpsp."""
PUBLIC = tuple(name for name in rbacpsp.__all__ if not name.startswith("_"))
LOADING = ("load", "connect", "Cluster", "Request", "User", "Subject")
"""What comes first."""


def page(name: str) -> str:
    """The page of a public name, or of an answer."""
    if name in ANSWERS:
        blocks = [_block(f"rbacpsp.{place}", place.rpartition(".")[2]) for place in ANSWERS[name]]
        asked = ", ".join(f"[`{each}`]({target})" for each, target in _asked_by(name))
        return "\n".join([f"# {name}\n", f"What {asked} answers. [All names](../api.md).\n", *blocks])
    result = getattr(rbacpsp, name)
    if isinstance(result, ModuleType):
        blocks = [_module(result), *(_block(place_of(result, each), each) for each in sorted(result.__all__))]
        return "\n".join([f"# rbacpsp.{name}\n", "[All names](../api.md).\n", *blocks])
    return "\n".join([f"# rbacpsp.{name}\n", "[All names](../api.md).\n", _block(place_of(rbacpsp, name))])


def _module(module: ModuleType) -> str:
    return f"{inspect.getdoc(module)}\n"


def _block(place: str, title: str = "") -> str:
    heading = f"## {title}\n\n" if title else ""
    return f"{heading}::: {place}\n    options: {{heading_level: {3 if title else 2}}}\n"


def place_of(module: ModuleType, name: str) -> str:
    """The module that defines a public name: a function may have the name of its module."""
    result = getattr(module, name)
    if callable(result) and getattr(result, "__module__", "").startswith("rbacpsp"):
        return f"{result.__module__}.{result.__qualname__}"
    tree = ast.parse(inspect.getsource(module))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    source = next(node.module for node in imports if name in {each.name for each in node.names})
    return f"{source}.{name}"


def returned() -> Iterator[tuple[str, str]]:
    """Each public question with the name of its answer's type."""
    functions = {name: found for name in PUBLIC if inspect.isfunction(found := getattr(rbacpsp, name))}
    for name in dir(rbacpsp.Cluster):
        found = inspect.getattr_static(rbacpsp.Cluster, name)
        found = getattr(found, "func", None) or getattr(found, "fget", None) or found
        if inspect.isfunction(found) and not name.startswith("_"):
            functions[name] = found
    for name, found in functions.items():
        answer = inspect.signature(found).return_annotation
        words = answer.strip("'") if isinstance(answer, str) else getattr(answer, "__name__", str(answer))
        yield name, words.removesuffix(" | None").partition("[")[0].rpartition(".")[2]


def _asked_by(name: str) -> list[tuple[str, str]]:
    classes = {place.rpartition(".")[2] for place in ANSWERS[name]}
    result = {}
    for question, answer in returned():
        if answer in classes:
            page = question if question in PUBLIC else "Cluster"
            result[question] = f"{page}.md#{_place_of_question(question)}"
    return sorted(result.items())


def _place_of_question(name: str) -> str:
    if name in PUBLIC:
        return place_of(rbacpsp, name)
    return f"{place_of(rbacpsp, 'Cluster')}.{name}"


def index() -> str:
    """The list of the names."""
    rest = [name for name in PUBLIC if name not in LOADING]
    rows = [
        (f"[`rbacpsp.{name}`](api/{name}.md)", _summary(getattr(rbacpsp, name))) for name in (*LOADING, *rest)
    ]
    answers = []
    for name in ANSWERS:
        asked = ", ".join(f"`{each}`" for each, _ in _asked_by(name))
        answers.append((f"[`{name}`](api/{name}.md)", asked))
    return "\n".join(
        [
            _HEAD,
            written.table(("name", "what it is"), rows),
            "## Answers\n",
            written.table(("class", "what answers it"), answers),
        ]
    )


def _summary(found: object) -> str:
    return (inspect.getdoc(found) or "").partition("\n")[0]


PAGES = written.Written("api", "api", (*PUBLIC, *ANSWERS), page, index)

if __name__ == "__main__":
    PAGES.write()
