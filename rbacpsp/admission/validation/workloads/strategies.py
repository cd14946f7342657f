"""The API server's validation of how a workload replaces its pods.

Source: pkg/apis/apps/validation/validation.go ValidateDeploymentStrategy, ValidateDaemonSetUpdateStrategy,
ValidatePositiveIntOrPercent and validateRollingUpdateStatefulSet, 1.24 to 1.37.
"""

import re
from collections.abc import Iterator

from rbacpsp.admission.validation.checks import non_negative
from rbacpsp.model.field_error import FieldError, FieldPath, forbidden, invalid, not_supported, required
from rbacpsp.model.go_values import go_int_or_string, go_struct
from rbacpsp.model.json import JSONObject
from rbacpsp.model.text_validation import percent_errors
from rbacpsp.model.version import Version

Amount = int | str
"""A number of pods, or a percentage of them."""

_ROLLING = "RollingUpdate"
_MAX_UNAVAILABLE_SINCE = Version(1, 37)
"""Since then a StatefulSet may replace several pods at once."""


def deployment_strategy_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the strategy of a Deployment."""
    strategy, at = spec.get("strategy", {}), path.child("strategy")
    kind, rolling = strategy.get("type") or _ROLLING, strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            words = "may not be specified when strategy `type` is 'Recreate'"
            yield forbidden(at.child("rollingUpdate"), words)
    elif kind != _ROLLING:
        yield not_supported_struct(at, "apps.DeploymentStrategy", ("Recreate", _ROLLING), version)
    else:
        inner = at.child("rollingUpdate")
        unavailable, surge = _amounts(rolling, "25%", "25%")
        yield from _amount_errors(unavailable, inner.child("maxUnavailable"), version)
        yield from _amount_errors(surge, inner.child("maxSurge"), version)
        if not _number(unavailable) and not _number(surge):
            unavailable_text = go_int_or_string(unavailable, version)
            yield invalid(
                inner.child("maxUnavailable"), unavailable_text, "may not be 0 when `maxSurge` is 0"
            )
        yield from _percent_errors(unavailable, inner.child("maxUnavailable"), version)


def daemon_set_strategy_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the update strategy of a DaemonSet."""
    strategy, at = spec.get("updateStrategy", {}), path.child("updateStrategy")
    kind, rolling = strategy.get("type") or _ROLLING, strategy.get("rollingUpdate")
    if kind == "OnDelete":
        return
    if kind != _ROLLING:
        yield not_supported_struct(at, "apps.DaemonSetUpdateStrategy", (_ROLLING, "OnDelete"), version)
        return
    inner = at.child("rollingUpdate")
    unavailable, surge = _amounts(rolling, 1, 0)
    yield from _amount_errors(unavailable, inner.child("maxUnavailable"), version)
    yield from _amount_errors(surge, inner.child("maxSurge"), version)
    yield from _percent_errors(unavailable, inner.child("maxUnavailable"), version)
    yield from _percent_errors(surge, inner.child("maxSurge"), version)
    if _number(unavailable) and _number(surge):
        surge_text = go_int_or_string(surge, version)
        yield invalid(inner.child("maxSurge"), surge_text, "may not be set when maxUnavailable is non-zero")
    elif not _number(unavailable) and not _number(surge):
        yield required(inner.child("maxUnavailable"), "cannot be 0 when maxSurge is 0")


def stateful_set_strategy_errors(spec: JSONObject, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the update strategy of a StatefulSet."""
    strategy, at = spec.get("updateStrategy", {}), path.child("updateStrategy")
    kind, rolling = strategy.get("type") or _ROLLING, strategy.get("rollingUpdate")
    inner = at.child("rollingUpdate")
    if kind == "OnDelete":
        if rolling is not None:
            update_text = go_struct("apps.RollingUpdateStatefulSetStrategy", version)
            yield invalid(inner, update_text, f"only allowed for updateStrategy '{_ROLLING}'")
    elif kind != _ROLLING:
        update_text = go_struct("apps.StatefulSetUpdateStrategy", version)
        yield invalid(at, update_text, f"must be '{_ROLLING}' or 'OnDelete'")
    elif rolling is not None:
        yield from non_negative(rolling, "partition", inner)
        most = rolling.get("maxUnavailable")
        if most is not None and version >= _MAX_UNAVAILABLE_SINCE:
            unavailable_path = inner.child("maxUnavailable")
            yield from _amount_errors(most, unavailable_path, version)
            if not _number(most):
                yield invalid(unavailable_path, go_int_or_string(most, version), "cannot be 0")
            yield from _percent_errors(most, unavailable_path, version)


def not_supported_struct(
    path: FieldPath, name: str, supported: tuple[str, ...], version: Version
) -> FieldError:
    """An unknown strategy, as the server prints it."""
    error = not_supported(path, "", supported)
    return FieldError(error.field, error.type, go_struct(name, version), error.detail, error.at)


def _amounts(rolling: JSONObject | None, unavailable: Amount, surge: Amount) -> tuple[Amount, Amount]:
    rolling_update = rolling or {}
    return rolling_update.get("maxUnavailable", unavailable), rolling_update.get("maxSurge", surge)


def _amount_errors(amount: Amount, path: FieldPath, version: Version) -> Iterator[FieldError]:
    if isinstance(amount, str):
        amount_text = go_int_or_string(amount, version)
        yield from (invalid(path, amount_text, words) for words in percent_errors(amount))
    elif amount < 0:
        yield invalid(path, amount, "must be greater than or equal to 0")


def _percent_errors(amount: Amount, path: FieldPath, version: Version) -> Iterator[FieldError]:
    if isinstance(amount, str) and not percent_errors(amount) and _number(amount) > 100:
        yield invalid(path, go_int_or_string(amount, version), "must not be greater than 100%")


def _number(amount: Amount) -> int:
    """The number, or that of the percentage; 0 for any other text."""
    if isinstance(amount, int):
        return amount
    text = amount.removesuffix("%") if not percent_errors(amount) else amount
    return int(text) if re.fullmatch("[-+]?[0-9]+", text, re.ASCII) else 0
