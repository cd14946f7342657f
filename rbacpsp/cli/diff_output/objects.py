"""Which objects were added, removed and changed."""

from typing import TYPE_CHECKING

from rbacpsp.cli.diff_output.section import Alarm, DiffSection
from rbacpsp.comparison.objects import kubectl_name
from rbacpsp.model.json import JSONObject
from rbacpsp.report.answer import Table

if TYPE_CHECKING:
    from rbacpsp.comparison import ObjectDifference
    from rbacpsp.model import AnyObject, Objects

_COLUMNS = ("change", "object", "namespace", "fields", "file")
_WIDE = frozenset({"file"})


def objects_section(difference: "ObjectDifference", old: "Objects", new: "Objects") -> DiffSection:
    """The objects, as kubectl names them."""
    listed = [
        *(("added", obj, (), new) for obj in difference.added),
        *(("removed", obj, (), old) for obj in difference.removed),
        *(("changed", change.new, change.fields, new) for change in difference.changed),
    ]
    rows = [
        (word, kubectl_name(obj), obj.namespace, ", ".join(fields), _file(obj, objects))
        for word, obj, fields, objects in listed
    ]
    return DiffSection(
        "objects",
        (
            (len(difference.added), "added"),
            (len(difference.removed), "removed"),
            (len(difference.changed), "changed"),
        ),
        Table(_COLUMNS, rows, _WIDE),
        tuple(
            (word, name, namespace, "", "", "", fields, "", file)
            for word, name, namespace, fields, file in rows
        ),
        lambda: {
            "added": [_json(obj, new) for obj in difference.added],
            "removed": [_json(obj, old) for obj in difference.removed],
            "changed": [
                {**_json(change.new, new), "fields": list(change.fields)} for change in difference.changed
            ],
        },
        _no_alarm,
    )


def _no_alarm() -> list[Alarm]:
    """No alarm: a changed object is not a risk by itself, and the other sections show what it allows."""
    return []


def _json(obj: "AnyObject", objects: "Objects") -> JSONObject:
    namespace = {"namespace": obj.namespace} if obj.namespace else {}
    origin = objects.origin(obj)
    file = {"file": origin.document.file} if origin.document.file else {}
    line = {"line": origin.line} if file and origin.line else {}
    return {"kind": obj.kind, **namespace, "name": obj.name, **file, **line}


def _file(obj: "AnyObject", objects: "Objects") -> str:
    obj_json = _json(obj, objects)
    return f"{obj_json['file']}:{obj_json['line']}" if obj_json.get("line") else str(obj_json.get("file", ""))
