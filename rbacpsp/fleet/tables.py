"""Describes the tables of a fleet, and reads and writes their rows as Parquet."""

import io
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

SCHEMA = 1
"""Raised when a column changes its meaning or is removed, but not when one is added."""

Row = Mapping[str, Any]


class ParquetColumn(NamedTuple):
    """A column of a table."""

    name: str
    kind: str
    """`text`, `whole` or `number`."""
    meaning: str


_WHICH = (
    ParquetColumn("source", "text", "The address of the snapshot."),
    ParquetColumn("cluster", "text", "The name of the cluster: the file's, or as --names says."),
)
_SUBJECT = (
    ParquetColumn("subject_kind", "text", "User, Group or ServiceAccount."),
    ParquetColumn("subject_namespace", "text", "The namespace of a service account."),
    ParquetColumn("subject_name", "text", "Its name, as the bindings write it."),
)

CLUSTERS = "clusters"
TABLES: Mapping[str, tuple[ParquetColumn, ...]] = {
    CLUSTERS: (
        *_WHICH,
        ParquetColumn("status", "text", "ok, partial, empty, unreadable, timeout or killed."),
        ParquetColumn("reason", "text", "Why it is not ok: what is missing, or what is wrong."),
        ParquetColumn("seconds", "number", "How long it took to read and to answer."),
        ParquetColumn("memory", "whole", "The most memory that the process took, in bytes."),
        ParquetColumn("objects", "whole", "How many objects that answers depend on were read."),
        ParquetColumn("version", "text", "The Kubernetes version that was imitated."),
        ParquetColumn("rows", "whole", "How many rows it has in the first other table of the command."),
        ParquetColumn(
            "worst", "text", "The severity of its worst finding, or the worst result of a test or question."
        ),
        ParquetColumn("etag", "text", "The state of the snapshot that was read."),
        ParquetColumn("program", "text", "The version of rbacpsp."),
        ParquetColumn("schema", "whole", "The version of these tables."),
    ),
    "findings": (
        *_WHICH,
        ParquetColumn("rule", "text", "The rule of the audit, for example RBP001."),
        ParquetColumn("severity", "text", "critical, high, medium, low or info."),
        ParquetColumn("fingerprint", "text", "The same for the same finding in every cluster and every run."),
        ParquetColumn("title", "text", "What was found, in a few words."),
        ParquetColumn("scope", "text", "The namespace to which it is limited; none: the whole cluster."),
        *_SUBJECT,
        ParquetColumn("object", "text", "The object that the finding is about, where it is about one."),
        ParquetColumn("permission", "text", "What is granted."),
        ParquetColumn("detail", "text", "What else is to be said."),
        ParquetColumn("grants", "text", "The bindings and roles that give it, as JSON."),
        ParquetColumn("change", "text", "The smallest change that removes it, a line for each part."),
    ),
    "access": (
        *_WHICH,
        *_SUBJECT,
        ParquetColumn("target", "text", "What is reached: a goal of paths, or a PodSecurityPolicy."),
        ParquetColumn("scope", "text", "Where: a namespace, or cluster-wide."),
        ParquetColumn("length", "whole", "How many actions it takes."),
        ParquetColumn("through", "text", "The bindings and roles, or the actions, in words."),
        ParquetColumn("severity", "text", "How grave a path is."),
        ParquetColumn("fingerprint", "text", "The same for the same path in every cluster and every run."),
        ParquetColumn("answer", "text", "The whole answer, as JSON."),
    ),
    "policies": (
        *_WHICH,
        ParquetColumn("kind", "text", "ClusterRole, PodSecurityPolicy or Namespace."),
        ParquetColumn("namespace", "text", "The namespace of the object; none has one so far."),
        ParquetColumn("name", "text", "Its name."),
        ParquetColumn("digest", "text", "The same for the same rules, whatever their order."),
        ParquetColumn("enforces", "text", "The level that a namespace enforces, with its version."),
        ParquetColumn("could_enforce", "text", "The strictest level that its pods meet."),
        ParquetColumn("next_level", "text", "The level after that."),
        ParquetColumn("blocked_by", "text", "What keeps it from the next level, as JSON."),
        ParquetColumn("pods", "whole", "How many pods were judged."),
        ParquetColumn("workloads", "whole", "How many workloads were judged."),
    ),
    "workloads": (
        *_WHICH,
        ParquetColumn("namespace", "text", "The namespace of the workload."),
        ParquetColumn("kind", "text", "Its kind."),
        ParquetColumn("name", "text", "Its name."),
        ParquetColumn("account", "text", "The service account of its pods."),
        ParquetColumn("policy", "text", "The policy that its pods would get now."),
        ParquetColumn("verdict", "text", "same, drift, refused, unbound or unrecorded."),
        ParquetColumn("pods", "whole", "How many pods it has."),
        ParquetColumn("answer", "text", "The whole answer, as JSON."),
    ),
    "answers": (
        *_WHICH,
        ParquetColumn("question", "text", "The question, as on the command line."),
        ParquetColumn("result", "text", "yes or no; pass, fail or cannot be asked; else empty."),
        *_SUBJECT,
        ParquetColumn("answer", "text", "One answer of the question, as JSON."),
        ParquetColumn("error", "text", "Why the question could not be answered for this cluster."),
    ),
}
"""The columns of every table."""


def encoded(table: str, rows: Sequence[Row], metadata: Mapping[str, str]) -> bytes:
    """Rows as a Parquet file; columns that a row lacks are null.

    Args:
        table: The name of the table.
        rows: Its rows, by column.
        metadata: The metadata of the file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = TABLES[table]
    schema_metadata = {"rbacpsp.schema": str(SCHEMA), **metadata}
    arrays = [_array(pa, column.kind, [row.get(column.name) for row in rows]) for column in columns]
    fields = [(column.name, array.type) for column, array in zip(columns, arrays, strict=True)]
    arrow_table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=schema_metadata))
    sink = io.BytesIO()
    pq.write_table(arrow_table, sink, compression="zstd")
    return sink.getvalue()


def decoded(data: bytes, columns: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The rows of a Parquet file.

    Raises:
        ValueError: It is not a Parquet file with this schema.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        file_schema = (
            (file.schema_arrow.metadata or {}).get(b"rbacpsp.schema", b"").decode("utf-8", "replace")
        )
        if file_schema != str(SCHEMA):
            raise ValueError(f"its schema is {file_schema or 'unknown'}, not {SCHEMA}")
        rows: list[dict[str, Any]] = file.read(columns=None if columns is None else list(columns)).to_pylist()
    except pa.ArrowException:
        raise ValueError("it is not a readable Parquet file") from None
    return rows


def _array(pa: Any, kind: str, values: Sequence[Any]) -> Any:
    """Values as an Arrow array, None as null, built from buffers, since pyarrow.array would import pandas."""
    present = [value is not None for value in values]
    bits = int("".join("1" if is_present else "0" for is_present in reversed(present)) or "0", 2)
    valid = pa.py_buffer(bits.to_bytes(len(values) // 8 + 1, "little"))
    if kind == "text":
        texts = [
            _utf8(value) if is_present else b"" for value, is_present in zip(values, present, strict=True)
        ]
        ends = array("i", [0, *accumulate(map(len, texts))])
        return pa.StringArray.from_buffers(
            len(values), pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(texts)), valid
        )
    code, arrow = ("q", pa.int64()) if kind == "whole" else ("d", pa.float64())
    numbers = array(
        code, [value if is_present else 0 for value, is_present in zip(values, present, strict=True)]
    )
    return pa.Array.from_buffers(arrow, len(values), [valid, pa.py_buffer(numbers.tobytes())])


def _utf8(value: object) -> bytes:
    """A text in UTF-8; half of a surrogate pair, which a name of a cluster may contain, is escaped."""
    return str(value).encode("utf-8", "backslashreplace")
