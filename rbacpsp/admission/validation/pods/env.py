"""The API server's validation of environment variables and of references to fields of the pod.

Source: pkg/apis/core/validation/validation.go ValidateEnv, ValidateEnvFrom, validateObjectFieldSelector,
validateContainerResourceFieldSelector and validateFileKeySelector, and pkg/apis/core/pods/helpers.go
ConvertDownwardAPIFieldLabel, 1.24 to 1.37.
"""

import re
from collections.abc import Iterator, Sequence

from rbacpsp.admission.validation.checks import label, no_backsteps, required_text, subdomain
from rbacpsp.model.field_error import FieldError, FieldPath, invalid, not_supported, required
from rbacpsp.model.json import JSONObject
from rbacpsp.model.names import label_key_errors
from rbacpsp.model.text_validation import config_key_errors, env_name_errors
from rbacpsp.model.version import Version
from rbacpsp.pods.quantity import canonical_quantity

FILES_SINCE = Version(1, 35)
"""Since then a variable can come from a file."""
_HOST_IPS_SINCE = Version(1, 28)
_LOWER_SINCE = Version(1, 25)
"""Since then messages show the key of an annotation in lower case, as it is checked."""

_RESOURCES = tuple(
    f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "ephemeral-storage", "memory")
)
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_SUBSCRIPT = re.compile(r"(.+?)\['(.*)'\]", re.DOTALL)
_SUBSCRIPTED = ("metadata.annotations", "metadata.labels")
_LABELS = frozenset(
    {
        *_SUBSCRIPTED,
        *("metadata.name", "metadata.namespace", "metadata.uid"),
        *("spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName"),
        *("status.phase", "status.hostIP", "status.podIP", "status.podIPs"),
    }
)
_OF_VARIABLES = (
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
)
OF_FILES = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
"""The fields of a pod that a file can show."""
_SIZES = ("1", *(f"1{unit}{suffix}" for suffix in ("", "i") for unit in ("KMGTPE" if suffix else "kMGTPE")))


def env_errors(variables: Sequence[JSONObject], path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the variables of a container."""
    for index, variable in enumerate(variables):
        at = path.index(index)
        name = variable.get("name", "")
        if not name:
            yield required(at.child("name"))
        else:
            yield from (invalid(at.child("name"), name, words) for words in env_name_errors(name, version))
        if "valueFrom" in variable:
            yield from _source_errors(variable, at.child("valueFrom"), version)


def _source_errors(variable: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    source = variable["valueFrom"]
    sources = 0
    if "fieldRef" in source:
        sources += 1
        fields = tuple(
            field for field in _OF_VARIABLES if field != "status.hostIPs" or version >= _HOST_IPS_SINCE
        )
        yield from field_errors(source["fieldRef"], fields, path.child("fieldRef"), version)
    if "resourceFieldRef" in source:
        sources += 1
        yield from resource_errors(source["resourceFieldRef"], path.child("resourceFieldRef"), of_file=False)
    for name in ("configMapKeyRef", "secretKeyRef"):
        if name in source:
            sources += 1
            yield from _key_errors(source[name], path.child(name), version)
    if "fileKeyRef" in source and version >= FILES_SINCE:
        sources += 1
        yield from _file_errors(source["fileKeyRef"], path.child("fileKeyRef"), version)
    if not sources:
        kinds = "`configMapKeyRef` or `secretKeyRef`"
        if version >= FILES_SINCE:
            kinds = "`configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        yield invalid(path, "", f"must specify one of: `fieldRef`, `resourceFieldRef`, {kinds}")
    elif variable.get("value"):
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif sources > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def field_errors(
    reference: JSONObject, fields: Sequence[str], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with a reference to a field of the pod."""
    api_version, name = reference.get("apiVersion", ""), reference.get("fieldPath", "")
    if not api_version:
        yield required(path.child("apiVersion"))
        return
    if not name:
        yield required(path.child("fieldPath"))
        return
    problem = _label_problem(api_version, name, version)
    if problem:
        yield invalid(path.child("fieldPath"), name, f"error converting fieldPath: {problem}")
        return
    name = "spec.nodeName" if name == "spec.host" else name
    subscripted = _SUBSCRIPT.fullmatch(name)
    if subscripted:
        key_text = key = subscripted[2]
        if subscripted[1] == "metadata.annotations":
            key = key.lower()
            key_text = key if version >= _LOWER_SINCE else key_text
        yield from (invalid(path, key_text, words) for words in label_key_errors(key, version))
    elif name not in fields:
        yield not_supported(path.child("fieldPath"), name, fields)


def _label_problem(api_version: str, name: str, version: Version) -> str:
    if api_version != "v1":
        return f"unsupported pod version: {api_version}"
    subscripted = _SUBSCRIPT.fullmatch(name)
    if subscripted:
        if subscripted[1] in _SUBSCRIPTED:
            return ""
        return f"field label does not support subscript: {name}"
    known = (
        name in _LABELS or name == "spec.host" or (name == "status.hostIPs" and version >= _HOST_IPS_SINCE)
    )
    return "" if known else f"field label not supported: {name}"


def resource_errors(reference: JSONObject, path: FieldPath, *, of_file: bool) -> Iterator[FieldError]:
    """What is wrong with a reference to a resource of a container."""
    name = reference.get("resource", "")
    if of_file and not reference.get("containerName"):
        yield required(path.child("containerName"))
    elif not name:
        yield required(path.child("resource"))
    elif name not in _RESOURCES and not name.startswith(_HUGE_PAGES):
        yield not_supported(path.child("resource"), name, _RESOURCES)
    if "divisor" not in reference:
        return
    divisor = canonical_quantity(str(reference["divisor"]), rounded=False)
    if divisor == "0":
        return
    resource = name.rpartition(".")[2]
    if name in _RESOURCES and resource == "cpu":
        if divisor not in {"1m", "1"}:
            words = "only divisor's values 1m and 1 are supported with the cpu resource"
            yield invalid(path.child("divisor"), name, words)
    elif (name in _RESOURCES or name.startswith(_HUGE_PAGES)) and divisor not in _SIZES:
        resource_words = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}.get(
            resource, "hugepages"
        )
        words = f"only divisor's values {', '.join(_SIZES)} are supported with the {resource_words} resource"
        yield invalid(path.child("divisor"), name, words)


def _key_errors(reference: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with a reference to a key of a ConfigMap or a Secret."""
    yield from subdomain(reference.get("name", ""), path.child("name"), version)
    key = reference.get("key", "")
    if not key:
        yield required(path.child("key"))
    else:
        yield from (invalid(path.child("key"), key, words) for words in config_key_errors(key))


def _file_errors(reference: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    key, volume, file = (reference.get(name, "") for name in ("key", "volumeName", "path"))
    if not key:
        yield required(path.child("key"))
    else:
        yield from (invalid(path.child("key"), key, words) for words in env_name_errors(key, version))
    if not volume:
        yield required(path.child("volumeName"))
    else:
        yield from label(volume, path.child("volumeName"), version)
    if not file:
        yield required(path.child("path"))
    else:
        yield from no_backsteps(file, path.child("path"))


def env_from_errors(sources: Sequence[JSONObject], path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the sources in `envFrom`."""
    for index, source in enumerate(sources):
        at = path.index(index)
        prefix = source.get("prefix", "")
        if prefix:
            yield from (
                invalid(at.child("prefix"), prefix, words) for words in env_name_errors(prefix, version)
            )
        sources_set = [name for name in ("configMapRef", "secretRef") if name in source]
        for name in sources_set:
            source_path = at.child(name)
            yield from required_text(source[name], "name", source_path)
            if source[name].get("name"):
                yield from subdomain(f"{source[name]['name']}", source_path.child("name"), version)
        if not sources_set:
            yield invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(sources_set) > 1:
            yield invalid(path, "", "may not have more than one field specified at a time")
