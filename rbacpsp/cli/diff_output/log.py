"""What a difference adds, as SARIF 2.1.0: access that was gained, new findings, new paths, refusals."""

import hashlib
from collections.abc import Sequence

from rbacpsp.cli.diff_output.section import Alarm, DiffSection
from rbacpsp.model.json import JSONObject
from rbacpsp.report import sarif

NO_FILE = "cluster"
"""The file name for objects that were not read from a file."""

_ORDER = ("error", "warning", "note")


def document(sections: Sequence[DiffSection]) -> JSONObject:
    """The log: the most severe results first."""
    alarms = sorted(
        (alarm for section in sections for alarm in section.alarms()),
        key=lambda alarm: _ORDER.index(alarm.level),
    )
    listed = alarms[: sarif.MOST_RESULTS]
    rules = {alarm.rule: alarm for alarm in listed}
    notes = [note for section in sections for note in section.notes]
    if len(alarms) > len(listed):
        omitted = len(alarms) - len(listed)
        notes.append(f"{omitted} results are left out: code scanning shows {sarif.MOST_RESULTS}.")
    return sarif.log([_rule(rules[name]) for name in sorted(rules)], list(map(_result, listed)), notes)


def _rule(alarm: Alarm) -> JSONObject:
    return {
        "id": alarm.rule,
        "shortDescription": {"text": alarm.title},
        "fullDescription": {"text": alarm.help},
        "help": {"text": alarm.help},
        "defaultConfiguration": {"level": alarm.level},
        "properties": {"tags": ["security", "kubernetes", "access"]},
    }


def _result(alarm: Alarm) -> JSONObject:
    file, line = alarm.location
    parts = "\0".join((alarm.rule, *alarm.key)).encode("utf-8", "surrogatepass")
    return {
        "ruleId": alarm.rule,
        "level": alarm.level,
        "message": sarif.message(alarm.message),
        "locations": [sarif.location(file or NO_FILE, line, alarm.words)],
        "partialFingerprints": {"rbacpsp/v1": hashlib.sha256(parts).hexdigest()[:32]},
    }
