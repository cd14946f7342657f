"""Computes the report of a fleet from the tables of an audit."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.task import READ
from rbacpsp.pss.levels import LEVELS

Row = Mapping[str, Any]
FINDING_COLUMNS = (
    *("cluster", "rule", "severity", "fingerprint", "title", "scope"),
    *("subject_kind", "subject_namespace", "subject_name"),
)
POLICY_COLUMNS = ("cluster", "kind", "name", "digest", "enforces")
ADMIN = "RBP001"
"""The rule that a subject with full control breaks."""
_ORDER = ("critical", "high", "medium", "low", "info")


class Line(NamedTuple):
    """A statement about some clusters, and the number of all clusters that it could apply to."""

    name: str
    clusters: tuple[str, ...]
    of: int
    severity: str = ""


@dataclass(frozen=True, slots=True)
class FleetReport:
    """The report of a run of the audit over all clusters."""

    run: str
    clusters: tuple[str, ...]
    """The clusters that were read."""
    unread: tuple[tuple[str, str, str], ...]
    """The clusters that were not read: cluster, status and reason."""
    matrix: Mapping[str, Mapping[str, int]]
    """How many findings of each rule each cluster has; clusters without any are left out."""
    rules: tuple[Line, ...]
    outliers: tuple[Line, ...]
    """ClusterRoles whose rules differ from those of most clusters."""
    levels: tuple[Line, ...]
    """Levels of namespaces that all or most other clusters enforce, and the clusters that do not."""
    admins: tuple[Line, ...]
    """Subjects with full control of more than one cluster."""
    before: str = ""
    """The previous run."""
    appeared: tuple[Line, ...] = ()
    """Findings that are new since then."""
    gone: tuple[Line, ...] = ()
    reference: str = ""
    """The cluster with which the others are compared."""
    more: tuple[Line, ...] = ()
    """Findings that the reference does not have."""
    fewer: tuple[Line, ...] = ()
    """Findings that only the reference has."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of a run."""

    clusters: Sequence[Row]
    findings: Sequence[Row]
    policies: Sequence[Row] = field(default=())


def read_tables(
    address: str, clusters: Sequence[Row], findings: Sequence[Row], policies: Sequence[Row]
) -> Tables:
    """The rows of a run, without those of clusters whose part of the table `clusters` is not written yet.

    Raises:
        FleetError: Findings of a cluster are missing, for example since only some files were copied.
    """
    read = _read(clusters)
    counts = Counter(row["cluster"] for row in findings)
    for row in clusters:
        name, written, present = row["cluster"], row["rows"], counts[row["cluster"]]
        if name in read and present != written:
            raise FleetError(
                f"{address} has {present:,} of the {written:,} findings of {name}: "
                "its table findings is not complete"
            )
    return Tables(
        clusters,
        [row for row in findings if row["cluster"] in read],
        [row for row in policies if row["cluster"] in read],
    )


def build_report(
    run: str, tables: Tables, *, before: str = "", earlier: Tables | None = None, reference: str = ""
) -> FleetReport:
    """The report of a run.

    Args:
        run: Its name.
        tables: Its rows.
        before: The name of the previous run.
        earlier: The rows of the previous run; findings only count for clusters that both runs read.
        reference: The cluster with which the others are compared; empty: none.

    Raises:
        ValueError: The reference is not one of the clusters that were read.
    """
    read = _read(tables.clusters)
    if reference and reference not in read:
        raise ValueError(f'no cluster "{reference}" was read in run {run}')
    matrix: dict[str, Counter[str]] = defaultdict(Counter)
    for row in tables.findings:
        matrix[f"{row['rule']} {row['title'].partition(':')[0]}"][row["cluster"]] += 1
    severities = _worst(
        (f"{row['rule']} {row['title'].partition(':')[0]}", row["severity"]) for row in tables.findings
    )
    rules = [
        Line(rule, tuple(sorted(counts)), len(read), severities[rule]) for rule, counts in matrix.items()
    ]
    appeared, gone = _drift(tables, earlier) if earlier else ((), ())
    more, fewer = _divergence(tables, reference, read) if reference else ((), ())
    return FleetReport(
        run=run,
        clusters=tuple(sorted(read)),
        unread=tuple(
            (row["cluster"], row["status"], row["reason"] or "")
            for row in sorted(tables.clusters, key=lambda row: str(row["cluster"]))
            if row["status"] not in READ
        ),
        matrix={rule: dict(sorted(counts.items())) for rule, counts in sorted(matrix.items())},
        rules=_sorted(rules),
        outliers=_outliers(tables.policies),
        levels=_levels(tables.policies),
        admins=_admins(tables.findings, len(read)),
        before=before,
        appeared=appeared,
        gone=gone,
        reference=reference,
        more=more,
        fewer=fewer,
    )


def _read(clusters: Iterable[Row]) -> set[str]:
    return {row["cluster"] for row in clusters if row["status"] in READ}


def _sorted(lines: Iterable[Line]) -> tuple[Line, ...]:
    def order(line: Line) -> tuple[int, int, str]:
        severity = _ORDER.index(line.severity) if line.severity in _ORDER else len(_ORDER)
        return severity, -len(line.clusters), line.name

    return tuple(sorted(lines, key=order))


def _worst(severities: Iterable[tuple[str, str]]) -> dict[str, str]:
    worst: dict[str, str] = {}
    for name, severity in severities:
        if name not in worst or _ORDER.index(severity) < _ORDER.index(worst[name]):
            worst[name] = severity
    return worst


def _outliers(policies: Iterable[Row]) -> tuple[Line, ...]:
    """Roles that are equal in more than half of their clusters, with the clusters in which they differ."""
    roles: dict[str, dict[str, str]] = defaultdict(dict)
    for row in policies:
        if row["kind"] == "ClusterRole":
            roles[row["name"]][row["cluster"]] = row["digest"]
    lines = []
    for name, digests in roles.items():
        usual, count = Counter(digests.values()).most_common(1)[0]
        if len(digests) > count > len(digests) / 2:
            others = sorted(cluster for cluster, digest in digests.items() if digest != usual)
            lines.append(Line(name, tuple(others), len(digests)))
    return tuple(sorted(lines, key=lambda line: (len(line.clusters), line.name)))


def _levels(policies: Iterable[Row]) -> tuple[Line, ...]:
    """For each namespace the strictest level that more than half of its clusters enforce."""
    strict = {str(level): level_index for level_index, level in enumerate(LEVELS)}
    spaces: dict[str, dict[str, int]] = defaultdict(dict)
    for row in policies:
        if row["kind"] == "Namespace" and row["enforces"]:
            spaces[row["name"]][row["cluster"]] = strict.get(row["enforces"].partition(":")[0], 0)
    lines = []
    for name, level_of in spaces.items():
        for level_index in range(len(LEVELS) - 1, 0, -1):
            clusters_below = sorted(cluster for cluster, level in level_of.items() if level < level_index)
            if len(clusters_below) < len(level_of) / 2:
                if clusters_below:
                    lines.append(
                        Line(
                            f"{LEVELS[level_index]} in namespace {name}", tuple(clusters_below), len(level_of)
                        )
                    )
                break
    return tuple(sorted(lines, key=lambda line: (len(line.clusters), line.name)))


def _admins(findings: Iterable[Row], clusters: int) -> tuple[Line, ...]:
    clusters_of: dict[str, set[str]] = defaultdict(set)
    for row in findings:
        if row["rule"] == ADMIN and not row["scope"] and row["subject_name"]:
            clusters_of[_subject(row)].add(row["cluster"])
    lines = [
        Line(name, tuple(sorted(cluster_names)), clusters)
        for name, cluster_names in clusters_of.items()
        if len(cluster_names) > 1
    ]
    return tuple(sorted(lines, key=lambda line: (-len(line.clusters), line.name)))


def _subject(row: Row) -> str:
    namespace = f"{row['subject_namespace']}:" if row["subject_namespace"] else ""
    return f"{row['subject_kind']}/{namespace}{row['subject_name']}"


def _by_fingerprint(findings: Iterable[Row], clusters: set[str]) -> dict[tuple[str, str], Row]:
    return {(row["cluster"], row["fingerprint"]): row for row in findings if row["cluster"] in clusters}


def _drift(now: Tables, earlier: Tables) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    both = _read(now.clusters) & _read(earlier.clusters)
    findings_now, findings_before = (
        _by_fingerprint(now.findings, both),
        _by_fingerprint(earlier.findings, both),
    )
    return (
        _lines((row for key, row in findings_now.items() if key not in findings_before), len(both)),
        _lines((row for key, row in findings_before.items() if key not in findings_now), len(both)),
    )


def _divergence(tables: Tables, reference: str, read: set[str]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    others = read - {reference}
    reference_findings = {row["fingerprint"]: row for row in tables.findings if row["cluster"] == reference}
    other_findings = _by_fingerprint(tables.findings, others)
    fewer = [
        Line(
            _words(row),
            tuple(
                sorted(
                    cluster_name
                    for cluster_name in others
                    if (cluster_name, fingerprint) not in other_findings
                )
            ),
            len(others),
            row["severity"],
        )
        for fingerprint, row in reference_findings.items()
    ]
    more = (row for (_, fingerprint), row in other_findings.items() if fingerprint not in reference_findings)
    return _lines(more, len(others)), _sorted(line for line in fewer if line.clusters)


def _lines(rows: Iterable[Row], of: int) -> tuple[Line, ...]:
    """A line for each finding, whose rows are combined."""
    same: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        same[row["fingerprint"]].append(row)
    return _sorted(
        Line(
            _words(equal_rows[0]),
            tuple(sorted({row["cluster"] for row in equal_rows})),
            of,
            equal_rows[0]["severity"],
        )
        for equal_rows in same.values()
    )


def _words(row: Row) -> str:
    who = f"{_subject(row)}: " if row["subject_name"] else ""
    where = f", namespace {row['scope']}" if row["scope"] else ""
    return f"{row['rule']} {who}{row['title']}{where}"
