"""The API server's validation of probes and lifecycle handlers.

Source: pkg/apis/core/validation/validation.go validateProbe, validateHandler and validateLifecycle, 1.24 to
1.37.
"""

from collections.abc import Iterator

from rbacpsp.admission.validation.checks import non_negative, one_of, required_text
from rbacpsp.admission.validation.pods.ports import port_errors
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, required
from rbacpsp.model.json import JSONObject
from rbacpsp.model.text_validation import http_header_errors
from rbacpsp.model.version import Version

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_NUMBERS = (
    *("initialDelaySeconds", "timeoutSeconds", "periodSeconds"),
    *("successThreshold", "failureThreshold"),
)
_SLEEP_SINCE = Version(1, 30)
_ZERO_SLEEP_SINCE = Version(1, 33)
"""Since this version a sleep of zero seconds is valid."""


def probe_errors(
    name: str, probe: JSONObject, grace: int | None, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with one probe of a container, which may have any handler but sleep."""
    yield from general_probe_errors(probe, grace, path, version)
    yield from own_probe_errors(name, probe, path)


def own_probe_errors(name: str, probe: JSONObject, path: FieldPath) -> Iterator[FieldError]:
    """What is wrong with fields that depend on the kind of probe."""
    if name == "readinessProbe":
        seconds = probe.get("terminationGracePeriodSeconds")
        if seconds is not None:
            words = "must not be set for readinessProbes"
            yield invalid(path.child("terminationGracePeriodSeconds"), seconds, words)
    elif probe["successThreshold"] != 1:
        yield invalid(path.child("successThreshold"), probe["successThreshold"], "must be 1")


def general_probe_errors(
    probe: JSONObject, grace: int | None, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with any probe."""
    yield from _handler_errors(probe, grace, path, version, sleeps=False)
    for name in _NUMBERS:
        yield from non_negative(probe, name, path)
    seconds = probe.get("terminationGracePeriodSeconds")
    if seconds is not None and seconds <= 0:
        yield invalid(path.child("terminationGracePeriodSeconds"), seconds, "must be greater than 0")


def _handler_errors(
    handler: JSONObject, grace: int | None, path: FieldPath, version: Version, *, sleeps: bool
) -> Iterator[FieldError]:
    names = ("exec", "httpGet", "tcpSocket", *(("sleep",) if sleeps else ("grpc",)))
    handlers = [name for name in names if name in handler and (name != "sleep" or version >= _SLEEP_SINCE)]
    for number, name in enumerate(handlers):
        at = path.child(name)
        if number:
            yield forbidden(at, "may not specify more than 1 handler type")
        else:
            yield from _action_errors(name, handler[name], grace, at, version)
    if not handlers:
        yield required(path, "must specify a handler type")


def _action_errors(
    name: str, action: JSONObject, grace: int | None, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    match name:
        case "exec":
            yield from required_text(action, "command", path)
        case "httpGet":
            yield from required_text(action, "path", path)
            yield from port_errors(action.get("port", 0), path.child("port"), version)
            yield from one_of(action, "scheme", ("HTTP", "HTTPS"), path)
            for header in action.get("httpHeaders", ()):
                key = header.get("name", "")
                yield from (
                    invalid(path.child("httpHeaders"), key, words) for words in http_header_errors(key)
                )
        case "sleep":
            lowest = 0 if version >= _ZERO_SLEEP_SINCE else 1
            seconds = action.get("seconds", 0)
            if grace is not None and not lowest <= seconds <= grace:
                words = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
                if lowest:
                    words = f"must be greater than 0 and less than terminationGracePeriodSeconds ({grace})"
                yield invalid(path, seconds, words)
        case _:
            yield from port_errors(action.get("port", 0), path.child("port"), version)


def lifecycle_errors(
    lifecycle: JSONObject, spec: JSONObject, path: FieldPath, version: Version
) -> Iterator[FieldError]:
    """What is wrong with the handlers of a container's start and stop."""
    grace = spec.get("terminationGracePeriodSeconds")
    for name in ("postStart", "preStop"):
        if name in lifecycle:
            yield from _handler_errors(lifecycle[name], grace, path.child(name), version, sleeps=True)
