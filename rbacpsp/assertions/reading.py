"""Reads an assertion file, in YAML or JSON; errors give the path and the line.

```yaml
apiVersion: rbacpsp.io/v1
kind: AccessTest
assertions:
- name: devs keep out of secrets
  reason: policy 4
  who: Group/devs
  cannot: {verbs: [get, list], resources: [secrets], namespaces: ["prod-*"]}
- name: only backup reads all secrets
  only: [ServiceAccount/kube-system:backup]
  can: {verbs: [get], resources: [secrets], namespaces: ["*"]}
- {name: web is restricted, pod: web.yaml, as: ServiceAccount/prod:web, admittedBy: restricted}
- {name: ci stays away, who: ["ServiceAccount/ci:*"], cannotReach: cluster-admin}
- {name: no full control, noFinding: {rule: RBP001, subject: "User/*"}}
```
"""

from collections.abc import Callable, Mapping
from typing import Any

from rbacpsp.assertions.access import RequestCombinations
from rbacpsp.assertions.assertion import Assertion, Demand
from rbacpsp.assertions.demands import (
    AdmittedBy,
    Allowed,
    MeetsLevel,
    NoFinding,
    Only,
    OnlyReach,
    OutOfReach,
    Pods,
    Refused,
)
from rbacpsp.assertions.fields import AssertionFileError, Fields, Locate, Path
from rbacpsp.audit import Severity
from rbacpsp.model import Identity
from rbacpsp.model.argument_types import unknown_word
from rbacpsp.model.json import JSONObject
from rbacpsp.paths import parse_place
from rbacpsp.paths.place import Place
from rbacpsp.pss import LevelVersion
from rbacpsp.pss.standard import is_judged

API_VERSION = "rbacpsp.io/v1"
KIND = "AccessTest"

_FILE_KEYS = ("apiVersion", "kind", "assertions")
_ALWAYS = ("name", "reason")
_WHO = ("who", "only")
_VERBS = ("can", "cannot", "canReach", "cannotReach")
_PODS = ("pod", "workload")
_VERDICTS = ("admittedBy", "refused", "level")
_KEYS = (*_ALWAYS, *_WHO, *_VERBS, *_PODS, "as", *_VERDICTS, "noFinding")
_ACCESS_KEYS = ("verbs", "resources", "subresources", "names", "namespaces", "urls")
_FINDING_KEYS = ("rule", "severity", "subject", "namespace")

Open = Callable[[str], tuple[JSONObject, ...]]
"""The objects of a file that an assertion names.

Raises:
    ValueError: It cannot be read; the text says why.
"""


def _no_files(name: str) -> tuple[JSONObject, ...]:
    """Refuse to read a file.

    Raises:
        ValueError: Always.
    """
    raise ValueError(f'the file "{name}" is not read here: write the pod itself, or test a file')


def read_assertions(
    body: Any, locate: Locate = lambda _path: 0, open_file: Open = _no_files
) -> tuple[Assertion, ...]:
    """The assertions of a file.

    Args:
        body: The content of the file as plain JSON values.
        locate: Returns the line of the value at a path; 0 if it is not known.
        open_file: Reads the file that `pod` names.

    Raises:
        AssertionFileError: A key, a kind of subject or a type is wrong, or a file cannot be read.
    """
    return _Reader(Fields(locate), open_file).file(body)


class _Reader:
    def __init__(self, fields: Fields, open_file: Open) -> None:
        self._fields = fields
        self._open = open_file

    def file(self, body: Any) -> tuple[Assertion, ...]:
        fields = self._fields
        top = fields.mapping(body, (), _FILE_KEYS)
        for key, expected in (("apiVersion", API_VERSION), ("kind", KIND)):
            if top.get(key) != expected:
                raise fields.wrong(
                    (key,) if key in top else (), f'{key} must be {expected}, not "{top.get(key)}"'
                )
        entries = top.get("assertions")
        if not isinstance(entries, list):
            raise fields.wrong(("assertions",), "assertions must be a list")
        if not entries:
            raise fields.wrong(("assertions",), "there is no assertion in it")
        return tuple(self._assertion(entry, ("assertions", index)) for index, entry in enumerate(entries))

    def _assertion(self, body: Any, path: Path) -> Assertion:
        fields = self._fields
        values = dict(fields.mapping(body, path, _KEYS))
        if "name" not in values:
            raise fields.wrong(path, "name is missing: say what must be true")
        name = fields.text(values.pop("name"), (*path, "name"))
        reason = fields.text(values.pop("reason"), (*path, "reason")) if "reason" in values else ""
        return Assertion(
            name=name, reason=reason, demand=self._demand(values, path), line=fields.locate(path)
        )

    def _demand(self, values: JSONObject, path: Path) -> Demand:
        if "noFinding" in values:
            self._alone(values, path, "noFinding", ("noFinding",))
            return self._no_finding(values["noFinding"], (*path, "noFinding"))
        for key in _PODS:
            if key in values:
                self._alone(values, path, key, (key, "as", *_VERDICTS))
                return self._of_pods(values, path, key)
        self._alone(values, path, "who" if "who" in values else "only", (*_WHO, *_VERBS))
        verbs = [key for key in _VERBS if key in values]
        if len(verbs) != 1:
            raise self._fields.wrong(path, "write one of can and cannot, or cannotReach")
        if ("who" in values) == ("only" in values):
            raise self._fields.wrong(path, "write one of who and only")
        return self._only(values, path, verbs[0]) if "only" in values else self._who(values, path, verbs[0])

    def _alone(self, values: JSONObject, path: Path, key: str, with_it: tuple[str, ...]) -> None:
        """Check that all other keys go with a key."""
        for other in values:
            if other not in with_it:
                raise self._fields.wrong((*path, other), f"{other} cannot be combined with {key}")

    def _who(self, values: JSONObject, path: Path, verb: str) -> Demand:
        who = self._fields.who(values["who"], (*path, "who"))
        if verb == "canReach":
            raise self._fields.wrong((*path, verb), "canReach cannot be combined with who: write only")
        if verb == "cannotReach":
            return OutOfReach(who=who, goal=self._goal(values[verb], (*path, verb)))
        access = self._access(values[verb], (*path, verb))
        return Allowed(who=who, access=access, allowed=verb == "can")

    def _only(self, values: JSONObject, path: Path, verb: str) -> Demand:
        if verb in {"cannot", "cannotReach"}:
            instead = verb.replace("cannot", "can")
            raise self._fields.wrong((*path, verb), f"{verb} cannot be combined with only: write {instead}")
        subjects = self._fields.subjects(values["only"], (*path, "only"))
        if verb == "canReach":
            return OnlyReach(subjects=subjects, goal=self._goal(values[verb], (*path, verb)))
        return Only(subjects=subjects, access=self._access(values[verb], (*path, verb)))

    def _goal(self, value: Any, path: Path) -> Place:
        try:
            return parse_place(self._fields.text(value, path))
        except AssertionFileError:
            raise
        except ValueError as error:
            raise self._fields.wrong(path, str(error)) from None

    def _access(self, body: Any, path: Path) -> RequestCombinations:
        fields = self._fields
        members = fields.mapping(body, path, _ACCESS_KEYS)
        lists = {key: fields.texts(value, (*path, key)) for key, value in members.items()}
        if not lists.get("verbs"):
            raise fields.wrong(path, "verbs is missing or empty")
        if bool(lists.get("resources")) == bool(lists.get("urls")):
            raise fields.wrong(path, "write resources or urls, and not both")
        wrong_keys = [key for key in ("subresources", "names", "namespaces") if key in lists]
        if lists.get("urls") and wrong_keys:
            raise fields.wrong((*path, wrong_keys[0]), f"{wrong_keys[0]} cannot be combined with urls")
        empty = [key for key, values in lists.items() if not values]
        if empty:
            raise fields.wrong((*path, empty[0]), f"{empty[0]} is empty: leave it out, or name some")
        self._check_words(lists, path)
        return RequestCombinations(**lists)

    def _check_words(self, lists: Mapping[str, tuple[str, ...]], path: Path) -> None:
        """Check words that no request has, whatever the server serves."""
        for key, words in lists.items():
            for index, word in enumerate(words):
                if not word:
                    raise self._fields.wrong((*path, key, index), "this is an empty string")
                if key == "urls" and not word.startswith("/") and word != "*":
                    raise self._fields.wrong((*path, key, index), f'"{word}" is not a URL: it starts with /')
                if key == "resources" and "/" in word and "subresources" in lists:
                    raise self._fields.wrong(
                        (*path, key, index),
                        f'"{word}" names its subresource, and subresources names others: write one of them',
                    )

    def _of_pods(self, values: JSONObject, path: Path, key: str) -> Demand:
        fields = self._fields
        verdicts = [verdict_key for verdict_key in _VERDICTS if verdict_key in values]
        if len(verdicts) != 1:
            raise fields.wrong(path, "write one of admittedBy, refused and level")
        if key == "workload" and "as" in values:
            raise fields.wrong(
                (*path, "as"), "as cannot be combined with workload: its controller creates its pods"
            )
        pods = Pods(
            objects=self._objects(values["pod"], (*path, "pod")) if key == "pod" else (),
            workload=self._workload(values[key], (*path, key)) if key == "workload" else None,
            creator=fields.who(values["as"], (*path, "as")) if "as" in values else None,
        )
        [verdict] = verdicts
        value, verdict_path = values[verdict], (*path, verdict)
        if verdict == "admittedBy":
            return AdmittedBy(pods=pods, policy=fields.text(value, verdict_path))
        if verdict == "refused":
            if not isinstance(value, bool):
                raise fields.wrong(verdict_path, "refused must be true or false")
            return Refused(pods=pods, refused=value)
        try:
            return MeetsLevel(pods=pods, level=LevelVersion.parse(fields.text(value, verdict_path)))
        except AssertionFileError:
            raise
        except ValueError as error:
            raise fields.wrong(verdict_path, str(error)) from None

    def _objects(self, value: Any, path: Path) -> tuple[JSONObject, ...]:
        try:
            objects = (value,) if isinstance(value, dict) else self._open(self._fields.text(value, path))
        except AssertionFileError:
            raise
        except ValueError as error:
            raise self._fields.wrong(path, str(error)) from None
        pods = tuple(obj for obj in objects if is_judged(obj))
        if not pods:
            raise self._fields.wrong(path, "it contains no pod, and no object that creates pods")
        return pods

    def _workload(self, value: Any, path: Path) -> Identity:
        text = self._fields.text(value, path)
        kind, *rest = text.split("/")
        if len(rest) != 2 or not kind or not all(rest):
            raise self._fields.wrong(
                path, f'"{text}" names no workload: write KIND/NAMESPACE/NAME, as in Deployment/prod/web'
            )
        return (kind, rest[0], rest[1])

    def _no_finding(self, body: Any, path: Path) -> NoFinding:
        fields = self._fields
        values = fields.mapping(body, path, _FINDING_KEYS)
        if not values:
            raise fields.wrong(path, f"say which finding: by {', '.join(_FINDING_KEYS)}")
        severity = fields.text(values["severity"], (*path, "severity")) if "severity" in values else None
        if severity is not None and severity not in list(Severity):
            raise fields.wrong(
                (*path, "severity"), unknown_word("severity", severity, Severity, "severities")
            )
        return NoFinding(
            rules=fields.some_texts(values["rule"], (*path, "rule")) if "rule" in values else (),
            severity=None if severity is None else Severity(severity),
            subject=fields.subject(values["subject"], (*path, "subject")) if "subject" in values else None,
            namespace=(
                fields.text(values["namespace"], (*path, "namespace")) if "namespace" in values else None
            ),
        )
