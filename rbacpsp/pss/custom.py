"""Evaluates the pods of custom resources as their controllers would create them."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacpsp.model.json import JSONObject
from rbacpsp.model.pod_templates import TemplateKind
from rbacpsp.model.version import Version
from rbacpsp.pods.custom import CustomPod, custom_pods
from rbacpsp.pss.evaluate import Evaluation, Evaluator
from rbacpsp.pss.levels import LevelVersion
from rbacpsp.pss.paths import parse_path, path_text
from rbacpsp.pss.reading import PodInObject, read_pod


class CustomPodRead(NamedTuple):
    """A pod of a custom resource, prepared for the checks."""

    custom: CustomPod
    pod: PodInObject

    def evaluate(self, evaluator: Evaluator, level_version: LevelVersion) -> Evaluation:
        """The evaluation against a level; paths of fields are those in the custom resource."""
        pod_evaluation = evaluator.evaluate(self.pod, level_version)
        failures = (
            failure._replace(fields=tuple(map(self._of_resource, failure.fields)))
            for failure in pod_evaluation.failures
        )
        return Evaluation(level_version, tuple(failures))

    def _of_resource(self, field: str) -> str:
        return path_text(self.custom.resource_path(parse_path(field)))


def read_custom_pods(body: JSONObject, kind: TemplateKind, server: Version) -> Iterator[CustomPodRead]:
    """The pods of a custom resource, as a server of a version would hold them.

    Raises:
        ValueError: A field of one has the wrong type; the message begins with its path in the resource.
    """
    for custom in custom_pods(body, kind):
        try:
            yield CustomPodRead(custom, read_pod(custom.pod, server))
        except ValueError as error:
            raise ValueError(f"{custom.title or kind.kind}: {error}") from None
