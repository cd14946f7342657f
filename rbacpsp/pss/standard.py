"""Evaluates objects against a level of the Pod Security Standards, without a namespace that enforces it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from rbacpsp.model import KINDS, Version
from rbacpsp.model.json import JSONObject
from rbacpsp.model.result import html, text
from rbacpsp.pss.config import Exemptions
from rbacpsp.pss.custom import CustomPodRead
from rbacpsp.pss.evaluate import Evaluation, Evaluator, evaluator_for
from rbacpsp.pss.levels import BASELINE, LevelVersion, server_of
from rbacpsp.pss.reading import PodInObject, read_pod

FAIL_ON = ("any", "baseline", "none")
"""Which violations count as failures: all of the level, only those of the baseline too, or none."""

_JUDGED = {kind.name: kind.api_versions for kind in KINDS if kind.kept in {"pods", "workloads"}}


class Judgement(NamedTuple):
    """The evaluation of an object; true when it meets the level or is exempt."""

    evaluation: Evaluation
    exempt: str = ""
    """Why it is exempt; empty where it is evaluated."""
    counts: bool = False
    """Whether the violation counts as a failure for the caller."""

    def __bool__(self) -> bool:
        return bool(self.evaluation)

    def __repr__(self) -> str:
        exempt = f"exempt: {self.exempt}" if self.exempt else repr(self.evaluation)
        return f"<Judgement: {exempt}>"

    def __str__(self) -> str:
        """What `psa check` prints of an object."""
        return text(self)

    def _repr_html_(self) -> str:
        """What Jupyter shows below a cell."""
        return html(self)


@dataclass(frozen=True, slots=True)
class Standard:
    """A level and version, evaluated as a server version does."""

    level: LevelVersion
    server: Version | None = None
    """The server version whose checks and wording are used; None: the newest."""
    exemptions: Exemptions = field(default_factory=Exemptions)
    fail_on: str = "any"
    """One of `FAIL_ON`."""

    def judge(self, obj: JSONObject) -> Judgement:
        """Evaluate a pod, or the pod of a workload's template.

        Raises:
            ValueError: It is neither, or a field of it has the wrong type.
        """
        namespace = _namespace(obj)
        pod = read_pod(obj, server_of(self.server))
        exempt = self._exempt(namespace, pod)
        return self._judged(pod, Evaluation(self.level) if exempt else self._evaluate(pod), exempt)

    def judge_custom(self, obj: JSONObject, custom: CustomPodRead) -> Judgement:
        """Evaluate a pod of a custom resource.

        Raises:
            ValueError: The metadata of the resource has the wrong type.
        """
        exempt = self._exempt(_namespace(obj), custom.pod)
        evaluation = Evaluation(self.level) if exempt else custom.evaluate(self._evaluator, self.level)
        return self._judged(custom.pod, evaluation, exempt)

    @property
    def _evaluator(self) -> Evaluator:
        return evaluator_for(server_of(self.server))

    def _evaluate(self, pod: PodInObject) -> Evaluation:
        return self._evaluator.evaluate(pod, self.level)

    def _judged(self, pod: PodInObject, evaluation: Evaluation, exempt: str) -> Judgement:
        counts = not evaluation and self.fail_on != "none"
        if counts and self.fail_on == "baseline":
            counts = not self._evaluator.evaluate(pod, LevelVersion(BASELINE, self.level.version))
        return Judgement(evaluation, exempt, counts)

    def _exempt(self, namespace: str, pod: PodInObject) -> str:
        """Why an object is exempt, in words that follow "is exempt:"; empty if it is not."""
        if namespace in self.exemptions.namespaces:
            return "its namespace is"
        runtime_class = pod.checked.spec.runtime_class_name
        if runtime_class and runtime_class in self.exemptions.runtime_classes:
            return f"its runtime class {runtime_class} is"
        return ""


def _namespace(obj: JSONObject) -> str:
    metadata = obj.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise ValueError("metadata must be an object")
    return str(metadata.get("namespace") or "")


def is_judged(obj: JSONObject) -> bool:
    """Whether it is a pod or one of Kubernetes' own workloads; its apiVersion may be missing."""
    kind = obj.get("kind")
    versions = _JUDGED.get(kind) if isinstance(kind, str) else None
    return versions is not None and (not obj.get("apiVersion") or obj["apiVersion"] in versions)
