"""The API server's validation of the ports of containers.

Source: pkg/apis/core/validation/validation.go validateContainerPorts, AccumulateUniqueHostPorts,
ValidatePortNumOrName, validateHostNetwork (until 1.27) and validatePodHostNetworkDeps, 1.24 to 1.37.
"""

from collections.abc import Iterable, Iterator, Sequence

from rbacpsp.admission.validation.checks import one_of
from rbacpsp.model.field_error import FieldError, FieldPath, duplicate, invalid, required
from rbacpsp.model.json import JSONObject
from rbacpsp.model.text_validation import port_name_errors, port_number_errors
from rbacpsp.model.version import Version

PROTOCOLS = ("SCTP", "TCP", "UDP")
_HOST_PORT_SINCE = Version(1, 28)
"""Since then the error is about hostPort, and a template may leave hostPort out."""


def container_port_errors(
    ports: Sequence[JSONObject], path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with the ports of one container."""
    names: set[str] = set()
    for index, port in enumerate(ports):
        at = path.index(index)
        name = port.get("name", "")
        if name:
            words = port_name_errors(name, version)
            yield from (invalid(at.child("name"), name, word) for word in words)
            if not words and name in names:
                yield duplicate(at.child("name"), name)
            if not words:
                names.add(name)
        number = port.get("containerPort", 0)
        if not number:
            yield required(at.child("containerPort"))
        else:
            yield from _number_errors(number, at.child("containerPort"))
        if port.get("hostPort"):
            yield from _number_errors(port["hostPort"], at.child("hostPort"))
        yield from one_of(port, "protocol", PROTOCOLS, at, empty="")


def _number_errors(number: int, path: FieldPath) -> Iterator[FieldError]:
    yield from (invalid(path, number, words) for words in port_number_errors(number))


def port_errors(port: int | str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with a port that is given by its number or by its name."""
    if isinstance(port, str):
        yield from (invalid(path, port, words) for words in port_name_errors(port, version))
    else:
        yield from _number_errors(port, path)


def host_port_conflicts(containers: Iterable[JSONObject], path: FieldPath) -> Iterator[FieldError]:
    """Host ports that two containers use."""
    used_ports: set[str] = set()
    for index, container in enumerate(containers):
        for number, port in enumerate(container.get("ports", ())):
            if not port.get("hostPort"):
                continue
            text = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if text in used_ports:
                yield duplicate(path.index(index).child("ports").index(number).child("hostPort"), text)
            used_ports.add(text)


def host_network_errors(
    spec: JSONObject, path: FieldPath, version: Version, *, in_template: bool
) -> Iterator[FieldError]:
    """Ports on the host network, where containerPort and hostPort must be equal."""
    if not spec.get("hostNetwork"):
        return
    for index, container in enumerate(spec.get("containers", ())):
        for number, port in enumerate(container.get("ports", ())):
            at = path.child("containers").index(index).child("ports").index(number)
            host, own = port.get("hostPort", 0), port.get("containerPort", 0)
            if host == own:
                continue
            if version < _HOST_PORT_SINCE:
                words = "must match `hostPort` when `hostNetwork` is true"
                yield invalid(at.child("containerPort"), own, words)
            elif host or not in_template:
                words = "must match `containerPort` when `hostNetwork` is true"
                yield invalid(at.child("hostPort"), host, words)
