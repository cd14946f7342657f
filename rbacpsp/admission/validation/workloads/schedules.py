"""The API server's validation of the schedule of a CronJob and of its time zone.

Source: github.com/robfig/cron v3 parser.go, pkg/apis/batch/validation/validation.go validateScheduleFormat
and validateTimeZone, pkg/util/parsers, 1.24 to 1.37; Go's strconv.Atoi and time.ParseDuration.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rbacpsp.admission.validation.checks import atoi
from rbacpsp.catalog.time_zones import time_zones
from rbacpsp.model.field_error import FieldError, FieldPath, invalid
from rbacpsp.model.go import quote
from rbacpsp.model.version import Version

_ZONES_REFUSED_SINCE = Version(1, 29)
"""Since this version the schedule may not contain a time zone."""
_ZONE_FORM_SINCE = Version(1, 27)
_RECOVERY_SINCE = Version(1, 35)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DESCRIPTORS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_EVERY = "@every "
_ZONE = re.compile(r"(?:CRON_)?TZ=")
_ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}")


class _Bounds(NamedTuple):
    lowest: int
    highest: int
    names: Mapping[str, int]


_FIELDS = (
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    _Bounds(0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
"""Minute, hour, day of the month, month, day of the week."""


def schedule_errors(
    schedule: str, path: FieldPath, version: Version, *, zone: str | None, zoned_before: bool
) -> Iterator[FieldError]:
    """What is wrong with a schedule.

    Args:
        schedule: As it is written, not empty.
        path: The path of the schedule.
        version: The server's.
        zone: The time zone of the CronJob.
        zoned_before: Whether the schedule that it replaces names a zone itself.
    """
    try:
        _parse(schedule, version)
    except ValueError as problem:
        yield invalid(path, schedule, str(problem))
    if "TZ" not in schedule:
        return
    if version >= _ZONES_REFUSED_SINCE and not zoned_before:
        words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        yield invalid(path, schedule, words)
    elif zone is not None:
        yield invalid(path, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule")


def _parse(schedule: str, version: Version) -> None:
    """Parse a schedule as the server does.

    Raises:
        ValueError: The schedule is invalid; the message is the parser's.
    """
    zoned = _ZONE.match(schedule)
    if zoned:
        zone, blank, rest = schedule.partition(" ")
        if not blank:
            words = "runtime error: slice bounds out of range [:-1]"
            raise ValueError(f"invalid schedule format: {words}" if version >= _RECOVERY_SINCE else words)
        name = zone[zoned.end() :]
        if not _is_zone(name):
            raise ValueError(f"provided bad location {name}: {_zone_problem(name)}")
        schedule = rest.strip()
    if schedule.startswith("@"):
        _parse_descriptor(schedule)
        return
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        fields_text = f"[{' '.join(fields)}]"
        raise ValueError(f"expected exactly {len(_FIELDS)} fields, found {len(fields)}: {fields_text}")
    for field, bounds in zip(fields, _FIELDS, strict=True):
        for part in filter(None, field.split(",")):
            _parse_range(part, bounds)


def _parse_range(part: str, bounds: _Bounds) -> None:
    interval, slash, step_text = part.partition("/")
    first, hyphen, last = interval.partition("-")
    if first in {"*", "?"}:
        start, end = bounds.lowest, bounds.highest
    else:
        start = _integer_or_name(first, bounds)
        if "-" in last:
            raise ValueError(f"too many hyphens: {part}")
        end = _integer_or_name(last, bounds) if hyphen else start
    if "/" in step_text:
        raise ValueError(f"too many slashes: {part}")
    step = _integer(step_text) if slash else None
    if slash and not hyphen:
        end = bounds.highest
    if start < bounds.lowest:
        raise ValueError(f"beginning of range ({start}) below minimum ({bounds.lowest}): {part}")
    if end > bounds.highest:
        raise ValueError(f"end of range ({end}) above maximum ({bounds.highest}): {part}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if slash and not step:
        raise ValueError(f"step of range should be a positive number: {part}")


def _integer_or_name(text: str, bounds: _Bounds) -> int:
    named_value = bounds.names.get(text.lower())
    return _integer(text) if named_value is None else named_value


def _integer(text: str) -> int:
    try:
        number = atoi(text)
    except ValueError as problem:
        words = f"strconv.Atoi: parsing {quote(text)}: {problem}"
        raise ValueError(f"failed to parse int from {text}: {words}") from None
    if number < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number


def _parse_descriptor(text: str) -> None:
    if text in _DESCRIPTORS:
        return
    if not text.startswith(_EVERY):
        raise ValueError(f"unrecognized descriptor: {text}")
    problem = _duration_problem(text.removeprefix(_EVERY))
    if problem:
        raise ValueError(f"failed to parse duration {text}: {problem}")


def _duration_problem(text: str) -> str:
    """Go's error for a text that is not a duration; empty for a duration."""
    unsigned = text[1:] if text[:1] in {"-", "+"} else text
    if unsigned == "0":
        return ""
    if not unsigned:
        return f"time: invalid duration {quote(text)}"
    while unsigned:
        number = re.match(r"([0-9]*)(\.[0-9]*)?", unsigned, re.ASCII)
        digits = number[0].replace(".", "") if number else ""
        if number is None or not digits:
            return f"time: invalid duration {quote(text)}"
        unsigned = unsigned[number.end() :]
        unit = re.match(r"[^.0-9]*", unsigned, re.ASCII)
        name = unit[0] if unit else ""
        if not name:
            return f"time: missing unit in duration {quote(text)}"
        if name not in {"ns", "us", "µs", "μs", "ms", "s", "m", "h"}:
            return f"time: unknown unit {quote(name)} in duration {quote(text)}"
        unsigned = unsigned[len(name) :]
    return ""


def time_zone_errors(zone: str, path: FieldPath, version: Version) -> Iterator[FieldError]:
    """What is wrong with the time zone of a CronJob."""
    if not zone:
        yield invalid(path, zone, "timeZone must be nil or non-empty string")
        return
    if version >= _ZONE_FORM_SINCE:
        for part in zone.split("/"):
            if part in {".", ".."} or part.startswith("-") or not _ZONE_PART.fullmatch(part):
                yield invalid(path, zone, f"unknown time zone {zone}")
                return
    if zone.lower() == "local":
        words = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        yield invalid(path, zone, words)
    if not _is_zone(zone):
        yield invalid(path, zone, _zone_problem(zone))


def _is_zone(name: str) -> bool:
    return name in {"", "UTC", "Local"} or name in time_zones()


def _zone_problem(name: str) -> str:
    if ".." in name or name.startswith("/") or "\\" in name:
        return "time: invalid location name"
    return f"unknown time zone {name}"
