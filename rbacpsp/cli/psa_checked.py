"""The pods and workloads in files, each checked against a level of the Pod Security Standards."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from rbacpsp.cli.errors import InputError
from rbacpsp.load import LoadError, Located, ManifestFile, read_manifest_files, shown
from rbacpsp.model import WORKLOAD_KINDS, Version
from rbacpsp.model.workload import POD_VERSIONS
from rbacpsp.pss import Evaluation, Exemptions, LevelVersion
from rbacpsp.pss.evaluate import evaluator_for
from rbacpsp.pss.levels import BASELINE, server_of
from rbacpsp.pss.paths import parse_path
from rbacpsp.pss.reading import PodInObject, read_pod
from rbacpsp.report.checked import Checked, FailedCheck, Fault

JSONObject = dict[str, Any]

FAIL_ON = ("any", "baseline", "none")
_parsed = lru_cache(maxsize=4096)(parse_path)
_JUDGED = {"Pod": POD_VERSIONS, **WORKLOAD_KINDS}


class Found(NamedTuple):
    """A pod or a workload of a file, and what was found."""

    file: ManifestFile
    located: Located
    checked: Checked


@dataclass(slots=True)
class Checker:
    """Checks manifests against one level and version, as one server would."""

    level: LevelVersion
    kubernetes_version: Version | None = None
    exemptions: Exemptions = field(default_factory=Exemptions)
    fail_on: str = "any"
    """What counts as a failure: `any` of the level, only what violates the `baseline` too, or `none`."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """How many objects of each kind hold no pod that is known."""

    def check(self, files: Iterable[ManifestFile]) -> Iterator[Found]:
        """Every pod and workload of the files, in their order.

        Raises:
            InputError: A field of one has the wrong type.
        """
        for file in files:
            for located in file.objects:
                kind = _kind(located.value)
                if not is_judged(located.value):
                    self.passed_over[kind] += 1
                    continue
                try:
                    yield Found(file, located, self._checked(file, located, kind))
                except ValueError as error:
                    place = f"{shown(file.name)}, line {located.line()}"
                    raise InputError([f"{place}: {error}: mend the manifest"]) from None

    def _checked(self, file: ManifestFile, located: Located, kind: str) -> Checked:
        metadata = located.value.get("metadata") or {}
        if not isinstance(metadata, dict):
            raise ValueError("metadata must be an object")
        namespace = str(metadata.get("namespace") or "")
        generated = f"{metadata['generateName']}*" if metadata.get("generateName") else "(no name)"
        pod = read_pod(located.value, server_of(self.kubernetes_version))
        exempt = self._exempt(namespace, pod)
        evaluation = Evaluation(self.level) if exempt else self._evaluate(pod, self.level)
        return Checked(
            kind=kind,
            namespace=namespace,
            name=str(metadata.get("name") or generated),
            file=file.name,
            document=located.origin.document.number,
            line=located.line(),
            level=self.level,
            failed=tuple(_failed(located, evaluation)),
            counts=not evaluation and self._counts(pod),
            exempt=exempt,
        )

    def _evaluate(self, pod: PodInObject, level: LevelVersion) -> Evaluation:
        return evaluator_for(server_of(self.kubernetes_version)).evaluate(pod, level)

    def _counts(self, pod: PodInObject) -> bool:
        """Whether a pod that violates the level fails the run."""
        if self.fail_on != "baseline":
            return self.fail_on == "any"
        return not self._evaluate(pod, LevelVersion(BASELINE, self.level.version))

    def _exempt(self, namespace: str, pod: PodInObject) -> str:
        if namespace in self.exemptions.namespaces:
            return "its namespace is"
        runtime_class = pod.checked.spec.runtime_class_name
        if runtime_class and runtime_class in self.exemptions.runtime_classes:
            return f"its runtime class {runtime_class} is"
        return ""


def _kind(obj: JSONObject) -> str:
    kind = obj.get("kind")
    return kind if isinstance(kind, str) and kind else "object without a kind"


def is_judged(obj: JSONObject) -> bool:
    """Whether it is a pod or one of Kubernetes' own workloads; an object may leave out its apiVersion."""
    versions = _JUDGED.get(_kind(obj))
    return versions is not None and (not obj.get("apiVersion") or obj["apiVersion"] in versions)


def _failed(located: Located, evaluation: Evaluation) -> Iterator[FailedCheck]:
    for failure in evaluation.failures:
        faults = (Fault(path, located.line(_parsed(path))) for path in failure.fields)
        yield FailedCheck(failure, tuple(faults))


def read(paths: Iterable[str], stdin: bytes | None = None) -> list[ManifestFile]:
    """The manifests in files and folders.

    Raises:
        InputError: Something could not be read.
    """
    try:
        found: list[ManifestFile] = read_manifest_files(paths, None if stdin is None else BytesIO(stdin))
    except LoadError as error:
        raise InputError(map(str, error.problems)) from None
    return found
