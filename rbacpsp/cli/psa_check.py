"""The pods and workloads in files, each checked against a level of the Pod Security Standards."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from rbacpsp.admission.validation import sent_errors
from rbacpsp.apply.validation import object_refusal
from rbacpsp.cli.custom_resources import CustomResourceCounts
from rbacpsp.cli.reading import FileReading
from rbacpsp.decode import LoadError, Located, ManifestFile, shown
from rbacpsp.decode.one_by_one import decoded
from rbacpsp.decode.submission import LONGEST, is_stored
from rbacpsp.model import Manifest
from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import TemplateKind, TemplateKinds, known_kinds
from rbacpsp.pss import Evaluation
from rbacpsp.pss.custom import CustomPodRead, read_custom_pods
from rbacpsp.pss.levels import server_of
from rbacpsp.pss.paths import parse_path
from rbacpsp.pss.standard import Standard, is_judged
from rbacpsp.report.pod_security import FailedCheck, FieldLine, PodSecurityResult

_parsed = lru_cache(maxsize=4096)(parse_path)


class CheckedObject(NamedTuple):
    """A pod or a workload of a file, and the result of its check."""

    file: ManifestFile
    located: Located
    checked: PodSecurityResult


@dataclass(slots=True)
class ManifestChecker:
    """Checks manifests against one standard."""

    standard: Standard
    templates: TemplateKinds = field(default_factory=known_kinds)
    """The custom resources whose pods are also checked."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """How many objects of each kind have no known pod template."""
    customs: dict[str, TemplateKind] = field(default_factory=dict)
    """The kinds of custom resources that were checked, or have no template, by qualified name."""
    left: CustomResourceCounts = field(
        default_factory=lambda: CustomResourceCounts(Counter(), Counter(), Counter(), Counter())
    )
    """Counts of custom resources and their pods."""
    others: Counter[str] = field(default_factory=Counter)
    """How many custom resources of each other kind there are."""
    reading: FileReading = field(default_factory=FileReading)
    """How to treat an object that cannot be evaluated."""

    invalid: list[str] = field(default_factory=list)
    """A sentence for each object that the API server refuses at every level."""

    def check(self, files: Iterable[ManifestFile]) -> Iterator[CheckedObject]:
        """Every pod and workload of the files, in their order.

        Raises:
            InputError: A field of one has the wrong type.
            IncompleteError: It was skipped, and `--strict` was given.
        """
        for file in files:
            for located in file.objects:
                try:
                    if is_judged(located.value):
                        yield CheckedObject(file, located, self._checked(file, located))
                        self._validate(file, located)
                    else:
                        yield from self._custom(file, located)
                except ValueError as error:
                    position = f"{shown(file.name)}, line {located.line()}"
                    self.reading.wrong(f"{position}: {error}: fix the manifest")

    def _validate(self, file: ManifestFile, located: Located) -> None:
        """Store why the server's validation refuses an object, unless a server has stored the object."""
        try:
            obj = decoded(located.value)
        except LoadError:  # a wrong type in a field that the standards do not check
            return
        if isinstance(obj, Manifest) and not is_stored(obj.metadata):
            errors = [
                error
                for error in sent_errors(obj, server_of(self.standard.server))
                if error.at[:1] == ("spec",)
            ]
            if errors:
                words = shown(object_refusal(obj, errors), longest=LONGEST)
                position = f"{shown(file.name)}, line {located.line()}"
                self.invalid.append(f"{position}: the API server refuses this whatever the level is: {words}")

    def _custom(self, file: ManifestFile, located: Located) -> Iterator[CheckedObject]:
        """The pods of a custom resource; any other object is ignored."""
        version, kind = located.value.get("apiVersion"), _kind(located.value)
        known = self.templates.find(version, kind) if isinstance(version, str) else None
        if known is None:
            group = version.rpartition("/")[0] if isinstance(version, str) else ""
            custom = "." in group and not group.endswith(".k8s.io")
            (self.others if custom else self.passed_over)[f"{kind}.{group}" if custom else kind] += 1
            return
        self.customs[known.qualified] = known
        pods = list(read_custom_pods(located.value, known, server_of(self.standard.server)))
        self.left.empty[known.qualified] += not pods
        self.left.seen[known.qualified] += len(pods)
        for pod in pods:
            self.left.unseen.update(f"{known.qualified}: {text}" for text in pod.custom.unseen)
            yield CheckedObject(file, located, self._checked(file, located, pod, len(pods)))

    def _checked(
        self, file: ManifestFile, located: Located, custom: CustomPodRead | None = None, of: int = 1
    ) -> PodSecurityResult:
        judgement = (
            self.standard.judge_custom(located.value, custom)
            if custom
            else self.standard.judge(located.value)
        )
        metadata = located.value.get("metadata") or {}
        generated = f"{metadata['generateName']}*" if metadata.get("generateName") else "(no name)"
        name = str(metadata.get("name") or generated)
        return PodSecurityResult(
            kind=_kind(located.value),
            namespace=str(metadata.get("namespace") or ""),
            name=f"{name} at {custom.custom.title}" if custom and of > 1 else name,
            file=file.name,
            document=located.origin.document.number,
            line=located.line(),
            level=self.standard.level,
            failed=tuple(_failed(located, judgement.evaluation)),
            counts=judgement.counts,
            exempt=judgement.exempt,
        )


def _kind(obj: JSONObject) -> str:
    kind = obj.get("kind")
    return kind if isinstance(kind, str) and kind else "object without a kind"


def _failed(located: Located, evaluation: Evaluation) -> Iterator[FailedCheck]:
    for failure in evaluation.failures:
        faults = (FieldLine(path, located.line(_parsed(path))) for path in failure.fields)
        yield FailedCheck(failure, tuple(faults))
