"""Finds the object of a message in the text around it: events, logs, `kubectl describe`, output of tools."""

import re

from rbacpsp.model.message import About

_SYNC = re.compile(
    r'[Ss]ync \\*"?(?P<namespace>[a-z0-9][\w.\-]*)/(?P<name>[a-z0-9][\w.\-]*)\\*"? failed with'
)
_OBJECT = re.compile(
    r'object="(?P<namespace>[^"/]*)/(?P<name>[^"]+)"(?: fieldPath="[^"]*")? kind="(?P<kind>[^"]+)"'
)
_REFERENCE = re.compile(
    r'ObjectReference\{Kind:"(?P<kind>[^"]*)", Namespace:"(?P<namespace>[^"]*)", Name:"(?P<name>[^"]*)"'
)
_DRY_RUN = re.compile(
    r"\b(?P<kind>[A-Z]\w+)/(?:(?P<namespace>[a-z0-9][\w.\-]*)/)?(?P<name>[a-z0-9][\w.\-]*)"
    r"(?: namespaced?)? (?:dry-run failed|server-side apply failed|apply failed|invalid)"
)
_SET = re.compile(r"create Pod \S+ in (?P<kind>StatefulSet) (?P<name>\S+) failed error:")
_ROW = re.compile(
    r"^[ \t]*(?:(?P<namespace>[a-z0-9][\w.\-]*)[ \t]+)?"
    r"(?:\S+(?: ago)?[ \t]+(?:\(x\d+ over \S+\)[ \t]+)?)?(?:Warning|Normal)[ \t]+\w+[ \t]+"
    r"(?P<kind>[A-Za-z]+)/(?P<name>[a-z0-9][\w.\-]*)[ \t]"
)
_SOURCE = re.compile(r"\b(daemonset|replicaset|statefulset|job|replication|cronjob)-controller\b")
_SOURCES = {
    "cronjob": "CronJob",
    "daemonset": "DaemonSet",
    "job": "Job",
    "replicaset": "ReplicaSet",
    "replication": "ReplicationController",
    "statefulset": "StatefulSet",
}
_FIELD = re.compile(r"^[ \t]{0,4}(Name|Namespace):[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_FLAG = re.compile(
    r"(?:^|\s)(?:-n[ =]?|--namespace[ =])\s*['\"]?(?P<namespace>[a-z0-9][a-z0-9\-]*)['\"]?(?=\s|$)"
)
_KEY = re.compile(r'\bnamespace[=:] ?"?(?P<namespace>[a-z0-9][a-z0-9\-]*)"?')
_HEADER = re.compile(r"^[ \t]*NAMESPACE[ \t]+LAST", re.MULTILINE)
_KINDS = {
    kind.lower(): kind
    for kind in (
        "CronJob",
        "DaemonSet",
        "Deployment",
        "Job",
        "Pod",
        "ReplicaSet",
        "ReplicationController",
        "StatefulSet",
    )
}


def surroundings(text: str, start: int, end: int) -> About:
    """What the text around a message, from one position to another, says about its object."""
    first = text.rfind("\n", 0, start) + 1
    before = text[first:start]
    last = text.find("\n", end)
    line = text[first : last if last >= 0 else len(text)]
    about = About()
    for form in (_OBJECT, _REFERENCE, _DRY_RUN, _SET, _SYNC):
        match = form.search(before if form is not _OBJECT else line)
        if match:
            groups = {key: value or "" for key, value in match.groupdict().items()}
            matched = About(groups.get("kind", ""), groups.get("namespace", ""), groups.get("name", ""))
            about = about.filled(matched)
            break
    row = _ROW.match(line)
    if row:
        kind = _KINDS.get(row["kind"].lower(), row["kind"])
        namespace = (row["namespace"] or "") if _HEADER.search(text, 0, start) else ""
        about = about.filled(About(kind, namespace, row["name"]))
    earlier = text[:first]
    fields = {match[1]: match[2] for match in _FIELD.finditer(earlier)}
    source = _SOURCE.search(before)
    kind = _SOURCES[source[1]] if source else ""
    about = about.filled(About(kind, fields.get("Namespace", ""), fields.get("Name", "")))
    if not about.namespace:
        key = _KEY.search(before)
        flags = list(_FLAG.finditer(text[:start]))
        if key or flags:
            namespace_name = key["namespace"] if key else flags[-1]["namespace"]
            about = about.filled(About("", namespace_name, ""))
    return about
