"""The kinds of custom resources that contain pod templates, with the path of each template.

The data, `data/pod-templates.jsonl`, names the document of each kind's schema in `source`. A path is written
`.spec.template`; `[*]` is each item of a list, `*` each value of a map, and `.` the whole object.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct, json

from rbacpsp.model.kinds import BY_NAME
from rbacpsp.model.package_data import package_data

Step = str | int
ValuePath = tuple[Step, ...]
"""The position of a value in an object: keys and list indexes."""

_OPTION = re.compile(r"(?P<group>[a-z0-9.-]+\.[a-z0-9.-]+)/(?P<kind>[A-Z][A-Za-z0-9]*)=(?P<path>\..+)")
_PATH = re.compile(r"\.|(\.([A-Za-z_][A-Za-z0-9_-]*|\*)(\[\*\])?)+")
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*|\*)(\[\*\])?")
_EVERY = -1
"""The step to each item of a list."""


class TemplateKind(Struct, frozen=True):
    """A kind of custom resource whose controller makes pods."""

    group: str
    kind: str
    source: str
    """The document of its schema."""
    paths: tuple[str, ...] = ()
    """The paths of pod templates: objects with `metadata` and `spec`, as in a Deployment."""
    assembled: str = ""
    """The module of `rbacpsp.pods.custom` that assembles the pod from several fields; else empty."""
    through: str = ""
    """The Kubernetes kind that its controller creates, whose controller then creates the pods."""
    adds: str = ""
    """The parts of the pods that the controller adds and the custom resource does not contain."""
    none: str = ""
    """Why it contains no template although its controller creates pods."""
    inert: bool = False
    """Whether it creates no pods itself because only other objects refer to it."""
    cluster: bool = False
    """Whether it is cluster-scoped."""

    @property
    def word(self) -> str:
        """The kind, with its group where Kubernetes has a kind of that name: `Job.batch.volcano.sh`."""
        return self.qualified if self.kind in BY_NAME else self.kind

    @property
    def qualified(self) -> str:
        """The kind with its group, as in `Rollout.argoproj.io`."""
        return f"{self.kind}.{self.group}"


class TemplateKinds:
    """The known kinds, looked up by an object's apiVersion and kind."""

    def __init__(self, kinds: Iterable[TemplateKind]) -> None:
        self._kinds = {(kind.group, kind.kind): kind for kind in kinds}

    def __iter__(self) -> Iterator[TemplateKind]:
        return iter(self._kinds.values())

    def find(self, api_version: str, kind: str) -> TemplateKind | None:
        """The entry of a kind in any version of its group; None if it is unknown."""
        group, slash, _ = api_version.rpartition("/")
        return self._kinds.get((group, kind)) if slash else None

    def with_paths(self, given: Iterable[TemplateKind]) -> "TemplateKinds":
        """A copy with other kinds added; entries of one kind are merged with all their paths."""
        added: dict[tuple[str, str], TemplateKind] = {}
        for kind in given:
            earlier = added.get((kind.group, kind.kind))
            paths = (*(earlier.paths if earlier else ()), *kind.paths)
            added[kind.group, kind.kind] = TemplateKind(kind.group, kind.kind, kind.source, paths)
        return TemplateKinds([*self, *added.values()])


@cache
def known_kinds() -> TemplateKinds:
    """The kinds that this program knows."""
    lines = package_data("rbacpsp.model", "data/pod-templates.jsonl").splitlines()
    decode = json.Decoder(TemplateKind).decode
    return TemplateKinds(map(decode, lines))


def read_template_path(text: str) -> TemplateKind:
    """A kind as `--template-path` gives it: `GROUP/KIND=.spec.template`.

    Raises:
        ValueError: The text does not have this form.
    """
    match = _OPTION.fullmatch(text)
    if not match or not _PATH.fullmatch(match["path"]):
        raise ValueError(
            f'"{text}": write GROUP/KIND=PATH, for example example.com/App=.spec.template or '
            "example.com/Fleet=.spec.members[*].template"
        )
    return TemplateKind(match["group"], match["kind"], "--template-path", (match["path"],))


def values_at(obj: Mapping[str, Any], path: str) -> Iterator[tuple[ValuePath, Any]]:
    """The values at a path of an object, with the position of each; absent and null values are left out."""
    yield from _walk(obj, _steps(path), ())


@cache
def _steps(path: str) -> tuple[Step, ...]:
    if path == ".":
        return ()
    return tuple(step for key, every in _STEP.findall(path) for step in ((key, _EVERY) if every else (key,)))


def _walk(value: Any, steps: tuple[Step, ...], position: ValuePath) -> Iterator[tuple[ValuePath, Any]]:
    if value is None:
        return
    if not steps:
        yield position, value
        return
    step, rest = steps[0], steps[1:]
    if step == _EVERY:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from _walk(item, rest, (*position, index))
    elif isinstance(value, dict):
        for key in sorted(value) if step == "*" else [step]:
            yield from _walk(value.get(key), rest, (*position, key))
