"""A migration in every format: manifests for kubectl, JSON with the gaps, a table of the gaps."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rbacpsp.migration import Migration
from rbacpsp.report.answer import API_VERSION, Table
from rbacpsp.report.escape import line
from rbacpsp.report.json import encode as to_json
from rbacpsp.report.yaml import encode

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")
"""Characters that are replaced in file names: a name from the cluster could point outside of the folder."""
_LONGEST = 200
_COLUMNS = ("kind", "policy", "field", "affects", "detail")


@dataclass(frozen=True, slots=True)
class ShownMigration:
    """What `rbacpsp migrate ENGINE` prints."""

    migration: Migration

    def document(self) -> Mapping[str, Any]:
        """The Migration as one JSON object."""
        return {"apiVersion": API_VERSION, "kind": "Migration", **self.migration.document()}

    def manifests(self) -> Iterator[str]:
        """The objects in their order, with the gaps as comments above the first."""
        comments = "".join(f"# {line(text)}\n" for text in self.comments())
        for obj in self.migration.objects:
            yield comments + encode(obj, folded=True)
            comments = ""

    def comments(self) -> Iterator[str]:
        """The differences from the old policies, for readers of the manifests."""
        migration = self.migration
        kind = "Security context constraints" if migration.engine == "psp" else "PodSecurityPolicy"
        yield f"{kind} as {migration.engine}, scope {migration.scope}. Differences:"
        for gap in migration.gaps:
            yield f"- {gap.sentence}"
        if not migration.gaps:
            yield "- nothing"
        if migration.configuration is not None:
            yield "Settings for the API server (--admission-control-config-file):"
            yield from (
                f"  {config_line}"
                for config_line in encode(migration.configuration, folded=True).splitlines()
            )
        for exemption in migration.exemptions:
            yield f"- exempt among {exemption.field}: {exemption.name}, which {exemption.why}"

    def files(self) -> Iterator[tuple[str, str]]:
        """The name and text of a file for each object, and of a Kustomization that lists them in order."""
        names = []
        for number, (obj, text) in enumerate(zip(self.migration.objects, self.manifests(), strict=True), 1):
            names.append(f"{number:02}-{obj['kind'].lower()}.yaml")
            yield names[-1], text
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": names,
        }
        yield "kustomization.yaml", encode(kustomization)
        if self.migration.configuration is not None:
            yield "server/admission-configuration.json", to_json(self.migration.configuration)
        for number, template in enumerate(self.migration.templates, 1):
            kind, namespace, name = template.workload
            title = _UNSAFE.sub("_", f"{number:04}-{namespace}.{kind.lower()}.{name}")[:_LONGEST]
            yield f"patches/{title}.json", to_json(template.patch)

    def tabulated(self, *, wide: bool) -> Table:  # noqa: ARG002 - there is no wider table
        """The gaps."""
        rows = [
            (gap.kind, gap.policy, gap.field, str(len(gap.affected)), gap.detail)
            for gap in self.migration.gaps
        ]
        return Table(_COLUMNS, rows)
