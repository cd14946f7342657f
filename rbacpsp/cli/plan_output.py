"""A migration plan as Markdown and as an HTML page with the same content."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from rbacpsp.migration.plan import MigrationPlan
from rbacpsp.model.result import counted
from rbacpsp.report.answer import API_VERSION
from rbacpsp.report.escape import cell, markdown_cell
from rbacpsp.report.findings_style import STYLE
from rbacpsp.report.json import encode as to_json

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_TITLE = "Leaving PodSecurityPolicy"


class _Section(NamedTuple):
    title: str
    texts: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    code: tuple[str, ...] = ()
    """Shell commands, or a patch, in lines."""


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """What `rbacpsp migrate plan` prints."""

    plan: MigrationPlan

    def document(self) -> Mapping[str, Any]:
        """The plan as one JSON object."""
        return {"apiVersion": API_VERSION, "kind": "MigrationPlan", **self.plan.document()}

    def markdown(self) -> Iterator[str]:
        """The plan as a checklist."""
        yield f"# {_TITLE}\n"
        for section in self._sections():
            yield f"\n## {markdown_cell(section.title)}\n"
            for text in section.texts:
                yield f"\n{markdown_cell(text)}\n"
            if section.rows:
                yield f"\n| {' | '.join(section.titles)} |\n| {' | '.join(['---'] * len(section.titles))} |\n"
                for row in section.rows:
                    yield f"| {' | '.join(markdown_cell(text) for text in row)} |\n"
            if section.code:
                yield "\n" + "".join(f"    {cell(code_line)}\n" for code_line in section.code)

    def page(self) -> Iterator[str]:
        """The plan as one self-contained page."""
        yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        yield f"<title>{_TITLE}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        yield f"<header>\n<h1>{_TITLE}</h1>\n</header>\n<main>\n"
        for section in self._sections():
            yield f"<section>\n<h2>{_text(section.title)}</h2>\n"
            yield from (f"<p>{_text(text)}</p>\n" for text in section.texts)
            if section.rows:
                yield f"<table>\n<tr>{''.join(f'<th>{_text(title)}</th>' for title in section.titles)}</tr>\n"
                for row in section.rows:
                    yield f"<tr>{''.join(f'<td>{_text(text)}</td>' for text in row)}</tr>\n"
                yield "</table>\n"
            if section.code:
                lines = "\n".join(map(_text, section.code))
                yield f"<pre>{lines}</pre>\n"
            yield "</section>\n"
        yield "</main>\n</body>\n</html>\n"

    def _sections(self) -> Iterator[_Section]:
        plan = self.plan
        policies = counted(len(plan.policies), "policy", "policies")
        yield _Section(
            "What there is",
            (f"{policies}, {counted(len(plan.namespaces), 'namespace')}.",),
            ("policy", "level", "exact", "fills in", "admits"),
            [
                (
                    policy.level.policy,
                    policy.level.level,
                    policy.level.exact,
                    ", ".join(policy.fills),
                    str(policy.workloads),
                )
                for policy in plan.policies
            ],
        )
        if plan.static_pods:
            yield _Section(
                "Static pods",
                (
                    (
                        f"{', '.join(plan.static_pods)}: a kubelet runs them from a file, whether or "
                        "not their mirror pods are admitted."
                    ),
                ),
            )
        yield _Section(
            "Levels of Pod Security, by namespace",
            (),
            ("namespace", "level", "judged", "refused today"),
            [
                (namespace.namespace, namespace.level, str(namespace.workloads), ", ".join(namespace.refused))
                for namespace in plan.namespaces
            ],
        )
        for name, gaps in (("ValidatingAdmissionPolicy", plan.vap), ("Pod Security", plan.psa)):
            yield _Section(
                f"What {name} does not say as the policies do",
                () if gaps else ("Nothing.",),
                ("gap", "policy", "field", "affects", "detail"),
                [(gap.kind, gap.policy, gap.field, str(len(gap.affected)), gap.detail) for gap in gaps],
            )
        yield _Section(
            "Templates that rely on a policy",
            () if plan.templates else ("None: no policy changes a pod of a workload.",),
            ("workload", "policy", "patch"),
            [
                (
                    f"{template.workload.namespace}/{template.workload.kind.lower()}/{template.workload.name}",
                    template.policy,
                    " ".join(to_json(template.patch).split()),
                )
                for template in plan.templates
            ],
        )
        for number, step in enumerate(plan.steps, 1):
            yield _Section(
                f"Step {number}: {step.title}",
                (*step.do, f"What is refused from then on: {step.refuses}.", f"How to go back: {step.back}."),
                code=step.commands,
            )


def _text(value: str) -> str:
    return escape(cell(value).encode("utf-8", "backslashreplace").decode(), quote=True)
